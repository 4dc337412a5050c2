// The cost model behind choose_schedule and choose_winograd_tile. It adds up, for one thread's share: matrix products at the FMA
// rate or weights at the rate of the level that holds them, whichever is slower (prefetching overlaps them); transformed input and
// products that do not stay in L2 at L3's rate; the two transforms; the team's barriers. Constants stand below, with their source.
#include "kernels/winograd_schedule.h"

#include <algorithm>
#include <cmath>

namespace quintet {
namespace {

constexpr double kFloat = sizeof(float);

// Share of the FMA rate that the matrix kernel reaches with all in L1 and L2 (winograd_bench).
constexpr double kMultiplyEfficiency = 0.92;
// Sums in flight that hide the latency of an FMA: 4 cycles, 2 a cycle; a group of tiles has two a tile.
constexpr double kTilesInFlight = 4;
// Part of L2 that V and M of a tile block may take: the rest is for weights passing through.
constexpr double kL2Share = 0.6;
// Cycles are nearly the same for every vector length: nanoseconds to transform one tile of one vector of channels.
constexpr double kTransformIn4 = 24, kTransformOut4 = 18, kTransformIn2 = 9, kTransformOut2 = 6;
// Share of the FMA rate that oneDNN's direct convolution reaches on 3x3 layers (winograd_bench).
constexpr double kDirectEfficiency = 0.90;

struct Problem {
  const CoreModel& core;
  double points, in, out, tiles, panels;
  int tile, threads;
  int64_t max_group;

  Problem(const WinogradShape& s, int threads_, const CoreModel& core_) : core(core_), tile(s.tile), threads(std::max(threads_, 1)) {
    const auto padded = [&](int64_t channels) { return std::ceil(double(channels) / s.block) * s.block; };
    points = (s.tile + 2) * (s.tile + 2);
    in = padded(s.in_channels);
    out = padded(s.out_channels);
    tiles = s.batch * std::ceil(double(s.out_height) / s.tile) * std::ceil(double(s.out_width) / s.tile);
    panels = std::ceil(out / (2.0 * core.lanes));
    max_group = core.lanes == 16 ? 14 : 6;
  }

  double stream_rate(double bytes) const {
    return bytes <= 0.8 * double(core.l3_bytes) ? core.l3_bytes_per_ns : core.memory_bytes_per_ns;
  }
};

/// Share of the FMA rate for a tile block cut into groups as equal as can be.
double group_efficiency(double tiles, double max_group) {
  const double groups = std::ceil(tiles / max_group), size = tiles / groups;
  return kMultiplyEfficiency * std::min(1.0, size / kTilesInFlight);
}

/// Nanoseconds of one thread for one tile block, computing `share` of the output channels and `in_share` of the input transform.
double block_ns(const Problem& p, const WinogradSchedule& schedule, double tiles, double share, double in_share, bool first) {
  const double l2 = kL2Share * double(p.core.l2_bytes);
  const double v = p.points * tiles * p.in * kFloat, out = p.out * share;
  const double u = p.points * p.in * out * kFloat;
  const double products = 2 * p.points * tiles * p.in * out / (p.core.flops_per_ns * group_efficiency(tiles, double(p.max_group)));
  // Weights are cold at first; later tile blocks find them where they fit.
  const double u_rate = first ? p.core.memory_bytes_per_ns : p.stream_rate(u);
  const double weights = !first && u < 0.4 * l2 ? 0 : u / u_rate;
  double spill = 0;   // bytes of V and M that go beyond L2
  if (schedule.points_outer) {
    const double m = p.points * tiles * out * kFloat, v_point = v / p.points;
    if (v + m > l2) spill += 2 * v * in_share + v + 2 * m;
    if (v_point > l2) spill += v * (p.panels * share - 1);
  } else {
    const double m = p.points * tiles * 2 * p.core.lanes * kFloat;
    if (v + m > l2) spill += v * in_share + v * p.panels * share;
  }
  const double in_ns = p.tile == 4 ? kTransformIn4 : kTransformIn2, out_ns = p.tile == 4 ? kTransformOut4 : kTransformOut2;
  const double transforms = tiles / p.core.lanes * (in_ns * p.in * in_share + out_ns * out);
  return std::max(products, weights) + spill / p.stream_rate(2 * v) + transforms;
}

double estimate_ns(const Problem& p, const WinogradSchedule& schedule) {
  const double tiles = std::min(double(schedule.block_tiles), p.tiles), blocks = std::ceil(p.tiles / tiles);
  const double team = p.threads > 1 ? p.core.team_ns : 0;
  if (schedule.split_channels) {
    const double share = std::ceil(p.panels / p.threads) / p.panels;
    const double first = block_ns(p, schedule, tiles, share, 1.0 / p.threads, true);
    return first + (p.tiles / tiles - 1) * block_ns(p, schedule, tiles, share, 1.0 / p.threads, false) + team * (1 + 2 * blocks);
  }
  // A last, smaller tile block still costs its thread a round.
  const double rounds = p.threads > 1 ? std::ceil(blocks / p.threads) : p.tiles / tiles;
  return block_ns(p, schedule, tiles, 1, 1, true) + (rounds - 1) * block_ns(p, schedule, tiles, 1, 1, false) + team;
}

}  // namespace

WinogradSchedule choose_schedule(const WinogradShape& shape, int threads, const CoreModel& core) {
  const Problem problem(shape, threads, core);
  const auto tiles = static_cast<int64_t>(problem.tiles);
  WinogradSchedule best{tiles, true, threads > 1};
  double best_ns = estimate_ns(problem, best);
  for (int64_t blocks = 1; blocks <= tiles; blocks += std::max<int64_t>(1, blocks / 8)) {
    const int64_t block_tiles = (tiles + blocks - 1) / blocks;
    for (int choice = 0; choice < (threads > 1 ? 4 : 2); ++choice) {
      const WinogradSchedule schedule{block_tiles, (choice & 1) != 0, (choice & 2) != 0};
      const double ns = estimate_ns(problem, schedule);
      if (ns < best_ns) {
        best = schedule;
        best_ns = ns;
      }
    }
    if (block_tiles <= problem.max_group / 2) break;
  }
  return best;
}

double winograd_estimate_ms(const WinogradShape& shape, int threads, const WinogradSchedule& schedule, const CoreModel& core) {
  return estimate_ns(Problem(shape, threads, core), schedule) * 1e-6;
}

double direct_estimate_ms(const WinogradShape& shape, int threads, const CoreModel& core) {
  const Problem p(shape, threads, core);
  const double pixels = double(shape.batch * shape.out_height * shape.out_width);
  const double products = 2 * 9 * pixels * p.in * p.out / p.threads / (core.flops_per_ns * kDirectEfficiency);
  const double weights = 9 * p.in * p.out * kFloat / p.threads / core.memory_bytes_per_ns;
  return (std::max(products, weights) + (p.threads > 1 ? core.team_ns : 0)) * 1e-6;
}

int choose_winograd_tile(const WinogradShape& shape, int threads) {
  const CoreModel& core = core_model();
  if (core.isa == KernelIsa::kNone || (shape.block != 8 && shape.block != 16)) return 0;
  int best = 0;
  double best_ms = direct_estimate_ms(shape, threads, core);
  for (int tile : {2, 4}) {
    WinogradShape candidate = shape;
    candidate.tile = tile;
    const double ms = winograd_estimate_ms(candidate, threads, choose_schedule(candidate, threads, core), core);
    if (ms < best_ms) {
      best = tile;
      best_ms = ms;
    }
  }
  return best;
}

}  // namespace quintet
