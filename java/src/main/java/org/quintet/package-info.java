/**
 * Convolutional networks described, compiled and run: {@link org.quintet.Graph} describes, {@link org.quintet.Network} is the
 * checked description, {@link org.quintet.Weights} its numbers, {@link org.quintet.Model} both compiled for this machine and
 * {@link org.quintet.Session} one run in flight.
 */
@NullMarked
package org.quintet;

import org.jspecify.annotations.NullMarked;
