/** The console's pages in a real browser. */
@NullMarked
package lyceum.verification.browser;

import org.jspecify.annotations.NullMarked;
