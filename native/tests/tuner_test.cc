// Tuning: every way of every layer is measured, what was found is followed, and what does not fit is passed over.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "network.h"
#include "passes/algorithm.h"

namespace quintet {
namespace {

using testing::Network;

/// Two convolutions of one geometry, one with a residual, and a dense layer.
Network small_network() {
  Network network(16, 14, 14);
  const int first = network.add("relu", "r1", {network.add("convolution", "c1", {0}, "filters=16 kernel=3,3 padding=same")});
  const int second = network.add("relu", "r2", {network.add("convolution", "c2", {first}, "filters=16 kernel=3,3 padding=same")});
  const int sum = network.add("add", "sum", {network.add("convolution", "c3", {second}, "filters=16 kernel=3,3 padding=same"), first});
  network.head(network.add("dense", "d", {sum}, "units=10"));
  return network;
}

/// The values of `"name":"..."` in a JSON text, in order.
std::vector<std::string> values(const std::string& json, const std::string& name) {
  std::vector<std::string> found;
  const std::string start = "\"" + name + "\":\"";
  for (size_t at = json.find(start); at != std::string::npos; at = json.find(start, at + 1)) {
    found.push_back(json.substr(at + start.size(), json.find('"', at + start.size()) - at - start.size()));
  }
  return found;
}

std::string report(Network& network, const CompileOptions& options) { return tune(network.graph, network.table(), options); }

TEST(Tune, LayersOfOneGeometryShareAKey) {
  Network network = small_network();
  const auto found = report(network, {});
  const auto keys = values(found, "key");
  ASSERT_EQ(keys.size(), 3u) << found;            // c1 and c2 together, c3 with its addition, the dense layer
  EXPECT_NE(found.find("\"nodes\":[\"c1\",\"c2\"]"), std::string::npos) << found;
  EXPECT_NE(keys[0], keys[1]);
}

TEST(Tune, MeasuresDirectAndWinogradAndDenseStorages) {
  Network network = small_network();
  for (const Precision precision : {Precision::kExact, Precision::kFast}) {
    CompileOptions options;
    options.precision = precision;
    const auto ways = values(report(network, options), "way");
    const auto has = [&](const std::string& way) { return std::count(ways.begin(), ways.end(), way) > 0; };
    EXPECT_TRUE(has("direct"));
    if (!DenseKernel::available()) continue;
    EXPECT_TRUE(has("winograd 2"));
    EXPECT_TRUE(has("winograd 4"));
    EXPECT_TRUE(has("dense f32"));
    EXPECT_EQ(has("dense f16"), precision == Precision::kFast) << "exact stays exact";
  }
}

/// Milliseconds of a candidate in a report on one layer.
double milliseconds(const std::string& json, const std::string& way) {
  const std::string start = "\"way\":\"" + way + "\",\"ms\":";
  const size_t at = json.find(start);
  return at == std::string::npos ? NAN : std::stod(json.substr(at + start.size()));
}

TEST(Tune, WaysWithAScheduleAreMeasuredTooWhereWinogradIsFastest) {
  if (!DenseKernel::available()) GTEST_SKIP() << "no kernels of our own on this CPU";
  Network network(64, 28, 28);
  network.head(network.add("convolution", "c", {0}, "filters=64 kernel=3,3 padding=same"));
  CompileOptions options;
  options.threads = 2;
  std::string found;
  for (int i = 0; i < 5; ++i) {                 // a measurement may be disturbed
    found = report(network, options);
    const auto ways = values(found, "way");
    if (std::any_of(ways.begin(), ways.end(), [](const std::string& w) { return w.find("tiles=") != std::string::npos; })) return;
  }
  const double direct = milliseconds(found, "direct");
  if (direct < milliseconds(found, "winograd 2") && direct < milliseconds(found, "winograd 4")) GTEST_SKIP() << "here the direct convolution is faster: " << found;
  FAIL() << found;
}

TEST(Tune, AModelFollowsTheChoicesAndSaysSo) {
  Network network = small_network();
  if (!DenseKernel::available()) GTEST_SKIP() << "no kernels of our own on this CPU";
  const auto keys = values(report(network, {}), "key");
  const auto input = reference::random_tensor(Shape::nchw(1, 16, 14, 14), 5);
  const auto expected = network.run(input);
  const auto kernels_by = [&](const std::string& way) {
    CompileOptions options;
    options.choices = keys[0] + "\t" + way;
    const Model model = network.compile(options);
    const auto answer = Network::run(model, input);
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(answer[i], expected[i], 1e-5 * std::abs(expected[i]) + 1e-5);
    return std::pair(values(model.explain(), "kernel"), values(model.explain(), "chosen_by"));
  };
  for (const std::string way : {"winograd 2", "winograd 4 tiles=3 order=points split=tiles", "winograd 2 tiles=100000 order=panels split=channels"}) {
    const auto [kernels, by] = kernels_by(way);
    const std::string name = way[9] == '2' ? "quintet:winograd f(2,3)" : "quintet:winograd f(4,3)";
    EXPECT_GE(std::count(kernels.begin(), kernels.end(), name), 2) << way;
    EXPECT_EQ(std::count(by.begin(), by.end(), "measurement"), 2) << way;
    EXPECT_EQ(std::count(by.begin(), by.end(), "model"), 2) << way;
  }
  const auto direct = kernels_by("direct").first;
  EXPECT_LE(std::count_if(direct.begin(), direct.end(), [](const std::string& k) { return k.find("winograd") != std::string::npos; }), 1) << "c3's is another key";
}

TEST(Tune, ChoicesThatDoNotApplyArePassedOver) {
  Network network = small_network();
  const auto keys = values(report(network, {}), "key");
  for (const std::string way : {"winograd 6", "dense f16", "dense bf16", "nonsense", "winograd 4 tiles=-1 order=points split=tiles", "", "winograd 4 tiles=9999999999999999999 order=points split=tiles"}) {
    CompileOptions options;
    for (const auto& key : keys) options.choices += key + "\t" + way + "\n";
    options.choices += "another layer\tdirect\nno tab";
    const auto by = values(network.compile(options).explain(), "chosen_by");
    EXPECT_EQ(std::count(by.begin(), by.end(), "measurement"), 0) << way;
  }
}

TEST(Tune, ABadOptionIsAnError) {
  Network network = small_network();
  CompileOptions options;
  options.batch = 0;
  EXPECT_THROW(report(network, options), Error);
}

TEST(Algorithm, IsReadAsItIsWritten) {
  const std::vector<Algorithm> all{{},
                                   {2, {}, {}},
                                   {4, TileSchedule{98, true, false}, {}},
                                   {4, TileSchedule{1, false, true}, {}},
                                   {1, {}, {}, false, Factors::kBfloat16},
                                   {4, TileSchedule{7, false, false}, {}, false, Factors::kBfloat16},
                                   {0, {}, DenseStorage::kFloat32},
                                   {0, {}, DenseStorage::kFloat16},
                                   {0, {}, DenseStorage::kBfloat16},
                                   {0, {}, DenseStorage::kInt8},
                                   {0, {}, {}, true}};
  for (const Algorithm& a : all) EXPECT_EQ(parse_algorithm(to_string(a)), a) << to_string(a);
  for (const char* text : {"", "winograd", "winograd x", "winograd 4 tiles=3", "winograd 4 tiles=3 order=points", "winograd 4 tiles=3 order=points split=tiles more", "dense", "dense f64"}) {
    EXPECT_FALSE(parse_algorithm(text)) << text;
  }
}

}  // namespace
}  // namespace quintet
