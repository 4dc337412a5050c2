/**
 * Weight files, inside the library: what bytes are recognised as, read and written as named tensors.
 *
 * <p>One direction: a {@link org.quintet.internal.Memory} (a mapped file) is recognised by {@link org.quintet.weights.WeightFile}, a
 * reader finds the tensors in it and a {@link org.quintet.weights.TensorIndex} checks each one; what comes out are
 * {@link org.quintet.weights.StoredTensor}s, places in that memory, which {@code org.quintet.Weights} shows to the user. Everything
 * in a file is a claim until it has been checked against the file's size.
 */
@NullMarked
package org.quintet.weights;

import org.jspecify.annotations.NullMarked;
