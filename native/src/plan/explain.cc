#include "plan/explain.h"

#include <algorithm>
#include <sstream>

namespace quintet {
std::string json_string(const std::string& text) {
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

namespace {

/// The least time is that of the multiplications alone or of the bytes alone, whichever is longer: a perfect kernel hides the other.
std::string roofline(const Step& step, double milliseconds, const MachineLimits& limits) {
  const double compute = 2 * static_cast<double>(step.work) / limits.rate(step.precision), memory = static_cast<double>(step.bytes) / limits.bytes_per_ms;
  const double least = std::max(compute, memory);
  std::stringstream json;
  json << ",\"gflops\":" << (milliseconds > 0 ? 2e-6 * static_cast<double>(step.macs) / milliseconds : 0) << ",\"bound\":\"" << (compute > memory ? "compute" : "memory")
       << "\",\"least_ms\":" << least << ",\"roofline\":" << (milliseconds > 0 ? least / milliseconds : 0);
  return json.str();
}

}  // namespace

std::string explain_plan(const Plan& plan, const double* milliseconds, const MachineLimits* limits) {
  std::stringstream json;
  json << "[";
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& s = plan.steps[i];
    json << (i == 0 ? "" : ",") << "\n{\"step\":" << json_string(s.node) << ",\"op\":" << json_string(s.op) << ",\"kernel\":" << json_string(s.kernel) << ",\"layout\":\"" << s.layout
         << "\",\"precision\":\"" << s.precision << "\",\"shape\":[";
    for (int axis = 0; axis < s.shape.rank; ++axis) json << (axis == 0 ? "" : ",") << s.shape.dims[axis];
    json << "],\"macs\":" << s.macs << ",\"bytes\":" << s.bytes;
    if (!plan.fallback.empty()) json << ",\"fallback\":" << json_string(plan.fallback);
    if (*s.chosen_by != 0) json << ",\"chosen_by\":\"" << s.chosen_by << "\"";
    if (milliseconds != nullptr) json << ",\"milliseconds\":" << milliseconds[i];
    if (milliseconds != nullptr && limits != nullptr) json << roofline(s, milliseconds[i], *limits);
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
