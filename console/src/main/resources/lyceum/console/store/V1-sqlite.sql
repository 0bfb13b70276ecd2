create trigger audit_keeps_rows before update on audit begin select raise(abort, 'the audit log is append-only'); end

create trigger audit_loses_none before delete on audit begin select raise(abort, 'the audit log is append-only'); end
