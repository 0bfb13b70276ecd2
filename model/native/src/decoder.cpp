#include "decoder.h"
#include "adamw.h"

#include <cstdlib>
#include <cstring>

namespace lyceum {

extern const Run avx2_single, avx2_half, avx512_single, avx512_half, avx512bf16_single, avx512bf16_half;
extern const AdamRun avx2_adam, avx512_adam, avx512bf16_adam;

namespace {

struct Kind {
  const char* name;
  bool here;
  Run single, half;
  AdamRun adam;
};

// The first that the processor has; LYCEUM_KERNEL_ISA picks a lesser one, for tests.
const Kind& kind() {
  static const Kind chosen = [] {
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    bool bf16 = avx512 && __builtin_cpu_supports("avx512bf16");
    const Kind all[] = {{"avx512bf16", bf16, avx512bf16_single, avx512bf16_half, avx512bf16_adam},
                        {"avx512", avx512, avx512_single, avx512_half, avx512_adam},
                        {"avx2", avx2, avx2_single, avx2_half, avx2_adam}};
    const char* asked = std::getenv("LYCEUM_KERNEL_ISA");
    for (const Kind& one : all) {
      if (one.here && (!asked || std::strcmp(asked, one.name) == 0)) return one;
    }
    return Kind{"none", true, nullptr, nullptr, nullptr};
  }();
  return chosen;
}

}  // namespace

Run decoder(bool halfPrecision) { return halfPrecision ? kind().half : kind().single; }

AdamRun adam() { return kind().adam; }

const char* instructionSet() { return kind().name; }

}  // namespace lyceum
