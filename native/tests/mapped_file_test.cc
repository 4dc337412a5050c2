// MappedFile, MemoryBlock and TensorTable: what files give, what they refuse, and that every lie about a tensor is an error by name.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <limits>
#include <vector>

#include "quintet/error.h"
#include "quintet/model.h"
#include "quintet/weights.h"

namespace quintet {
namespace {

std::string temporary(const std::string& name) {
  return testing::TempDir() + "quintet_" + std::to_string(::getpid()) + "_" + name;
}

/// A file of the test's own, gone afterwards.
class MappedFileTest : public testing::Test {
 protected:
  const std::string& write(const std::string& content) {
    std::ofstream(path_, std::ios::binary) << content;
    return path_;
  }
  void TearDown() override { ::unlink(path_.c_str()); }

  const std::string path_ = temporary(testing::UnitTest::GetInstance()->current_test_info()->name());
};

/// Runs `call`, which must throw, and returns the error for a look at kind and words.
Error error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no Error was thrown";
  return Error(ErrorKind::kInternal, "none");
}

void expect_error(ErrorKind kind, const std::vector<std::string>& words, const std::function<void()>& call) {
  const Error error = error_of(call);
  EXPECT_EQ(error.kind(), kind) << error.what();
  for (const auto& word : words) EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
}

/// Pages of the mapping that this process holds, from /proc: resident kilobytes of the area at `data`.
int64_t resident_kilobytes(const void* data) {
  std::ifstream smaps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<uintptr_t>(data);
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    uintptr_t from = 0, to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) inside = from <= wanted && wanted < to;
    int64_t kilobytes = 0;
    if (inside && std::sscanf(line.c_str(), "Rss: %ld kB", &kilobytes) == 1) return kilobytes;
  }
  return -1;
}

TEST_F(MappedFileTest, GivesTheBytesOfTheFile) {
  const MappedFile file(write("quintet"));
  ASSERT_EQ(file.size(), 7);
  EXPECT_EQ(std::memcmp(file.data(), "quintet", 7), 0);
}

TEST_F(MappedFileTest, AnEmptyFileIsNoBytes) {
  const MappedFile file(write(""));
  EXPECT_EQ(file.size(), 0);
  EXPECT_EQ(file.data(), nullptr);
  file.release(0, 10);
}

TEST_F(MappedFileTest, AMissingFileIsNamedWithTheSystemsReason) {
  expect_error(ErrorKind::kFormat, {path_, "No such file"}, [&] { MappedFile file(path_); });
}

TEST_F(MappedFileTest, ADirectoryIsRefused) {
  expect_error(ErrorKind::kFormat, {testing::TempDir(), "directory"}, [&] { MappedFile file(testing::TempDir()); });
}

TEST_F(MappedFileTest, ANamedPipeIsRefusedWithoutWaitingForAWriter) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  expect_error(ErrorKind::kFormat, {path_, "regular"}, [&] { MappedFile file(path_); });
}

TEST_F(MappedFileTest, OutlivesTheNameOfTheFile) {
  const MappedFile file(write("still here"));
  ::unlink(path_.c_str());
  EXPECT_EQ(std::memcmp(file.data(), "still here", 10), 0);
}

TEST_F(MappedFileTest, ReleasedPagesLeaveResidentMemoryAndStayReadable) {
  const std::string content(1 << 20, 'q');
  const MappedFile file(write(content));
  EXPECT_EQ(std::memcmp(file.data(), content.data(), content.size()), 0);
  const int64_t before = resident_kilobytes(file.data());
  if (before < 0) GTEST_SKIP() << "/proc/self/smaps is not readable here";
  EXPECT_GE(before, 1024);
  file.release(0, file.size());
  EXPECT_EQ(resident_kilobytes(file.data()), 0);
  EXPECT_EQ(std::memcmp(file.data(), content.data(), content.size()), 0);
}

TEST_F(MappedFileTest, ReleaseOfANonsenseRangeIsHarmless) {
  const MappedFile file(write("abc"));
  const int64_t huge = std::numeric_limits<int64_t>::max();
  for (const int64_t offset : {int64_t{-1}, int64_t{1}, int64_t{3}, huge}) {
    for (const int64_t length : {int64_t{-1}, int64_t{0}, int64_t{2}, huge}) file.release(offset, length);
  }
  EXPECT_EQ(std::memcmp(file.data(), "abc", 3), 0);
}

TEST(MemoryBlock, IsAlignedWritableAndCountedWhileItLives) {
  const int64_t before = native_memory();
  for (const int64_t bytes : {int64_t{1}, int64_t{100'000}, int64_t{5} << 20}) {
    const MemoryBlock block(bytes, "the test");
    EXPECT_EQ(block.size(), bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block.data()) % 64, 0u);
    std::memset(block.data(), 7, bytes);
    EXPECT_EQ(native_memory(), before + bytes);
  }
  EXPECT_EQ(native_memory(), before);
}

TEST(MemoryBlock, OfNoBytesIsNothing) { EXPECT_EQ(MemoryBlock(0, "the test").size(), 0); }

TEST(MemoryBlock, BeyondWhatThereIsNamesTheSizeAndTheUse) {
  for (const int64_t bytes : {int64_t{1} << 46, std::numeric_limits<int64_t>::max(), int64_t{-1}}) {
    expect_error(ErrorKind::kMemory, {std::to_string(bytes), "the test"}, [&] { MemoryBlock block(bytes, "the test"); });
  }
}

TEST(TensorTable, FindsWhatWasAdded) {
  const float values[6] = {1, 2, 3, 4, 5, 6};
  const int64_t shape[2] = {2, 3};
  TensorTable table;
  table.add("conv1.weight", DataType::kF32, shape, 2, values, 24);
  const TensorView* found = table.find("conv1.weight");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->type, DataType::kF32);
  EXPECT_EQ(found->shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(found->data, values);
  EXPECT_EQ(table.find("conv2.weight"), nullptr);
}

TEST(TensorTable, KnowsTheSizeOfEveryElementType) {
  const int64_t sizes[] = {4, 2, 2, 8, 8, 4, 1, 1};
  const int64_t shape[1] = {3};
  const char memory[24] = {};
  TensorTable table;
  for (int type = 0; type < 8; ++type) {
    table.add("t" + std::to_string(type), static_cast<DataType>(type), shape, 1, memory, 3 * sizes[type]);
  }
  EXPECT_EQ(table.all().size(), 8u);
}

TEST(TensorTable, TakesScalarsAndEmptyTensors) {
  const float one = 1;
  const int64_t empty[2] = {0, 7};
  TensorTable table;
  table.add("scalar", DataType::kF32, nullptr, 0, &one, 4);
  table.add("empty", DataType::kF32, empty, 2, nullptr, 0);
  EXPECT_TRUE(table.find("scalar")->shape.empty());
}

TEST(TensorTable, RefusesEveryLieByName) {
  const float values[4] = {};
  const int64_t huge[3] = {int64_t{1} << 31, int64_t{1} << 31, 4};
  const int64_t negative[1] = {-1};
  const int64_t four[1] = {4};
  TensorTable table;
  const auto refused = [&](const std::string& words, DataType type, const int64_t* shape, int rank, const void* data,
                           int64_t bytes) {
    expect_error(ErrorKind::kWeights, {"liar", words}, [&] { table.add("liar", type, shape, rank, data, bytes); });
  };
  refused("[2147483648,2147483648,4]", DataType::kF32, huge, 3, values, 16);
  refused("[-1]", DataType::kF32, negative, 1, values, -4);
  refused("16 bytes", DataType::kF32, four, 1, values, 15);
  refused("no memory", DataType::kF32, four, 1, nullptr, 16);
  refused("rank -1", DataType::kF32, four, -1, values, 16);
  refused("element type 99", static_cast<DataType>(99), four, 1, values, 16);
  EXPECT_TRUE(table.all().empty());
  table.add("liar", DataType::kF32, four, 1, values, 16);
  refused("two tensors", DataType::kF32, four, 1, values, 16);
}

}  // namespace
}  // namespace quintet
