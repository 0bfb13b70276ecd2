/** Recipe files: YAML merged over the defaults into records that cannot be built wrong. */
@NullMarked
package lyceum.connectors.recipe;

import org.jspecify.annotations.NullMarked;
