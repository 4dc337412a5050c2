// Every pass: the answer stays the same without it, and the plan shows that it happened.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/pool.h"
#include "network.h"
#include "quantized.h"
#include "small_networks.h"

namespace quintet {
namespace {

using reference::Tensor;
using testing::Network;

constexpr double kTolerance = 2e-6;

int steps(const Model& model) {
  const std::string plan = model.explain();
  int count = 0;
  for (size_t at = plan.find("\"step\""); at != std::string::npos; at = plan.find("\"step\"", at + 1)) ++count;
  return count;
}

bool has_op(const Model& model, const std::string& op) { return model.explain().find("\"op\":\"" + op + "\"") != std::string::npos; }

CompileOptions without(const std::string& passes) {
  CompileOptions options;
  options.without = passes;
  return options;
}

const std::string kAllPasses = "drop_identities\ndrop_padding\nfold_pooling\nfold_batch_norm\nfuse_activation\nfuse_residual\nflatten_convolutions\nmerge_siblings\nconcat_in_place\nchoose_algorithm";

/// The same answers with all passes, without this one, and without any, for batches 1 and 3 and both sizes of a channel block (the
/// layouts of AVX2 and AVX-512 machines, whichever this one is).
void expect_same_answers(Network& network, const Shape& picture, const std::string& pass) {
  for (int64_t batch : {1, 3}) {
    Shape shape = picture;
    shape.dims[0] = batch;
    const Tensor input = reference::random_tensor(shape, 21);
    const auto plain = network.run(input, without(kAllPasses));
    Tensor want(Shape::features(1, static_cast<int64_t>(plain.size())));
    want.values.assign(plain.begin(), plain.end());
    for (int block : {8, 16}) {
      SCOPED_TRACE(::testing::Message() << "batch " << batch << ", blocks of " << block << ", pass " << pass);
      CompileOptions all, others = without(pass);
      all.channel_block = others.channel_block = block;
      EXPECT_LE(reference::relative_error(network.run(input, all), want), kTolerance);
      EXPECT_LE(reference::relative_error(network.run(input, others), want), kTolerance);
    }
  }
}

const Shape kPicture = Shape::nchw(1, 3, 13, 17);

TEST(DropIdentities, RemovesDropoutAndFlattenBeforeDense) {
  Network network(3, 13, 17);
  const int conv = network.add("convolution", "c", {0}, "filters=16 kernel=3,3");
  const int dropped = network.add("dropout", "drop", {network.add("identity", "i", {conv})}, "rate=0.5");
  network.head(network.add("dense", "d", {network.add("flatten", "f", {dropped})}, "units=5"));
  expect_same_answers(network, kPicture, "drop_identities");
  EXPECT_EQ(steps(network.compile(without("drop_identities"))) - steps(network.compile()), 3);
}

TEST(DropPadding, PutsZerosIntoConvolutionAndIntoPoolingOfNonNegativeValues) {
  Network network(3, 13, 17);
  const int padded = network.add("zero_pad", "z1", {0}, "padding=1,2,0,1");
  const int conv = network.add("convolution", "c", {padded}, "filters=12 kernel=3,3");
  const int relu = network.add("relu", "r", {conv});
  network.head(network.add("max_pool", "p", {network.add("zero_pad", "z2", {relu}, "padding=1,1,1,1")}, "kernel=3,3 stride=2,2"));
  expect_same_answers(network, kPicture, "drop_padding");
  EXPECT_FALSE(has_op(network.compile(), "zero_pad"));
}

TEST(DropPadding, KeepsZerosThatAMaximumOfNegativeValuesWouldSee) {
  Network network(3, 13, 17);
  const int conv = network.add("convolution", "c", {0}, "filters=12 kernel=3,3");
  network.head(network.add("max_pool", "p", {network.add("zero_pad", "z", {conv}, "padding=1,1,1,1")}, "kernel=3,3 stride=2,2"));
  expect_same_answers(network, kPicture, "drop_padding");
  EXPECT_TRUE(has_op(network.compile(), "zero_pad"));
}

TEST(FoldBatchNorm, LeavesNoNormBehindAConvolution) {
  for (const char* bias : {"true", "false"}) {
    Network network(3, 13, 17);
    const int conv = network.add("convolution", "c", {0}, std::string("filters=20 kernel=3,3 bias=") + bias);
    network.head(network.add("batch_norm", "n", {conv}, "epsilon=0.001"));
    expect_same_answers(network, kPicture, "fold_batch_norm");
    EXPECT_FALSE(has_op(network.compile(), "batch_norm"));
  }
}

/// A convolution, a pool, and what follows it in LeNet-5 as it was first published.
int subsample(Network& network, int in, const std::string& name, const std::string& convolution, const std::string& op, const std::string& pool) {
  const int sums = network.add(op, name + ".pool", {network.add("convolution", name, {in}, convolution)}, pool);
  return network.add("sigmoid", name + ".sigmoid", {network.add("scale_shift", name + ".affine", {sums})});
}

TEST(FoldPooling, MakesSumsAndAveragesPartOfTheConvolutionBeforeThem) {
  for (const char* op : {"sum_pool", "average_pool"}) {
    for (const auto& [convolution, pool] : {std::pair("filters=6 kernel=5,5", "kernel=2,2"), {"filters=20 kernel=5,3 padding=2,1,0,2 bias=false", "kernel=3,2"},
                                            {"filters=16 kernel=4,5 stride=2,1 padding=1,1,1,1", "kernel=3,2"}}) {
      SCOPED_TRACE(std::string(op) + " " + pool + " behind " + convolution);
      Network network(3, 23, 19);
      network.head(network.add("dense", "d", {subsample(network, 0, "c", convolution, op, pool)}, "units=5"));
      expect_same_answers(network, Shape::nchw(1, 3, 23, 19), "fold_pooling");
      expect_same_answers(network, Shape::nchw(1, 3, 23, 19), "fuse_activation");
      const Model model = network.compile();
      EXPECT_FALSE(has_op(model, op) || has_op(model, "scale_shift") || has_op(model, "sigmoid"));
    }
  }
}

TEST(FoldPooling, LeavesPoolsThatAreNoSumsOfWholeWindowsOrWouldCostMore) {
  for (const char* pool : {"kernel=2,2 padding=1,1,1,1", "kernel=2,2 ceil=true", "kernel=2,2 padding=same", "kernel=3,3 stride=1,1"}) {
    Network network(3, 12, 13);
    network.head(network.add("average_pool", "p", {network.add("convolution", "c", {0}, "filters=12 kernel=5,5")}, pool));
    expect_same_answers(network, Shape::nchw(1, 3, 12, 13), "fold_pooling");
    EXPECT_TRUE(has_op(network.compile(), "average_pool")) << pool;
  }
}

TEST(FoldPooling, SumsIntegerWeightsAsTheNumbersThatTheyStandFor) {
  Network network(3, 12, 14);
  const int conv = network.add("convolution", "c", {0}, "filters=12 kernel=5,5");
  network.head(network.add("dense", "d", {network.add("average_pool", "p", {conv}, "kernel=2,2")}, "units=5"));
  const Tensor input = reference::random_tensor(Shape::nchw(1, 3, 12, 14), 21);
  const testing::QuantizedNetwork quantized(network, input);
  const auto answer = [&](Precision precision, const char* passes) {
    CompileOptions options = without(passes);
    options.precision = precision;
    return Network::run(Model(network.graph, quantized.table(), options), input);
  };
  const Tensor want = testing::as_tensor(answer(Precision::kExact, "fold_pooling"));
  EXPECT_LE(reference::relative_error(answer(Precision::kExact, ""), want), kTolerance);
  EXPECT_LE(reference::relative_error(answer(Precision::kInt8, ""), want), 0.02);
}

TEST(FoldPooling, KeepsAConvolutionThatIsAskedFor) {
  Network network(3, 12, 13);
  network.head(network.add("average_pool", "p", {network.add("convolution", "c", {0}, "filters=12 kernel=5,5")}, "kernel=2,2"));
  CompileOptions options;
  options.outputs = "c";
  EXPECT_TRUE(has_op(network.compile(options), "average_pool"));
}

TEST(FlattenConvolutions, MakesADenseLayerOfAKernelThatCoversThePicture) {
  for (const char* convolution : {"filters=20 kernel=13,17", "filters=37 kernel=13,17 bias=false"}) {
    Network network(3, 13, 17);
    const int before = network.add("tanh", "t1", {network.add("convolution", "c1", {0}, "filters=10 kernel=1,1")});
    const int conv = network.add("tanh", "t2", {network.add("convolution", "c2", {before}, convolution)});
    network.head(network.add("dense", "d", {conv}, "units=7"));
    expect_same_answers(network, kPicture, "flatten_convolutions");
    EXPECT_NE(network.compile().explain().find("\"step\":\"c2\",\"op\":\"dense\""), std::string::npos);
  }
}

TEST(FlattenConvolutions, LeavesConvolutionsThatLargerPicturesMayCome) {
  Network network(3, 13, 17);
  const int conv = network.add("convolution", "c", {0}, "filters=20 kernel=13,17");
  network.head(network.add("dense", "d", {network.add("global_average_pool", "g", {conv})}, "units=7"));
  const Model model = network.compile();
  EXPECT_NE(model.explain().find("\"step\":\"c\",\"op\":\"convolution\""), std::string::npos);
  EXPECT_EQ(Network::run(model, reference::random_tensor(Shape::nchw(1, 3, 20, 20), 3)).size(), 7u);
}

TEST(FuseActivation, MakesReluPartOfConvolutionAndDense) {
  Network network(3, 13, 17);
  const int conv = network.add("relu", "r1", {network.add("convolution", "c", {0}, "filters=20 kernel=3,3")});
  network.head(network.add("relu", "r2", {network.add("dense", "d", {conv}, "units=7")}));
  expect_same_answers(network, kPicture, "fuse_activation");
  EXPECT_FALSE(has_op(network.compile(), "relu"));
}

TEST(FuseActivation, LeavesZerosInBlocksThatASigmoidsChannelsDoNotFill) {
  for (const char* filters : {"filters=13 kernel=3,3 padding=1,1,1,1", "filters=21 kernel=1,1", "filters=16 kernel=3,3 groups=1 stride=2,2"}) {
    Network network(3, 13, 17);
    const int conv = network.add("sigmoid", "s", {network.add("convolution", "c", {0}, filters)});
    network.head(network.add("lrn", "l", {network.add("convolution", "c2", {conv}, "filters=12 kernel=1,1")}, "size=5 alpha=0.5 beta=0.75 k=2"));
    expect_same_answers(network, kPicture, "fuse_activation");
    Network across(3, 13, 17);
    const int wide = across.add("sigmoid", "s", {across.add("convolution", "c", {0}, "filters=13 kernel=3,3 padding=1,1,1,1")});
    across.head(across.add("lrn", "l", {wide}, "size=5 alpha=0.5 beta=0.75 k=2"));
    for (int block : {8, 16}) {
      CompileOptions options;
      options.channel_block = block;
      const Tensor input = reference::random_tensor(kPicture, 21);
      const Tensor x = reference::convolution(input, across.weight("c.weight"), across.weight("c.bias"), 13, 1, {3, 3, 1, 1, 1, 1, 13, 17});
      const Tensor want = reference::lrn(reference::map(x, [](double v) { return 1 / (1 + std::exp(-v)); }), 5, 0.5, 0.75, 2);
      EXPECT_LE(reference::relative_error(across.run(input, options), want), kTolerance);
    }
  }
}

/// A residual block of two convolutions over a first one.
int residual_block(Network& network, bool relu_before, bool relu_after, bool projection) {
  const int stem = network.add("relu", "stem.relu", {network.add("convolution", "stem", {0}, "filters=16 kernel=3,3 padding=1,1,1,1")});
  int branch = network.add("relu", "a.relu", {network.add("convolution", "a", {stem}, "filters=16 kernel=3,3 padding=1,1,1,1")});
  branch = network.add("convolution", "b", {branch}, "filters=16 kernel=1,1");
  if (relu_before) branch = network.add("relu", "b.relu", {branch});
  const int shortcut = projection ? network.add("convolution", "s", {stem}, "filters=16 kernel=1,1") : stem;
  const int sum = network.add("add", "sum", {branch, shortcut});
  return relu_after ? network.add("relu", "sum.relu", {sum}) : sum;
}

TEST(FuseResidual, KeepsTheOrderOfAdditionAndActivation) {
  for (bool before : {false, true}) {
    for (bool after : {false, true}) {
      for (bool projection : {false, true}) {
        SCOPED_TRACE(std::string(before ? "relu, " : "") + "add" + (after ? ", relu" : "") + (projection ? " of a projection" : ""));
        Network network(3, 13, 17);
        network.head(residual_block(network, before, after, projection));
        expect_same_answers(network, kPicture, "fuse_residual");
        EXPECT_FALSE(has_op(network.compile(), "add"));
      }
    }
  }
}

TEST(FuseResidual, LeavesAnAdditionOfAValueToItself) {
  Network network(3, 13, 17);
  const int conv = network.add("convolution", "c", {0}, "filters=16 kernel=3,3");
  network.head(network.add("add", "twice", {conv, conv}));
  expect_same_answers(network, kPicture, "fuse_residual");
}

int conv_relu(Network& network, const std::string& name, int input, const std::string& attributes) {
  return network.add("relu", name + ".relu", {network.add("convolution", name, {input}, attributes)});
}

/// An inception module whose branch sizes fill blocks of 8 and, with `odd`, do not.
int inception(Network& network, int x, bool odd) {
  const std::string three = " kernel=3,3 padding=1,1,1,1", five = " kernel=5,5 padding=2,2,2,2";
  const int one = conv_relu(network, "1x1", x, "filters=16 kernel=1,1");
  const int b3 = conv_relu(network, "3x3", conv_relu(network, "3x3r", x, odd ? "filters=13 kernel=1,1" : "filters=24 kernel=1,1"), (odd ? "filters=20" : "filters=32") + three);
  const int b5 = conv_relu(network, "5x5", conv_relu(network, "5x5r", x, "filters=8 kernel=1,1"), "filters=16" + five);
  const int pooled = conv_relu(network, "pp", network.add("max_pool", "mp", {x}, "kernel=3,3 stride=1,1 padding=1,1,1,1"), "filters=16 kernel=1,1");
  return network.add("concat", "out", {one, b3, b5, pooled});
}

TEST(MergeSiblings, ReadsTheInputOfAnInceptionModuleOnce) {
  for (bool odd : {false, true}) {
    Network network(3, 13, 17);
    const int x = conv_relu(network, "stem", 0, "filters=32 kernel=3,3");
    network.head(network.add("dense", "d", {inception(network, x, odd)}, "units=9"));
    expect_same_answers(network, kPicture, "merge_siblings");
    EXPECT_EQ(steps(network.compile(without("merge_siblings"))) - steps(network.compile()), 2);
  }
}

TEST(ConcatInPlace, LeavesNoConcatenation) {
  Network network(3, 13, 17);
  const int x = conv_relu(network, "stem", 0, "filters=32 kernel=3,3");
  network.head(network.add("dense", "d", {inception(network, x, false)}, "units=9"));
  expect_same_answers(network, kPicture, "concat_in_place");
  EXPECT_FALSE(has_op(network.compile(), "concat"));
  EXPECT_TRUE(has_op(network.compile(without("concat_in_place")), "concat"));
}

TEST(ConcatInPlace, TakesPoolsAsBranchesToo) {
  Network network(3, 13, 17);
  const int x = conv_relu(network, "stem", 0, "filters=32 kernel=3,3");
  const int pooled = network.add("max_pool", "mp", {conv_relu(network, "pc", x, "filters=16 kernel=1,1")}, "kernel=3,3 stride=1,1 padding=same");
  network.head(network.add("concat", "out", {conv_relu(network, "a", x, "filters=16 kernel=1,1"), pooled}));
  expect_same_answers(network, kPicture, "concat_in_place");
  EXPECT_FALSE(has_op(network.compile(), "concat"));
}

TEST(ConcatInPlace, LeavesPoolsOfManyPicturesFast) {
  if (!pool::available()) GTEST_SKIP() << "this CPU has no AVX2";
  Network network(16, 12, 12);
  const auto branch = [&](const std::string& name, int in, int filters) { return network.add("relu", "r" + name, {network.add("convolution", name, {in}, "filters=" + std::to_string(filters) + " kernel=1,1")}); };
  const int a = branch("a", 0, 16), b = network.add("convolution", "b3", {branch("b", 0, 16)}, "filters=32 kernel=3,3 padding=1,1,1,1");
  const int pool = network.add("max_pool", "p", {network.add("concat", "all", {a, b})}, "kernel=3,3 stride=2,2");
  network.head(network.add("dense", "d", {network.add("global_average_pool", "g", {pool})}, "units=7"));
  expect_same_answers(network, Shape::nchw(1, 16, 12, 12), "concat_in_place");
  CompileOptions options;
  options.batch = 3;
  EXPECT_EQ(network.compile(options).explain().find("\"kernel\":\"ref"), std::string::npos);
}

TEST(ConcatInPlace, CopiesWhereABranchDoesNotStartAtABlock) {
  Network network(3, 13, 17);
  const int a = conv_relu(network, "a", 0, "filters=13 kernel=1,1"), b = conv_relu(network, "b", 0, "filters=16 kernel=1,1");
  network.head(network.add("concat", "out", {a, b}));
  expect_same_answers(network, kPicture, "concat_in_place");
  EXPECT_TRUE(has_op(network.compile(), "concat"));
}

TEST(ChooseAlgorithm, TakesWinogradWhereItPaysWithEveryEpilogue) {
  for (bool before : {false, true}) {
    for (bool after : {false, true}) {
      if (before && after) continue;      // ReLU, add, ReLU is no epilogue of the kernels: direct
      Network network(3, 12, 12);
      const int stem = conv_relu(network, "stem", 0, "filters=32 kernel=3,3 padding=1,1,1,1");
      int branch = network.add("convolution", "b", {stem}, "filters=32 kernel=3,3 padding=1,1,1,1");
      if (before) branch = network.add("relu", "b.relu", {branch});
      const int sum = network.add("add", "sum", {branch, stem});
      network.head(after ? network.add("relu", "sum.relu", {sum}) : sum);
      expect_same_answers(network, Shape::nchw(1, 3, 12, 12), "choose_algorithm");
      EXPECT_NE(network.compile().explain().find("winograd"), std::string::npos);
      EXPECT_EQ(network.compile(without("choose_algorithm")).explain().find("winograd"), std::string::npos);
    }
  }
}

TEST(Passes, KeepEveryLayerThatIsAskedFor) {
  Network network(3, 13, 17);
  const int x = conv_relu(network, "stem", 0, "filters=32 kernel=3,3");
  network.head(network.add("dense", "d", {inception(network, x, false)}, "units=9"));
  CompileOptions options;
  options.outputs = "1x1\n3x3r.relu\nout\nstem";
  const Tensor input = reference::random_tensor(kPicture, 22);
  const Model fused = network.compile(options);
  options.without = kAllPasses;
  const Model plain = network.compile(options);
  ASSERT_EQ(fused.output_count(), 5);
  for (int output = 0; output < 5; ++output) {
    const auto values = Network::run(plain, input, output);
    Tensor want(Shape::features(1, static_cast<int64_t>(values.size())));
    want.values.assign(values.begin(), values.end());
    EXPECT_LE(reference::relative_error(Network::run(fused, input, output), want), kTolerance) << fused.output_name(output);
  }
}

TEST(Passes, RefuseAnUnknownName) {
  Network network(3, 13, 17);
  network.head(network.add("dense", "d", {0}, "units=2"));
  try {
    network.compile(without("fold_everything"));
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::kArgument);
    EXPECT_NE(testing::message(e).find("fold_batch_norm"), std::string::npos);
  }
}

}  // namespace
}  // namespace quintet
