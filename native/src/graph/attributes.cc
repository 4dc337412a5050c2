#include "graph/attributes.h"

#include <charconv>
#include <sstream>

#include "quintet/error.h"

namespace quintet {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

}  // namespace

Attributes::Attributes(const std::string& node, const std::string& text) : node_(node) {
  std::stringstream in(text);
  for (std::string pair; in >> pair;) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) fail("attribute '" + pair + "' is not key=value");
    if (!values_.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second) fail("attribute '" + pair + "' is given twice");
  }
  unread_ = values_;
}

void Attributes::fail(const std::string& message) const { throw Error(ErrorKind::kArgument, node_ + ": " + message); }

std::string Attributes::take(const std::string& key) {
  const auto at = values_.find(key);
  if (at == values_.end()) fail("attribute '" + key + "' is missing");
  unread_.erase(key);
  return at->second;
}

std::string Attributes::word(const std::string& key, const std::string& fallback) { return has(key) ? take(key) : fallback; }

int64_t Attributes::integer(const std::string& key) { return integers(key, 1)[0]; }
int64_t Attributes::integer(const std::string& key, int64_t fallback) { return has(key) ? integer(key) : fallback; }

double Attributes::real(const std::string& key) {
  const std::string text = take(key);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) fail("attribute '" + key + "=" + text + "' is not a number");
  return value;
}
double Attributes::real(const std::string& key, double fallback) { return has(key) ? real(key) : fallback; }

bool Attributes::flag(const std::string& key, bool fallback) {
  if (!has(key)) return fallback;
  const std::string text = take(key);
  if (text != "true" && text != "false") fail("attribute '" + key + "=" + text + "' is neither true nor false");
  return text == "true";
}

std::vector<int64_t> Attributes::integers(const std::string& key, size_t count) {
  const std::string text = take(key);
  std::vector<int64_t> values;
  for (const std::string& part : split(text)) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size()) fail("attribute '" + key + "=" + text + "' is not made of integers");
    values.push_back(value);
  }
  if (values.size() != count) fail("attribute '" + key + "=" + text + "' should have " + std::to_string(count) + " values");
  return values;
}

std::vector<int64_t> Attributes::integers(const std::string& key, size_t count, const std::vector<int64_t>& fallback) {
  return has(key) ? integers(key, count) : fallback;
}

std::vector<std::string> Attributes::words(const std::string& key, size_t count, const std::vector<std::string>& fallback) {
  if (!has(key)) return fallback;
  const std::string text = take(key);
  std::vector<std::string> values = split(text);
  if (values.size() != count) fail("attribute '" + key + "=" + text + "' should have " + std::to_string(count) + " words");
  return values;
}

void Attributes::finish() const {
  if (!unread_.empty()) fail("unknown attribute '" + unread_.begin()->first + "'");
}

}  // namespace quintet
