/**
 * Several processes that train one model: how they find each other, and how they add and exchange
 * their numbers over sockets. It knows nothing of models; {@code model.training} tells it what to
 * add.
 */
@NullMarked
package lyceum.model.parallel;

import org.jspecify.annotations.NullMarked;
