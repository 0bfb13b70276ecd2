/**
 * The composition root: builds everything by constructor, polls the task queues, drains on SIGTERM.
 */
@NullMarked
package lyceum.worker;

import org.jspecify.annotations.NullMarked;
