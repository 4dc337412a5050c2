// Conversions between float32 in blocks and bytes channels-last against their definition, exactly.
#include "kernels/convert.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "kernels/convert_kernels.h"
#include "reference.h"
#include "runtime/team.h"

// convert_isa.cc built with 16 lanes for a CPU that need not have them: the code that AVX-512 runs, see CMakeLists.txt.
namespace quintet::emulated16 {
const convert::Kernels& convert_kernels();
}

namespace quintet {
namespace {

using convert::Geometry;

constexpr float kCanary = -7.25e11f, kScale = 0.037f;
constexpr int kZero = 93;

struct Floats {
  Geometry g;
  std::vector<float> values;

  explicit Floats(const Geometry& geometry) : g(geometry), values(static_cast<size_t>(g.batch * image_stride()), kCanary) {}
  int64_t blocks() const { return (g.channels + g.block - 1) / g.block; }
  int64_t block_stride() const { return g.pixels * g.block; }
  int64_t image_stride() const { return blocks() * block_stride() + 16; }      // canaries behind every picture
  float& at(int64_t n, int64_t pixel, int64_t c) { return values[static_cast<size_t>(n * image_stride() + c / g.block * block_stride() + pixel * g.block + c % g.block)]; }
};

uint8_t byte_of(float value) {
  const float scaled = std::fma(value, 1 / kScale, static_cast<float>(kZero));
  return std::isnan(value) ? 0 : static_cast<uint8_t>(std::nearbyint(std::clamp(scaled, 0.f, 255.f)));
}

size_t byte_at(const Geometry& g, int64_t n, int64_t pixel, int64_t c) { return static_cast<size_t>((n * g.pixels + pixel) * g.channels + c); }

template <typename Visit>
void each(const Geometry& g, int64_t channels, Visit&& visit) {
  for (int64_t n = 0; n < g.batch; ++n)
    for (int64_t p = 0; p < g.pixels; ++p)
      for (int64_t c = 0; c < channels; ++c) visit(n, p, c);
}

void check_to_bytes(const Geometry& g, const convert::Kernels* kernels) {
  Floats from(g);
  const auto values = reference::random_floats(from.values.size(), 3, -7, 10);      // some of them beyond both ends
  std::copy(values.begin(), values.end(), from.values.begin());
  from.at(0, 0, 0) = NAN;
  from.at(0, 0, g.channels - 1) = INFINITY;
  std::vector<uint8_t> found(byte_at(g, g.batch, 0, 0) + 32, 77), want = found;
  each(g, g.channels, [&](int64_t n, int64_t p, int64_t c) { want[byte_at(g, n, p, c)] = byte_of(from.at(n, p, c)); });
  convert::to_bytes(g, {from.values.data(), from.block_stride(), from.image_stride(), 0}, kScale, kZero, found.data(), kernels);
  EXPECT_EQ(found, want);
}

void check_to_blocks(const Geometry& g, const convert::Kernels* kernels) {
  const auto from = reference::random_floats(byte_at(g, g.batch, 0, 0), 6);
  Floats want(g), found(g);
  each(g, want.blocks() * g.block, [&](int64_t n, int64_t p, int64_t c) { want.at(n, p, c) = c < g.channels ? from[byte_at(g, n, p, c)] : 0; });
  convert::to_blocks(g, from.data(), {found.values.data(), found.block_stride(), found.image_stride(), 0}, kernels);
  EXPECT_EQ(found.values, want.values);
}

void check_to_floats(const Geometry& g, const convert::Kernels* kernels) {
  std::mt19937 random(4);
  std::vector<uint8_t> from(byte_at(g, g.batch, 0, 0));
  for (uint8_t& b : from) b = static_cast<uint8_t>(random());
  Floats want(g), found(g);
  each(g, want.blocks() * g.block, [&](int64_t n, int64_t p, int64_t c) {
    want.at(n, p, c) = c < g.channels ? (static_cast<float>(from[byte_at(g, n, p, c)]) - static_cast<float>(kZero)) * kScale : 0;
  });
  convert::to_floats(g, from.data(), kScale, kZero, {found.values.data(), found.block_stride(), found.image_stride(), 0}, kernels);
  EXPECT_EQ(found.values, want.values);
}

TEST(Convert, ChangesLayoutAndNumbersOfAnyShapeBothWays) {
  std::mt19937 random(5);
  const auto any = [&](int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); };
  for (int i = 0; i < 200; ++i) {
    Geometry g{any(1, 3), any(1, 50), any(1, 70), any(0, 1) == 0 ? 8 : 16};
    const bool vector = i % 4 == 0;
    const bool planes = i % 8 == 1;
    if (vector) g.pixels = 1, g.block = g.channels;
    if (planes) g.block = 1, g.channels = any(1, 5);
    for (const int threads : {1, 2}) {
      SCOPED_TRACE(testing::Message() << g.batch << " of " << g.pixels << " pixels, " << g.channels << " channels in blocks of " << g.block << ", " << threads << " threads");
      const TeamSize team(threads);
      for (const convert::Kernels* kernels : {static_cast<const convert::Kernels*>(nullptr), &emulated16::convert_kernels()}) {
        const bool exists = kernels == nullptr ? convert::available() : g.block % 16 == 0 || vector || planes;
        if (!exists) continue;
        check_to_bytes(g, kernels);
        if (planes) continue;
        check_to_floats(g, kernels);
        check_to_blocks(g, kernels);
      }
    }
  }
}

}  // namespace
}  // namespace quintet
