#include "quintet/error.h"

namespace quintet {
namespace {

const char* word(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kShape: return "shape";
    case ErrorKind::kWeights: return "weights";
    case ErrorKind::kFormat: return "format";
    case ErrorKind::kUnsupported: return "unsupported";
    case ErrorKind::kMemory: return "memory";
    case ErrorKind::kClosed: return "closed";
    case ErrorKind::kArgument: return "argument";
    case ErrorKind::kTimeout: return "timeout";
    case ErrorKind::kInternal: break;
  }
  return "internal";
}

}  // namespace

Error::Error(ErrorKind kind, const std::string& message) : std::runtime_error(std::string(word(kind)) + "|" + message), kind_(kind) {}

}  // namespace quintet
