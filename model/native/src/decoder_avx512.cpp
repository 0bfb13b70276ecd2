#define LYCEUM_ISA lyceum_avx512
#include "adamw_impl.h"
#include "decoder_impl.h"

namespace lyceum {
extern const Run avx512_single;
extern const Run avx512_half;
extern const AdamRun avx512_adam;
const Run avx512_single = &lyceum_avx512::run<lyceum_avx512::Single>;
const Run avx512_half = &lyceum_avx512::run<lyceum_avx512::Half>;
const AdamRun avx512_adam = &lyceum_avx512::adamStep;
}  // namespace lyceum
