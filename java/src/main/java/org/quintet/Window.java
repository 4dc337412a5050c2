package org.quintet;

/**
 * How a kernel slides over height and width; what convolutions and pools have in common.
 *
 * @param kernelHeight rows of the kernel
 * @param kernelWidth columns of the kernel
 * @param strideHeight rows from one position to the next
 * @param strideWidth columns from one position to the next
 * @param padding what surrounds the picture
 */
public record Window(int kernelHeight, int kernelWidth, int strideHeight, int strideWidth, Padding padding) {

  Window withStride(int height, int width) {
    return new Window(kernelHeight, kernelWidth, height, width, padding);
  }

  Window withPadding(Padding around) {
    return new Window(kernelHeight, kernelWidth, strideHeight, strideWidth, around);
  }

  /** As the native core reads it. */
  String attributes() {
    return "kernel=" + kernelHeight + "," + kernelWidth + " stride=" + strideHeight + "," + strideWidth + " padding="
        + padding.attribute();
  }
}
