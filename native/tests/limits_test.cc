// What the machine can do at most, and profiles that are held against it.
#include <gtest/gtest.h>

#include "network.h"
#include "runtime/limits.h"

namespace quintet {
namespace {

using testing::Network;

TEST(Limits, AreMeasuredOnceForAWorkingSet) {
  const MachineLimits first = machine_limits(1, 1 << 20), again = machine_limits(1, (1 << 20) - 5);
  EXPECT_GT(first.flops_per_ms, 0);
  EXPECT_GT(first.bytes_per_ms, 0);
  EXPECT_EQ(first.flops_per_ms, again.flops_per_ms);
  EXPECT_EQ(first.bytes_per_ms, again.bytes_per_ms);
  EXPECT_EQ(first.working_set, again.working_set);
}

TEST(Limits, AnyWorkingSetIsBounded) {
  EXPECT_GE(machine_limits(2, 0).working_set, 1);
  EXPECT_LE(machine_limits(1, int64_t{1} << 60).working_set, 128 << 20);
}

TEST(Limits, BytesHaveARateOfTheirOwnWhereItIsAskedFor) {
  const MachineLimits without = machine_limits(1, 1 << 16), with = machine_limits(1, 1 << 16, false, true);
  EXPECT_EQ(without.rate("int8"), without.flops_per_ms);
  EXPECT_GT(with.rate("int8"), 0);
  EXPECT_EQ(with.rate("f32"), without.flops_per_ms);
  EXPECT_NE(to_json(with).find("int8_gops"), std::string::npos);
}

TEST(Profile, SaysWhatBoundsEachStepAndExplainKeepsIt) {
  Network network(8, 16, 16);
  network.head(network.add("relu", "r", {network.add("convolution", "c", {0}, "filters=16 kernel=3,3 padding=same")}));
  const Model model = network.compile();
  EXPECT_EQ(model.explain().find("roofline"), std::string::npos);
  const std::string profile = model.profile(2);
  for (const char* field : {"\"milliseconds\":", "\"gflops\":", "\"bound\":\"", "\"least_ms\":", "\"roofline\":"}) EXPECT_NE(profile.find(field), std::string::npos) << profile;
  EXPECT_EQ(model.explain(), profile);
  EXPECT_NE(model.limits().find("\"gflops\""), std::string::npos);
}

TEST(Profile, CountsTheWeightsThatOwnKernelsRead) {
  Network network(4, 8, 8);
  network.head(network.add("dense", "d", {0}, "units=512"));
  const std::string plan = network.compile().explain();
  const size_t at = plan.find("\"bytes\":");
  ASSERT_NE(at, std::string::npos);
  EXPECT_GE(std::stoll(plan.substr(plan.find("\"bytes\":", plan.find("\"op\":\"dense\"")) + 8)), 512 * 256 * 4) << plan;
}

}  // namespace
}  // namespace quintet
