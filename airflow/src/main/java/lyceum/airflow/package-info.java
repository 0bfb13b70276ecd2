/**
 * Airflow operators that take a model through its life: start a run, wait for it without a slot,
 * hold its candidate against gates, have it promoted. They act through Temporal alone.
 */
@NullMarked
package lyceum.airflow;

import org.jspecify.annotations.NullMarked;
