// One step of AdamW (arXiv 1711.05101) in one pass over memory.
#pragma once

namespace lyceum {

// Numbers of a step. Both corrections for moments that start at zero are in correctedRate and
// correctedEpsilon.
struct AdamStep {
  float scale;  // of the gradient, for clipping
  float decay;  // learning rate times weight decay
  float correctedRate;
  float correctedEpsilon;
  float beta1;
  float beta2;
};

using AdamRun = void (*)(const AdamStep&, float* weight, float* first, float* second, const float* gradient, long count,
                         bool decays);

AdamRun adam();

}  // namespace lyceum
