/** Tests of pictures. */
@NullMarked
package org.quintet.pictures;

import org.jspecify.annotations.NullMarked;
