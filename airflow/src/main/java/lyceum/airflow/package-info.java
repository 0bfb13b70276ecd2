/**
 * What an Airflow task runs to take a model through its life: start a run, wait for it, end with
 * it.
 */
@NullMarked
package lyceum.airflow;

import org.jspecify.annotations.NullMarked;
