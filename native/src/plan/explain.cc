#include "plan/explain.h"

#include <algorithm>
#include <sstream>

namespace quintet {
namespace {

/// Names come from the graph's author: escape what JSON needs.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += ' ';
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace

std::string explain_plan(const Plan& plan, const double* milliseconds) {
  std::stringstream json;
  json << "[";
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& s = plan.steps[i];
    json << (i == 0 ? "" : ",") << "\n{\"step\":" << quoted(s.node) << ",\"op\":" << quoted(s.op) << ",\"kernel\":" << quoted(s.kernel) << ",\"layout\":\"" << s.layout
         << "\",\"precision\":\"" << s.precision << "\",\"shape\":[";
    for (int axis = 0; axis < s.shape.rank; ++axis) json << (axis == 0 ? "" : ",") << s.shape.dims[axis];
    json << "],\"macs\":" << s.macs << ",\"bytes\":" << s.bytes;
    if (!plan.fallback.empty()) json << ",\"fallback\":" << quoted(plan.fallback);
    if (milliseconds != nullptr) json << ",\"milliseconds\":" << milliseconds[i];
    json << "}";
  }
  json << "]";
  return json.str();
}

std::vector<double> medians(std::vector<std::vector<double>>& samples) {
  std::vector<double> found;
  for (auto& of_step : samples) {
    std::nth_element(of_step.begin(), of_step.begin() + of_step.size() / 2, of_step.end());
    found.push_back(of_step[of_step.size() / 2]);
  }
  return found;
}

}  // namespace quintet
