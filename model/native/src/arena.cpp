#include "arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <mutex>
#include <new>

namespace lyceum {
namespace {

constexpr size_t ALIGNMENT = 64;
constexpr size_t HUGE_PAGE = size_t{2} << 20;

size_t up(size_t n, size_t to) { return (n + to - 1) / to * to; }

struct Rest {
  std::mutex mutex;
  std::vector<Arena*> arenas;
};

Rest& rest() {
  static Rest* instance = new Rest();
  return *instance;
}

}  // namespace

Arena::Block Arena::map(size_t size) {
  size = up(size, HUGE_PAGE);
  void* at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  madvise(at, size, MADV_HUGEPAGE);
  return {static_cast<char*>(at), size};
}

Arena::~Arena() {
  for (const Block& block : blocks_) munmap(block.at, block.size);
}

void* Arena::take(size_t bytes) {
  bytes = up(bytes, ALIGNMENT);
  if (blocks_.empty() || used_ + bytes > blocks_.back().size) {
    blocks_.push_back(map(std::max(bytes, size_t{16} << 20)));
    used_ = 0;
  }
  void* at = blocks_.back().at + used_;
  used_ += bytes;
  total_ += bytes;
  return at;
}

void Arena::reset() {
  if (blocks_.size() > 1) {
    for (const Block& block : blocks_) munmap(block.at, block.size);
    blocks_.clear();
    blocks_.push_back(map(total_));
  }
  used_ = 0;
  total_ = 0;
}

size_t Arena::size() const {
  size_t bytes = 0;
  for (const Block& block : blocks_) bytes += block.size;
  return bytes;
}

Lease::Lease() {
  std::lock_guard<std::mutex> lock(rest().mutex);
  auto& arenas = rest().arenas;
  if (arenas.empty()) {
    arena_ = new Arena();
    return;
  }
  auto largest = std::max_element(arenas.begin(), arenas.end(),
                                  [](const Arena* a, const Arena* b) { return a->size() < b->size(); });
  arena_ = *largest;
  arenas.erase(largest);
}

Lease::~Lease() {
  arena_->reset();
  std::lock_guard<std::mutex> lock(rest().mutex);
  rest().arenas.push_back(arena_);
}

void releaseArenas() {
  std::lock_guard<std::mutex> lock(rest().mutex);
  for (Arena* arena : rest().arenas) delete arena;
  rest().arenas.clear();
}

}  // namespace lyceum
