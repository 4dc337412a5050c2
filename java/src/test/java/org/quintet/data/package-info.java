@NullMarked
package org.quintet.data;

import org.jspecify.annotations.NullMarked;
