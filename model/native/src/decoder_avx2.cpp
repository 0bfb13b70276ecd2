#define LYCEUM_ISA lyceum_avx2
#include "adamw_impl.h"
#include "decoder_impl.h"

namespace lyceum {
extern const Run avx2_single;
extern const Run avx2_half;
extern const AdamRun avx2_adam;
const Run avx2_single = &lyceum_avx2::run<lyceum_avx2::Single>;
const Run avx2_half = &lyceum_avx2::run<lyceum_avx2::Half>;
const AdamRun avx2_adam = &lyceum_avx2::adamStep;
}  // namespace lyceum
