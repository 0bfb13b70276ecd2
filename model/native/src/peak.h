// How fast the processor multiplies at best.
#pragma once

namespace lyceum {

// Floating-point operations a second of all threads together in matrix products whose operands stay in the
// nearest cache; the best of some runs of milliseconds. 0 where the processor has no kernels.
double peakFlops(bool halfPrecision);

// Does products on one thread; returns the number of multiplications and additions.
using Busy = double (*)(long repeats);

Busy busy(bool halfPrecision);

}  // namespace lyceum
