/**
 * Labelled pictures for training and evaluation: where they come from ({@link org.quintet.data.Mnist}, {@link org.quintet.data.Cifar10},
 * {@link org.quintet.data.PictureFolder}, or any {@link org.quintet.data.Dataset}), how they are distorted
 * ({@link org.quintet.data.Augmentation}), and how batches of them are prepared while the last one is computed
 * ({@link org.quintet.data.Batches}).
 */
@NullMarked
package org.quintet.data;

import org.jspecify.annotations.NullMarked;
