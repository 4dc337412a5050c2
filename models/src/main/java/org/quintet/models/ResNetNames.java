package org.quintet.models;

/**
 * What the three traditions call the nodes of a ResNet. Stages and blocks count from 0, the units of a residual branch from
 * 1; torchvision's names also serve the paper's form.
 */
enum ResNetNames {
  ARTICLE("pre.pool", "post.pool", Unit.answer("preds"), "add", "relu") {
    @Override
    NormalizedUnit stem() {
      return parts("pre");
    }

    @Override
    String block(int stage, int block) {
      return "conv" + (stage + 2) + "x." + block + ".";
    }

    @Override
    NormalizedUnit unit(String block, int number) {
      return parts(block + "conv" + number + "_rb");
    }

    @Override
    NormalizedUnit shortcut(String block) {
      return parts(block + "shortcut");
    }

    private NormalizedUnit parts(String name) {
      return new NormalizedUnit(name + ".conv", name + ".norm", name + ".relu");
    }
  },

  TORCHVISION("maxpool", "avgpool", Unit.pair("fc", "softmax"), "add", "") {
    @Override
    NormalizedUnit stem() {
      return new NormalizedUnit("conv1", "bn1", "relu");
    }

    @Override
    String block(int stage, int block) {
      return "layer" + (stage + 1) + "." + block + ".";
    }

    @Override
    NormalizedUnit unit(String block, int number) {
      return new NormalizedUnit(block + "conv" + number, block + "bn" + number, block + "relu" + number);
    }

    @Override
    NormalizedUnit shortcut(String block) {
      return new NormalizedUnit(block + "downsample.0", block + "downsample.1", block + "downsample.relu");
    }
  },

  KERAS("pool1_pool", "avg_pool", Unit.pair("predictions", "softmax"), "add", "out") {
    @Override
    NormalizedUnit stem() {
      return parts("conv1_");
    }

    @Override
    String block(int stage, int block) {
      return "conv" + (stage + 2) + "_block" + (block + 1) + "_";
    }

    @Override
    NormalizedUnit unit(String block, int number) {
      return parts(block + number + "_");
    }

    @Override
    NormalizedUnit shortcut(String block) {
      return parts(block + "0_");
    }

    private NormalizedUnit parts(String prefix) {
      return new NormalizedUnit(prefix + "conv", prefix + "bn", prefix + "relu");
    }
  };

  final String stemPool;
  final String globalPool;
  final Unit answer;
  private final String sum;
  private final String output;

  ResNetNames(String stemPool, String globalPool, Unit answer, String sum, String output) {
    this.stemPool = stemPool;
    this.globalPool = globalPool;
    this.answer = answer;
    this.sum = sum;
    this.output = output;
  }

  abstract NormalizedUnit stem();

  /** The prefix of all names in a block, separator included. */
  abstract String block(int stage, int block);

  abstract NormalizedUnit unit(String block, int number);

  abstract NormalizedUnit shortcut(String block);

  /** The addition of branch and shortcut. */
  String sum(String block) {
    return block + sum;
  }

  /** The ReLU behind the addition; in torchvision it carries the block's own name. */
  String output(String block) {
    return output.isEmpty() ? block.substring(0, block.length() - 1) : block + output;
  }
}
