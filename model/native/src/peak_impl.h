#pragma once

#include <algorithm>

#include "products.h"

namespace LYCEUM_ISA {

template <class P>
double busy(long repeats) {
  constexpr int ROWS = TILED ? PANEL : MAX_ROWS;
  constexpr long UNITS = 128;
  alignas(64) typename P::elem a[ROWS * UNITS * P::PAIR], b[UNITS * PANEL * P::PAIR];
  alignas(64) float c[ROWS * PANEL];
  std::fill(std::begin(a), std::end(a), P::narrow(1.0f));
  std::fill(std::begin(b), std::end(b), P::narrow(1.0f));
  Tiles tiles;
  for (long i = 0; i < repeats; i++) {
    product<P>(units(a), UNITS, 1, ROWS, units(b), UNITS * PANEL, UNITS, PANEL, ToFloat{c, PANEL, false});
  }
  return 2.0 * ROWS * PANEL * UNITS * P::PAIR * static_cast<double>(repeats);
}

}  // namespace LYCEUM_ISA
