#include "peak.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "pool.h"

namespace lyceum {

double peakFlops(bool halfPrecision) {
  Busy work = busy(halfPrecision);
  if (!work) return 0;
  constexpr int RUNS = 15;
  constexpr double LONG_ENOUGH = 2e-3;
  int n = threads();
  std::vector<double> done(n);
  double best = 0;
  long repeats = 64;
  for (int run = 0; run < RUNS;) {
    auto began = std::chrono::steady_clock::now();
    parallel(n, [&](int task, int) { done[task] = work(repeats); });
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (seconds < LONG_ENOUGH) {
      repeats *= 2;
      continue;
    }
    double operations = 0;
    for (double one : done) operations += one;
    best = std::max(best, operations / seconds);
    run++;
  }
  return best;
}

}  // namespace lyceum
