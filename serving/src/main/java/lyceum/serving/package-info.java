/**
 * Answers chats over HTTP in the OpenAI style with the model that is in service, and swaps models
 * without losing a request.
 */
@NullMarked
package lyceum.serving;

import org.jspecify.annotations.NullMarked;
