/** ONNX models. {@link org.quintet.onnx.OnnxWriter} writes a network with its weights as one. */
@NullMarked
package org.quintet.onnx;

import org.jspecify.annotations.NullMarked;
