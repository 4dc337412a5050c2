// The graph being rewritten: nodes with bound weights, fused operations and places in shared buffers. Passes change it, the plan reads it.
// Nothing here depends on the input's size, so one Program serves every plan of a model.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/graph_data.h"
#include "kernels/blocked.h"
#include "kernels/finish.h"
#include "plan/filters.h"
#include "plan/number_type.h"

namespace quintet {

/// Applied to a node's result before it is written: an activation, or the addition of another node's value.
struct PostOp {
  std::optional<Activation> activation;
  int addend = -1;
};

/// These operations as the epilogue of an own kernel; nullopt: it has none for them.
std::optional<Epilogue::Order> epilogue_order(const std::vector<PostOp>& post_ops);

/// These operations if they are one activation or none; nullopt: they are more, or an addition.
std::optional<Finish> finish(const std::vector<PostOp>& post_ops);

/// The node's value is a run of channels inside another node's memory.
struct Placement {
  int owner = -1;               // node whose memory it is; -1: memory of its own
  int64_t channel_offset = 0;
};

/// What a calibrated value lies in.
struct ValueRange {
  double low = 0, high = 0;
};

/// Whose kernel computes a convolution of bytes: oneDNN's; the own one, by products of bytes; the own one by Winograd.
enum class ByteKernel { kOneDnn, kDirect, kWinograd };

/// Who chose a node's algorithm: nobody, for there is only one; the cost model; a measurement.
enum class Choice { kNone, kModel, kMeasured };

struct ProgramNode {
  std::string name;
  OperatorPtr op;                      // null for the input
  std::vector<int> inputs;
  int rank = 4;                        // of the value: 4 a picture, 2 a vector
  std::vector<PostOp> post_ops;
  std::unique_ptr<Filters> filters;    // convolution, dense
  ParameterValues values;              // parameters of the others, read once
  std::optional<ValueRange> range;     // of the value, where a quantised file says so
  Placement placement;
  int64_t front_channels = 0;          // a concatenation's memory starts with this many further channels (see merge_siblings)
  int tile = 0;                        // of a convolution in tiles, see choose_algorithm; 0: none
  Factors factors = Factors::kFloat32; // that it multiplies
  bool planar = false;                 // by the own kernel for few channels in planes
  std::optional<TileSchedule> tile_schedule;   // for an input of shape `scheduled_for`; none: choose_schedule's
  Shape scheduled_for;
  std::optional<DenseStorage> dense_storage;   // own dense kernel and how it keeps its weights
  Choice choice = Choice::kNone;       // who chose these
  std::string layer_key;               // LayerWays::key, where there was a choice
  // See lower_precision.
  bool narrow = false;                         // computes from narrow values, which lie channels-last
  std::optional<NumberType> narrow_type;       // how narrow readers take this value; none: they cannot
  NumberType type;                             // how a narrow node writes its value
  ByteKernel byte_kernel = ByteKernel::kOneDnn;   // of a convolution of bytes, see choose_algorithm
  bool in_place = false;               // concatenation whose parts write here themselves
  bool wanted = false;                 // an output: must exist under this name
  bool alive = true;
};

struct ProgramOutput {
  std::string name;
  int node = -1;
};

class Program {
 public:
  std::vector<ProgramNode> nodes;      // by id, which stays the same when others come and go
  std::vector<int> order;              // ids in an order of execution
  std::vector<ProgramOutput> outputs;
  int block = 8;                       // channels in a block on this CPU

  /// Live readers of a node's value, a node once per use.
  std::vector<int> readers(int node) const;
  /// The shapes of all live nodes' values, by id, for this input.
  std::vector<Shape> shapes(const Shape& input) const;
  /// Numbers in the filters of all live nodes.
  int64_t weights() const;
  /// Everybody who read `old_node` reads `new_node`, outputs too.
  void replace(int old_node, int new_node);
  void remove_unreachable();
  /// Adds a node to be executed right before `successor`.
  int insert_before(int successor, ProgramNode node, int64_t channels);
  int position(int node) const;
  /// Channels of a node's value (batch and size do not matter to it).
  int64_t channels(int node) const { return channels_[node]; }
  void set_channels(int node, int64_t channels);

 private:
  std::vector<int64_t> channels_;
};

}  // namespace quintet
