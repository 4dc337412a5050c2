// Operators written from their definitions, in double, over plain N,C,H,W: what the tests hold the core against.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "graph/shape.h"

namespace quintet::reference {

struct Tensor {
  Shape shape;
  std::vector<double> values;

  explicit Tensor(const Shape& s) : shape(s), values(s.elements(), 0.0) {}
  double& at(int64_t n, int64_t c, int64_t y, int64_t x) { return values[((n * shape.c() + c) * shape.h() + y) * shape.w() + x]; }
  double at(int64_t n, int64_t c, int64_t y, int64_t x) const { return const_cast<Tensor*>(this)->at(n, c, y, x); }
};

struct Geometry {
  int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, top = 0, left = 0, out_h = 1, out_w = 1, dilation_h = 1, dilation_w = 1;
};

/// Float values of a fixed seed, uniform in [low, high].
std::vector<float> random_floats(size_t count, uint32_t seed, double low = -1, double high = 1);
Tensor random_tensor(const Shape& shape, uint32_t seed);

/// Weights as float or double.
template <typename Number>
Tensor convolution(const Tensor& in, const std::vector<Number>& weight, const std::vector<Number>& bias, int64_t filters, int64_t groups, const Geometry& g);
/// Cells outside the picture do not count, unless `count_outside`. No maximum where a cell is no number.
Tensor pool(const Tensor& in, const Geometry& g, bool maximum, bool count_outside);
/// Averages over windows that PyTorch's AdaptiveAvgPool2d defines.
Tensor adaptive_average(const Tensor& in, int64_t out_h, int64_t out_w);
template <typename Number>
Tensor dense(const Tensor& in, const std::vector<Number>& weight, const std::vector<Number>& bias, int64_t units);
Tensor map(const Tensor& in, const std::function<double(double)>& f);
Tensor affine(const Tensor& in, const std::function<double(int64_t, double)>& f);
Tensor add(const Tensor& a, const Tensor& b);
Tensor concat(const std::vector<Tensor>& parts);
Tensor zero_pad(const Tensor& in, int64_t top, int64_t left, int64_t bottom, int64_t right);
Tensor softmax(const Tensor& in);
/// With the batch's own mean and biased variance; they are returned too where the pointers are not null.
Tensor batch_norm(const Tensor& in, const std::vector<double>& gamma, const std::vector<double>& beta, double epsilon, std::vector<double>* mean = nullptr,
                  std::vector<double>* variance = nullptr);
Tensor lrn(const Tensor& in, int64_t size, double alpha, double beta, double k);

/// Mean over the pictures of -sum_c target(n, c) log softmax(logits)(n, c).
double cross_entropy(const Tensor& logits, const std::function<double(int64_t, int64_t)>& target);

/// max |got - want| / max |want|.
double relative_error(const std::vector<float>& got, const Tensor& want);

}  // namespace quintet::reference
