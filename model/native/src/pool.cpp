#include "pool.h"

#include <sched.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace lyceum {
namespace {

int available() {
  if (const char* asked = std::getenv("LYCEUM_KERNEL_THREADS")) {
    int n = std::atoi(asked);
    if (n > 0) return n;
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
  return 1;
}

class Pool {
 public:
  Pool() : size_(available()) {
    for (int t = 1; t < size_; t++) {
      // They sleep between loops and live as long as the process.
      std::thread([this, t] { work(t); }).detach();
    }
  }

  int size() const { return size_; }

  void run(int count, const std::function<void(int, int)>& task) {
    std::lock_guard<std::mutex> one(caller_);
    if (size_ == 1 || count == 1) {
      for (int i = 0; i < count; i++) task(i, 0);
      return;
    }
    {
      std::lock_guard<std::mutex> lock(mutex_);
      task_ = &task;
      count_ = count;
      next_.store(0, std::memory_order_relaxed);
      busy_.store(size_ - 1, std::memory_order_relaxed);
      generation_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    take(task, count, 0);
    for (int spin = 0; busy_.load(std::memory_order_acquire) > 0; spin++) {
      if (spin > SPINS) {
        std::unique_lock<std::mutex> lock(mutex_);
        done_.wait(lock, [this] { return busy_.load(std::memory_order_acquire) == 0; });
      }
    }
  }

 private:
  // About 20 microseconds: loops follow each other closely within a step.
  static constexpr int SPINS = 20000;

  void take(const std::function<void(int, int)>& task, int count, int thread) {
    for (int i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < count;) task(i, thread);
  }

  void work(int thread) {
    unsigned seen = 0;
    for (;;) {
      for (int spin = 0; generation_.load(std::memory_order_acquire) == seen; spin++) {
        if (spin > SPINS) {
          std::unique_lock<std::mutex> lock(mutex_);
          wake_.wait(lock, [&] { return generation_.load(std::memory_order_acquire) != seen; });
        }
      }
      seen = generation_.load(std::memory_order_acquire);
      take(*task_, count_, thread);
      if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        std::lock_guard<std::mutex> lock(mutex_);
        done_.notify_one();
      }
    }
  }

  const int size_;
  std::mutex caller_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  const std::function<void(int, int)>* task_ = nullptr;
  int count_ = 0;
  std::atomic<int> next_{0};
  std::atomic<int> busy_{0};
  std::atomic<unsigned> generation_{0};
};

Pool& pool() {
  // Never destroyed: its threads may outlive static destructors.
  static Pool* instance = new Pool();
  return *instance;
}

}  // namespace

int threads() { return pool().size(); }

void parallel(int count, const std::function<void(int, int)>& task) { pool().run(count, task); }

}  // namespace lyceum
