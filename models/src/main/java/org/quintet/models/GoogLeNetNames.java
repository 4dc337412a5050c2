package org.quintet.models;

/**
 * What the three traditions call the nodes of GoogLeNet. Pools count from 1, auxiliary heads likewise; a module is "3a" to
 * "5b".
 */
enum GoogLeNetNames {
  ARTICLE(
      new Trunk("conv1", "conv2_1", "conv2_2", "pool", "", "avg_pool", "dropout", Unit.answer("preds")),
      new Branches("inception", ".conv1", ".conv3_1", ".conv3", ".conv5_1", ".conv5", ".pool", ".pool_conv",
          ".merged")) {
    @Override
    Auxiliary auxiliary(int number) {
      String head = "aux_clf" + number;
      return new Auxiliary(
          head + ".avg_pool", head + ".conv", head + ".flattened", Unit.whole(head + ".dense"), head + ".dropout",
          Unit.answer(head + ".out"));
    }
  },

  CAFFE(
      new Trunk("conv1/7x7_s2", "conv2/3x3_reduce", "conv2/3x3", "pool", "/3x3_s2", "pool5/7x7_s1", "pool5/drop_7x7_s1",
          Unit.pair("loss3/classifier", "prob")),
      new Branches("inception_", "/1x1", "/3x3_reduce", "/3x3", "/5x5_reduce", "/5x5", "/pool", "/pool_proj", "/output")) {
    @Override
    Auxiliary auxiliary(int number) {
      String head = "loss" + number + "/";
      return new Auxiliary(
          head + "ave_pool", head + "conv", head + "flat", Unit.whole(head + "fc"), head + "drop_fc",
          Unit.pair(head + "classifier", head + "prob"));
    }
  },

  TORCHVISION(
      new Trunk("conv1", "conv2", "conv3", "maxpool", "", "avgpool", "dropout", Unit.pair("fc", "softmax")),
      new Branches("inception", ".branch1", ".branch2.0", ".branch2.1", ".branch3.0", ".branch3.1", ".branch4.0",
          ".branch4.1", "")) {
    @Override
    Auxiliary auxiliary(int number) {
      String head = "aux" + number + ".";
      return new Auxiliary(
          head + "avgpool", head + "conv", head + "flat", Unit.pair(head + "fc1", head + "relu"), head + "dropout",
          Unit.pair(head + "fc2", head + "softmax"));
    }
  };

  /** The layers before and after the modules; a pool between stages is {@code poolPrefix + number + poolSuffix}. */
  record Trunk(
      String conv1,
      String reduce2,
      String conv2,
      String poolPrefix,
      String poolSuffix,
      String globalPool,
      String dropout,
      Unit answer) {
    String pool(int number) {
      return poolPrefix + number + poolSuffix;
    }
  }

  /** What follows the module's own name {@code prefix + "3a"} in the names of its branches. */
  record Branches(
      String prefix,
      String one,
      String reduce3,
      String three,
      String reduce5,
      String five,
      String pool,
      String projection,
      String merged) {}

  /** The layers of one auxiliary head. */
  record Auxiliary(String pool, String convolution, String flat, Unit dense, String dropout, Unit answer) {}

  final Trunk trunk;
  final Branches branches;

  GoogLeNetNames(Trunk trunk, Branches branches) {
    this.trunk = trunk;
    this.branches = branches;
  }

  abstract Auxiliary auxiliary(int number);
}
