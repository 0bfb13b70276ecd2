#define LYCEUM_ISA lyceum_avx2
#include "adamw_impl.h"
#include "decoder_impl.h"
#include "peak.h"
#include "peak_impl.h"

namespace lyceum {
extern const Run avx2_single;
extern const Run avx2_half;
extern const AdamRun avx2_adam;
extern const Busy avx2_busySingle;
extern const Busy avx2_busyHalf;
const Run avx2_single = &lyceum_avx2::run<lyceum_avx2::Single>;
const Run avx2_half = &lyceum_avx2::run<lyceum_avx2::Half>;
const AdamRun avx2_adam = &lyceum_avx2::adamStep;
const Busy avx2_busySingle = &lyceum_avx2::busy<lyceum_avx2::Single>;
const Busy avx2_busyHalf = &lyceum_avx2::busy<lyceum_avx2::Half>;
}  // namespace lyceum
