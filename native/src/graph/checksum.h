// A checksum of text, to tell whether two things are the same; no defence against somebody who wants them to seem so.
#pragma once

#include <string>

namespace quintet {

/// 64-bit FNV-1a as 16 hexadecimal digits.
std::string checksum(const std::string& text);

}  // namespace quintet
