// Times whole networks in every precision, on weights and ranges made up here, and prints what a plan spends where:
//   precision_bench [threads] [batch] [network] [seconds] [exact|fast|bf16|int8|all int8: whose profile to print]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "quintet/graph.h"
#include "quintet/model.h"
#include "quintet/weights.h"

namespace {

using quintet::CompileOptions;
using quintet::Graph;
using quintet::Model;
using quintet::Precision;

std::string text(int64_t v) { return std::to_string(v); }

/// A graph under composition, torchvision's kind of networks.
struct Builder {
  Graph graph{"bench"};
  int next = 0;

  int add(const std::string& op, std::vector<int> in, const std::string& attributes = "") {
    return graph.add(op, op + text(next++), "", in.data(), static_cast<int>(in.size()), attributes);
  }
  int convolution(int in, int filters, int kernel, int stride, int padding, bool norm) {
    const std::string k = text(kernel), s = text(stride), p = text(padding);
    const int c = add("convolution", {in}, "filters=" + text(filters) + " kernel=" + k + "," + k + " stride=" + s + "," + s + " padding=" + p + "," + p + "," + p + "," + p +
                                               (norm ? " bias=false" : ""));
    return norm ? add("batch_norm", {c}, "epsilon=1e-5") : c;
  }
  int activated(int in, int filters, int kernel, int stride, int padding, bool norm) { return add("relu", {convolution(in, filters, kernel, stride, padding, norm)}); }
  int max_pool(int in, int kernel, int stride, int padding, bool ceil = false) {
    const std::string k = text(kernel), s = text(stride), p = text(padding);
    return add("max_pool", {in}, "kernel=" + k + "," + k + " stride=" + s + "," + s + " padding=" + p + "," + p + "," + p + "," + p + (ceil ? " ceil=true" : ""));
  }
  void head(int in, int classes = 1000) { graph.head("out", add("dense", {in}, "units=" + text(classes)), -1); }
};

int basic_block(Builder& b, int in, int filters, int stride, bool project) {
  const int branch = b.convolution(b.activated(in, filters, 3, stride, 1, true), filters, 3, 1, 1, true);
  return b.add("relu", {b.add("add", {branch, project ? b.convolution(in, filters, 1, stride, 0, true) : in})});
}

int bottleneck(Builder& b, int in, int filters, int stride, bool project) {
  const int branch = b.convolution(b.activated(b.activated(in, filters, 1, 1, 0, true), filters, 3, stride, 1, true), 4 * filters, 1, 1, 0, true);
  return b.add("relu", {b.add("add", {branch, project ? b.convolution(in, 4 * filters, 1, stride, 0, true) : in})});
}

void resnet(Builder& b, const std::vector<int>& blocks, bool deep) {
  int x = b.max_pool(b.activated(b.graph.input("input", 3, 224, 224), 64, 7, 2, 3, true), 3, 2, 1);
  for (size_t stage = 0; stage < blocks.size(); ++stage) {
    for (int i = 0; i < blocks[stage]; ++i) {
      const int stride = i == 0 && stage > 0 ? 2 : 1;
      x = deep ? bottleneck(b, x, 64 << stage, stride, i == 0) : basic_block(b, x, 64 << stage, stride, stride == 2);
    }
  }
  b.head(b.add("global_average_pool", {x}));
}

void vgg16(Builder& b) {
  int x = b.graph.input("input", 3, 224, 224);
  for (const auto& [count, filters] : {std::pair{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}}) {
    for (int i = 0; i < count; ++i) x = b.activated(x, filters, 3, 1, 1, false);
    x = b.max_pool(x, 2, 2, 0);
  }
  for (int i = 0; i < 2; ++i) x = b.add("relu", {b.add("dense", {x}, "units=4096")});
  b.head(x);
}

int inception(Builder& b, int x, int c1, int r3, int c3, int r5, int c5, int pool) {
  const int a = b.activated(x, c1, 1, 1, 0, true), c = b.activated(b.activated(x, r3, 1, 1, 0, true), c3, 3, 1, 1, true);
  const int d = b.activated(b.activated(x, r5, 1, 1, 0, true), c5, 3, 1, 1, true), p = b.activated(b.max_pool(x, 3, 1, 1), pool, 1, 1, 0, true);
  return b.add("concat", {a, c, d, p});
}

void googlenet(Builder& b) {
  int x = b.max_pool(b.activated(b.graph.input("input", 3, 224, 224), 64, 7, 2, 3, true), 3, 2, 0, true);
  x = b.max_pool(b.activated(b.activated(x, 64, 1, 1, 0, true), 192, 3, 1, 1, true), 3, 2, 0, true);
  x = b.max_pool(inception(b, inception(b, x, 64, 96, 128, 16, 32, 32), 128, 128, 192, 32, 96, 64), 3, 2, 0, true);
  x = inception(b, inception(b, inception(b, x, 192, 96, 208, 16, 48, 64), 160, 112, 224, 24, 64, 64), 128, 128, 256, 24, 64, 64);
  x = b.max_pool(inception(b, inception(b, x, 112, 144, 288, 32, 64, 64), 256, 160, 320, 32, 128, 128), 2, 2, 0, true);
  x = inception(b, inception(b, x, 256, 160, 320, 32, 128, 128), 384, 192, 384, 48, 128, 128);
  b.head(b.add("global_average_pool", {x}));
}

void alexnet(Builder& b) {
  int x = b.max_pool(b.activated(b.graph.input("input", 3, 224, 224), 64, 11, 4, 2, false), 3, 2, 0);
  x = b.max_pool(b.activated(x, 192, 5, 1, 2, false), 3, 2, 0);
  x = b.activated(b.activated(b.activated(x, 384, 3, 1, 1, false), 256, 3, 1, 1, false), 256, 3, 1, 1, false);
  x = b.max_pool(x, 3, 2, 0);
  for (int i = 0; i < 2; ++i) x = b.add("relu", {b.add("dense", {x}, "units=4096")});
  b.head(x);
}

void lenet5(Builder& b) {
  int x = b.max_pool(b.activated(b.graph.input("input", 1, 32, 32), 20, 5, 1, 2, false), 2, 2, 0);
  x = b.max_pool(b.activated(x, 50, 5, 1, 2, false), 2, 2, 0);
  b.head(b.add("relu", {b.add("dense", {x}, "units=500")}), 10);
}

int subsample(Builder& b, int in) { return b.add("sigmoid", {b.add("scale_shift", {b.add("sum_pool", {in}, "kernel=2,2")})}); }

void lenet5_classic(Builder& b) {
  int x = subsample(b, b.convolution(b.graph.input("input", 1, 32, 32), 6, 5, 1, 0, false));
  x = b.add("tanh", {b.convolution(subsample(b, b.convolution(x, 16, 5, 1, 0, false)), 120, 5, 1, 0, false)});
  b.head(b.add("tanh", {b.add("dense", {x}, "units=84")}), 10);
}

/// Weights as float32 and as integers with scales and ranges.
struct Files {
  std::map<std::string, std::vector<float>> floats;
  std::map<std::string, std::vector<int8_t>> integers;
  quintet::TensorTable plain, quantized;

  explicit Files(const Graph& g) {
    std::mt19937 random(1);
    for (int p = 0; p < g.parameter_count(); ++p) add(g, p, random);
    const int64_t two[] = {2};
    for (int n = 0; n < g.node_count(); ++n) {
      const bool is_signed = n == 0 || g.node_op(n) == "convolution" || g.node_op(n) == "batch_norm";
      auto& range = floats["quantization." + g.node_name(n) + ".range"] = {is_signed ? -4.f : 0.f, 4.f};
      quantized.add("quantization." + g.node_name(n) + ".range", quintet::DataType::kF32, two, 1, range.data(), 8);
    }
  }

  void add(const Graph& g, int p, std::mt19937& random) {
    const std::string name = g.parameter_name(p), kind = g.parameter_kind(p);
    std::vector<int64_t> shape;
    int64_t count = 1;
    for (int axis = 0; axis < g.parameter_rank(p); ++axis) {
      shape.push_back(g.parameter_dim(p, axis));
      count *= shape.back();
    }
    const float bound = kind == "weight" ? std::sqrt(6.f / static_cast<float>(count / shape[0])) : 0.1f, middle = kind == "var" || kind == "gamma" ? 1.f : 0.f;
    std::uniform_real_distribution<float> uniform(middle - bound, middle + bound);
    auto& values = floats[name];
    values.resize(count);
    for (float& v : values) v = uniform(random);
    const auto rank = static_cast<int>(shape.size());
    plain.add(name, quintet::DataType::kF32, shape.data(), rank, values.data(), count * 4);
    if (kind != "weight" || rank < 2) {
      quantized.add(name, quintet::DataType::kF32, shape.data(), rank, values.data(), count * 4);
      return;
    }
    auto& rounded = integers[name];
    for (float v : values) rounded.push_back(static_cast<int8_t>(std::nearbyint(v / bound * 64)));
    auto& scales = floats[name + "_scale"];
    scales.assign(shape[0], bound / 64);
    quantized.add(name, quintet::DataType::kI8, shape.data(), rank, rounded.data(), count);
    quantized.add(name + "_scale", quintet::DataType::kF32, shape.data(), 1, scales.data(), shape[0] * 4);
  }
};

double median_ms(const Model& model, int64_t batch, double seconds) {
  quintet::Session session(model, batch, 0, 0);
  const int64_t in = batch * session.input_dim(1) * session.input_dim(2) * session.input_dim(3), out = batch * session.output_dim(0, 1);
  std::vector<float> x(in, 0.5f), y(out);
  session.bind_input(x.data(), in * 4);
  session.bind_output(0, y.data(), out * 4);
  using Clock = std::chrono::steady_clock;
  std::vector<double> ms;
  session.run(-1);
  for (const auto start = Clock::now(); ms.size() < 5 || std::chrono::duration<double>(Clock::now() - start).count() < seconds;) {
    const auto begin = Clock::now();
    session.run(-1);
    ms.push_back(std::chrono::duration<double>(Clock::now() - begin).count() * 1e3);
  }
  std::nth_element(ms.begin(), ms.begin() + ms.size() / 2, ms.end());
  return ms[ms.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  CompileOptions options;
  options.threads = argc > 1 ? std::atoi(argv[1]) : 1;
  options.batch = argc > 2 ? std::atoi(argv[2]) : 1;
  const std::string wanted = argc > 3 ? argv[3] : "";
  const double seconds = argc > 4 ? std::atof(argv[4]) : 1;
  const std::string profiled = argc > 5 ? argv[5] : "";
  const std::vector<std::pair<std::string, void (*)(Builder&)>> networks{
      {"lenet5", lenet5}, {"classic", lenet5_classic}, {"alexnet", alexnet}, {"googlenet", googlenet}, {"resnet18", [](Builder& b) { resnet(b, {2, 2, 2, 2}, false); }},
      {"resnet50", [](Builder& b) { resnet(b, {3, 4, 6, 3}, true); }}, {"vgg16", vgg16}};
  for (const auto& [name, compose] : networks) {
    if (!wanted.empty() && wanted != name && wanted != "all") continue;
    Builder builder;
    compose(builder);
    const Files files(builder.graph);
    std::printf("%-10s", name.c_str());
    const auto time = [&](const char* what, Precision precision, const char* without = "") {
      CompileOptions own = options;
      own.precision = precision;
      own.without = without;
      const Model model(builder.graph, precision == Precision::kInt8 ? files.quantized : files.plain, own);
      std::printf("  %s %.4f ms", what, median_ms(model, options.batch, seconds));
      std::fflush(stdout);
      if (profiled == what) std::printf("\n%s\n", model.profile(15).c_str());
    };
    time("exact", Precision::kExact);
    time("fast", Precision::kFast);
    time("bf16", Precision::kBf16);
    time("int8", Precision::kInt8);
    time("all int8", Precision::kInt8, "weigh_precision");
    std::printf("\n");
  }
}
