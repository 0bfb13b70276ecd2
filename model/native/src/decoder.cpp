#include "decoder.h"
#include "adamw.h"
#include "peak.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace lyceum {

extern const Run avx2_single, avx2_half, avx512_single, avx512_half, avx512bf16_single, avx512bf16_half, amx_half;
extern const AdamRun avx2_adam, avx512_adam, avx512bf16_adam;
extern const Busy avx2_busySingle, avx2_busyHalf, avx512_busySingle, avx512_busyHalf, avx512bf16_busySingle,
    avx512bf16_busyHalf, amx_busyHalf;

namespace {

struct Kind {
  const char* name;
  bool here;
  Run single, half;
  AdamRun adam;
  Busy busySingle, busyHalf;
};

// Linux keeps the state of tiles only for processes that have asked for it.
bool tilesGranted() {
  constexpr long REQUEST_PERMISSION = 0x1023, TILE_DATA = 18;
  return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

// The first that the processor has; LYCEUM_KERNEL_ISA picks a lesser one, for tests.
const Kind& kind() {
  static const Kind chosen = [] {
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    bool bf16 = avx512 && __builtin_cpu_supports("avx512bf16");
    const char* asked = std::getenv("LYCEUM_KERNEL_ISA");
    bool amx = bf16 && __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") && tilesGranted();
    // Tiles hold no products in 32 bits.
    const Kind all[] = {{"amx", amx, avx512bf16_single, amx_half, avx512bf16_adam, avx512bf16_busySingle, amx_busyHalf},
                        {"avx512bf16", bf16, avx512bf16_single, avx512bf16_half, avx512bf16_adam,
                         avx512bf16_busySingle, avx512bf16_busyHalf},
                        {"avx512", avx512, avx512_single, avx512_half, avx512_adam, avx512_busySingle, avx512_busyHalf},
                        {"avx2", avx2, avx2_single, avx2_half, avx2_adam, avx2_busySingle, avx2_busyHalf}};
    for (const Kind& one : all) {
      if (one.here && (!asked || std::strcmp(asked, one.name) == 0)) return one;
    }
    return Kind{"none", true, nullptr, nullptr, nullptr, nullptr, nullptr};
  }();
  return chosen;
}

}  // namespace

Run decoder(bool halfPrecision) { return halfPrecision ? kind().half : kind().single; }

Busy busy(bool halfPrecision) { return halfPrecision ? kind().busyHalf : kind().busySingle; }

AdamRun adam() { return kind().adam; }

const char* instructionSet() { return kind().name; }

}  // namespace lyceum
