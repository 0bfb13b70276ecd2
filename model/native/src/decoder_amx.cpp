#define LYCEUM_ISA lyceum_amx
#include "decoder_impl.h"
#include "peak.h"
#include "peak_impl.h"

namespace lyceum {
extern const Run amx_half;
extern const Busy amx_busyHalf;
const Run amx_half = &lyceum_amx::run<lyceum_amx::Half>;
const Busy amx_busyHalf = &lyceum_amx::busy<lyceum_amx::Half>;
}  // namespace lyceum
