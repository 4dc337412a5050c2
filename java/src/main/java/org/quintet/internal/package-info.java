/** The bindings to the native core and the life of what they own. Not part of the API. */
@NullMarked
package org.quintet.internal;

import org.jspecify.annotations.NullMarked;
