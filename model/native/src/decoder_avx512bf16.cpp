#define LYCEUM_ISA lyceum_avx512bf16
#include "adamw_impl.h"
#include "decoder_impl.h"
#include "peak.h"
#include "peak_impl.h"

namespace lyceum {
extern const Run avx512bf16_single;
extern const Run avx512bf16_half;
extern const AdamRun avx512bf16_adam;
extern const Busy avx512bf16_busySingle;
extern const Busy avx512bf16_busyHalf;
const Run avx512bf16_single = &lyceum_avx512bf16::run<lyceum_avx512bf16::Single>;
const Run avx512bf16_half = &lyceum_avx512bf16::run<lyceum_avx512bf16::Half>;
const AdamRun avx512bf16_adam = &lyceum_avx512bf16::adamStep;
const Busy avx512bf16_busySingle = &lyceum_avx512bf16::busy<lyceum_avx512bf16::Single>;
const Busy avx512bf16_busyHalf = &lyceum_avx512bf16::busy<lyceum_avx512bf16::Half>;
}  // namespace lyceum
