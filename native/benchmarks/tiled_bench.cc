// Times convolutions in tiles against oneDNN's direct ones, layer by layer of VGG, ResNet and GoogLeNet, in one process.
//
//   tiled_bench [threads] [batch] [layers] [schedules] [cold] [busy]
//
// `layers` selects those whose name, as "vgg 64->128@112", contains it; "" all. Prints for each layer the median (and least)
// milliseconds of oneDNN and of every tile and kind of factors, the one first that the cost model expects to be fastest; their ratio to
// oneDNN's; and what the model expected. `schedules` times a grid of schedules as well. `cold` goes through a large buffer before every run,
// so that weights come from memory as in a whole network; otherwise a layer finds in the caches what fits there.
// With one thread times are CPU time, which does not count waiting for a core that others use; with more, wall-clock time. `busy`,
// for machines that others use: CPU time of all threads divided by their number (set OMP_WAIT_POLICY=passive, or waiting counts).
#include <omp.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernels/tiled.h"

namespace {

using quintet::TiledConvolution;
using quintet::TileSchedule;
using quintet::TiledShape;

struct Layer {
  const char* network;
  int64_t in, out, size;
  int taps = 3;
  int64_t stride = 1;
};

constexpr Layer kLayers[] = {
    {"vgg", 64, 64, 224},       {"vgg", 64, 128, 112},      {"vgg", 128, 128, 112},    {"vgg", 128, 256, 56},
    {"vgg", 256, 256, 56},      {"vgg", 256, 512, 28},      {"vgg", 512, 512, 28},     {"vgg", 512, 512, 14},
    {"resnet", 64, 64, 56},     {"resnet", 128, 128, 28},   {"resnet", 256, 256, 14},  {"resnet", 512, 512, 7},
    {"googlenet", 64, 192, 56}, {"googlenet", 96, 128, 28}, {"googlenet", 128, 192, 28}, {"googlenet", 96, 208, 14},
    {"googlenet", 112, 224, 14}, {"googlenet", 128, 256, 14}, {"googlenet", 144, 288, 14}, {"googlenet", 160, 320, 14},
    {"googlenet", 160, 320, 7}, {"googlenet", 192, 384, 7}, {"googlenet", 16, 32, 28}, {"googlenet", 32, 128, 14},
    {"googlenet", 16, 32, 28, 5}, {"googlenet", 32, 128, 14, 5}, {"googlenet", 48, 128, 7, 5}, {"alexnet", 96, 256, 27, 5}, {"lenet", 20, 50, 16, 5},
    {"resnet", 64, 128, 56, 3, 2}, {"resnet", 128, 128, 56, 3, 2}, {"resnet", 128, 256, 28, 3, 2}, {"resnet", 256, 256, 28, 3, 2}, {"resnet", 256, 512, 14, 3, 2}, {"resnet", 512, 512, 14, 3, 2},
    {"resnet50", 64, 64, 56, 1}, {"resnet50", 64, 256, 56, 1}, {"resnet50", 256, 64, 56, 1}, {"resnet50", 256, 128, 56, 1}, {"resnet50", 256, 512, 56, 1, 2},
    {"resnet50", 128, 512, 28, 1}, {"resnet50", 512, 128, 28, 1}, {"resnet50", 512, 1024, 28, 1, 2}, {"resnet50", 256, 1024, 14, 1},
    {"resnet50", 1024, 256, 14, 1}, {"resnet50", 1024, 2048, 14, 1, 2}, {"resnet50", 512, 2048, 7, 1}, {"resnet50", 2048, 512, 7, 1},
    {"googlenet", 192, 176, 28, 1}, {"googlenet", 480, 304, 14, 1}, {"googlenet", 832, 624, 7, 1}};

std::string name_of(const Layer& layer) {
  return layer.network + (" " + std::to_string(layer.in)) + "->" + std::to_string(layer.out) + "@" + std::to_string(layer.size) + (layer.taps == 3 ? "" : " " + std::to_string(layer.taps) + "x" + std::to_string(layer.taps)) + (layer.stride == 1 ? "" : "/2");
}

struct Options {
  int threads = 1;
  int64_t batch = 1;
  std::string layers;
  bool schedules = false, cold = false, busy = false;
};

struct Times {
  double median = 0, least = 0;
};

double clock_ms(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

/// Touches 128 MB, so that hardly anything else stays in the caches.
void evict() {
  static std::vector<int64_t> memory(16 << 20, 1);
#pragma omp parallel for
  for (size_t i = 0; i < memory.size(); i += 8) memory[i] += 1;
}

template <typename Run>
Times measure(const Options& options, const Run& run, double budget_ms = 250) {
  constexpr size_t kLeastRuns = 7, kMostRuns = 2000;
  const bool cpu_time = options.threads == 1 || options.busy;
  const clockid_t clock = cpu_time ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
  const double threads = cpu_time ? options.threads : 1;
  run();
  std::vector<double> times;
  for (double spent = 0; times.size() < kLeastRuns || (spent < budget_ms && times.size() < kMostRuns); spent += times.back()) {
    if (options.cold) evict();
    const double begin = clock_ms(clock);
    run();
    times.push_back((clock_ms(clock) - begin) / threads);
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[0]};
}

struct Free {
  void operator()(float* p) const { std::free(p); }
};
using Floats = std::unique_ptr<float, Free>;

/// Page-aligned floats, uniform in [low, high).
Floats make_floats(size_t count, float low, float high) {
  const size_t bytes = (count * sizeof(float) + 4095) / 4096 * 4096;
  Floats floats(static_cast<float*>(std::aligned_alloc(4096, bytes)));
  std::mt19937 random(static_cast<unsigned>(count));
  for (size_t i = 0; i < count; ++i) {
    floats.get()[i] = low + (high - low) * static_cast<float>(random() >> 8) * (1.0f / 16777216.0f);
  }
  return floats;
}

/// oneDNN's direct convolution with ReLU, in the layouts it likes best; remembers the channel block it chose.
class Direct {
 public:
  Direct(const Layer& layer, int64_t batch) : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    using dnnl::memory;
    using tag = memory::format_tag;
    const auto f32 = memory::data_type::f32;
    const int64_t n = layer.size, out = n / layer.stride, taps = layer.taps, padding = taps / 2;
    dnnl::post_ops post_ops;
    post_ops.append_eltwise(dnnl::algorithm::eltwise_relu, 0, 0);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(post_ops);
    const dnnl::convolution_forward::primitive_desc description(
        engine_, dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
        {{batch, layer.in, n, n}, f32, tag::any}, {{layer.out, layer.in, taps, taps}, f32, tag::any}, {{layer.out}, f32, tag::a},
        {{batch, layer.out, out, out}, f32, tag::any}, {layer.stride, layer.stride}, {padding, padding}, {padding - (layer.stride - 1), padding - (layer.stride - 1)}, attributes);
    implementation = description.impl_info_str();
    for (auto [kind, what] : {std::pair{DNNL_ARG_SRC, description.src_desc()}, {DNNL_ARG_WEIGHTS, description.weights_desc()},
                              {DNNL_ARG_BIAS, description.bias_desc()}, {DNNL_ARG_DST, description.dst_desc()}}) {
      buffers_.push_back(make_floats(what.get_size() / sizeof(float), kind == DNNL_ARG_WEIGHTS ? -0.05f : 0.0f, 0.05f));
      arguments_.emplace(kind, memory(what, engine_, buffers_.back().get()));
    }
    convolution_ = dnnl::convolution_forward(description);
  }
  void run() {
    convolution_.execute(stream_, arguments_);
    stream_.wait();
  }
  std::string implementation;

 private:
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::convolution_forward convolution_;
  std::vector<Floats> buffers_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

/// The data of one layer in tiles; times it with a given schedule.
class OurLayer {
 public:
  OurLayer(const TiledShape& shape, const Options& options)
      : shape_(shape), options_(options), source_(make_floats(floats(shape.in_channels, shape.height), 0, 1)),
        target_(make_floats(floats(shape.out_channels, shape.out_height), 0, 1)),
        bias_(make_floats(static_cast<size_t>(shape.out_channels + shape.block), 0, 0.1f)) {
    const TiledConvolution convolution(shape, options.threads);
    chosen = convolution.schedule();
    const Floats weights = make_floats(static_cast<size_t>(shape.in_channels * shape.out_channels * shape.taps * shape.taps), -0.05f, 0.05f);
    packed_ = make_floats(convolution.packed_bytes() / sizeof(float), 0, 0);
    pack_ms = measure(options, [&] { convolution.pack(weights.get(), nullptr, packed_.get()); }, 0).median;
  }
  Times time(const TileSchedule& schedule, double budget_ms) const {
    const TiledConvolution convolution(shape_, options_.threads, schedule);
    const Floats scratch = make_floats(convolution.scratch_bytes() / sizeof(float), 0, 0);
    const int64_t plane = shape_.block * shape_.height * shape_.width, out_plane = shape_.block * shape_.out_height * shape_.out_width;
    const auto blocks = [&](int64_t channels) { return (channels + shape_.block - 1) / shape_.block; };
    quintet::Epilogue epilogue;
    epilogue.order = quintet::Epilogue::kRelu;
    epilogue.bias = bias_.get();
    const quintet::BlockedSource source{source_.get(), plane, blocks(shape_.in_channels) * plane, shape_.block};
    const quintet::BlockedTarget target{target_.get(), out_plane, blocks(shape_.out_channels) * out_plane, shape_.block};
    return measure(options_, [&] { convolution.run(source, target, epilogue, packed_.get(), scratch.get()); }, budget_ms);
  }
  TileSchedule chosen;
  double pack_ms = 0;

 private:
  size_t floats(int64_t channels, int64_t size) const {
    return static_cast<size_t>(shape_.batch * (channels + shape_.block) * size * size);
  }
  TiledShape shape_;
  Options options_;
  Floats source_, target_, bias_, packed_;
};

std::string name_of(const TileSchedule& schedule) {
  return std::string(schedule.points_outer ? "points" : "panels") + (schedule.split_channels ? "/channels " : "/tiles ") +
         std::to_string(schedule.block_tiles);
}

/// Times a grid of schedules and prints those within a third of the best.
void sweep(const OurLayer& layer, const TiledShape& shape, int threads) {
  const int64_t across = (shape.out_width + shape.tile - 1) / shape.tile, tiles = shape.batch * across * across;
  struct Entry {
    TileSchedule schedule;
    Times times;
  };
  std::vector<Entry> entries;
  for (int64_t blocks = 1; blocks == 1 || tiles / blocks >= 6; blocks += std::max<int64_t>(1, blocks / 3)) {
    for (int choice = 0; choice < (threads > 1 ? 4 : 2); ++choice) {
      const TileSchedule schedule{(tiles + blocks - 1) / blocks, (choice & 1) != 0, (choice & 2) != 0};
      entries.push_back({schedule, layer.time(schedule, 60)});
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.times.median < b.times.median; });
  for (const Entry& e : entries) {
    if (e.times.median > 1.33 * entries[0].times.median) break;
    std::printf("        %-28s %8.3f ms (min %.3f), expected %.3f\n", name_of(e.schedule).c_str(), e.times.median, e.times.least,
                quintet::tiled_estimate_ms(shape, threads, e.schedule, quintet::core_model()));
  }
}

void compare(const Layer& layer, const Options& options) {
  Direct direct(layer, options.batch);
  const Times theirs = measure(options, [&] { direct.run(); });
  const int64_t out = layer.size / layer.stride;
  const auto convolutions = static_cast<double>(options.batch * layer.in * layer.out);
  const double gigaflops = 2e-9 * convolutions * static_cast<double>(out * out * layer.taps * layer.taps);
  const int block = quintet::core_model().lanes;
  TiledShape shape{options.batch, layer.in, layer.out, layer.size, layer.size, layer.taps / 2, layer.taps / 2, out, out, block, 4, layer.taps, layer.stride};
  std::printf("%-24s oneDNN %8.3f ms (min %.3f, %.0f GFLOP/s, %s), expected %.3f\n", name_of(layer).c_str(), theirs.median, theirs.least,
              gigaflops / theirs.median * 1e3, direct.implementation.c_str(),
              quintet::direct_estimate_ms(shape, options.threads, quintet::core_model()));
  const auto tiles = quintet::tiles_by_estimate(shape, options.threads, quintet::core_model(), {quintet::kLargestSide, quintet::kLargestSide});
  for (const TiledShape& candidate : tiles) {
    const int tile = candidate.tile;
    if (tile == 0) continue;
    shape = candidate;
    const OurLayer ours(shape, options);
    const Times times = ours.time(ours.chosen, 250);
    const int64_t across = (out + tile - 1) / tile, points = shape.side() * shape.side();
    const double multiplied = 2e-9 * convolutions * static_cast<double>(points * across * across);
    std::printf("    F(%d,%d) %s %8.3f ms (min %.3f) x%.2f  %.0f GFLOP/s in products, %s, expected %.3f, packed in %.1f ms%s\n", tile, layer.taps, shape.factors == quintet::Factors::kBfloat16 ? "bf16" : "f32 ",
                times.median, times.least, theirs.median / times.median, multiplied / times.median * 1e3, name_of(ours.chosen).c_str(),
                quintet::tiled_estimate_ms(shape, options.threads, ours.chosen, quintet::core_model()), ours.pack_ms,
                &candidate == &tiles.front() ? "  <- first" : "");
    if (options.schedules) sweep(ours, shape, options.threads);
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (argc > 1) options.threads = std::atoi(argv[1]);
  if (argc > 2) options.batch = std::atoi(argv[2]);
  if (argc > 3) options.layers = argv[3];
  for (int i = 4; i < argc; ++i) {
    options.schedules |= std::strcmp(argv[i], "schedules") == 0;
    options.busy |= std::strcmp(argv[i], "busy") == 0;
    options.cold |= std::strcmp(argv[i], "cold") == 0;
  }
  omp_set_num_threads(options.threads);
  for (const Layer& layer : kLayers) {
    if (name_of(layer).find(options.layers) != std::string::npos) compare(layer, options);
  }
}
