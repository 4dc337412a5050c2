// MappedFile: a whole regular file mapped read-only, so that weights never pass through a heap.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "quintet/error.h"
#include "quintet/weights.h"
#include "runtime/memory.h"

namespace quintet {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw Error(ErrorKind::kFormat, path + ": cannot be read: " + reason);
}

[[noreturn]] void fail_errno(const std::string& path) { fail(path, std::system_category().message(errno)); }

/// Closes a descriptor on every way out: a mapping does not need it any longer.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

}  // namespace

MappedFile::MappedFile(const std::string& path) : path_(path) {
  // O_NONBLOCK: opening a named pipe must not wait for a writer; it is refused below as no regular file.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) fail_errno(path);
  struct stat status;
  if (::fstat(file.number, &status) != 0) fail_errno(path);
  if (S_ISDIR(status.st_mode)) fail(path, "it is a directory");
  if (!S_ISREG(status.st_mode)) fail(path, "it is not a regular file");
  size_ = status.st_size;
  if (size_ == 0) return;   // mmap refuses length 0; an empty file is simply no bytes
  void* data = ::mmap(nullptr, static_cast<size_t>(size_), PROT_READ, MAP_PRIVATE, file.number, 0);
  if (data == MAP_FAILED) fail_errno(path);
  data_ = data;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, static_cast<size_t>(size_));
}

void MappedFile::release(int64_t offset, int64_t length) const {
  if (data_ == nullptr || length <= 0 || offset < 0 || offset >= size_) return;
  give_up_file_pages(static_cast<const char*>(data_) + offset, std::min(length, size_ - offset));
}

void give_up_file_pages(const void* data, int64_t bytes) {
  const uintptr_t page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const uintptr_t begin = reinterpret_cast<uintptr_t>(data) / page * page;
  // Only advice: if the system does not take it, the pages just stay. Nothing is lost, the mapping is never written.
  (void)::madvise(reinterpret_cast<void*>(begin), reinterpret_cast<uintptr_t>(data) + static_cast<uintptr_t>(bytes) - begin, MADV_DONTNEED);
}

}  // namespace quintet
