/**
 * Operations over a whole corpus on Apache Spark, with the operators and the results of the data
 * module.
 */
@NullMarked
package lyceum.spark;

import org.jspecify.annotations.NullMarked;
