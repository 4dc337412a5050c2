#include "reference.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quintet::reference {
namespace {

/// Calls visit(n, c, i, j) for every output cell.
template <typename Visit>
void each(const Shape& s, Visit&& visit) {
  for (int64_t n = 0; n < s.n(); ++n)
    for (int64_t c = 0; c < s.c(); ++c)
      for (int64_t i = 0; i < s.h(); ++i)
        for (int64_t j = 0; j < s.w(); ++j) visit(n, c, i, j);
}

/// Calls visit(ky, kx, y, x, inside) for every cell of the window of output cell (i, j).
template <typename Visit>
void window(const Shape& in, const Geometry& g, int64_t i, int64_t j, Visit&& visit) {
  for (int64_t ky = 0; ky < g.kernel_h; ++ky)
    for (int64_t kx = 0; kx < g.kernel_w; ++kx) {
      const int64_t y = i * g.stride_h - g.top + ky * g.dilation_h, x = j * g.stride_w - g.left + kx * g.dilation_w;
      visit(ky, kx, y, x, y >= 0 && y < in.h() && x >= 0 && x < in.w());
    }
}

}  // namespace

std::vector<float> random_floats(size_t count, uint32_t seed, double low, double high) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(uniform(engine));
  return values;
}

Tensor random_tensor(const Shape& shape, uint32_t seed) {
  Tensor t(shape);
  const auto values = random_floats(t.values.size(), seed);
  std::copy(values.begin(), values.end(), t.values.begin());
  return t;
}

template <typename Number>
Tensor convolution(const Tensor& in, const std::vector<Number>& weight, const std::vector<Number>& bias, int64_t filters, int64_t groups, const Geometry& g) {
  Tensor out(Shape::nchw(in.shape.n(), filters, g.out_h, g.out_w));
  const int64_t per_group = in.shape.c() / groups, filters_per_group = filters / groups;
  each(out.shape, [&](int64_t n, int64_t o, int64_t i, int64_t j) {
    double sum = bias.empty() ? 0 : bias[o];
    for (int64_t c = 0; c < per_group; ++c) {
      window(in.shape, g, i, j, [&](int64_t ky, int64_t kx, int64_t y, int64_t x, bool inside) {
        if (inside) sum += static_cast<double>(weight[((o * per_group + c) * g.kernel_h + ky) * g.kernel_w + kx]) * in.at(n, o / filters_per_group * per_group + c, y, x);
      });
    }
    out.at(n, o, i, j) = sum;
  });
  return out;
}
template Tensor convolution(const Tensor&, const std::vector<float>&, const std::vector<float>&, int64_t, int64_t, const Geometry&);
template Tensor convolution(const Tensor&, const std::vector<double>&, const std::vector<double>&, int64_t, int64_t, const Geometry&);

Tensor pool(const Tensor& in, const Geometry& g, bool maximum, bool count_outside) {
  Tensor out(Shape::nchw(in.shape.n(), in.shape.c(), g.out_h, g.out_w));
  each(out.shape, [&](int64_t n, int64_t c, int64_t i, int64_t j) {
    double sum = 0, largest = -std::numeric_limits<double>::infinity();
    int64_t cells = 0;
    window(in.shape, g, i, j, [&](int64_t, int64_t, int64_t y, int64_t x, bool inside) {
      if (inside) {
        sum += in.at(n, c, y, x);
        largest = std::isnan(largest) || std::isnan(in.at(n, c, y, x)) ? NAN : std::max(largest, in.at(n, c, y, x));
      }
      cells += inside || count_outside;
    });
    out.at(n, c, i, j) = maximum ? largest : sum / static_cast<double>(cells);
  });
  return out;
}

Tensor adaptive_average(const Tensor& in, int64_t out_h, int64_t out_w) {
  Tensor out(Shape::nchw(in.shape.n(), in.shape.c(), out_h, out_w));
  each(out.shape, [&](int64_t n, int64_t c, int64_t i, int64_t j) {
    double sum = 0;
    int64_t cells = 0;
    for (int64_t y = i * in.shape.h() / out_h; y * out_h < (i + 1) * in.shape.h(); ++y)
      for (int64_t x = j * in.shape.w() / out_w; x * out_w < (j + 1) * in.shape.w(); ++x, ++cells) sum += in.at(n, c, y, x);
    out.at(n, c, i, j) = sum / static_cast<double>(cells);
  });
  return out;
}

template <typename Number>
Tensor dense(const Tensor& in, const std::vector<Number>& weight, const std::vector<Number>& bias, int64_t units) {
  const int64_t features = static_cast<int64_t>(in.values.size()) / in.shape.n();
  Tensor out(Shape::features(in.shape.n(), units));
  for (int64_t n = 0; n < in.shape.n(); ++n)
    for (int64_t o = 0; o < units; ++o) {
      double sum = bias.empty() ? 0 : bias[o];
      for (int64_t i = 0; i < features; ++i) sum += static_cast<double>(weight[o * features + i]) * in.values[n * features + i];
      out.at(n, o, 0, 0) = sum;
    }
  return out;
}
template Tensor dense(const Tensor&, const std::vector<float>&, const std::vector<float>&, int64_t);
template Tensor dense(const Tensor&, const std::vector<double>&, const std::vector<double>&, int64_t);

Tensor map(const Tensor& in, const std::function<double(double)>& f) {
  return affine(in, [&](int64_t, double v) { return f(v); });
}

Tensor affine(const Tensor& in, const std::function<double(int64_t, double)>& f) {
  Tensor out(in.shape);
  each(in.shape, [&](int64_t n, int64_t c, int64_t i, int64_t j) { out.at(n, c, i, j) = f(c, in.at(n, c, i, j)); });
  return out;
}

Tensor add(const Tensor& a, const Tensor& b) {
  Tensor out(a.shape);
  for (size_t i = 0; i < out.values.size(); ++i) out.values[i] = a.values[i] + b.values[i];
  return out;
}

Tensor concat(const std::vector<Tensor>& parts) {
  Shape shape = parts[0].shape;
  shape.dims[1] = 0;
  for (const Tensor& p : parts) shape.dims[1] += p.shape.c();
  Tensor out(shape);
  int64_t offset = 0;
  for (const Tensor& p : parts) {
    each(p.shape, [&](int64_t n, int64_t c, int64_t i, int64_t j) { out.at(n, offset + c, i, j) = p.at(n, c, i, j); });
    offset += p.shape.c();
  }
  return out;
}

Tensor zero_pad(const Tensor& in, int64_t top, int64_t left, int64_t bottom, int64_t right) {
  Tensor out(Shape::nchw(in.shape.n(), in.shape.c(), in.shape.h() + top + bottom, in.shape.w() + left + right));
  each(in.shape, [&](int64_t n, int64_t c, int64_t i, int64_t j) { out.at(n, c, i + top, j + left) = in.at(n, c, i, j); });
  return out;
}

Tensor softmax(const Tensor& in) {
  Tensor out(in.shape);
  for (int64_t n = 0; n < in.shape.n(); ++n) {
    double largest = in.at(n, 0, 0, 0), sum = 0;
    for (int64_t c = 0; c < in.shape.c(); ++c) largest = std::max(largest, in.at(n, c, 0, 0));
    for (int64_t c = 0; c < in.shape.c(); ++c) sum += out.at(n, c, 0, 0) = std::exp(in.at(n, c, 0, 0) - largest);
    for (int64_t c = 0; c < in.shape.c(); ++c) out.at(n, c, 0, 0) /= sum;
  }
  return out;
}

Tensor batch_norm(const Tensor& in, const std::vector<double>& gamma, const std::vector<double>& beta, double epsilon, std::vector<double>* mean,
                  std::vector<double>* variance) {
  const int64_t channels = in.shape.c();
  const double count = static_cast<double>(in.shape.elements() / channels);
  std::vector<double> m(channels, 0.0), v(channels, 0.0);
  each(in.shape, [&](int64_t n, int64_t c, int64_t i, int64_t j) { m[c] += in.at(n, c, i, j) / count; });
  each(in.shape, [&](int64_t n, int64_t c, int64_t i, int64_t j) { v[c] += (in.at(n, c, i, j) - m[c]) * (in.at(n, c, i, j) - m[c]) / count; });
  if (mean != nullptr) *mean = m;
  if (variance != nullptr) *variance = v;
  return affine(in, [&](int64_t c, double x) { return gamma[c] * (x - m[c]) / std::sqrt(v[c] + epsilon) + beta[c]; });
}

Tensor lrn(const Tensor& in, int64_t size, double alpha, double beta, double k) {
  Tensor out(in.shape);
  each(in.shape, [&](int64_t n, int64_t c, int64_t i, int64_t j) {
    double sum = 0;
    for (int64_t d = std::max<int64_t>(0, c - size / 2); d <= std::min(in.shape.c() - 1, c + size / 2); ++d) sum += in.at(n, d, i, j) * in.at(n, d, i, j);
    out.at(n, c, i, j) = in.at(n, c, i, j) / std::pow(k + alpha / static_cast<double>(size) * sum, beta);
  });
  return out;
}

double cross_entropy(const Tensor& logits, const std::function<double(int64_t, int64_t)>& target) {
  const Tensor p = softmax(logits);
  double sum = 0;
  for (int64_t n = 0; n < p.shape.n(); ++n)
    for (int64_t c = 0; c < p.shape.c(); ++c) sum -= target(n, c) * std::log(p.at(n, c, 0, 0));
  return sum / static_cast<double>(p.shape.n());
}

double relative_error(const std::vector<float>& got, const Tensor& want) {
  if (got.size() != want.values.size()) return std::numeric_limits<double>::infinity();
  double difference = 0, largest = 1e-30;
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(got[i]) != std::isnan(want.values[i])) return std::numeric_limits<double>::infinity();
    difference = std::max(difference, std::abs(got[i] - want.values[i]));
    largest = std::max(largest, std::abs(want.values[i]));
  }
  return difference / largest;
}

}  // namespace quintet::reference
