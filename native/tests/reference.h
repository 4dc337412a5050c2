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

Tensor convolution(const Tensor& in, const std::vector<float>& weight, const std::vector<float>& bias, int64_t filters, int64_t groups, const Geometry& g);
/// Cells outside the picture do not count, unless `count_outside`.
Tensor pool(const Tensor& in, const Geometry& g, bool maximum, bool count_outside);
Tensor dense(const Tensor& in, const std::vector<float>& weight, const std::vector<float>& bias, int64_t units);
Tensor map(const Tensor& in, const std::function<double(double)>& f);
Tensor affine(const Tensor& in, const std::function<double(int64_t, double)>& f);
Tensor add(const Tensor& a, const Tensor& b);
Tensor concat(const std::vector<Tensor>& parts);
Tensor zero_pad(const Tensor& in, int64_t top, int64_t left, int64_t bottom, int64_t right);
Tensor softmax(const Tensor& in);
Tensor lrn(const Tensor& in, int64_t size, double alpha, double beta, double k);

/// max |got - want| / max |want|.
double relative_error(const std::vector<float>& got, const Tensor& want);

}  // namespace quintet::reference
