// Memory of a call that is kept for the next one: fresh pages for every step would cost a fault each.
#pragma once

#include <cstddef>
#include <vector>

namespace lyceum {

class Arena {
 public:
  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Uninitialised, aligned to 64 bytes; valid until reset.
  void* take(size_t bytes);
  template <class T>
  T* take(size_t count) {
    return static_cast<T*>(take(count * sizeof(T)));
  }
  // Forgets what was taken and keeps the memory, in one piece from the second call on.
  void reset();
  // Bytes held.
  size_t size() const;

 private:
  struct Block {
    char* at;
    size_t size;
  };
  static Block map(size_t size);
  std::vector<Block> blocks_;
  size_t used_ = 0;
  size_t total_ = 0;
};

// An arena for one call, taken from those that rest and given back at the end.
class Lease {
 public:
  Lease();
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Arena& operator*() { return *arena_; }

 private:
  Arena* arena_;
};

// Gives the memory of the arenas that rest back to the system.
void releaseArenas();

}  // namespace lyceum
