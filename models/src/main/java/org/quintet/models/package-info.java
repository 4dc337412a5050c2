/**
 * The article's five families, LeNet-5, AlexNet, VGG, GoogLeNet and ResNet, each a table of numbers and a few lines of
 * composition. {@link org.quintet.models.Models} lists them; {@link org.quintet.models.Classifier} answers pictures.
 */
@NullMarked
package org.quintet.models;

import org.jspecify.annotations.NullMarked;
