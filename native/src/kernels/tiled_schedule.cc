// The cost model behind choose_schedule and choose_tile, for one thread's share of the work: matrix products at the FMA
// rate; traffic (weights; transformed input and products that do not stay in L2) at the rate of the level that holds it, mostly
// hidden behind the products by prefetching; the two transforms. Constants and their source stand below.
#include "kernels/tiled_schedule.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iterator>
#include <utility>

#include "kernels/rounding.h"
#include "kernels/tile_forms.h"

namespace quintet {

using tiled::Form;
using tiled::kForms;

namespace {

constexpr double kFloat = sizeof(float);

// Share of the FMA rate that the matrix kernel reaches with its operands in L1 and L2 (tiled_bench on Zen 3: 0.93 to 0.97).
constexpr double kMultiplyEfficiency = 0.95;
// Tiles of a group from which the kernel runs at that rate: two sums a tile, eight sums hide an FMA's latency.
constexpr double kTilesInFlight = 4.3;
// Part of L2 that V and M of a tile block may take: the rest is for weights passing through.
constexpr double kL2Share = 0.6;
// Nanoseconds to transform one tile of one vector of channels, in and out: of 8 lanes measured on Zen 3, of 16 on Zen 4.
struct TransformTimes {
  double in, out;
};
struct FormTimes {
  Form form;
  TransformTimes of8, of16;
};
constexpr FormTimes kFormTimes[] = {
    {{1, 1}, {1.5, 3}, {1.5, 3}},      {{1, 3}, {1.5, 3}, {1.5, 3}},      {{1, 5}, {1.5, 3}, {1.5, 3}},
    {{2, 3}, {18, 10}, {21, 13}},      {{4, 3}, {54, 32}, {78, 46}},      {{6, 3}, {170, 110}, {210, 140}},
    {{2, 5}, {54, 22}, {78, 32}},      {{4, 5}, {170, 80}, {210, 100}},   {{2, 3, 2}, {26, 14}, {33, 18}},
};

TransformTimes transform_ns(const Form& form, int lanes) {
  const auto* times = std::find_if(std::begin(kFormTimes), std::end(kFormTimes), [&](const FormTimes& t) { return same_form(t.form, form); });
  assert(times != std::end(kFormTimes));
  return lanes == 16 ? times->of16 : times->of8;
}
// Share of the FMA rate that oneDNN's direct convolution reaches on 3x3 layers with stride 2 (ResNet-50's on Zen 3: 0.85 to 0.9).
constexpr double kStridedEfficiency = 0.88;

// Bytes of V and M of all threads that a schedule may ask for, as long as a smaller tile block is possible: scratch is memory of
// every lane.
constexpr double kMostScratch = 32e6;

struct Problem {
  const CoreModel& core;
  double points, in, out, tiles, panels;
  double multiplied;       // input channels; those that fill a block up are not
  double flops_per_ns, factor_bytes;
  int threads;
  TransformTimes transforms;
  int64_t max_group;

  Problem(const TiledShape& s, int threads_, const CoreModel& core_) : core(core_), threads(std::max(threads_, 1)), transforms(transform_ns(s.form(), core_.lanes)) {
    const auto padded = [&](int64_t channels) { return std::ceil(double(channels) / s.block) * s.block; };
    const bool narrow = s.factors == Factors::kBfloat16;
    flops_per_ns = narrow ? core.bf16_pairs_per_ns : core.flops_per_ns;
    factor_bytes = s.factor_bytes();
    points = s.side() * s.side();
    in = padded(s.in_channels) * s.patch_taps();
    out = padded(s.out_channels);
    multiplied = double(s.in_channels) * s.patch_taps();
    tiles = s.batch * std::ceil(double(s.out_height) / s.tile) * std::ceil(double(s.out_width) / s.tile);
    panels = std::ceil(out / (2.0 * core.lanes));
    max_group = core.lanes == 16 ? 14 : 6;
  }
};

/// Share of the FMA rate for a tile block cut into groups as equal as can be.
double group_efficiency(double tiles, double max_group) {
  const double groups = std::ceil(tiles / max_group);
  return kMultiplyEfficiency * std::min(1.0, tiles / groups / kTilesInFlight);
}

/// Bytes of V and M of one tile block, for `share` of the output channels.
double scratch(const Problem& p, const TileSchedule& schedule, double tiles, double share) {
  const double m_channels = schedule.points_outer ? p.out * share : 2.0 * p.core.lanes;
  return p.points * tiles * (p.in * p.factor_bytes + m_channels * kFloat);
}

/// Nanoseconds to move V and M of a tile block beyond L2, if they do not stay in it: `hidden` while multiplying, `apart` in the
/// transforms, which do nothing else meanwhile. There a write counts twice, for the line is read first, and the rate is half that
/// of streaming, for the points are far apart.
struct Spill {
  double hidden = 0, apart = 0;
};

Spill spill(const Problem& p, const TileSchedule& schedule, double tiles, double share) {
  const double l2 = kL2Share * double(p.core.l2_bytes), both = scratch(p, schedule, tiles, share);
  if (both <= l2) return {};
  const double v = p.points * tiles * p.in * p.factor_bytes, m = both - v;
  const double rate = p.core.bytes_per_ns(both * p.threads);
  const bool read_once = schedule.points_outer && v / p.points <= l2;   // one point's part stays while the panels pass
  return {(read_once ? v : v * p.panels * share) / rate, 2 * (2 * v + (schedule.points_outer ? 3 * m : 0)) / rate};
}

/// Nanoseconds of one thread for one tile block and `share` of the output channels.
double block_ns(const Problem& p, const TileSchedule& schedule, double tiles, double share, bool first) {
  const double out = p.out * share, u = p.points * p.in * out * p.factor_bytes;
  const double rate = p.flops_per_ns * group_efficiency(tiles, double(p.max_group));
  const double products = 2 * p.points * tiles * p.multiplied * out / rate;
  // Weights are cold at first; later tile blocks find them in the cache they fit into.
  const bool weights_in_l2 = u <= (1 - kL2Share) * double(p.core.l2_bytes);
  const double weights = first ? u / p.core.memory_bytes_per_ns : weights_in_l2 ? 0 : u / p.core.bytes_per_ns(u);
  const double transforms = tiles / p.core.lanes * (p.transforms.in * p.in + p.transforms.out * out);
  const Spill spilled = spill(p, schedule, tiles, share);
  return overlapped(products, weights + spilled.hidden) + spilled.apart + transforms;
}

double estimate_ns(const Problem& p, const TileSchedule& schedule) {
  const double tiles = std::min(double(schedule.block_tiles), p.tiles), blocks = std::ceil(p.tiles / tiles);
  const double team = p.threads > 1 ? p.core.team_ns : 0;
  if (schedule.split_channels) {
    const double share = std::ceil(p.panels / p.threads) / p.panels;
    return block_ns(p, schedule, tiles, share, true) + (p.tiles / tiles - 1) * block_ns(p, schedule, tiles, share, false) + team;
  }
  // A last, smaller tile block still costs its thread a round.
  const double rounds = p.threads > 1 ? std::ceil(blocks / p.threads) : p.tiles / tiles;
  return block_ns(p, schedule, tiles, 1, true) + (rounds - 1) * block_ns(p, schedule, tiles, 1, false) + team;
}

}  // namespace

namespace {

struct Estimate {
  TileSchedule schedule;
  double ns = INFINITY;
};

bool fits(const Problem& problem, const TileSchedule& schedule) {
  return scratch(problem, schedule, double(schedule.block_tiles), 1) * problem.threads <= kMostScratch;
}

/// The best schedule of each order of work, the best one first.
std::vector<Estimate> best_of_each(const Problem& problem) {
  std::vector<Estimate> best(problem.threads > 1 ? 4 : 2);
  const auto tiles = static_cast<int64_t>(problem.tiles);
  for (int64_t blocks = 1; blocks <= tiles; blocks += std::max<int64_t>(1, blocks / 8)) {
    const int64_t block_tiles = (tiles + blocks - 1) / blocks;
    const bool smallest = block_tiles <= problem.max_group;
    for (size_t order = 0; order < best.size(); ++order) {
      const TileSchedule schedule{block_tiles, (order & 1) != 0, (order & 2) != 0};
      if (!smallest && !fits(problem, schedule)) continue;
      const double ns = estimate_ns(problem, schedule);
      if (ns < best[order].ns) best[order] = {schedule, ns};
    }
    if (block_tiles <= problem.max_group / 2) break;
  }
  std::stable_sort(best.begin(), best.end(), [](const Estimate& a, const Estimate& b) { return a.ns < b.ns; });
  return best;
}

}  // namespace

TileSchedule choose_schedule(const TiledShape& shape, int threads, const CoreModel& core) {
  return best_of_each(Problem(shape, threads, core)).front().schedule;
}

std::vector<TileSchedule> likely_schedules(const TiledShape& shape, int threads, const CoreModel& core) {
  const Problem problem(shape, threads, core);
  std::vector<TileSchedule> likely;
  const auto add = [&](const TileSchedule& schedule) {
    if (std::find(likely.begin(), likely.end(), schedule) == likely.end()) likely.push_back(schedule);
  };
  for (const Estimate& e : best_of_each(problem)) add(e.schedule);
  const auto tiles = static_cast<int64_t>(problem.tiles);
  for (int64_t block_tiles : {(likely.front().block_tiles + 1) / 2, std::min(2 * likely.front().block_tiles, tiles)}) {
    TileSchedule resized = likely.front();
    resized.block_tiles = block_tiles;
    if (fits(problem, resized)) add(resized);
  }
  return likely;
}

double tiled_estimate_ms(const TiledShape& shape, int threads, const TileSchedule& schedule, const CoreModel& core) {
  return estimate_ns(Problem(shape, threads, core), schedule) * 1e-6;
}

double direct_estimate_ms(const TiledShape& shape, int threads, const CoreModel& core) {
  const double team = std::max(threads, 1), pixels = double(shape.batch * shape.out_height * shape.out_width);
  // Few input channels are not padded: oneDNN has kernels for pictures.
  const auto out = double(round_up(shape.out_channels, shape.block)), in = double(shape.in_channels);
  const double taps = shape.taps * shape.taps;
  const double efficiency = shape.stride == 1 ? core.direct_efficiency : kStridedEfficiency;
  const double products = 2 * taps * pixels * in * out / team / (core.flops_per_ns * efficiency);
  const double weights = taps * in * out * kFloat / team / core.memory_bytes_per_ns;
  // Nothing hides the reading of the weights of 1x1 layers and of those with a stride (jit_1x1:avx2, jit:avx2 in ResNet-50 on Zen 3).
  const double both = shape.taps == 1 || shape.stride > 1 ? products + weights : overlapped(products, weights);
  return (both + (team > 1 ? core.team_ns : 0)) * 1e-6;
}

bool has_tile(const TiledShape& shape, const CoreModel& core) {
  const bool known = std::any_of(std::begin(kForms), std::end(kForms), [&](const Form& form) { return same_form(form, shape.form()); });
  const bool narrow = shape.factors == Factors::kBfloat16;
  const bool computes = narrow ? core.bf16_pairs_per_ns > 0 && shape.block == 16 : core.isa != KernelIsa::kNone && (shape.block == 8 || shape.block == 16);
  return known && computes;
}

std::vector<TiledShape> tiles_by_estimate(const TiledShape& shape, int threads, const CoreModel& core, const PermittedTiles& permitted) {
  std::vector<std::pair<double, TiledShape>> found;
  TiledShape candidate = shape;
  candidate.tile = 0;
  candidate.factors = Factors::kFloat32;
  found.emplace_back(direct_estimate_ms(shape, threads, core), candidate);
  for (Factors factors : {Factors::kFloat32, Factors::kBfloat16}) {
    candidate.factors = factors;
    for (const Form& form : kForms) {
      candidate.tile = form.tile;
      if (!same_form(form, candidate.form()) || !permitted.include(candidate) || !has_tile(candidate, core)) continue;
      found.emplace_back(tiled_estimate_ms(candidate, threads, choose_schedule(candidate, threads, core), core), candidate);
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<TiledShape> shapes;
  for (const auto& [ms, found_shape] : found) shapes.push_back(found_shape);
  return shapes;
}

TiledShape choose_tile(const TiledShape& shape, int threads, const CoreModel& core, const PermittedTiles& permitted) {
  return tiles_by_estimate(shape, threads, core, permitted).front();
}

}  // namespace quintet
