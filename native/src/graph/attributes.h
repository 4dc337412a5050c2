// An operator's attributes as text, "filters=64 kernel=7,7 padding=same", read once and checked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace quintet {

/// Every getter marks its key as known; finish() refuses the keys that nobody asked for. Errors are kArgument and name the node.
class Attributes {
 public:
  Attributes(const std::string& node, const std::string& text);

  bool has(const std::string& key) const { return values_.contains(key); }
  std::string word(const std::string& key, const std::string& fallback);
  int64_t integer(const std::string& key);
  int64_t integer(const std::string& key, int64_t fallback);
  double real(const std::string& key);
  double real(const std::string& key, double fallback);
  bool flag(const std::string& key, bool fallback);
  /// Exactly `count` integers.
  std::vector<int64_t> integers(const std::string& key, size_t count);
  std::vector<int64_t> integers(const std::string& key, size_t count, const std::vector<int64_t>& fallback);
  std::vector<std::string> words(const std::string& key, size_t count, const std::vector<std::string>& fallback);
  void finish() const;

  const std::string& node() const { return node_; }
  [[noreturn]] void fail(const std::string& message) const;

 private:
  std::string take(const std::string& key);

  std::string node_;
  std::map<std::string, std::string> values_;
  std::map<std::string, std::string> unread_;
};

}  // namespace quintet
