// The one exception that Quintet's native code throws: a kind, which Java turns into a type, and a message for a person.
#pragma once

#include <stdexcept>
#include <string>

namespace quintet {

enum class ErrorKind { kShape, kWeights, kFormat, kUnsupported, kMemory, kClosed, kArgument, kTimeout, kInternal };

/// what() is "<kind>|<message>", e.g. "shape|conv1: kernel height 7 exceeds the padded input's 5". JavaCPP hands Java only
/// what(), so the kind travels in it; the bindings split at the first bar.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message);
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace quintet
