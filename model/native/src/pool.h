// Threads that share the tasks of a loop.
#pragma once

#include <functional>

namespace lyceum {

// How many threads work, the caller included.
int threads();

// Runs task(i, thread) for every i in [0, count), in any order; returns when all are done. Which thread
// does which task must not change what comes out. One loop at a time; a second caller waits.
void parallel(int count, const std::function<void(int task, int thread)>& task);

}  // namespace lyceum
