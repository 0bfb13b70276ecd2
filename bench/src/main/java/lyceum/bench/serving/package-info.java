/** {@code lyceum bench serve}: answers under load, next to llama.cpp's server. */
@NullMarked
package lyceum.bench.serving;

import org.jspecify.annotations.NullMarked;
