/** What the command writes: tables, JSON, live progress, with or without a terminal. */
@NullMarked
package lyceum.cli.screen;

import org.jspecify.annotations.NullMarked;
