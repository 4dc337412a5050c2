// What an operator answers about itself. One family is one file in this folder; passes and the planner ask, they never switch over kinds.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/shape.h"
#include "kernels/dense.h"
#include "kernels/planar.h"
#include "kernels/tiled_schedule.h"
#include "ops/window.h"
#include "plan/number_type.h"

namespace quintet {

class ForwardContext;   // plan/forward_context.h
class TrainContext;     // train/train_context.h
class Operator;
using OperatorPtr = std::shared_ptr<const Operator>;

/// A tensor that an operator needs. `name` is a suffix ("weight") until the graph puts the layer before it.
struct ParameterSpec {
  std::string name;
  std::string kind;   // weight bias gamma beta mean var
  std::vector<int64_t> shape;
};

/// y = scale[c] * x + shift[c], in double: what inference makes of a batch normalisation.
struct ChannelAffine {
  std::vector<double> scale, shift;
};

enum class Activation { kRelu, kSigmoid, kTanh };

/// What an operator takes over, in training, from an activation that is the only reader of its result: nothing, applying it to the
/// result, or that and applying its derivative to the gradient.
enum class Absorption { kNone, kResult, kResultAndGradient };

/// The parameters of one node as doubles, in the order of Operator::parameters.
using ParameterValues = std::vector<std::vector<double>>;

/// An operator whose weights are sums of those of another one, before they are multiplied by the factor that was asked for.
struct SummedOperator {
  OperatorPtr op;
  KernelSums kernels;
};

class Operator {
 public:
  virtual ~Operator() = default;

  virtual std::string_view name() const = 0;
  /// Throws Error kShape naming `node`.
  virtual Shape infer_shape(const std::string& node, std::span<const Shape> in) const = 0;
  virtual std::vector<ParameterSpec> parameters(std::span<const Shape>) const { return {}; }
  virtual int64_t macs(std::span<const Shape>, const Shape&) const { return 0; }
  /// What beside the shapes decides how long it takes, as text: kernel, stride, padding.
  virtual std::string geometry() const { return {}; }
  virtual void check_arity(const std::string& node, size_t inputs) const;

  /// Appends the steps that compute this operator to the plan under construction.
  virtual void forward(ForwardContext& at) const = 0;

  /// Appends the steps that compute it in a training step or an evaluation, and leaves what will append its gradient's steps.
  /// Throws Error kUnsupported where it cannot be trained.
  virtual void train(TrainContext& at) const;
  /// Channels that fill up a block must stay zero in training: an activation that makes something else of zero cannot be absorbed
  /// where the result is blocked.
  virtual Absorption absorbs_in_training(Activation) const { return Absorption::kNone; }
  /// In training, a constant added to a channel of its input changes nothing (it subtracts the batch's mean).
  virtual bool ignores_offsets() const { return false; }

  // What a pass may ask. The answers are about inference.

  /// The output is the input, unchanged (dropout, identity).
  virtual bool is_identity() const { return false; }
  /// The output is the input's elements in logical order with another shape (flatten).
  virtual bool is_reshape() const { return false; }
  /// Reads its input in logical N,(C,H,W) order whatever its rank (dense), so that a reshape before it may go.
  virtual bool accepts_any_rank() const { return false; }
  /// Pointwise function that a producer could apply as it writes.
  virtual std::optional<Activation> as_activation() const { return {}; }
  virtual bool is_addition() const { return false; }
  virtual bool is_concatenation() const { return false; }
  /// Can apply activations / an addition of another tensor to its result before writing it.
  virtual bool absorbs_activation(Activation) const { return false; }
  virtual bool absorbs_addition() const { return false; }
  /// Convolution and dense: weight [O,...] and perhaps bias, so that a channel affine behind them folds into them.
  virtual bool is_linear() const { return false; }
  /// The results are sums over windows of the input.
  virtual std::optional<WindowSums> as_window_sums() const { return {}; }
  /// The operator whose results are such sums of this one's; none where that is not the same function, or takes longer.
  virtual std::optional<SummedOperator> with_window_sums(const WindowSums&) const { return {}; }
  /// The dense layer that computes the same from a picture of this shape, with the weights as they are; null: there is none.
  virtual OperatorPtr as_dense(const std::string& /*node*/, const Shape& /*in*/) const { return nullptr; }
  /// Every output is a sum over all input channels.
  virtual bool mixes_channels() const { return false; }
  virtual std::optional<ChannelAffine> as_channel_affine(const ParameterValues&) const { return {}; }
  /// If the output is the input with zeros around it: how many.
  virtual std::optional<Padding> as_zero_padding() const { return {}; }
  /// This operator with zeros around its input taken into its own window; null if that is not the same function.
  virtual OperatorPtr with_input_padding(const Padding&, bool /*input_is_non_negative*/) const { return nullptr; }
  /// Non-negative inputs give non-negative outputs (pools, concatenation, identities).
  virtual bool keeps_sign() const { return false; }
  /// If siblings with this same key read one tensor, merged() computes all of them: output channels one after another,
  /// `filters[i]` of them for the i-th. Empty key: never.
  virtual std::string merge_key() const { return {}; }
  virtual OperatorPtr merged(int64_t /*filters*/) const { return nullptr; }
  /// Writes channel-blocked output, so its result can be a slice of a larger tensor (see passes/concat_in_place).
  virtual bool writes_slices() const { return false; }
  /// Every weight is used once a picture, so that reading them is the cost (dense).
  virtual bool is_matrix_product() const { return false; }
  /// Has a form that reads numbers of this narrow kind, channels-last, and if its result is a picture can write them.
  virtual bool computes(NumberType::Kind) const { return false; }
  /// The results are numbers of the inputs or averages of them, so that all can share a quantisation (pools, concatenation).
  virtual bool keeps_numbers() const { return false; }
  /// The geometry if it can be computed in tiles (see passes/choose_algorithm); `block` channels a block.
  virtual std::optional<TiledShape> tiled_shape(const std::string& /*node*/, const Shape& /*in*/, const Shape& /*out*/, int /*block*/) const { return {}; }
  /// The geometry if it is a convolution without dilation or groups.
  virtual std::optional<ConvolutionShape> convolution_shape(const std::string& /*node*/, const Shape& /*in*/, const Shape& /*out*/) const { return {}; }
  /// The geometry if the kernels for few channels can compute this.
  virtual std::optional<PlanarShape> planar_shape(const std::string& /*node*/, const Shape& /*in*/, const Shape& /*out*/, int /*block*/) const { return {}; }
};

}  // namespace quintet
