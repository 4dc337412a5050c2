// What becomes of a sum before an own kernel stores it.
#pragma once

namespace quintet {

enum class Finish { kNone, kRelu, kSigmoid, kTanh };

}  // namespace quintet
