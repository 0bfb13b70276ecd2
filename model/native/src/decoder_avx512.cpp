#define LYCEUM_ISA lyceum_avx512
#include "adamw_impl.h"
#include "decoder_impl.h"
#include "peak.h"
#include "peak_impl.h"

namespace lyceum {
extern const Run avx512_single;
extern const Run avx512_half;
extern const AdamRun avx512_adam;
extern const Busy avx512_busySingle;
extern const Busy avx512_busyHalf;
const Run avx512_single = &lyceum_avx512::run<lyceum_avx512::Single>;
const Run avx512_half = &lyceum_avx512::run<lyceum_avx512::Half>;
const AdamRun avx512_adam = &lyceum_avx512::adamStep;
const Busy avx512_busySingle = &lyceum_avx512::busy<lyceum_avx512::Single>;
const Busy avx512_busyHalf = &lyceum_avx512::busy<lyceum_avx512::Half>;
}  // namespace lyceum
