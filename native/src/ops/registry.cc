#include "ops/registry.h"

#include <map>

#include "quintet/error.h"

namespace quintet {
namespace {

std::map<std::string, OperatorParser>& parsers() {
  static std::map<std::string, OperatorParser> table;
  return table;
}

}  // namespace

Registration::Registration(std::initializer_list<const char*> names, OperatorParser parser) {
  for (const char* name : names) parsers().emplace(name, parser);
}

OperatorPtr make_operator(const std::string& op, Attributes& attributes) {
  const auto at = parsers().find(op);
  if (at != parsers().end()) return at->second(op, attributes);
  std::string known;
  for (const auto& [name, parser] : parsers()) known += (known.empty() ? "" : ", ") + name;
  attributes.fail("unknown operator '" + op + "'; known are " + known);
}

}  // namespace quintet
