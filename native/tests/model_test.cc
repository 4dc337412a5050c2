// Models and sessions: binding, shapes, sharing between threads, and what must go wrong with a clear word.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "allocations.h"
#include "network.h"

namespace quintet {
namespace {

using reference::Tensor;
using testing::Network;

/// A small classifier whose input may have any size.
Network classifier() {
  Network network(3, 16, 20);
  const int conv = network.add("relu", "r", {network.add("convolution", "c", {0}, "filters=32 kernel=3,3 padding=1,1,1,1")});
  const int second = network.add("relu", "r2", {network.add("convolution", "c2", {conv}, "filters=32 kernel=3,3 padding=1,1,1,1")});
  network.head(network.add("dense", "d", {network.add("global_average_pool", "g", {second})}, "units=10"));
  return network;
}

std::string failure(const std::function<void()>& call, ErrorKind kind) {
  try {
    call();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), kind) << e.what();
    return testing::message(e);
  }
  ADD_FAILURE() << "accepted";
  return "";
}

TEST(Binding, ReportsAllThatIsMissingLeftOverAndMisshapenAtOnce) {
  Network network = classifier();
  TensorTable table;
  const std::vector<float> values(4096, 0.f);
  const int64_t wrong[] = {32, 3, 5, 5}, one[] = {7};
  table.add("c.weight", DataType::kF32, wrong, 4, values.data(), 32 * 3 * 25 * 4);
  table.add("stranger", DataType::kF32, one, 1, values.data(), 7 * 4);
  const std::string text = failure([&] { Model(network.graph, table, {}); }, ErrorKind::kWeights);
  EXPECT_NE(text.find("5 missing: c.bias 32, c2.weight 32x32x3x3"), std::string::npos) << text;
  EXPECT_NE(text.find("c.weight is 32x3x5x5, expected 32x3x3x3"), std::string::npos) << text;
  EXPECT_NE(text.find("1 left over: stranger"), std::string::npos) << text;
}

TEST(Binding, RefusesIntegerWeights) {
  Network network(1, 2, 2);
  network.head(network.add("dense", "d", {0}, "units=1 bias=false"));
  TensorTable table;
  const std::vector<int32_t> values(4, 1);
  const int64_t shape[] = {1, 4};
  table.add("d.weight", DataType::kI32, shape, 2, values.data(), 16);
  failure([&] { Model(network.graph, table, {}); }, ErrorKind::kWeights);
}

TEST(Model, ReadsHalfAndBrainFloatWeights) {
  Network network(1, 2, 2);
  network.head(network.add("dense", "d", {0}, "units=1 bias=false"));
  const int64_t shape[] = {1, 4};
  const uint16_t halves[] = {0x3c00, 0xc000, 0x3555, 0x0001}, brains[] = {0x3f80, 0xc000, 0x3eab, 0x0000};   // 1, -2, ~1/3, 2^-24 or 0
  for (const auto& [type, data] : {std::pair{DataType::kF16, halves}, {DataType::kBF16, brains}}) {
    TensorTable table;
    table.add("d.weight", type, shape, 2, data, 8);
    const Model model(network.graph, table, {});
    Tensor input(Shape::nchw(1, 1, 2, 2));
    input.values = {1, 1, 3, 0};
    EXPECT_NEAR(Network::run(model, input)[0], 0.0, 5e-3);
  }
}

TEST(Session, TakesAnyBatchAndSizeOfOneModel) {
  Network network = classifier();
  CompileOptions options;
  options.plan_cache = 2;
  const Model model = network.compile(options);
  for (int round = 0; round < 2; ++round) {
    for (const Shape& shape : {Shape::nchw(1, 3, 16, 20), Shape::nchw(3, 3, 16, 20), Shape::nchw(2, 3, 9, 31), Shape::nchw(1, 3, 40, 8)}) {
      SCOPED_TRACE(to_string(shape));
      const Tensor input = reference::random_tensor(shape, 31);
      CompileOptions own;
      own.batch = shape.n();
      own.height = shape.h();
      own.width = shape.w();
      own.without = "choose_algorithm";
      const auto want = network.run(input, own);
      Tensor expected(Shape::features(1, static_cast<int64_t>(want.size())));
      expected.values.assign(want.begin(), want.end());
      EXPECT_LE(reference::relative_error(Network::run(model, input), expected), 3e-6);
    }
  }
}

TEST(Session, TakesSizesWhoseLayersChooseOtherLayouts) {
  for (const int64_t batch : {1, 8}) {
    for (const char* first : {"filters=6 kernel=1,1", "filters=16 kernel=1,1", "filters=3 kernel=1,1"}) {
      Network network(3, 8, 8);
      const int maps = network.add("convolution", "c", {0}, first);
      const int pool = network.add("adaptive_average_pool", "p", {maps}, "size=4,4");   // plain where it does not divide, blocked where it does
      network.head(network.add("dense", "d", {network.add("convolution", "c2", {pool}, "filters=3 kernel=3,3 padding=1,1,1,1")}, "units=10"));
      CompileOptions options;
      options.batch = batch;
      const Model model = network.compile(options);
      for (const Shape& shape : {Shape::nchw(batch, 3, 8, 8), Shape::nchw(batch, 3, 9, 8), Shape::nchw(batch, 3, 16, 12), Shape::nchw(1, 3, 7, 7)}) {
        const Tensor input = reference::random_tensor(shape, 5);
        CompileOptions own;
        own.batch = shape.n();
        own.height = shape.h();
        own.width = shape.w();
        const auto got = Network::run(model, input), want = network.run(input, own);
        for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-5) << to_string(shape) << " " << first;
      }
    }
  }
}

TEST(Session, NamesTheWeightThatAnotherSizeWouldNeed) {
  Network network(3, 8, 8);
  network.head(network.add("dense", "d", {0}, "units=4"));
  const Model model = network.compile();
  const std::string text = failure([&] { Session(model, 1, 9, 8); }, ErrorKind::kShape);
  EXPECT_EQ(text, "d: an input of 1x3x9x8 needs a weight of 4x216, the model has 4x192");
}

TEST(Session, RefusesEmptyBatchesWrongBuffersAndUnboundInput) {
  Network network = classifier();
  const Model model = network.compile();
  failure([&] { Session(model, 0, 0, 0); }, ErrorKind::kShape);
  failure([&] { Session(model, -1, 0, 0); }, ErrorKind::kShape);
  failure([&] { Session(model, 1, 1 << 30, 1 << 30); }, ErrorKind::kShape);
  Session session(model, 1, 0, 0);
  failure([&] { session.run(-1); }, ErrorKind::kArgument);
  std::vector<float> values(3 * 16 * 20);
  failure([&] { session.bind_input(values.data(), 12); }, ErrorKind::kShape);
  failure([&] { session.bind_output(1, values.data(), 40); }, ErrorKind::kArgument);
  failure([&] { session.bind_output(0, values.data(), 44); }, ErrorKind::kShape);
}

TEST(Session, AnswersNanForNanWeights) {
  Network network(1, 2, 2);
  network.head(network.add("dense", "d", {0}, "units=1 bias=false"));
  const float values[] = {1, NAN, 1, 1};
  const int64_t shape[] = {1, 4};
  TensorTable table;
  table.add("d.weight", DataType::kF32, shape, 2, values, 16);
  EXPECT_TRUE(std::isnan(Network::run(Model(network.graph, table, {}), reference::random_tensor(Shape::nchw(1, 1, 2, 2), 1))[0]));
}

TEST(Precision, FastKeepsDenseWeightsInFloat16WithinItsError) {
  Network network(3, 16, 20);
  const int conv = network.add("relu", "r", {network.add("convolution", "c", {0}, "filters=32 kernel=3,3 padding=1,1,1,1")});
  network.head(network.add("dense", "d", {conv}, "units=50"));
  CompileOptions fast;
  fast.precision = Precision::kFast;
  for (int64_t batch : {1, 2, 7}) {
    const Tensor input = reference::random_tensor(Shape::nchw(batch, 3, 16, 20), 41);
    const auto exact = network.run(input);
    Tensor want(Shape::features(batch, 50));
    want.values.assign(exact.begin(), exact.end());
    const double error = reference::relative_error(network.run(input, fast), want);
    EXPECT_LE(error, 5e-4);
    EXPECT_GT(error, 0);
  }
  EXPECT_NE(network.compile(fast).explain().find("dense f16"), std::string::npos);
}

TEST(Precision, FastFlushesDenormalsAndLeavesTheCallersModeAlone) {
  Network network(1, 1, 1);
  network.head(network.add("dense", "d", {0}, "units=1 bias=false"));
  const float tiny = 1e-30f;
  const int64_t shape[] = {1, 1};
  TensorTable table;
  table.add("d.weight", DataType::kF32, shape, 2, &tiny, 4);
  Tensor input(Shape::nchw(1, 1, 1, 1));
  input.values = {1e-10};
  CompileOptions fast;
  fast.precision = Precision::kFast;
  EXPECT_GT(Network::run(Model(network.graph, table, {}), input)[0], 0.f);
  EXPECT_EQ(Network::run(Model(network.graph, table, fast), input)[0], 0.f);
  volatile float denormal = 1e-30f;
  denormal = denormal * 1e-10f;
  EXPECT_GT(denormal, 0.f);
}

TEST(Session, AnswersNanForNanWeightsInAnyLayer) {
  for (const int64_t batch : {1, 8}) {                      // both ways to compute dense layers
    Network network(3, 16, 20);
    const int conv = network.add("relu", "r", {network.add("batch_norm", "n", {network.add("convolution", "c", {0}, "filters=16 kernel=3,3 bias=false")}, "epsilon=1e-3")});
    const int shortcut = network.add("convolution", "s", {conv}, "filters=16 kernel=1,1");
    const int sum = network.add("add", "a", {network.add("convolution", "c2", {conv}, "filters=16 kernel=3,3 padding=same"), shortcut});
    const int pool = network.add("max_pool", "p", {network.add("batch_norm", "n2", {network.add("relu", "r2", {sum})}, "epsilon=1e-3")}, "kernel=2,2");
    const int hidden = network.add("relu", "r3", {network.add("dense", "d", {network.add("flatten", "f", {pool})}, "units=24 bias=false")});
    network.head(network.add("dense", "d2", {hidden}, "units=10"));
    CompileOptions options;
    options.batch = batch;
    const Tensor input = reference::random_tensor(Shape::nchw(batch, 3, 16, 20), 1);
    const auto answers_nan = [&] {
      const std::vector<float> logits = network.run(input, options);
      return std::any_of(logits.begin(), logits.begin() + 10, [](float v) { return std::isnan(v); });
    };
    EXPECT_FALSE(answers_nan());
    for (int p = 0; p < network.graph.parameter_count(); ++p) {
      const std::string name = network.graph.parameter_name(p);
      const float before = network.weight(name)[3];
      network.spoil(name, 3, NAN);
      EXPECT_TRUE(answers_nan()) << name;
      network.spoil(name, 3, before);
    }
  }
}

TEST(Session, OutlivesItsModel) {
  Network network = classifier();
  auto model = std::make_unique<Model>(network.compile());
  Session session(*model, 1, 0, 0);
  model.reset();
  std::vector<float> x(3 * 16 * 20, 1.f), y(10);
  session.bind_input(x.data(), static_cast<int64_t>(x.size()) * 4);
  session.bind_output(0, y.data(), 40);
  session.run(-1);
  EXPECT_NE(y[0], 0.f);
}

TEST(Session, RunAllocatesNothing) {
  for (int threads : {1, 2}) {
    Network network = classifier();
    CompileOptions options;
    options.threads = threads;
    const Model model = network.compile(options);
    Session session(model, 1, 0, 0);
    std::vector<float> x(3 * 16 * 20, 1.f), y(10);
    session.bind_input(x.data(), static_cast<int64_t>(x.size()) * 4);
    session.bind_output(0, y.data(), 40);
    session.run(-1);
    const long before = testing::allocations();
    for (int i = 0; i < 10; ++i) session.run(-1);
    EXPECT_EQ(testing::allocations() - before, 0);
  }
}

/// `callers` threads, each `rounds` runs on inputs of its own; every answer must have the bits of `want`.
void run_from_many_threads(const Model& model, const std::vector<Tensor>& inputs, const std::vector<std::vector<float>>& want, int callers, int rounds) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < callers; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < rounds; ++i) {
        const size_t which = (t + i) % inputs.size();
        if (Network::run(model, inputs[which]) != want[which]) ++wrong;
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Lanes, GiveEightThreadsTheBitsOfOne) {
  Network network = classifier();
  std::vector<Tensor> inputs;
  for (uint32_t i = 0; i < 5; ++i) inputs.push_back(reference::random_tensor(Shape::nchw(1 + i % 2, 3, 16, 20), i));
  for (const auto& [threads, lanes] : {std::pair{1, 1}, {1, 2}, {2, 1}, {2, 2}}) {
    CompileOptions options;
    options.threads = threads;
    options.lanes = lanes;
    const Model model = network.compile(options);
    std::vector<std::vector<float>> want;
    for (const Tensor& input : inputs) want.push_back(Network::run(model, input));
    run_from_many_threads(model, inputs, want, 8, 8);
  }
}

TEST(Lanes, RunWhileOthersPlanNewSizes) {
  Network network = classifier();
  std::vector<Tensor> inputs;
  for (const int64_t size : {8, 12, 16}) inputs.push_back(reference::random_tensor(Shape::nchw(1, 3, size, size), static_cast<uint32_t>(size)));
  for (const int threads : {1, 2}) {
    CompileOptions options;
    options.threads = threads;
    options.lanes = 2;
    options.plan_cache = 1;                            // every change of size makes a plan again
    const Model model = network.compile(options);
    std::vector<std::vector<float>> want;
    for (const Tensor& input : inputs) want.push_back(Network::run(model, input));
    run_from_many_threads(model, inputs, want, 4, 9);
  }
}

TEST(Lanes, EndAWaitAtItsDeadline) {
  Network network = classifier();
  const Model model = network.compile();
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    const Tensor input = reference::random_tensor(Shape::nchw(64, 3, 64, 64), 1);
    while (!stop) Network::run(model, input);
  });
  Session session(model, 1, 0, 0);
  std::vector<float> x(3 * 16 * 20, 1.f);
  session.bind_input(x.data(), static_cast<int64_t>(x.size()) * 4);
  bool timed_out = false;
  for (int i = 0; i < 2000 && !timed_out; ++i) {
    try {
      session.run(0);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } catch (const Error& e) {
      timed_out = e.kind() == ErrorKind::kTimeout;
    }
  }
  stop = true;
  busy.join();
  EXPECT_TRUE(timed_out);
  session.run(-1);                                   // the lane is usable again
}

int threads_of_this_process() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("Threads:", 0) == 0) return std::stoi(line.substr(8));
  }
  return -1;
}

/// The same, waited for: a thread that was told to end, or has been joined, is counted until the system has cleared it away.
int threads_come_to(int expected) {
  for (int tries = 0; tries < 1000 && threads_of_this_process() != expected; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return threads_of_this_process();
}

TEST(Lanes, HaveTheOnlyTeamsForCompilingLeavesNoneBehind) {
  Network network = classifier();
  std::thread([&] {
    const int before = threads_of_this_process();
    CompileOptions options;
    options.threads = 2;
    const Model model = network.compile(options);
    EXPECT_EQ(threads_come_to(before), before);
  }).join();
}

TEST(Lanes, ComputeWhatIsTooSmallForATeamInTheCallersThread) {
  Network small(3, 8, 8);
  small.head(small.add("dense", "logits", {small.add("convolution", "conv", {0}, "filters=4 kernel=3,3")}, "units=5"));
  const int before = threads_of_this_process();
  CompileOptions options;
  options.threads = 2;
  const Model model = small.compile(options);
  Network::run(model, reference::random_tensor(Shape::nchw(1, 3, 8, 8), 1));
  EXPECT_EQ(threads_come_to(before), before);
}

TEST(Memory, IsGivenBackWithTheModel) {
  const int64_t before = native_memory();
  {
    Network network = classifier();
    const Model model = network.compile();
    Network::run(model, reference::random_tensor(Shape::nchw(1, 3, 16, 20), 1));
    EXPECT_GE(native_memory() - before, model.packed_bytes() + model.arena_bytes());
  }
  EXPECT_EQ(native_memory(), before);
}

TEST(MemoryPlan, ReusesTheArenaDownADeepNetwork) {
  Network network(16, 32, 32);
  int x = 0;
  for (int i = 0; i < 12; ++i) x = network.add("convolution", "c" + std::to_string(i), {x}, "filters=16 kernel=3,3 padding=1,1,1,1");
  network.head(x);
  CompileOptions direct;
  direct.without = "choose_algorithm";
  const int64_t one = 16 * 32 * 32 * 4;
  EXPECT_LE(network.compile(direct).arena_bytes(), 2 * one + 4096);
}

TEST(Cpu, AllowsAtLeastOneThreadAndReportsJson) {
  EXPECT_GE(allowed_threads(), 1);
  EXPECT_EQ(cpu_report().front(), '{');
}

}  // namespace
}  // namespace quintet
