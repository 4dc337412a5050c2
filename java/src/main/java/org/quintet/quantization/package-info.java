/**
 * Post-training quantisation: from trained weights and some pictures to weights of 8 bits.
 *
 * <p>{@link org.quintet.quantization.Quantizer} does it; what it leaves is a safetensors file that every precision reads.
 */
@NullMarked
package org.quintet.quantization;

import org.jspecify.annotations.NullMarked;
