// A model made again from its parts: the same answers without packing, and errors for parts that are not whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <cstring>
#include <limits>

#include "network.h"

namespace quintet {
namespace {

using testing::message;
using testing::Network;

/// Everything that packs something of its own: Winograd, direct, merged siblings, folded and other batch norms, scale, dense.
Network varied_network() {
  Network network(3, 20, 20);
  int x = network.add("relu", "r0", {network.add("batch_norm", "n0", {network.add("convolution", "c0", {0}, "filters=32 kernel=3,3 padding=same")}, "epsilon=0.001")});
  const int a = network.add("relu", "ra", {network.add("convolution", "ca", {x}, "filters=16 kernel=1,1")});
  const int b = network.add("relu", "rb", {network.add("convolution", "cb", {x}, "filters=24 kernel=1,1")});
  const int c = network.add("relu", "rc", {network.add("convolution", "cc", {b}, "filters=16 kernel=3,3 padding=same")});
  x = network.add("concat", "cat", {a, c});
  x = network.add("batch_norm", "n1", {x}, "epsilon=0.001");
  x = network.add("max_pool", "p", {x}, "kernel=2,2");
  x = network.add("scale_shift", "s", {x});
  network.head(network.add("dense", "d", {x}, "units=7"));
  return network;
}

/// The parts copied into memory as a file would hold them.
class Copies {
 public:
  explicit Copies(const Model& model) {
    const ModelParts parts(model);
    choices = parts.choices();
    for (int i = 0; i < parts.count(); ++i) {
      Tensor t;
      t.name = parts.name(i);
      t.type = static_cast<DataType>(parts.type(i));
      for (int axis = 0; axis < parts.rank(i); ++axis) t.shape.push_back(parts.dim(i, axis));
      t.memory = std::make_unique<MemoryBlock>(parts.bytes(i) + 64, "a test");
      t.bytes = parts.bytes(i);
      if (t.bytes > 0) std::memcpy(t.memory->data(), parts.data(i), t.bytes);
      tensors.push_back(std::move(t));
    }
  }

  struct Tensor {
    std::string name;
    DataType type;
    std::vector<int64_t> shape;
    std::unique_ptr<MemoryBlock> memory;
    int64_t bytes;
    int64_t shift = 0;
  };

  TensorTable table() const {
    TensorTable table;
    for (const Tensor& t : tensors) {
      table.add(t.name, t.type, t.shape.data(), static_cast<int>(t.shape.size()), static_cast<char*>(t.memory->data()) + t.shift, t.bytes);
    }
    return table;
  }

  Tensor& packed() {
    return *std::find_if(tensors.begin(), tensors.end(), [](const Tensor& t) { return t.name.starts_with("packed/"); });
  }

  std::vector<Tensor> tensors;
  std::string choices;
};

CompileOptions saved(const Copies& copies, CompileOptions options = {}) {
  options.saved = true;
  options.choices = copies.choices;
  return options;
}

ErrorKind kind_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.kind();
  }
  return ErrorKind::kInternal;
}

TEST(SavedModel, AnswersTheSameBitsWithoutPacking) {
  Network network = varied_network();
  for (const Precision precision : {Precision::kExact, Precision::kFast}) {
    for (int threads : {1, 2}) {
      CompileOptions options;
      options.precision = precision;
      options.threads = threads;
      const Model model = network.compile(options);
      const Copies copies(model);
      const int64_t before = native_memory();
      const Model again(network.graph, copies.table(), saved(copies, options));
      EXPECT_LE(native_memory() - before, 64 << 10) << "weights stay where they are";
      for (int64_t batch : {1, 3}) {
        const auto input = reference::random_tensor(Shape::nchw(batch, 3, 20, 20), 9);
        EXPECT_EQ(Network::run(again, input), Network::run(model, input));
      }
      EXPECT_EQ(again.explain(), model.explain());
      EXPECT_EQ(again.packed_bytes(), model.packed_bytes());
    }
  }
}

TEST(SavedModel, KeepsWhoChoseALayersKernel) {
  Network network(32, 20, 20);
  network.head(network.add("convolution", "c", {0}, "filters=32 kernel=3,3 padding=same"));
  CompileOptions options;
  const std::string key = ModelParts(network.compile()).choices();
  options.choices = key.substr(0, key.find('\t')) + "\tdirect";
  const Model model = network.compile(options);
  const Copies copies(model);
  EXPECT_EQ(Model(network.graph, copies.table(), saved(copies)).explain(), model.explain());
  EXPECT_NE(model.explain().find("\"measurement\""), std::string::npos);
}

TEST(SavedModel, CanBeSavedAgain) {
  Network network = varied_network();
  const Copies first(network.compile());
  const Model model(network.graph, first.table(), saved(first));
  const Copies second(model);
  ASSERT_EQ(second.tensors.size(), first.tensors.size());
  for (size_t i = 0; i < first.tensors.size(); ++i) {
    EXPECT_EQ(second.tensors[i].name, first.tensors[i].name);
    ASSERT_EQ(second.tensors[i].bytes, first.tensors[i].bytes);
    if (first.tensors[i].bytes == 0) continue;
    EXPECT_EQ(std::memcmp(second.tensors[i].memory->data(), first.tensors[i].memory->data(), first.tensors[i].bytes), 0);
  }
  EXPECT_EQ(second.choices, first.choices);
}

TEST(SavedModel, APartThatIsMissingShortOrMisplacedIsAnError) {
  Network network = varied_network();
  const Model model = network.compile();
  const auto kind_when = [&](const std::function<void(Copies&)>& spoil) {
    Copies copies(model);
    spoil(copies);
    return kind_of([&] { Model(network.graph, copies.table(), saved(copies)); });
  };
  EXPECT_EQ(kind_when([](Copies& c) { c.packed().name = "packed/other"; }), ErrorKind::kFormat);
  EXPECT_EQ(kind_when([](Copies& c) {
              c.packed().bytes = 0;
              c.packed().shape = {0};
            }),
            ErrorKind::kFormat);
  EXPECT_EQ(kind_when([](Copies& c) { c.packed().shift = 4; }), ErrorKind::kFormat);
  const size_t count = Copies(model).tensors.size();
  for (size_t i = 0; i < count; ++i) {
    EXPECT_NE(kind_when([&](Copies& c) { c.tensors.erase(c.tensors.begin() + static_cast<int64_t>(i)); }), ErrorKind::kInternal) << Copies(model).tensors[i].name;
  }
}

TEST(SavedModel, ATypeIsNoSubstituteForTheNumbersOfASmallTensor) {
  Network network = varied_network();
  Copies copies(network.compile());
  for (auto& t : copies.tensors) {
    if (t.name != "as is/n1.gamma") continue;
    t.name = "type/n1.gamma";
    t.shape = {0};
    t.bytes = 0;
  }
  EXPECT_EQ(kind_of([&] { Model(network.graph, copies.table(), saved(copies)); }), ErrorKind::kWeights);
}

TEST(SavedModel, WeightsThatAreNoNumbersAreNotSaved) {
  Network network = varied_network();
  network.table();
  network.spoil("cc.weight", 3, std::numeric_limits<float>::quiet_NaN());
  const Model model = network.compile();
  try {
    ModelParts parts(model);
    FAIL() << "must be refused";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::kWeights);
    EXPECT_NE(message(e).find("cc"), std::string::npos) << e.what();
  }
}

TEST(Fingerprint, IsThatOfTheGraphNotOfItsName) {
  const auto build = [](const std::string& name, const std::string& attributes) {
    Graph graph(name);
    const int input = graph.input("input", 3, 8, 8);
    graph.head("main", graph.add("convolution", "c", "", &input, 1, attributes), -1);
    return graph.fingerprint();
  };
  EXPECT_EQ(build("a", "filters=4 kernel=3,3"), build("b", "filters=4 kernel=3,3"));
  EXPECT_NE(build("a", "filters=4 kernel=3,3"), build("a", "filters=5 kernel=3,3"));
}

}  // namespace
}  // namespace quintet
