/** The console's own tables: users, sessions, tokens, the audit log. */
@NullMarked
package lyceum.console.store;

import org.jspecify.annotations.NullMarked;
