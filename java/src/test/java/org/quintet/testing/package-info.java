/** What the tests of several modules share. */
@NullMarked
package org.quintet.testing;

import org.jspecify.annotations.NullMarked;
