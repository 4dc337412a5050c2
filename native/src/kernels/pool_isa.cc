// The inner loops of pooling, one row of the result at a time, compiled once per instruction set.
#include "kernels/pool_kernels.h"
#include "kernels/simd.h"

namespace quintet::QUINTET_ISA {
namespace {

using pool::RowJob;

/// Columns [begin, end) of the picture that a window sees.
struct Columns {
  int64_t begin, end;
  template <typename Number>
  Columns(const RowJob<Number>& job, int64_t x) : begin(x * job.stride_x - job.pad_left), end(begin + job.kernel_width) {
    if (begin < 0) begin = 0;
    if (end > job.width) end = job.width;
  }
};

struct OfFloats {
  typedef float Stored;
  typedef Vec Values;
  QUINTET_INLINE Vec read(const float* from) { return load(from); }
  QUINTET_INLINE void write(float* to, Vec values) { store(to, values); }
};

/// The larger, quickly: loses what is no number, and says so.
struct Maximum : OfFloats {
  NanWatch watch;
  QUINTET_INLINE Vec start() { return broadcast(-__builtin_inff()); }
  QUINTET_INLINE Vec finish(const RowJob<float>&, Vec value, int64_t) { return value; }
  inline __attribute__((always_inline)) Vec first(Vec value, bool alone) {
    if (alone) watch.look(value, value);
    return value;
  }
  inline __attribute__((always_inline)) Vec join_rows(Vec a, Vec b) {
    watch.look(a, b);
    return maximum(a, b);
  }
  QUINTET_INLINE Vec join(Vec a, Vec b) { return maximum(a, b); }
  /// Keeps what is no number.
  QUINTET_INLINE Vec join_cells(Vec a, Vec b) {
    const Vec larger = maximum(a, b);      // b where one is none
    return a != a ? a : larger;
  }
  bool failed() const { return watch.seen(); }
};

/// Of bfloat16 as integers in the same order, above all of which is what is no number.
struct MaximumOfBfloats {
  typedef uint16_t Stored;
  typedef int16_t Values __attribute__((vector_size(kLanes * 4)));
  static constexpr int16_t kMagnitude = 0x7fff, kInfinity = 0x7f80;

  /// Its own inverse.
  QUINTET_INLINE Values in_order(Values bits) { return bits ^ ((bits >> 15) & kMagnitude); }
  QUINTET_INLINE Values larger(Values a, Values b) { return a > b ? a : b; }

  QUINTET_INLINE Values read(const uint16_t* from) {
    Values bits;
    __builtin_memcpy(&bits, from, sizeof bits);
    return (bits & kMagnitude) > kInfinity ? Values{} + kMagnitude : in_order(bits);
  }
  QUINTET_INLINE void write(uint16_t* to, Values values) {
    const Values bits = in_order(values);
    __builtin_memcpy(to, &bits, sizeof bits);
  }
  QUINTET_INLINE Values start() { return Values{} + static_cast<int16_t>(~kInfinity); }
  QUINTET_INLINE Values finish(const RowJob<uint16_t>&, Values value, int64_t) { return value; }
  QUINTET_INLINE Values first(Values value, bool) { return value; }
  QUINTET_INLINE Values join_rows(Values a, Values b) { return larger(a, b); }
  QUINTET_INLINE Values join(Values a, Values b) { return larger(a, b); }
  QUINTET_INLINE Values join_cells(Values a, Values b) { return larger(a, b); }
  bool failed() const { return false; }
};

struct Sum : OfFloats {
  QUINTET_INLINE Vec start() { return zero(); }
  QUINTET_INLINE Vec finish(const RowJob<float>&, Vec value, int64_t) { return value; }
  QUINTET_INLINE Vec first(Vec value, bool) { return value; }
  QUINTET_INLINE Vec join_rows(Vec a, Vec b) { return a + b; }
  QUINTET_INLINE Vec join(Vec a, Vec b) { return a + b; }
  QUINTET_INLINE Vec join_cells(Vec a, Vec b) { return a + b; }
  bool failed() const { return false; }
};

struct Average : Sum {
  QUINTET_INLINE Vec finish(const RowJob<float>& job, Vec value, int64_t cells) { return value / broadcast(static_cast<float>(job.divisor != 0 ? job.divisor : cells)); }
};

/// Any window, cell by cell.
template <typename Reduce>
QUINTET_INLINE void window(const RowJob<typename Reduce::Stored>& job, int64_t x) {
  constexpr int kChains = 4;               // one alone would wait for its own additions
  const Columns columns(job, x);
  const int64_t count = columns.end - columns.begin;
  typename Reduce::Values part[kChains];
  QUINTET_UNROLL for (int k = 0; k < kChains; ++k) part[k] = Reduce::start();
  const typename Reduce::Stored* row = job.source + columns.begin * job.pixel_stride;
  for (int64_t r = 0; r < job.rows; ++r, row += job.row_stride) {
    const typename Reduce::Stored* at = row;
    int64_t c = 0;
    for (; c + kChains <= count; c += kChains, at += kChains * job.pixel_stride) {
      QUINTET_UNROLL for (int k = 0; k < kChains; ++k) part[k] = Reduce::join_cells(part[k], Reduce::read(at + k * job.pixel_stride));
    }
    QUINTET_UNROLL for (int k = 0; k < kChains - 1; ++k) {
      if (c + k < count) part[k] = Reduce::join_cells(part[k], Reduce::read(at + k * job.pixel_stride));
    }
  }
  const typename Reduce::Values whole = Reduce::join_cells(Reduce::join_cells(part[0], part[1]), Reduce::join_cells(part[2], part[3]));
  Reduce::write(job.target + x * job.target_pixel_stride, Reduce::finish(job, whole, job.rows * count));
}

/// The cells of one column, kRows of them.
template <int kRows, typename Reduce>
QUINTET_INLINE typename Reduce::Values column(const typename Reduce::Stored* at, int64_t row_stride, Reduce& reduce) {
  typename Reduce::Values value = reduce.first(Reduce::read(at), kRows == 1);
  QUINTET_UNROLL for (int r = 1; r < kRows; ++r) value = reduce.join_rows(value, Reduce::read(at + r * row_stride));
  return value;
}

/// Windows [begin, end), some of whose columns are outside.
template <typename Reduce, int kRows>
QUINTET_INLINE void cut_windows(const RowJob<typename Reduce::Stored>& job, int64_t begin, int64_t end, Reduce& reduce) {
  for (int64_t x = begin; x < end; ++x) {
    const Columns columns(job, x);
    const typename Reduce::Stored* at = job.source + columns.begin * job.pixel_stride;
    typename Reduce::Values value = column<kRows>(at, job.row_stride, reduce);
    for (int64_t c = columns.begin + 1; c < columns.end; ++c) value = Reduce::join(value, column<kRows>(at += job.pixel_stride, job.row_stride, reduce));
    Reduce::write(job.target + x * job.target_pixel_stride, Reduce::finish(job, value, kRows * (columns.end - columns.begin)));
  }
}

/// Windows [begin, end), all of whose columns are inside: windows share the columns that they have in common.
template <typename Reduce, int kRows, int kWidth, int kStride>
QUINTET_INLINE void whole_windows(const RowJob<typename Reduce::Stored>& job, int64_t begin, int64_t end, Reduce& reduce) {
  constexpr int kShared = kWidth > kStride ? kWidth - kStride : 0;
  const int64_t pixel = job.pixel_stride, row = job.row_stride, target_pixel = job.target_pixel_stride;
  const typename Reduce::Stored* at = job.source + (begin * kStride - job.pad_left) * pixel;
  typename Reduce::Stored* to = job.target + begin * target_pixel;
  typename Reduce::Values columns[kWidth];
  if (begin < end) {
    QUINTET_UNROLL for (int i = 0; i < kShared; ++i) columns[i] = column<kRows>(at + i * pixel, row, reduce);
  }
  for (int64_t x = begin; x < end; ++x, at += kStride * pixel, to += target_pixel) {
    QUINTET_UNROLL for (int i = kShared; i < kWidth; ++i) columns[i] = column<kRows>(at + i * pixel, row, reduce);
    typename Reduce::Values value = columns[0];
    QUINTET_UNROLL for (int i = 1; i < kWidth; ++i) value = Reduce::join(value, columns[i]);
    Reduce::write(to, Reduce::finish(job, value, kRows * kWidth));
    QUINTET_UNROLL for (int i = 0; i < kShared; ++i) columns[i] = columns[i + kStride];
  }
}

template <typename Reduce, int kRows, int kWidth, int kStride>
void special_row(const RowJob<typename Reduce::Stored>& job, int64_t begin, int64_t end, Reduce& reduce) {
  cut_windows<Reduce, kRows>(job, 0, begin, reduce);
  whole_windows<Reduce, kRows, kWidth, kStride>(job, begin, end, reduce);
  cut_windows<Reduce, kRows>(job, end, job.out_width, reduce);
}

/// False where there is no special code.
template <typename Reduce, int kRows>
bool special_rows(const RowJob<typename Reduce::Stored>& job, int64_t begin, int64_t end, Reduce& reduce) {
  if (job.kernel_width == 2 && job.stride_x == 2) {
    special_row<Reduce, kRows, 2, 2>(job, begin, end, reduce);
  } else if (job.kernel_width == 3 && job.stride_x == 2) {
    special_row<Reduce, kRows, 3, 2>(job, begin, end, reduce);
  } else if (job.kernel_width == 3 && job.stride_x == 1) {
    special_row<Reduce, kRows, 3, 1>(job, begin, end, reduce);
  } else {
    return false;
  }
  return true;
}

template <typename Reduce>
void row(const RowJob<typename Reduce::Stored>& job) {
  int64_t begin = (job.pad_left + job.stride_x - 1) / job.stride_x, end = (job.width + job.pad_left - job.kernel_width) / job.stride_x + 1;
  if (begin > job.out_width) begin = job.out_width;
  if (job.width + job.pad_left < job.kernel_width || end < begin) end = begin;
  if (end > job.out_width) end = job.out_width;
  Reduce reduce;
  const bool special = job.rows == 1   ? special_rows<Reduce, 1>(job, begin, end, reduce)
                       : job.rows == 2 ? special_rows<Reduce, 2>(job, begin, end, reduce)
                       : job.rows == 3 ? special_rows<Reduce, 3>(job, begin, end, reduce)
                                       : false;
  if (special && !reduce.failed()) return;
  for (int64_t x = 0; x < job.out_width; ++x) window<Reduce>(job, x);
}

/// `kBytes` channels at a time, no more than there are: the last ones overlap those before. kCells 0: any window, else rows and columns of it.
template <int kBytes, int kCells>
QUINTET_INLINE void byte_window(const RowJob<uint8_t>& job, int64_t x) {
  typedef uint8_t Bytes __attribute__((vector_size(kBytes)));
  const Columns columns(job, x);
  const int64_t width = kCells != 0 ? kCells : columns.end - columns.begin, rows = kCells != 0 ? kCells : job.rows;
  const uint8_t* cell = job.source + columns.begin * job.pixel_stride;
  uint8_t* to = job.target + x * job.target_pixel_stride;
  for (int64_t next = 0; next < job.channels; next += kBytes) {
    const int64_t c = next + kBytes <= job.channels ? next : job.channels - kBytes;
    Bytes largest{};
    QUINTET_UNROLL for (int64_t r = 0; r < rows; ++r) {
      QUINTET_UNROLL for (int64_t i = 0; i < width; ++i) {
        Bytes value;
        __builtin_memcpy(&value, cell + r * job.row_stride + i * job.pixel_stride + c, sizeof value);
        largest = value > largest ? value : largest;
      }
    }
    __builtin_memcpy(to + c, &largest, sizeof largest);
  }
}

template <int kBytes>
void byte_windows(const RowJob<uint8_t>& job) {
  for (int64_t x = 0; x < job.out_width; ++x) {
    const int64_t begin = x * job.stride_x - job.pad_left;
    const int64_t cells = begin >= 0 && begin + job.kernel_width <= job.width && job.rows == job.kernel_width ? job.rows : 0;
    if (cells == 2) {
      byte_window<kBytes, 2>(job, x);
    } else if (cells == 3) {
      byte_window<kBytes, 3>(job, x);
    } else {
      byte_window<kBytes, 0>(job, x);
    }
  }
}

/// The widest vectors that the channels fill.
void byte_row(const RowJob<uint8_t>& job) {
  if (job.channels >= 32) return byte_windows<32>(job);
  if (job.channels >= 16) return byte_windows<16>(job);
  if (job.channels >= 8) return byte_windows<8>(job);
  if (job.channels >= 4) return byte_windows<4>(job);
  byte_windows<1>(job);
}

}  // namespace

const pool::Kernels& pool_kernels() {
  static constexpr pool::Kernels kTable{kLanes, row<Maximum>, row<Average>, row<Sum>, row<MaximumOfBfloats>, byte_row};
  return kTable;
}

}  // namespace quintet::QUINTET_ISA
