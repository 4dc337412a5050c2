// A word that threads sleep on. Unlike a semaphore's or condition variable's, its memory may be gone by the time wake() is called for it:
// that wakes nobody, or somebody who looks at his own word and sleeps on.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace quintet {

/// Sleeps while the word has this value, and may return early. `deadline`: of CLOCK_MONOTONIC, or null. False once it has passed.
inline bool sleep_while(std::atomic<uint32_t>& word, uint32_t value, const timespec* deadline) {
  return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, value, deadline, nullptr, FUTEX_BITSET_MATCH_ANY) == 0 || errno != ETIMEDOUT;
}

/// Wakes the thread that sleeps on the word.
inline void wake(std::atomic<uint32_t>& word) { syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0); }

}  // namespace quintet
