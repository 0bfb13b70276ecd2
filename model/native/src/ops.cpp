// The decoder as TensorFlow operations:
//
//   LyceumHidden           ids, segments, weights                    -> hidden
//   LyceumHiddenGradients  ids, segments, to_hidden, weights         -> gradients
//   LyceumTokenLosses      ids, segments, places, targets, weights   -> losses
//   LyceumTokenGradients   the same and token_weights                -> losses, gradients
//   LyceumAdamW            variables, gradients and a step's numbers
//
// LyceumHiddenGradients goes through the layers once more; so nothing has to be kept between two
// operations that may never both run.

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "adamw.h"
#include "decoder.h"
#include "peak.h"
#include "pool.h"
#include "tensorflow_c.h"

namespace lyceum {
namespace {

enum class Kind { HIDDEN, HIDDEN_GRADIENTS, TOKEN_LOSSES, TOKEN_GRADIENTS };

class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;
  operator TF_Status*() const { return status_; }
  bool ok() const { return TF_GetCode(status_) == TF_OK; }

 private:
  TF_Status* status_;
};

struct Failure {
  TF_Code code;
  std::string message;
};

struct Operation {
  Kind kind;
  Shape shape{};
  bool half = false;
  std::vector<float> frequencies;
};

template <Kind KIND>
void* create(TF_OpKernelConstruction* construction) {
  auto op = std::make_unique<Operation>();
  op->kind = KIND;
  Status status;
  auto integer = [&](const char* name) {
    int32_t value = 0;
    TF_OpKernelConstruction_GetAttrInt32(construction, name, &value, status);
    return value;
  };
  auto real = [&](const char* name) {
    float value = 0;
    TF_OpKernelConstruction_GetAttrFloat(construction, name, &value, status);
    return value;
  };
  auto flag = [&](const char* name) {
    unsigned char value = 0;
    TF_OpKernelConstruction_GetAttrBool(construction, name, &value, status);
    return value != 0;
  };
  Shape& s = op->shape;
  s.layers = integer("layers");
  s.heads = integer("heads");
  s.keyHeads = integer("key_heads");
  s.headDim = integer("head_dim");
  s.epsilon = real("epsilon");
  s.tied = flag("tied");
  s.recompute = flag("recompute");
  op->half = flag("narrow");
  op->frequencies.resize(s.headDim / 2);
  TF_OpKernelConstruction_GetAttrFloatList(construction, "frequencies", op->frequencies.data(), s.headDim / 2, status);
  s.frequencies = op->frequencies.data();
  return op.release();
}

void destroy(void* op) { delete static_cast<Operation*>(op); }

// Inputs and outputs of a call; inputs are let go at its end.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context) {}
  ~Call() {
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const TF_Tensor* input() {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, next_++, &tensor, status_);
    check();
    tensors_.push_back(tensor);
    return tensor;
  }

  const TF_Tensor* input(int dims, const char* name) {
    const TF_Tensor* tensor = input();
    if (TF_NumDims(tensor) != dims) {
      throw Failure{TF_INVALID_ARGUMENT, std::string(name) + " has " + std::to_string(TF_NumDims(tensor)) +
                                             " dimensions where it should have " + std::to_string(dims) + "."};
    }
    return tensor;
  }

  // A variable's values, to be changed in place.
  TF_Tensor* variable() {
    TF_Tensor* tensor = nullptr;
    auto copy = [](TF_OpKernelContext*, TF_Tensor* source, TF_Tensor* target) {
      std::memcpy(TF_TensorData(target), TF_TensorData(source), TF_TensorByteSize(source));
    };
    TF_GetInputTensorFromVariable(context_, next_++, false, false, false, copy, &tensor, status_);
    check();
    tensors_.push_back(tensor);
    return tensor;
  }

  float* output(const std::vector<int64_t>& dims) {
    size_t bytes = sizeof(float);
    for (int64_t d : dims) bytes *= static_cast<size_t>(d);
    TF_Tensor* tensor =
        TF_AllocateOutput(context_, out_++, TF_FLOAT, dims.data(), static_cast<int>(dims.size()), bytes, status_);
    check();
    tensors_.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }

 private:
  void check() {
    if (!status_.ok()) throw Failure{TF_INTERNAL, "TensorFlow did not hand over a tensor."};
  }

  TF_OpKernelContext* context_;
  Status status_;
  std::vector<TF_Tensor*> tensors_;
  int next_ = 0;
  int out_ = 0;
};

int size(const TF_Tensor* tensor, int dim) { return static_cast<int>(TF_Dim(tensor, dim)); }

template <class T>
const T* data(const TF_Tensor* tensor) {
  return static_cast<const T*>(TF_TensorData(tensor));
}

void within(const int32_t* values, long count, int limit, const char* what) {
  for (long i = 0; i < count; i++) {
    if (values[i] < 0 || values[i] >= limit) {
      throw Failure{TF_INVALID_ARGUMENT, std::string(what) + " " + std::to_string(values[i]) + " at " +
                                             std::to_string(i) + " is not within [0, " + std::to_string(limit) + ")."};
    }
  }
}

void once(const int32_t* places, int count, long tokens) {
  std::vector<bool> seen(tokens);
  for (int i = 0; i < count; i++) {
    if (seen[places[i]]) {
      throw Failure{TF_INVALID_ARGUMENT, "Two tokens are predicted from place " + std::to_string(places[i]) + "."};
    }
    seen[places[i]] = true;
  }
}

void run(const Operation& op, TF_OpKernelContext* context) {
  Run decode = decoder(op.half);
  if (!decode) throw Failure{TF_UNIMPLEMENTED, "This processor has none of AVX2, AVX-512 and AVX-512 BF16."};
  Call call(context);
  Job job{};
  job.shape = op.shape;
  Shape& s = job.shape;
  const TF_Tensor* ids = call.input(2, "ids");
  const TF_Tensor* segments = call.input(2, "segments");
  s.rows = size(ids, 0);
  s.length = size(ids, 1);
  job.ids = data<int32_t>(ids);
  job.segments = data<int32_t>(segments);
  bool losses = op.kind == Kind::TOKEN_LOSSES || op.kind == Kind::TOKEN_GRADIENTS;
  bool gradients = op.kind == Kind::HIDDEN_GRADIENTS || op.kind == Kind::TOKEN_GRADIENTS;
  if (losses) {
    const TF_Tensor* places = call.input(1, "places");
    job.count = size(places, 0);
    job.places = data<int32_t>(places);
    job.targets = data<int32_t>(call.input(1, "targets"));
    if (gradients) job.tokenWeights = data<float>(call.input(1, "token_weights"));
  } else if (gradients) {
    job.toHidden = data<float>(call.input(2, "to_hidden"));
  }
  std::vector<const float*> weights;
  std::vector<std::vector<int64_t>> shapes;
  int count = weightCount(s);
  for (int i = 0; i < count; i++) {
    bool gain = i == finalNorm(s) || (i > 0 && i < finalNorm(s) && ((i - 1) % PER_LAYER == NORM1 || (i - 1) % PER_LAYER == NORM2));
    const TF_Tensor* weight = call.input(gain ? 1 : 2, "a weight");
    weights.push_back(data<float>(weight));
    shapes.push_back(gain ? std::vector<int64_t>{TF_Dim(weight, 0)}
                          : std::vector<int64_t>{TF_Dim(weight, 0), TF_Dim(weight, 1)});
  }
  job.weights = weights.data();
  s.vocabulary = static_cast<int>(shapes[0][0]);
  s.width = static_cast<int>(shapes[0][1]);
  s.hidden = static_cast<int>(shapes[weightOf(0, GATE)][0]);
  if (op.half && (s.length % 2 || s.width % 2 || s.headDim % 2)) {
    throw Failure{TF_UNIMPLEMENTED, "Products of bfloat16 pairs need an even row length, width and head width."};
  }
  long tokens = static_cast<long>(s.rows) * s.length;
  within(job.ids, tokens, s.vocabulary, "Token id");
  if (losses) {
    within(job.places, job.count, static_cast<int>(tokens), "Place");
    within(job.targets, job.count, s.vocabulary, "Target");
    if (gradients) once(job.places, job.count, tokens);
    job.tokenLosses = call.output({job.count});
  } else if (op.kind == Kind::HIDDEN) {
    job.hidden = call.output({tokens, s.width});
  }
  std::vector<float*> out;
  if (gradients) {
    for (int i = 0; i < count; i++) out.push_back(call.output(shapes[i]));
    job.gradients = out.data();
  }
  if (tokens == 0) throw Failure{TF_INVALID_ARGUMENT, "There are no tokens in the batch."};
  Lease memory;
  decode(job, *memory);
}

struct AdamW {
  float beta1 = 0, beta2 = 0, weightDecay = 0;
  std::vector<int32_t> decays;
};

void* createAdam(TF_OpKernelConstruction* construction) {
  auto op = std::make_unique<AdamW>();
  Status status;
  int32_t n = 0;
  TF_OpKernelConstruction_GetAttrInt32(construction, "n", &n, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "beta1", &op->beta1, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "beta2", &op->beta2, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "weight_decay", &op->weightDecay, status);
  op->decays.resize(n);
  TF_OpKernelConstruction_GetAttrInt32List(construction, "decays", op->decays.data(), n, status);
  return op.release();
}

void destroyAdam(void* op) { delete static_cast<AdamW*>(op); }

void run(const AdamW& op, TF_OpKernelContext* context) {
  AdamRun step = adam();
  if (!step) throw Failure{TF_UNIMPLEMENTED, "This processor has none of AVX2, AVX-512 and AVX-512 BF16."};
  Call call(context);
  AdamStep numbers{};
  numbers.scale = *data<float>(call.input());
  numbers.decay = *data<float>(call.input()) * op.weightDecay;
  numbers.correctedRate = *data<float>(call.input());
  numbers.correctedEpsilon = *data<float>(call.input());
  numbers.beta1 = op.beta1;
  numbers.beta2 = op.beta2;
  size_t n = op.decays.size();
  std::vector<TF_Tensor*> variables;
  for (size_t i = 0; i < 3 * n; i++) variables.push_back(call.variable());
  std::vector<const TF_Tensor*> gradients;
  for (size_t i = 0; i < n; i++) gradients.push_back(call.input());
  struct Part {
    size_t weight;
    long from, count;
  };
  constexpr long PART = 1 << 16;
  std::vector<Part> parts;
  for (size_t i = 0; i < n; i++) {
    size_t bytes = TF_TensorByteSize(gradients[i]);
    for (size_t kind = 0; kind < 3; kind++) {
      if (TF_TensorByteSize(variables[kind * n + i]) != bytes) {
        throw Failure{TF_INVALID_ARGUMENT, "Gradient " + std::to_string(i) + " has another size than its variables."};
      }
    }
    long count = static_cast<long>(bytes / sizeof(float));
    for (long from = 0; from < count; from += PART) parts.push_back({i, from, std::min(PART, count - from)});
  }
  auto at = [](const TF_Tensor* tensor, long from) { return static_cast<float*>(TF_TensorData(tensor)) + from; };
  parallel(static_cast<int>(parts.size()), [&](int task, int) {
    const Part& part = parts[task];
    step(numbers, at(variables[part.weight], part.from), at(variables[n + part.weight], part.from),
         at(variables[2 * n + part.weight], part.from), at(gradients[part.weight], part.from), part.count,
         op.decays[part.weight] != 0);
  });
}

template <class OP>
void compute(void* op, TF_OpKernelContext* context) {
  auto fail = [context](TF_Code code, const char* message) {
    Status status;
    TF_SetStatus(status, code, message);
    TF_OpKernelContext_Failure(context, status);
  };
  try {
    run(*static_cast<const OP*>(op), context);
  } catch (const Failure& failure) {
    fail(failure.code, failure.message.c_str());
  } catch (const std::bad_alloc&) {
    fail(TF_RESOURCE_EXHAUSTED, "The machine has not enough memory for the activations of the batch.");
  }
}

void noOutputs(TF_ShapeInferenceContext*, TF_Status*) {}

template <Kind KIND>
void define(const char* name, const std::vector<const char*>& inputs, const std::vector<const char*>& outputs) {
  Status status;
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  TF_OpDefinitionBuilderAddInput(definition, "weights: n * float");
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : {"n: int >= 1", "layers: int", "heads: int", "key_heads: int", "head_dim: int",
                                "frequencies: list(float)", "epsilon: float", "tied: bool", "narrow: bool", "recompute: bool"}) {
    TF_OpDefinitionBuilderAddAttr(definition, attribute);
  }
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, &TF_ShapeInferenceContextSetUnknownShape);
  TF_RegisterOpDefinition(definition, status);
  TF_KernelBuilder* kernel = TF_NewKernelBuilder(name, "CPU", &create<KIND>, &compute<Operation>, &destroy);
  TF_RegisterKernelBuilder(name, kernel, status);
}

void defineAdam() {
  const char* name = "LyceumAdamW";
  Status status;
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(name);
  for (const char* input : {"scale: float", "rate: float", "corrected_rate: float", "corrected_epsilon: float",
                            "weights: n * resource", "first: n * resource", "second: n * resource",
                            "gradients: n * float"}) {
    TF_OpDefinitionBuilderAddInput(definition, input);
  }
  for (const char* attribute :
       {"n: int >= 1", "beta1: float", "beta2: float", "weight_decay: float", "decays: list(int)"}) {
    TF_OpDefinitionBuilderAddAttr(definition, attribute);
  }
  TF_OpDefinitionBuilderSetIsStateful(definition, true);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, &noOutputs);
  TF_RegisterOpDefinition(definition, status);
  TF_KernelBuilder* kernel = TF_NewKernelBuilder(name, "CPU", &createAdam, &compute<AdamW>, &destroyAdam);
  TF_RegisterKernelBuilder(name, kernel, status);
}

__attribute__((constructor)) void defineAll() {
  defineAdam();
  define<Kind::HIDDEN>("LyceumHidden", {"ids: int32", "segments: int32"}, {"hidden: float"});
  define<Kind::HIDDEN_GRADIENTS>("LyceumHiddenGradients", {"ids: int32", "segments: int32", "to_hidden: float"},
                                 {"gradients: n * float"});
  define<Kind::TOKEN_LOSSES>("LyceumTokenLosses",
                             {"ids: int32", "segments: int32", "places: int32", "targets: int32"}, {"losses: float"});
  define<Kind::TOKEN_GRADIENTS>(
      "LyceumTokenGradients",
      {"ids: int32", "segments: int32", "places: int32", "targets: int32", "token_weights: float"},
      {"losses: float", "gradients: n * float"});
}

}  // namespace
}  // namespace lyceum

// For callers through Java's foreign function interface.
extern "C" {

// "amx", "avx512bf16", "avx512", "avx2" or "none".
__attribute__((visibility("default"))) const char* lyceum_instruction_set() { return lyceum::instructionSet(); }

// Floating-point operations a second of all threads in products from the nearest cache; takes tens of milliseconds.
__attribute__((visibility("default"))) double lyceum_peak_flops(bool halfPrecision) {
  return lyceum::peakFlops(halfPrecision);
}

// Gives memory that is kept between calls back to the system.
__attribute__((visibility("default"))) void lyceum_release() { lyceum::releaseArenas(); }
}
