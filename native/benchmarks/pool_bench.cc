// Times the own pooling against oneDNN's on the networks' shapes, in one process.
//
//   pool_bench [threads]
//
// Prints for each the median microseconds of oneDNN, of the own kernel, and their ratio: float32 in channel blocks, then bytes channels-last.
#include <omp.h>

#include <cstdio>
#include <cstdlib>
#include <oneapi/dnnl/dnnl.hpp>

#include "kernels/cpu.h"
#include "kernels/pool.h"
#include "runtime/memory.h"
#include "timing.h"

namespace {

using namespace quintet;
using pool::Kind;

struct Layer {
  const char* name;
  Kind kind;
  int64_t channels, size, kernel, stride, pad, out;
};

constexpr Layer kLayers[] = {{"lenet5 pool1", Kind::kMax, 20, 32, 2, 2, 0, 16},      {"lenet5 pool2", Kind::kMax, 50, 16, 2, 2, 0, 8},
                             {"lenet5 classic s2", Kind::kSum, 6, 28, 2, 2, 0, 14},  {"alexnet pool1", Kind::kMax, 64, 55, 3, 2, 0, 27},
                             {"alexnet pool2", Kind::kMax, 192, 27, 3, 2, 0, 13},    {"vgg pool1", Kind::kMax, 64, 224, 2, 2, 0, 112},
                             {"vgg pool5", Kind::kMax, 512, 14, 2, 2, 0, 7},         {"resnet pool", Kind::kMax, 64, 112, 3, 2, 1, 56},
                             {"resnet18 mean", Kind::kAverage, 512, 7, 7, 7, 0, 1},  {"resnet50 mean", Kind::kAverage, 2048, 7, 7, 7, 0, 1},
                             {"googlenet pool1", Kind::kMax, 64, 112, 3, 2, 0, 56},  {"googlenet pool2", Kind::kMax, 192, 56, 3, 2, 0, 28},
                             {"googlenet 3a", Kind::kMax, 192, 28, 3, 1, 1, 28},     {"googlenet pool3", Kind::kMax, 480, 28, 3, 2, 0, 14},
                             {"googlenet 4b", Kind::kMax, 512, 14, 3, 1, 1, 14},     {"googlenet pool4", Kind::kMax, 832, 14, 3, 2, 0, 7},
                             {"googlenet 5b", Kind::kMax, 832, 7, 3, 1, 1, 7},       {"googlenet mean", Kind::kAverage, 1024, 7, 7, 7, 0, 1}};

pool::Geometry geometry(const Layer& l, int64_t channels) { return {1, channels, l.size, l.size, l.kernel, l.kernel, l.stride, l.stride, l.pad, l.pad, l.out, l.out}; }

double onednn_microseconds(const Layer& l, int64_t channels, dnnl::memory::data_type type, dnnl::memory::format_tag tag) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const int64_t behind = std::max<int64_t>(0, (l.out - 1) * l.stride + l.kernel - l.size - l.pad);
  dnnl::primitive_attr attributes;
  if (l.kind == Kind::kSum) {
    dnnl::post_ops times_area;
    times_area.append_eltwise(dnnl::algorithm::eltwise_linear, static_cast<float>(l.kernel * l.kernel), 0.f);
    attributes.set_post_ops(times_area);
  }
  const auto how = l.kind == Kind::kMax ? dnnl::algorithm::pooling_max : l.kind == Kind::kSum ? dnnl::algorithm::pooling_avg_include_padding : dnnl::algorithm::pooling_avg_exclude_padding;
  const dnnl::pooling_forward::primitive_desc description(engine, dnnl::prop_kind::forward_inference, how, {{1, channels, l.size, l.size}, type, tag},
                                                          {{1, channels, l.out, l.out}, type, tag}, {l.stride, l.stride}, {l.kernel, l.kernel}, {0, 0}, {l.pad, l.pad},
                                                          {behind, behind}, attributes);
  const dnnl::pooling_forward pooling(description);
  dnnl::memory source(description.src_desc(), engine), target(description.dst_desc(), engine);
  std::fill_n(static_cast<char*>(source.get_data_handle()), description.src_desc().get_size(), 0);
  return median_microseconds([&] {
    pooling.execute(stream, {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}});
    stream.wait();
  });
}

void print(const Layer& l, const char* type, double onednn, double own) { std::printf("%-18s %-4s %10.2f %10.2f %6.2f\n", l.name, type, onednn, own, onednn / own); }

void compare_floats(const Layer& l) {
  const int block = core_model().lanes;
  const int64_t channels = (l.channels + block - 1) / block * block, cells = l.size * l.size, results = l.out * l.out;
  AlignedBuffer source(channels * cells * sizeof(float), "source"), target(channels * results * sizeof(float), "target");
  std::fill_n(static_cast<float*>(source.data()), channels * cells, 0.f);
  const double own = median_microseconds([&] {
    pool::blocked(geometry(l, channels), l.kind, block, {static_cast<const float*>(source.data()), cells * block, channels * cells, 0},
                  {static_cast<float*>(target.data()), results * block, channels * results, 0});
  });
  print(l, "f32", onednn_microseconds(l, channels, dnnl::memory::data_type::f32, block == 16 ? dnnl::memory::format_tag::nChw16c : dnnl::memory::format_tag::nChw8c), own);
}

void compare_bytes(const Layer& l) {
  if (l.kind != Kind::kMax) return;
  AlignedBuffer source(l.channels * l.size * l.size, "source"), target(l.channels * l.out * l.out, "target");
  std::fill_n(static_cast<uint8_t*>(source.data()), l.channels * l.size * l.size, uint8_t{0});
  const double own = median_microseconds([&] {
    pool::maximum_of_bytes(geometry(l, l.channels), static_cast<const uint8_t*>(source.data()), static_cast<uint8_t*>(target.data()));
  });
  print(l, "u8", onednn_microseconds(l, l.channels, dnnl::memory::data_type::u8, dnnl::memory::format_tag::nhwc), own);
}

}  // namespace

int main(int argc, char** argv) {
  omp_set_num_threads(argc > 1 ? std::atoi(argv[1]) : 1);
  std::printf("%-18s %-4s %10s %10s %6s\n", "layer", "", "oneDNN us", "own us", "ratio");
  for (const Layer& l : kLayers) compare_floats(l);
  for (const Layer& l : kLayers) compare_bytes(l);
}
