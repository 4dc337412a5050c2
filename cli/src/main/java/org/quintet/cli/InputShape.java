package org.quintet.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** A picture's size as it is written on the command line, {@code H,W,C}. */
record InputShape(int height, int width, int channels) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9}),(\\d{1,9}),(\\d{1,9})");

  static InputShape parse(String text) {
    Matcher numbers = FORM.matcher(text.replace(" ", ""));
    if (!numbers.matches()) {
      throw new TypeConversionException("'" + text + "' is no shape; give height,width,channels, as 224,224,3");
    }
    InputShape shape = new InputShape(number(numbers, 1), number(numbers, 2), number(numbers, 3));
    if (shape.height == 0 || shape.width == 0 || shape.channels == 0) {
      throw new TypeConversionException("'" + text + "' is no shape; height, width and channels are at least 1");
    }
    return shape;
  }

  private static int number(Matcher numbers, int group) {
    return Integer.parseInt(numbers.group(group));
  }
}
