package org.quintet.internal;

/** Started as a process of its own by {@link NativeLibrariesTest}: loads the libraries, ahead if asked to, and prints where they came from. */
final class LoadNatives {
  private LoadNatives() {}

  public static void main(String[] arguments) {
    if (Boolean.getBoolean("ahead")) {
      NativeLibraries.loadAhead();
    }
    NativeLibraries.files().forEach(System.out::println);
  }
}
