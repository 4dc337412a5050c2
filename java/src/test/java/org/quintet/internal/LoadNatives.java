package org.quintet.internal;

/** Started as a process of its own by {@link NativeLibrariesTest}: loads the libraries and prints where they came from. */
final class LoadNatives {
  private LoadNatives() {}

  public static void main(String[] arguments) {
    NativeLibraries.files().forEach(System.out::println);
  }
}
