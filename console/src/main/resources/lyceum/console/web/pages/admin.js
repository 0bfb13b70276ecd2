/** People, tokens, and who did what. */
import { html, useState } from '../core/lib.js';
import { api, useApi, useList } from '../core/api.js';
import { setParams } from '../core/router.js';
import { may, session, toast, useStore } from '../core/store.js';
import { Ask, Copy, Dialog, Empty, Load, More, Page, Refusal, State, Table, Tabs, Time } from '../core/ui.js';

const ROLES = ['viewer', 'rater', 'operator', 'approver', 'admin'];

export default function Admin({ params }) {
  const admin = may('admin');
  const tab = params.get('tab') ?? 'tokens';
  return html`<${Page} title="Admin" lead=${admin ? 'Tokens, users and the audit log.' : 'Your tokens. Users and the audit log are for admins.'}>
    <${Tabs} label="Parts" current=${tab} tabs=${[['tokens', 'Tokens'], ...(admin ? [['users', 'Users'], ['audit', 'Audit log']] : [])]} />
    ${tab === 'tokens' && html`<${Tokens} />`} ${tab === 'users' && admin && html`<${Users} />`} ${tab === 'audit' && admin && html`<${Audit} params=${params} />`}
  </${Page}>`;
}

function RoleChoice({ roles, onChange, only }) {
  return html`<fieldset class="field"><legend>Roles</legend>${ROLES.filter((r) => !only || only.includes(r)).map((r) => html`<label class="check" key=${r}><input type="checkbox" checked=${roles.includes(r)} onChange=${() => onChange(roles.includes(r) ? roles.filter((x) => x !== r) : [...roles, r])} /><span>${r}</span></label>`)}</fieldset>`;
}

const small = (roles) => (roles ?? []).map((r) => String(r).toLowerCase());

function Tokens() {
  const answer = useApi('/tokens');
  const user = useStore(session);
  const [ask, setAsk] = useState(null);
  const [made, setMade] = useState(null);
  return html`<p class="section"><button type="button" class="primary" onClick=${() => setAsk({ verb: 'new' })}>New token</button></p>
    <${Load} of=${answer}>${(data) =>
      data.items.length === 0
        ? html`<${Empty}>No token. A token lets programs use the API as you, with <code>Authorization: Bearer</code>.</${Empty}>`
        : html`<${Table} caption="Tokens" rows=${data.items} keyOf=${(t) => t.id} columns=${[
            { name: 'Name', cell: (t) => t.name },
            { name: 'User', cell: (t) => t.user },
            { name: 'Roles', cell: (t) => small(t.roles).join(', ') },
            { name: 'Made', num: true, cell: (t) => html`<${Time} at=${t.created} />` },
            { name: 'Expires', num: true, cell: (t) => (t.revoked ? html`<span class="bad">revoked</span>` : t.expires ? html`<${Time} at=${t.expires} />` : 'never') },
            { name: 'Do', head: html`<span class="visually-hidden">Actions</span>`, cell: (t) => !t.revoked && html`<button type="button" class="small" onClick=${() => setAsk({ verb: 'delete', t })}>Revoke…</button>` },
          ]} />`}</${Load}>
    ${ask?.verb === 'new' && html`<${NewToken} roles=${small(user.roles)} onClose=${() => setAsk(null)} onMade=${(t) => { setMade(t); answer.reload(); }} />`}
    ${ask?.verb === 'delete' && html`<${Ask} title=${`Revoke ${ask.t.name}`} text="Programs that use it are refused from now on." action="Revoke" danger onClose=${() => setAsk(null)} run=${async () => { await api.delete(`/tokens/${encodeURIComponent(ask.t.id)}`); toast(`${ask.t.name} is revoked.`); answer.reload(); }} />`}
    ${made && html`<${Dialog} title="Your new token" onClose=${() => setMade(null)}><p>It is shown this once.</p><p class="command"><code>${made.token}</code><${Copy} text=${made.token} /></p></${Dialog}>`}`;
}

function NewToken({ roles: mine, onClose, onMade }) {
  const [name, setName] = useState('');
  const [roles, setRoles] = useState(mine);
  const [days, setDays] = useState(90);
  return html`<${Ask} title="New token" action="Make it" onClose=${onClose} run=${async () => {
    onMade(await api.post('/tokens', { name, roles, seconds: days * 86_400 }));
  }}>
    <label class="field"><span>Name</span><input required value=${name} onInput=${(e) => setName(e.target.value)} /><small>What it is for.</small></label>
    <${RoleChoice} roles=${roles} onChange=${setRoles} only=${mine.includes('admin') ? ROLES : mine} />
    <label class="field"><span>Days until it expires</span><input type="number" min="1" max="3650" value=${days} onInput=${(e) => setDays(Number(e.target.value))} /></label>
  </${Ask}>`;
}

function Users() {
  const answer = useApi('/users');
  const [ask, setAsk] = useState(null);
  return html`<p class="section"><button type="button" class="primary" onClick=${() => setAsk({ verb: 'new' })}>New user</button></p>
    <${Load} of=${answer}>${(data) => html`<${Table} caption="Users" rows=${data.items} keyOf=${(u) => u.name} columns=${[
      { name: 'Name', cell: (u) => html`<strong>${u.name}</strong>` },
      { name: 'Roles', cell: (u) => small(u.roles).join(', ') },
      { name: 'Logs in', cell: (u) => (u.local === false ? 'by the provider' : 'here') },
      { name: 'State', cell: (u) => html`<${State} of=${u.disabled ? 'disabled' : 'ok'} />` },
      { name: 'Made', num: true, cell: (u) => html`<${Time} at=${u.created} />` },
      { name: 'Do', head: html`<span class="visually-hidden">Actions</span>`, cell: (u) => html`<button type="button" class="small" onClick=${() => setAsk({ verb: 'edit', u })}>Change…</button>` },
    ]} />`}</${Load}>
    ${ask && html`<${Person} user=${ask.u} onClose=${() => setAsk(null)} reload=${answer.reload} />`}`;
}

function Person({ user, onClose, reload }) {
  const [name, setName] = useState(user?.name ?? '');
  const [password, setPassword] = useState('');
  const [roles, setRoles] = useState(small(user?.roles ?? ['viewer']));
  const [disabled, setDisabled] = useState(user?.disabled ?? false);
  return html`<${Ask} title=${user ? `Change ${user.name}` : 'New user'} action=${user ? 'Change' : 'Make'} onClose=${onClose} run=${async () => {
    if (user) await api.patch(`/users/${encodeURIComponent(user.name)}`, { roles, disabled, ...(password ? { password } : {}) });
    else await api.post('/users', { name, password, roles });
    reload();
  }}>
    ${!user && html`<label class="field"><span>Name</span><input required autocomplete="off" value=${name} onInput=${(e) => setName(e.target.value)} /></label>`}
    <label class="field"><span>${user ? 'New password' : 'Password'} ${user && html`<small>empty keeps the old one</small>`}</span><input type="password" autocomplete="new-password" required=${!user} value=${password} onInput=${(e) => setPassword(e.target.value)} /></label>
    <${RoleChoice} roles=${roles} onChange=${setRoles} />
    ${user && html`<label class="check"><input type="checkbox" checked=${disabled} onChange=${(e) => setDisabled(e.target.checked)} /><span>May not log in</span></label>`}
  </${Ask}>`;
}

/** An HTTP status in a word. */
const outcome = (status) => (status < 400 ? 'ok' : status < 500 ? 'refused' : 'failed');

function Audit({ params }) {
  const find = params.get('q') ?? '';
  const list = useList('/audit?pageSize=100', { every: 15_000 });
  const wanted = find.toLowerCase();
  const shown = list.items?.filter((a) => [a.user, a.action, a.target, a.detail].some((text) => String(text ?? '').toLowerCase().includes(wanted)));
  return html`<form class="filters" role="search" onSubmit=${(e) => e.preventDefault()}>
      <label><span>Find in what is shown</span><input type="search" value=${find} onInput=${(e) => setParams({ q: e.target.value })} /></label>
    </form>
    <${Refusal} error=${list.error} again=${list.reload} />
    ${list.items?.length === 0 && html`<${Empty}>Nothing was changed yet.</${Empty}>`}
    ${list.items?.length > 0 && html`<${Table} caption="Audit log, newest first" rows=${shown} columns=${[
      { name: 'Time', num: true, cell: (a) => html`<${Time} at=${a.time} />` },
      { name: 'User', cell: (a) => a.user },
      { name: 'Action', cell: (a) => html`<code>${a.action}</code>` },
      { name: 'Target', cell: (a) => a.target },
      { name: 'Outcome', cell: (a) => html`<${State} of=${outcome(a.outcome)} /> <small>${a.outcome}</small>` },
      { name: 'Detail', cell: (a) => html`<small>${a.detail}</small>` },
      { name: 'From', cell: (a) => html`<small>${a.ip}</small>` },
    ]} /><${More} list=${list} />`}`;
}
