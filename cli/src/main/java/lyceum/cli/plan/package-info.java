/** {@code lyceum plan}: what a recipe's trainings cost on which devices, and how true that is. */
@NullMarked
package lyceum.cli.plan;

import org.jspecify.annotations.NullMarked;
