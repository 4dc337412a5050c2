// Loading oneDNN reads its symbol and relocation tables and runs initializers all over its code: 30 MB of pages in memory, most of which
// are never looked at again. They are let go as soon as this library, which is loaded after oneDNN, is there; what is needed again comes
// from the page cache.
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

namespace {

/// Segments that nobody writes: they hold what the file holds, so that letting go of a page loses nothing.
int let_go(dl_phdr_info* library, size_t, void*) {
  if (std::strstr(library->dlpi_name, "libdnnl") == nullptr) return 0;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < library->dlpi_phnum; ++i) {
    const auto& segment = library->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t begin = library->dlpi_addr + segment.p_vaddr, end = begin + segment.p_memsz;
    madvise(reinterpret_cast<void*>(begin / page * page), end - begin / page * page, MADV_DONTNEED);   // at worst nothing happens
  }
  return 0;
}

__attribute__((constructor)) void let_go_of_load_pages() { dl_iterate_phdr(let_go, nullptr); }

}  // namespace
