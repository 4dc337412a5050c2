// A graph with weights, compiled for this CPU, and the runs over it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "quintet/graph.h"
#include "quintet/weights.h"

namespace quintet {

class CompiledModel;   // native/src/plan/compiled_model.h
class RunSlot;         // native/src/plan/run_slot.h

/// kExact: float32 throughout. kFast: float32 arithmetic, Winograd with eight points a side too, dense layers that are bound by reading
/// their weights keep them in float16 with a scale per output, denormal numbers count as zero. kBf16: as kFast, and values and products in
/// bfloat16 (sums in float32) where this CPU multiplies them fast. kInt8: as kFast, and the layers whose weights are int8 (a quantised
/// file's) multiply int8 where that is faster; throws kWeights if no weight is. A plan takes what is fastest within its precision.
enum class Precision { kExact = 0, kFast = 1, kBf16 = 2, kInt8 = 3 };

/// How to compile. Plain values; lists are strings with one name a line.
struct CompileOptions {
  Precision precision = Precision::kExact;
  int threads = 1;             ///< threads that compute one run (a lane's team)
  int lanes = 1;               ///< runs at a time
  int64_t batch = 1;           ///< shape of the plan made at once; other shapes are planned when first asked for
  int64_t height = 0;          ///< 0: the graph's own
  int64_t width = 0;
  int channel_block = 0;       ///< channels in a block of the activations' layout, 8 or 16; 0: as this CPU likes it
  int plan_cache = 4;          ///< plans kept, least recently used go first
  std::string choices;         ///< what tune() or ModelParts found, "key<tab>way" a line; lines for other layers, or that do not apply here, are passed over
  bool saved = false;          ///< the weights are ModelParts of an earlier model, on a CPU with the same cpu_key() and by the same versions
  std::string without;         ///< passes switched off, by name
  std::string outputs;         ///< further nodes whose values are wanted, by name
  std::string heads;           ///< heads wanted, by name; empty: all
  bool ignore_unused = false;  ///< tensors that no parameter takes: allowed (true) or an error
};

/// Immutable and shared by all threads. Sessions keep it alive; destroying it while runs are in flight is safe.
class Model {
 public:
  /// Throws Error: kWeights (everything missing, left over or misshapen in one message), kShape, kMemory, kUnsupported.
  Model(const Graph& graph, const TensorTable& weights, const CompileOptions& options);
  ~Model();

  /// Outputs in order: for every head "<head>.logits" and, if it has one, "<head>.softmax"; then the nodes asked for.
  int output_count() const;
  std::string output_name(int output) const;

  int64_t packed_bytes() const;    ///< weights as the plan reads them
  int64_t arena_bytes() const;     ///< activations of one lane, largest plan
  /// The plan as a JSON array: step, kernel, layout, precision, shape, macs, bytes, and chosen_by ("model" or "measurement") where there
  /// was a choice of kernels. After a profile also what that says.
  std::string explain() const;
  /// The same with "milliseconds" (median of `runs`) measured on lane 0 for the compiled shape; "gflops" counts the operator's own
  /// arithmetic, so that Winograd may pass the peak; "bound" ("compute" or "memory"), "least_ms" and "roofline" (least_ms in shares of
  /// milliseconds) hold the kernel's multiplications and bytes against limits().
  std::string profile(int runs) const;
  /// What the machine can do at most with the threads of a run, measured at the first call: {"threads", "gflops" (float32, in registers),
  /// "read_gb_per_second" and "working_set_bytes" (reads that go round as many bytes as this model's weights and activations have)};
  /// where the plan computes with them also "bf16_gflops" and "int8_gops" (oneDNN's product of matrices in L2).
  std::string limits() const;

  const std::shared_ptr<CompiledModel>& compiled() const { return compiled_; }

 private:
  std::shared_ptr<CompiledModel> compiled_;
};

/// What a model needs besides its graph to be made again on a like machine: its packed weights, as tensors to be written to a file.
/// Keeps them alive, not the model. Offered in a TensorTable to Model's constructor with CompileOptions::saved, the same graph and the same
/// other options, they make the same model without packing; the table's memory must then outlive it.
class ModelParts {
 public:
  /// Throws Error kWeights if weights are no numbers (NaN): whether they are is known only while packing.
  explicit ModelParts(const Model& model);
  ~ModelParts();
  ModelParts(const ModelParts&) = delete;
  ModelParts& operator=(const ModelParts&) = delete;

  int count() const;
  std::string name(int part) const;
  int type(int part) const;                 ///< a DataType
  int rank(int part) const;
  int64_t dim(int part, int axis) const;
  /// Packed weights come first, have a multiple of 64 bytes and are to be written so that each starts on one of 64.
  int64_t bytes(int part) const;
  const void* data(int part) const;
  /// For CompileOptions::choices.
  std::string choices() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// One run in flight: fixed shape, bound input and output memory. One thread at a time.
class Session {
 public:
  /// 0 for height or width: the compiled shape's. May plan (slow) if the shape is new. Throws Error kShape.
  Session(const Model& model, int64_t batch, int64_t height, int64_t width);
  ~Session();

  int input_rank() const;
  int64_t input_dim(int axis) const;
  int output_rank(int output) const;
  int64_t output_dim(int output, int axis) const;

  /// Memory for the runs that follow: float32, plain N,C,H,W; it must outlive them. An output bound to null is not computed
  /// into the caller's memory. Buffers on a 64-byte boundary are used in place; others too, only slower.
  void bind_input(const void* data, int64_t bytes);
  void bind_output(int output, void* data, int64_t bytes);

  /// Waits for a lane (in order of arrival), computes, returns. timeout_ms < 0: as long as it takes.
  /// Throws Error: kTimeout, kArgument (something is not bound).
  void run(int64_t timeout_ms);

 private:
  std::unique_ptr<RunSlot> slot_;
};

/// Measures every layer's ways of being computed within options.precision, for the shape, threads and passes of `options`, and returns
/// what was found as JSON: {"before_ms", "after_ms" (a run by the cost model's choices, and by those measured), "runs", "layers": [{"key",
/// "nodes" (those that share it), "model" (the cost model's way), "choice" (the fastest one found), "candidates": [{"way", "ms"}]}]},
/// milliseconds being medians of all nodes of a key together. Takes seconds to a minute and weights of all ways at a time.
/// Throws as Model's constructor.
std::string tune(const Graph& graph, const TensorTable& weights, const CompileOptions& options);

/// Facts about the machine and memory, for `info`.
std::string cpu_key();                 ///< kind of CPU and instruction sets in use: what is measured or packed here is good for equal keys
std::string cpu_report();              ///< JSON: cpu, isa, amx, caches, affinity, quota, threads, onednn version
int allowed_threads();                 ///< min(affinity, cgroup quota rounded up)
int64_t native_memory();               ///< bytes that Quintet's native side holds now (weights, arenas)
int64_t peak_native_memory();          ///< the most that it has held at a time

}  // namespace quintet
