/** Verbs about the servers: up, down, status, doctor, logs. */
@NullMarked
package lyceum.cli.server;

import org.jspecify.annotations.NullMarked;
