// Times training steps:  train_bench lenet5|resnet18|resnet50 [--batch N] [--size S] [--threads N] [--steps N] [--profile]
// Prints milliseconds a step (least, median), and with --profile the slowest steps of the plan. The networks are the article's LeNet-5
// and torchvision's ResNets.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <map>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "quintet/trainer.h"

namespace {

using quintet::Graph;

int add(Graph& graph, const char* op, const std::string& name, std::vector<int> in, const std::string& attributes = "") {
  return graph.add(op, name, "", in.data(), static_cast<int>(in.size()), attributes);
}

void lenet5(Graph& graph) {
  int x = 0;
  for (const auto& [name, filters] : {std::pair("conv1", 20), {"conv2", 50}}) {
    x = add(graph, "convolution", name, {x}, "filters=" + std::to_string(filters) + " kernel=5,5 padding=same");
    x = add(graph, "max_pool", std::string(name) + ".pool", {add(graph, "relu", std::string(name) + ".relu", {x})}, "kernel=2,2");
  }
  x = add(graph, "relu", "dense1.relu", {add(graph, "dense", "dense1", {x}, "units=500")});
  graph.head("preds", add(graph, "dense", "preds", {x}, "units=10"), -1);
}

int unit(Graph& graph, const std::string& name, int x, int filters, int kernel, int stride, bool relu) {
  const std::string k = std::to_string(kernel), s = std::to_string(stride), p = std::to_string(kernel / 2);
  x = add(graph, "convolution", name, {x}, "filters=" + std::to_string(filters) + " kernel=" + k + "," + k + " stride=" + s + "," + s + " padding=" + p + "," + p + "," + p + "," + p + " bias=false");
  x = add(graph, "batch_norm", name + ".norm", {x}, "epsilon=0.00001 momentum=0.9 unbiased=true");
  return relu ? add(graph, "relu", name + ".relu", {x}) : x;
}

void resnet(Graph& graph, const std::vector<int>& blocks, bool bottleneck) {
  int x = unit(graph, "conv1", 0, 64, 7, 2, true);
  x = add(graph, "max_pool", "pool", {x}, "kernel=3,3 stride=2,2 padding=1,1,1,1");
  int width = 64, channels = 64;
  for (size_t stage = 0; stage < blocks.size(); ++stage, width *= 2) {
    for (int b = 0; b < blocks[stage]; ++b) {
      const std::string name = "layer" + std::to_string(stage) + "." + std::to_string(b);
      const int stride = b == 0 && stage > 0 ? 2 : 1, out = width * (bottleneck ? 4 : 1), in = x;
      if (bottleneck) x = unit(graph, name + ".conv0", x, width, 1, 1, true);
      x = unit(graph, name + ".conv1", x, width, 3, bottleneck ? stride : stride, true);
      x = unit(graph, name + ".conv2", x, out, bottleneck ? 1 : 3, 1, false);
      const int shortcut = stride == 1 && channels == out ? in : unit(graph, name + ".down", in, out, 1, stride, false);
      x = add(graph, "relu", name, {add(graph, "add", name + ".add", {x, shortcut})});
      channels = out;
    }
  }
  graph.head("fc", add(graph, "dense", "fc", {add(graph, "global_average_pool", "mean", {x})}, "units=1000"), -1);
}

/// Random parameters through which activations keep their size.
struct Parameters {
  std::vector<std::vector<float>> values;
  quintet::TensorTable table;

  explicit Parameters(const Graph& graph) : values(graph.parameter_count()) {
    std::mt19937 random(1);
    for (int p = 0; p < graph.parameter_count(); ++p) {
      std::vector<int64_t> shape;
      int64_t count = 1, fan_in = 1;
      for (int axis = 0; axis < graph.parameter_rank(p); ++axis) {
        shape.push_back(graph.parameter_dim(p, axis));
        count *= shape.back();
        if (axis > 0) fan_in *= shape.back();
      }
      const std::string kind = graph.parameter_kind(p);
      std::uniform_real_distribution<float> uniform(-1, 1);
      for (int64_t i = 0; i < count; ++i) {
        values[p].push_back(kind == "weight" ? uniform(random) * std::sqrt(6.f / static_cast<float>(fan_in)) : kind == "gamma" || kind == "var" ? 1.f : 0.f);
      }
      table.add(graph.parameter_name(p), quintet::DataType::kF32, shape.data(), static_cast<int>(shape.size()), values[p].data(), count * 4);
    }
  }
};

/// The profile's steps by kernel and operator, slowest first.
void print_profile(const std::string& json) {
  const std::regex row(R"re("step":"([^"]*)","op":"([^"]*)","kernel":"([^"]*)".*?"shape":\[([^\]]*)\],"macs":(\d+).*?"milliseconds":([0-9.e+-]+))re");
  struct Line {
    double ms;
    std::string text;
  };
  std::vector<Line> lines;
  std::map<std::string, double> sums;
  double total = 0;
  for (auto at = std::sregex_iterator(json.begin(), json.end(), row); at != std::sregex_iterator(); ++at) {
    const double ms = std::stod((*at)[6]), gmacs = std::stod((*at)[5]) / 1e9;
    char text[300];
    std::snprintf(text, sizeof text, "%8.3f ms %6.0f GFLOP/s  %-24s %-22s %-36s %s", ms, 2 * gmacs / ms * 1e3, std::string((*at)[1]).c_str(), std::string((*at)[2]).c_str(),
                  std::string((*at)[3]).c_str(), std::string((*at)[4]).c_str());
    lines.push_back({ms, text});
    sums[std::string((*at)[2]) + " | " + std::string((*at)[3])] += ms;
    total += ms;
  }
  std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.ms > b.ms; });
  for (size_t i = 0; i < std::min<size_t>(lines.size(), 45); ++i) std::puts(lines[i].text.c_str());
  std::vector<std::pair<double, std::string>> by_kind;
  for (const auto& [kind, ms] : sums) by_kind.emplace_back(ms, kind);
  std::sort(by_kind.rbegin(), by_kind.rend());
  std::printf("-- %.3f ms in all\n", total);
  for (const auto& [ms, kind] : by_kind) std::printf("%8.3f ms  %s\n", ms, kind.c_str());
}

}  // namespace

int main(int count, char** arguments) {
  const std::string network = count > 1 ? arguments[1] : "lenet5";
  const auto option = [&](const char* name, int fallback) {
    for (int i = 2; i + 1 < count; ++i) {
      if (std::strcmp(arguments[i], name) == 0) return std::atoi(arguments[i + 1]);
    }
    return fallback;
  };
  const bool lenet = network == "lenet5";
  const int batch = option("--batch", lenet ? 64 : network == "resnet18" ? 32 : 8), size = option("--size", lenet ? 32 : network == "resnet18" ? 64 : 224);
  Graph graph(network);
  graph.input("input", lenet ? 1 : 3, size, size);
  if (lenet) {
    lenet5(graph);
  } else {
    resnet(graph, network == "resnet18" ? std::vector{2, 2, 2, 2} : std::vector{3, 4, 6, 3}, network != "resnet18");
  }
  const Parameters parameters(graph);
  quintet::TrainOptions options;
  options.batch = batch;
  options.threads = option("--threads", 2);
  options.optimizer = "kind=sgd momentum=0.9";
  quintet::Trainer trainer(graph, parameters.table, options);
  trainer.set_learning_rate(1e-4);
  std::vector<float> input(static_cast<size_t>(batch) * (lenet ? 1 : 3) * size * size);
  std::mt19937 random(2);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (float& v : input) v = uniform(random);
  std::vector<int> labels(batch);
  for (int i = 0; i < batch; ++i) labels[i] = i % 10;
  std::vector<double> times, cpu_times;        // the CPU's time tells more on a busy machine, with one thread
  for (int i = 0; i < option("--steps", 20) + 1; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu_start = std::clock();
    trainer.step(input.data(), static_cast<int64_t>(input.size()) * 4, labels.data(), batch);
    if (i == 0) continue;
    cpu_times.push_back(static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC * 1e3);
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  std::sort(cpu_times.begin(), cpu_times.end());
  std::printf("%s batch %d, %d threads: least %.2f ms, median %.2f ms a step; CPU least %.2f, median %.2f; arena %.1f MB, parameters %.1f MB\n", network.c_str(), batch, options.threads, times[0], times[times.size() / 2], cpu_times[0], cpu_times[cpu_times.size() / 2],
              static_cast<double>(trainer.arena_bytes()) / 1e6, static_cast<double>(trainer.parameter_bytes()) / 1e6);
  for (int i = 2; i < count; ++i) {
    if (std::strcmp(arguments[i], "--profile") == 0) print_profile(trainer.profile(option("--steps", 20)));
  }
}
