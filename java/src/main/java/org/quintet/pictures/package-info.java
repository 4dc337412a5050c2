/**
 * Pictures, from a file to a session's input: {@link org.quintet.pictures.Picture} is decoded pixels,
 * {@link org.quintet.pictures.Transform} is how a network wants to see them.
 *
 * <pre>{@code
 * Transform.imagenetRgb().apply(Picture.decode(Path.of("dog.jpg")), session.input());
 * }</pre>
 */
@NullMarked
package org.quintet.pictures;

import org.jspecify.annotations.NullMarked;
