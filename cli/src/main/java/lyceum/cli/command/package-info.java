/** What every command is given: the installation it works on and the form its output takes. */
@NullMarked
package lyceum.cli.command;

import org.jspecify.annotations.NullMarked;
