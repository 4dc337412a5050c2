#include "passes/algorithm.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "kernels/byte_convolution.h"
#include "kernels/byte_winograd.h"
#include "passes/precision.h"

namespace quintet {
namespace {

// Up to so many pictures the own dense kernel, which reads its weights once for every twelve, is expected to be faster than oneDNN's inner
// product, and worth a measurement (AlexNet's and LeNet-5's layers on Zen 3: 3 to 15 times at 8, 1.1 to 3 times at 32).
constexpr int64_t kOwnPictures = 32, kMostPictures = 64;

constexpr const char* kBfloat16Word = "bf16";

/// 0 for what is no positive number.
int64_t number(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::max<int64_t>(value, 0) : 0;
}

/// The factors, unless float32, and a schedule may follow the tile.
std::optional<Algorithm> parse_tiled(int64_t tile, std::istringstream& words) {
  if (tile < 1 || tile > 16) return {};
  Algorithm algorithm;
  algorithm.tile = static_cast<int>(tile);
  std::string word;
  if (!(words >> word)) return algorithm;
  if (word == kBfloat16Word) {
    algorithm.factors = Factors::kBfloat16;
    if (!(words >> word)) return algorithm;
  }
  TileSchedule schedule;
  const int64_t tiles = word.starts_with("tiles=") ? number(word.substr(6)) : 0;
  std::string order, split, rest;
  if (tiles < 1 || !(words >> order >> split) || words >> rest) return {};
  if ((order != "order=points" && order != "order=panels") || (split != "split=channels" && split != "split=tiles")) return {};
  schedule.block_tiles = tiles;
  schedule.points_outer = order == "order=points";
  schedule.split_channels = split == "split=channels";
  algorithm.schedule = schedule;
  return algorithm;
}

std::string post_ops_text(const ProgramNode& node) {
  std::string text;
  for (const PostOp& p : node.post_ops) text += p.addend >= 0 ? "+" : p.activation == Activation::kRelu ? "r" : p.activation == Activation::kTanh ? "t" : "s";
  return text.empty() ? "" : " then " + text;
}

std::string key_of(const ProgramNode& node, const Shape& in, const Shape& out, int block) {
  return std::string(node.op->name()) + " " + node.op->geometry() + " " + to_string(in) + "->" + to_string(out) + post_ops_text(node) + " block " + std::to_string(block);
}

/// Whether a core turns float16 into float32 more slowly than the cache gives it, which on CPUs with halved vectors takes longer than to do so
/// with bfloat16. From memory both are as fast, and float16 is more exact; half the cache is for what else a network touches.
bool halves_are_slow(const Program& program, const Target& target) {
  const double bytes = 2 * static_cast<double>(program.weights()) * sizeof(uint16_t);
  return target.core.halves && target.core.bytes_per_ns(bytes) > target.core.memory_bytes_per_ns;
}

/// The own dense kernel's storages that the precision permits, the one with the fewest bytes first.
std::vector<DenseStorage> dense_storages(const Program& program, const ProgramNode& node, const Target& target) {
  if (!node.op->is_matrix_product() || !finish(node.post_ops) || !DenseKernel::available()) return {};
  if (target.precision == Precision::kExact) return {DenseStorage::kFloat32};
  if (target.precision == Precision::kInt8 && node.filters->is_integer()) return {DenseStorage::kInt8, DenseStorage::kFloat16, DenseStorage::kFloat32};
  if (target.precision == Precision::kBf16 && narrow_kind(target) && halves_are_slow(program, target)) return {DenseStorage::kBfloat16, DenseStorage::kFloat16, DenseStorage::kFloat32};
  return {DenseStorage::kFloat16, DenseStorage::kFloat32};
}

/// For many pictures oneDNN's matrix product reads the weights once, and the own kernel would not.
std::vector<Algorithm> dense_ways(const std::vector<DenseStorage>& storages, const Target& target) {
  const Algorithm direct;
  std::vector<Algorithm> ways;
  if (target.input.n() <= kMostPictures) {
    for (DenseStorage storage : storages) ways.push_back({0, {}, storage});
  }
  ways.insert(target.input.n() <= kOwnPictures ? ways.end() : ways.begin(), direct);
  return ways;
}

/// By the cost model's order; the kernel for few channels, where it applies, before oneDNN's, which are slower there.
std::vector<Algorithm> convolution_ways(const std::optional<TiledShape>& tiled, bool planar, const Target& target) {
  TiledShape direct;
  direct.tile = 0;
  const auto shapes = tiled ? tiles_by_estimate(*tiled, target.threads, target.core, permitted_tiles(target)) : std::vector<TiledShape>{direct};
  std::vector<Algorithm> ways;
  for (const TiledShape& shape : shapes) {
    if (shape.tile == 0 && planar) ways.push_back({0, {}, {}, true});
    ways.push_back({shape.tile, {}, {}, false, shape.factors});
  }
  return ways;
}

}  // namespace

std::string to_string(const Algorithm& algorithm) {
  if (algorithm.dense_storage) return std::string("dense ") + to_string(*algorithm.dense_storage);
  if (algorithm.planar) return "planar";
  if (algorithm.tile == 0) return "direct";
  std::string text = algorithm.tile == 1 ? "matrix" : "winograd " + std::to_string(algorithm.tile);
  if (algorithm.factors == Factors::kBfloat16) text += std::string(" ") + kBfloat16Word;
  if (const auto& s = algorithm.schedule) {
    text += " tiles=" + std::to_string(s->block_tiles) + " order=" + (s->points_outer ? "points" : "panels") + " split=" + (s->split_channels ? "channels" : "tiles");
  }
  return text;
}

std::optional<Algorithm> parse_algorithm(const std::string& text) {
  std::istringstream words(text);
  std::string kind;
  words >> kind;
  if (kind == "matrix") return parse_tiled(1, words);
  if (kind == "winograd") return parse_tiled(words >> kind ? number(kind) : 0, words);
  if (text == "direct") return Algorithm();
  if (text == "planar") return Algorithm{0, {}, {}, true};
  for (DenseStorage storage : {DenseStorage::kFloat32, DenseStorage::kFloat16, DenseStorage::kBfloat16, DenseStorage::kInt8}) {
    if (text == std::string("dense ") + to_string(storage)) return Algorithm{0, {}, storage};
  }
  return {};
}

bool LayerWays::permits(const Algorithm& algorithm) const {
  Algorithm way = algorithm;
  way.schedule.reset();
  return std::find(ways.begin(), ways.end(), way) != ways.end();
}

ByteKernel choose_byte_kernel(const ProgramNode& node, const Shape& in, const Shape& out, const Target& target) {
  const auto order = epilogue_order(node.post_ops);
  const auto shape = node.op->convolution_shape(node.name, in, out);
  if (!shape || (order != Epilogue::kNone && order != Epilogue::kRelu)) return ByteKernel::kOneDnn;
  if (ByteWinograd::worthwhile(*shape, target.core)) return ByteKernel::kWinograd;
  return ByteConvolution::worthwhile(*shape, target.core) ? ByteKernel::kDirect : ByteKernel::kOneDnn;
}

std::optional<LayerWays> layer_ways(const Program& program, const ProgramNode& node, const Shape& in, const Shape& out, const Target& target) {
  if (!node.op) return {};
  LayerWays layer;
  if (const auto storages = dense_storages(program, node, target); !storages.empty()) {
    layer.ways = dense_ways(storages, target);
  } else {
    if (epilogue_order(node.post_ops)) layer.tiled = node.op->tiled_shape(node.name, in, out, program.block);
    const bool planar = finish(node.post_ops) && PlanarConvolution::available(program.block) && node.op->planar_shape(node.name, in, out, program.block);
    layer.ways = convolution_ways(layer.tiled, planar, target);
  }
  if (layer.ways.size() < 2) return {};
  layer.key = key_of(node, in, out, program.block);
  return layer;
}

void set_algorithm(ProgramNode& node, const Algorithm& algorithm, const Shape& in) {
  node.tile = algorithm.tile;
  node.factors = algorithm.factors;
  node.tile_schedule = algorithm.schedule;
  node.scheduled_for = in;
  node.dense_storage = algorithm.dense_storage;
  node.planar = algorithm.planar;
}

Algorithm algorithm_of(const ProgramNode& node) { return {node.tile, node.tile_schedule, node.dense_storage, node.planar, node.factors}; }

}  // namespace quintet
