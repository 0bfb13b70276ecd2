#pragma once

#include <cmath>

#include "adamw.h"
#include "vector.h"

namespace LYCEUM_ISA {

inline void adamStep(const lyceum::AdamStep& s, float* weight, float* first, float* second, const float* gradient,
                     long count, bool decays) {
  float keep = 1.0f - (decays ? s.decay : 0.0f);
  vf scale = set(s.scale), part1 = set(1.0f - s.beta1), part2 = set(1.0f - s.beta2), rate = set(s.correctedRate),
     epsilon = set(s.correctedEpsilon), kept = set(keep);
  long i = 0;
  for (; i + LANES <= count; i += LANES) {
    vf g = mul(load(gradient + i), scale);
    vf m = load(first + i), v = load(second + i);
    m = fma(sub(g, m), part1, m);
    v = fma(sub(mul(g, g), v), part2, v);
    store(first + i, m);
    store(second + i, v);
    vf change = div(mul(m, rate), add(sqrt(v), epsilon));
    store(weight + i, sub(mul(load(weight + i), kept), change));
  }
  for (; i < count; i++) {
    float g = gradient[i] * s.scale;
    first[i] += (g - first[i]) * (1.0f - s.beta1);
    second[i] += (g * g - second[i]) * (1.0f - s.beta2);
    weight[i] = weight[i] * keep - first[i] * s.correctedRate / (std::sqrt(second[i]) + s.correctedEpsilon);
  }
}

}  // namespace LYCEUM_ISA
