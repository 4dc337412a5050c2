/** Other libraries on the same networks with the same weights. Never a part of the product. */
@NullMarked
package org.quintet.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
