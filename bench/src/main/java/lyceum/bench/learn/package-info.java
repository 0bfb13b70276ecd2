/** What a model of a given size makes of a folder of text: bits per byte on held-out files. */
@NullMarked
package lyceum.bench.learn;

import org.jspecify.annotations.NullMarked;
