// Times the own convolutions of bytes, as products of bytes and by Winograd, on the networks' layers that either may suit, in one process.
//
//   byte_bench [threads]
//
// Prints for each layer the median microseconds of each, their ratio, what the model expects of Winograd, and how many results differ and by how much.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "kernels/byte_convolution.h"
#include "kernels/byte_winograd.h"
#include "runtime/memory.h"
#include "timing.h"

namespace {

using namespace quintet;

struct Layer {
  const char* name;
  int64_t in, out, size, kernel, pad;
};

constexpr Layer kLayers[] = {{"lenet5 article", 20, 50, 16, 5, 2}, {"googlenet 3a", 16, 32, 28, 5, 2}, {"googlenet 4b", 24, 64, 14, 5, 2}, {"googlenet 4e", 32, 128, 14, 5, 2},
                             {"alexnet", 64, 192, 27, 5, 2}, {"resnet 56", 64, 64, 56, 3, 1}, {"vgg 224", 64, 64, 224, 3, 1}};

struct Found {
  double microseconds;
  std::vector<uint8_t> results;
};

template <typename Kernel>
Found run(const ConvolutionShape& shape, int threads) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> byte(0, 255), weight(-127, 127);
  std::vector<uint8_t> source(static_cast<size_t>(shape.height * shape.width * shape.in_channels)), target(static_cast<size_t>(shape.out_height * shape.out_width * shape.out_channels));
  for (uint8_t& b : source) b = static_cast<uint8_t>(byte(random));
  const Kernel kernel(shape, threads);
  AlignedBuffer packed(kernel.packed_bytes(), "weights"), scratch(kernel.scratch_bytes(), "scratch");
  const int64_t inputs = shape.in_channels * shape.kernel_height * shape.kernel_width;
  kernel.pack([&](int64_t, int8_t* row) { std::generate_n(row, inputs, [&] { return static_cast<int8_t>(weight(random)); }); }, packed.data());
  const std::vector<float> scales(static_cast<size_t>(Kernel::filled_up(shape.out_channels)), static_cast<float>(1 / std::sqrt(inputs) / 127 / 2));
  const ByteEpilogue epilogue{scales.data(), nullptr, true, 1, 0};
  return {median_microseconds([&] { kernel.run(source.data(), 0, packed.data(), epilogue, target.data(), scratch.data()); }), target};
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  for (const Layer& l : kLayers) {
    const ConvolutionShape shape{1, l.in, l.out, l.size, l.size, l.kernel, l.kernel, 1, 1, l.pad, l.pad, l.size, l.size};
    const Found bytes = run<ByteConvolution>(shape, threads), winograd = run<ByteWinograd>(shape, threads);
    size_t others = 0;
    int most = 0;
    for (size_t i = 0; i < bytes.results.size(); ++i) {
      const int difference = std::abs(bytes.results[i] - winograd.results[i]);
      others += difference != 0, most = std::max(most, difference);
    }
    std::printf("%-16s bytes %9.1f us  winograd %9.1f us  ratio %.2f  expected %9.1f us  %.3f %% differ, by %d at most\n", l.name, bytes.microseconds, winograd.microseconds,
                bytes.microseconds / winograd.microseconds, ByteWinograd::estimate_ns(shape, core_model()) / threads / 1000,
                100.0 * static_cast<double>(others) / static_cast<double>(bytes.results.size()), most);
  }
}
