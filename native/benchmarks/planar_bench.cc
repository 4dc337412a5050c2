// Times convolutions of few channels against oneDNN's direct ones on the networks' layers, in one process.
//
//   planar_bench [threads]
//
// Prints for each layer the median microseconds of oneDNN (with the zeros stored around the picture where its kernels refuse padding; the
// copying is not counted) and of the own kernel, their ratio and the own kernel's GFLOP/s.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <vector>

#include "kernels/cpu.h"
#include "kernels/planar.h"
#include "runtime/memory.h"
#include "timing.h"

namespace {

using namespace quintet;

struct Layer {
  const char* name;
  int64_t in, out, size, kernel, stride, pad;
  Finish finish = Finish::kRelu;               // of the own kernel; oneDNN's has none

  bool blocked() const { return in > PlanarConvolution::kMostPlanes; }
};

constexpr Layer kLayers[] = {{"alexnet", 3, 64, 224, 11, 4, 2}, {"resnet, googlenet", 3, 64, 224, 7, 2, 3}, {"vgg", 3, 64, 224, 3, 1, 1}, {"lenet5 article", 1, 20, 32, 5, 1, 2}, {"lenet5 c1", 1, 6, 32, 5, 1, 0},
                             {"lenet5 c1 pooled", 1, 6, 32, 6, 2, 0}, {"... and sigmoid", 1, 6, 32, 6, 2, 0, Finish::kSigmoid}, {"lenet5 c3 pooled", 6, 16, 14, 6, 2, 0},
                             {"... and sigmoid", 6, 16, 14, 6, 2, 0, Finish::kSigmoid}};

/// The filters of `l` applied to `size`, padded by `pad` on all sides.
dnnl::convolution_forward::primitive_desc describe(const dnnl::engine& engine, const Layer& l, int64_t size, int64_t pad, int block) {
  using dnnl::memory;
  const int64_t inputs = l.blocked() ? (l.in + block - 1) / block * block : l.in, outputs = (l.out + block - 1) / block * block, out_size = (size + 2 * pad - l.kernel) / l.stride + 1;
  const auto f32 = memory::data_type::f32;
  const auto in_blocks = block == 16 ? memory::format_tag::nChw16c : memory::format_tag::nChw8c;
  return {engine, dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, memory::desc({1, inputs, size, size}, f32, l.blocked() ? in_blocks : memory::format_tag::nchw),
          memory::desc({outputs, inputs, l.kernel, l.kernel}, f32, memory::format_tag::any), memory::desc({outputs}, f32, memory::format_tag::a),
          memory::desc({1, outputs, out_size, out_size}, f32, in_blocks),
          {l.stride, l.stride}, {pad, pad}, {pad, pad}};
}

double onednn_microseconds(const Layer& l, int block) {
  dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  auto description = describe(engine, l, l.size, l.pad, block);
  if (std::string(description.impl_info_str()).find("ref") != std::string::npos) description = describe(engine, l, l.size + 2 * l.pad, 0, block);
  const dnnl::convolution_forward convolution(description);
  dnnl::memory source(description.src_desc(), engine), weights(description.weights_desc(), engine), bias(description.bias_desc(), engine), target(description.dst_desc(), engine);
  return median_microseconds([&] {
    convolution.execute(stream, {{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_BIAS, bias}, {DNNL_ARG_DST, target}});
    stream.wait();
  });
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 1, block = core_model().lanes;
  std::printf("%-18s %10s %10s %6s %8s\n", "layer", "oneDNN us", "planar us", "ratio", "GFLOP/s");
  for (const Layer& l : kLayers) {
    const int64_t out = (l.size + 2 * l.pad - l.kernel) / l.stride + 1;
    const PlanarConvolution kernel({1, l.in, l.out, l.size, l.size, l.kernel, l.kernel, l.stride, l.stride, l.pad, l.pad, out, out, block, l.blocked() ? block : 0}, threads);
    const size_t bytes = sizeof(float);
    AlignedBuffer source(std::max<int64_t>(l.in, l.blocked() ? block : 0) * l.size * l.size * bytes, "source"), packed(kernel.packed_weight_floats() * bytes, "weights"), scratch(kernel.scratch_bytes(), "scratch"),
        target((l.out + block) * out * out * bytes, "target");
    const double own = median_microseconds([&] {
      kernel.run(static_cast<const float*>(source.data()), 0, static_cast<const float*>(packed.data()), nullptr, l.finish, {static_cast<float*>(target.data()), out * out * block, 0, 0}, scratch.data());
    });
    const double direct = onednn_microseconds(l, block);
    std::printf("%-18s %10.2f %10.2f %6.2f %8.1f\n", l.name, direct, own, direct / own, 2e-3 * l.in * l.out * l.kernel * l.kernel * out * out / own);
  }
}
