// Times the dense kernels on the layers of AlexNet, VGG and LeNet-5, for every storage of the weights.
//
//   dense_bench [threads] [pictures]
//
// Prints for each layer and storage the median microseconds of a run and the rate at which weights were read. Layers that fit into a
// cache find their weights there, as they do in a small network.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "kernels/byte_dense.h"
#include "kernels/dense.h"
#include "runtime/memory.h"
#include "timing.h"

namespace {

using namespace quintet;

struct Layer {
  const char* name;
  int64_t inputs, outputs;
};

constexpr Layer kLayers[] = {{"alexnet fc6", 9216, 4096}, {"alexnet fc7", 4096, 4096}, {"vgg fc6", 25088, 4096}, {"fc8", 4096, 1000}, {"lenet5 fc1", 3200, 500}, {"lenet5 fc2", 500, 10}};

void print(const Layer& layer, const char* what, double us, size_t bytes) {
  std::printf("%-12s %-10s %10.1f %8.1f\n", layer.name, what, us, static_cast<double>(bytes) * 1e-3 / us);
}

/// Bytes by bytes, as in plans of INT8.
void time_bytes(const Layer& layer, int threads, int pictures) {
  const ByteDenseKernel kernel(layer.inputs, layer.outputs, threads);
  const AlignedBuffer packed(kernel.packed_bytes(), layer.name), scratch(std::max<size_t>(kernel.scratch_bytes(), 1), "scratch");
  kernel.pack([&](int64_t o, int8_t* to) { std::fill_n(to, layer.inputs, static_cast<int8_t>(o % 7)); }, packed.data());
  const std::vector<uint8_t> source(pictures * layer.inputs, 9);
  const std::vector<float> scales(layer.outputs, 0.1f);
  std::vector<float> target(pictures * layer.outputs);
  print(layer, "u8 x int8", median_microseconds([&] { kernel.run(source.data(), 0, pictures, packed.data(), scales.data(), nullptr, true, target.data(), scratch.data()); }),
        kernel.packed_bytes());
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 1, pictures = argc > 2 ? std::atoi(argv[2]) : 1;
  std::printf("%-12s %-10s %10s %8s\n", "layer", "", "us", "GB/s");
  for (const Layer& layer : kLayers) {
    const std::vector<float> source(pictures * layer.inputs, 0.5f);
    std::vector<float> target(pictures * layer.outputs);
    for (const DenseStorage storage : {DenseStorage::kFloat32, DenseStorage::kFloat16, DenseStorage::kBfloat16, DenseStorage::kInt8}) {
      const DenseKernel kernel(layer.inputs, layer.outputs, storage, threads);
      const AlignedBuffer packed(kernel.packed_bytes(), layer.name);
      kernel.pack([&](int64_t o, float* to) { std::fill_n(to, layer.inputs, 0.01f * static_cast<float>(o % 7)); }, packed.data());
      const double us = median_microseconds([&] { kernel.run(source.data(), layer.inputs, pictures, packed.data(), nullptr, Finish::kRelu, target.data()); });
      print(layer, to_string(storage), us, kernel.packed_bytes());
    }
    time_bytes(layer, threads, pictures);
  }
}
