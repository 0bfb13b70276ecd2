/** Runs, metrics and model versions in MLflow, over its REST interface. */
@NullMarked
package lyceum.connectors.tracking;

import org.jspecify.annotations.NullMarked;
