/** Who asks and what they may: users, sessions, tokens, roles, and the log of what they changed. */
@NullMarked
package lyceum.console.security;

import org.jspecify.annotations.NullMarked;
