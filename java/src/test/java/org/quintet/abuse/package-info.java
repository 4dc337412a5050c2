/** Programs outside Quintet's own packages that misuse it, and the tests that run them. */
@NullMarked
package org.quintet.abuse;

import org.jspecify.annotations.NullMarked;
