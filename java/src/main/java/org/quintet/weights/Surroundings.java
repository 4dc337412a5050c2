package org.quintet.weights;

import org.quintet.internal.Memory;

/** What a reader may ask for beside the file that it reads. Whoever gives it out owns the memory, also when the reader fails. */
interface Surroundings {

  /**
   * Maps a file that the read file names, relative to its folder and not outside it.
   *
   * @throws org.quintet.FormatException if the path is unsafe or cannot be read
   */
  Memory open(String relativePath);

  /**
   * New writable memory of {@code bytes} bytes, for values that are not stored as a tensor's plain bytes.
   *
   * @throws org.quintet.UnsupportedException if that and what was given out before is more than shapes and other small lists need
   */
  Memory allocate(long bytes);
}
