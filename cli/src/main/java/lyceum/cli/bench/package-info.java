/** Measurements against peers, made in a JVM that may use the learning half. */
@NullMarked
package lyceum.cli.bench;

import org.jspecify.annotations.NullMarked;
