// Passes over narrow channels-last values that oneDNN lacks or does slowly: concatenation, and the average over a whole picture.
// They run on the calling thread's OpenMP team.
#pragma once

#include <cstdint>

namespace quintet::narrow {

/// Rows of bytes side by side: row r of `to` is row r of parts[0], then of parts[1] and so on.
void concatenate(const void* const* parts, const int64_t* row_bytes, int count, int64_t rows, void* to);

/// to[n][c] = (mean over pixels of from[n][pixel][c] - zero) * scale. Needs AVX2.
void global_average(const uint8_t* from, int64_t pictures, int64_t pixels, int64_t channels, int zero, float scale, float* to);
/// The same of bfloat16.
void global_average(const uint16_t* from, int64_t pictures, int64_t pixels, int64_t channels, float* to);

}  // namespace quintet::narrow
