// A trainer behind its handle.
#pragma once

#include "quintet/trainer.h"

namespace quintet {

class Training {};

}  // namespace quintet
