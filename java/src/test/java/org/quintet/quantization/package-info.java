/** Tests of the quantiser. */
@NullMarked
package org.quintet.quantization;

import org.jspecify.annotations.NullMarked;
