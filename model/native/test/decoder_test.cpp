// The decoder against a plain one in double precision: its hidden stream and losses, and its gradients
// against differences of that one's loss in random directions, a weight at a time.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "decoder.h"
#include "peak.h"
#include "pool.h"

using namespace lyceum;

namespace {

using Doubles = std::vector<double>;

struct Case {
  std::string name;
  Shape shape;
  double theta;
  int segments;
};

long sizeOf(const Shape& s, int i) {
  long C = s.width, F = s.hidden, Q = s.heads * s.headDim, K = s.keyHeads * s.headDim;
  if (i == 0 || i == finalNorm(s) + 1) return s.vocabulary * C;
  if (i == finalNorm(s)) return C;
  switch ((i - 1) % PER_LAYER) {
    case NORM1:
    case NORM2:
      return C;
    case QUERY:
    case OUTPUT:
      return C * Q;
    case KEY:
    case VALUE:
      return C * K;
    default:
      return C * F;
  }
}

Doubles matmul(const Doubles& x, const Doubles& w, long rows, long in, long out) {
  Doubles y(rows * out);
  for (long r = 0; r < rows; r++) {
    for (long o = 0; o < out; o++) {
      double sum = 0;
      for (long i = 0; i < in; i++) sum += x[r * in + i] * w[o * in + i];
      y[r * out + o] = sum;
    }
  }
  return y;
}

Doubles normed(const Doubles& x, const Doubles& gain, long rows, double epsilon) {
  long C = static_cast<long>(gain.size());
  Doubles y(x.size());
  for (long r = 0; r < rows; r++) {
    double squares = 0;
    for (long c = 0; c < C; c++) squares += x[r * C + c] * x[r * C + c];
    double scale = 1 / std::sqrt(squares / C + epsilon);
    for (long c = 0; c < C; c++) y[r * C + c] = x[r * C + c] * scale * gain[c];
  }
  return y;
}

struct Input {
  std::vector<int> ids, segments, places, targets;
  std::vector<float> weights;
};

// Hidden stream, and the weighted loss.
double plain(const Shape& s, const std::vector<Doubles>& w, const Input& in, Doubles* hiddenOut, Doubles* losses) {
  long T = s.length, C = s.width, N = s.tokens(), H = s.heads, K = s.keyHeads, D = s.headDim, F = s.hidden;
  Doubles x(N * C);
  for (long n = 0; n < N; n++) {
    for (long c = 0; c < C; c++) x[n * C + c] = w[0][in.ids[n] * C + c];
  }
  for (int l = 0; l < s.layers; l++) {
    auto weight = [&](int which) -> const Doubles& { return w[weightOf(l, which)]; };
    Doubles h = normed(x, weight(NORM1), N, s.epsilon);
    Doubles q = matmul(h, weight(QUERY), N, C, H * D), k = matmul(h, weight(KEY), N, C, K * D),
            v = matmul(h, weight(VALUE), N, C, K * D);
    auto turn = [&](Doubles& y, long heads) {
      for (long n = 0; n < N; n++) {
        for (long i = 0; i < heads; i++) {
          for (long d = 0; d < D / 2; d++) {
            double angle = static_cast<float>(n % T) * s.frequencies[d];
            double &a = y[(n * heads + i) * D + d], &b = y[(n * heads + i) * D + d + D / 2];
            double c = std::cos(angle), sn = std::sin(angle), a0 = a, b0 = b;
            a = a0 * c - b0 * sn;
            b = b0 * c + a0 * sn;
          }
        }
      }
    };
    turn(q, H);
    turn(k, K);
    Doubles mix(N * H * D);
    for (long n = 0; n < N; n++) {
      long row = n / T * T;
      for (long i = 0; i < H; i++) {
        long g = i / (H / K);
        Doubles p;
        std::vector<long> seen;
        double total = 0;
        for (long m = row; m <= n; m++) {
          if (in.segments[m] != in.segments[n]) continue;
          double dot = 0;
          for (long d = 0; d < D; d++) dot += q[(n * H + i) * D + d] * k[(m * K + g) * D + d];
          p.push_back(std::exp(dot / std::sqrt(static_cast<double>(D))));
          seen.push_back(m);
          total += p.back();
        }
        for (size_t j = 0; j < seen.size(); j++) {
          for (long d = 0; d < D; d++) mix[(n * H + i) * D + d] += p[j] / total * v[(seen[j] * K + g) * D + d];
        }
      }
    }
    Doubles o = matmul(mix, weight(OUTPUT), N, H * D, C);
    for (long i = 0; i < N * C; i++) x[i] += o[i];
    h = normed(x, weight(NORM2), N, s.epsilon);
    Doubles gate = matmul(h, weight(GATE), N, C, F), up = matmul(h, weight(UP), N, C, F);
    for (long i = 0; i < N * F; i++) gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
    Doubles down = matmul(gate, weight(DOWN), N, F, C);
    for (long i = 0; i < N * C; i++) x[i] += down[i];
  }
  x = normed(x, w[finalNorm(s)], N, s.epsilon);
  if (hiddenOut) *hiddenOut = x;
  const Doubles& table = w[head(s)];
  double loss = 0;
  if (losses) losses->clear();
  for (size_t i = 0; i < in.places.size(); i++) {
    double total = 0, target = 0;
    for (long t = 0; t < s.vocabulary; t++) {
      double logit = 0;
      for (long c = 0; c < C; c++) logit += x[in.places[i] * C + c] * table[t * C + c];
      total += std::exp(logit);
      if (t == in.targets[i]) target = logit;
    }
    double one = std::log(total) - target;
    if (losses) losses->push_back(one);
    loss += in.weights[i] * one;
  }
  return loss;
}

double distance(const float* a, const Doubles& b) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < b.size(); i++) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    size += b[i] * b[i];
  }
  return std::sqrt(difference / size);
}

int failures = 0;
// With --digest: nothing but a number that stands for the bits of all results.
bool digestOnly = false;
uint64_t digest = 14695981039346656037u;

void digestOf(const std::vector<float>& values) {
  for (float x : values) {
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    digest = (digest ^ bits) * 1099511628211u;
  }
}

void expect(const Case& c, const char* precision, const std::string& what, double error, double limit) {
  bool good = error <= limit;
  if (!good) failures++;
  std::printf("%s %s %s %s: error %.2e, limit %.0e\n", good ? "ok  " : "FAIL", c.name.c_str(), precision, what.c_str(),
              error, limit);
}

void check(const Case& c, bool half) {
  const char* precision = half ? "bf16" : "f32";
  std::vector<float> frequencies;
  for (int d = 0; d < c.shape.headDim; d += 2) frequencies.push_back(static_cast<float>(std::pow(c.theta, -1.0 * d / c.shape.headDim)));
  Shape s = c.shape;
  s.frequencies = frequencies.data();
  std::mt19937 random(17);
  std::normal_distribution<double> normal;
  std::vector<Doubles> w(weightCount(s));
  std::vector<std::vector<float>> single(w.size()), gradients(w.size());
  for (int i = 0; i < weightCount(s); i++) {
    bool gain = sizeOf(s, i) == s.width && i != 0;
    single[i].resize(sizeOf(s, i));
    gradients[i].assign(sizeOf(s, i), NAN);
    for (float& x : single[i]) x = static_cast<float>(gain ? 1 + 0.2 * normal(random) : 0.15 * normal(random));
    w[i].assign(single[i].begin(), single[i].end());
  }
  Input in;
  for (int n = 0; n < s.tokens(); n++) {
    in.ids.push_back(static_cast<int>(random() % s.vocabulary));
    in.segments.push_back(1 + (n % s.length) * c.segments / s.length);
    if (n % 5 != 3) {
      in.places.push_back(n);
      in.targets.push_back(static_cast<int>(random() % s.vocabulary));
      in.weights.push_back(static_cast<float>(normal(random) / s.tokens()));
    }
  }
  // An odd number of tokens to predict, of which the last weighs most: pairs must not lose it.
  if (in.places.size() % 2 == 0) {
    in.places.pop_back();
    in.targets.pop_back();
    in.weights.pop_back();
  }
  in.weights.back() = 4.0f / s.tokens();
  std::vector<float> hidden(static_cast<size_t>(s.tokens()) * s.width), losses(in.places.size());
  std::vector<const float*> weights;
  std::vector<float*> out;
  for (size_t i = 0; i < w.size(); i++) {
    weights.push_back(single[i].data());
    out.push_back(gradients[i].data());
  }
  Job job{};
  job.shape = s;
  job.ids = in.ids.data();
  job.segments = in.segments.data();
  job.weights = weights.data();
  job.hidden = hidden.data();
  job.count = static_cast<int>(in.places.size());
  job.places = in.places.data();
  job.targets = in.targets.data();
  job.tokenWeights = in.weights.data();
  job.tokenLosses = losses.data();
  {
    Lease memory;
    decoder(half)(job, *memory);
  }
  if (digestOnly) {
    job.gradients = out.data();
    Lease memory;
    decoder(half)(job, *memory);
    digestOf(hidden);
    digestOf(losses);
    for (const auto& gradient : gradients) digestOf(gradient);
    return;
  }
  Doubles expectedHidden, expectedLosses;
  plain(s, w, in, &expectedHidden, &expectedLosses);
  expect(c, precision, "hidden", distance(hidden.data(), expectedHidden), half ? 2e-2 : 2e-6);
  expect(c, precision, "losses", distance(losses.data(), expectedLosses), half ? 2e-2 : 2e-6);

  job.gradients = out.data();
  for (int again = 0; again < 2; again++) {
    std::vector<std::vector<float>> before = gradients;
    job.shape.recompute = again == 1;
    Lease memory;
    decoder(half)(job, *memory);
    if (again) {
      for (size_t i = 0; i < w.size(); i++) {
        bool same = std::memcmp(before[i].data(), gradients[i].data(), sizeof(float) * before[i].size()) == 0;
        if (!same) expect(c, precision, "same bits again by recomputation, weight " + std::to_string(i), 1, 0);
      }
    }
  }
  expect(c, precision, "losses with gradients", distance(losses.data(), expectedLosses), half ? 2e-2 : 2e-6);
  // Along the gradient itself the difference is largest, and every number of the weight takes part.
  double worst = 0;
  for (size_t i = 0; i < w.size(); i++) {
    double size = 0;
    for (float g : gradients[i]) size += static_cast<double>(g) * g;
    for (int direction = 0; direction < 2; direction++) {
      Doubles d(w[i].size());
      double length = 0, slope = 0;
      for (size_t j = 0; j < d.size(); j++) {
        d[j] = direction == 0 ? gradients[i][j] : normal(random);
        length += d[j] * d[j];
      }
      for (size_t j = 0; j < d.size(); j++) {
        d[j] /= std::sqrt(length);
        slope += d[j] * gradients[i][j];
      }
      double step = 1e-4;
      Doubles kept = w[i];
      for (size_t j = 0; j < d.size(); j++) w[i][j] = kept[j] + step * d[j];
      double above = plain(s, w, in, nullptr, nullptr);
      for (size_t j = 0; j < d.size(); j++) w[i][j] = kept[j] - step * d[j];
      double below = plain(s, w, in, nullptr, nullptr);
      w[i] = kept;
      double error = std::abs((above - below) / (2 * step) - slope) / std::sqrt(size);
      if (!(error <= worst)) worst = error;
    }
  }
  expect(c, precision, "gradients", worst, half ? 3e-2 : 2e-5);
}

}  // namespace

int main(int count, char** arguments) {
  digestOnly = count == 2 && std::strcmp(arguments[1], "--digest") == 0;
  if (std::getenv("LYCEUM_KERNEL_ISA") && !decoder(false)) {
    std::printf("skipped: this processor has no %s\n", std::getenv("LYCEUM_KERNEL_ISA"));
    return 0;
  }
  if (!digestOnly) std::printf("%s, %d threads\n", instructionSet(), threads());
  // rows, length, width, layers, heads, keyHeads, headDim, hidden, vocabulary, tied, recompute, epsilon, frequencies; theta; segments
  const Case cases[] = {
      {"plain", {2, 32, 64, 2, 2, 2, 32, 96, 96, false, false, 1e-5f, nullptr}, 10000, 1},
      {"grouped, tied", {3, 40, 64, 2, 4, 2, 16, 160, 83, true, false, 1e-5f, nullptr}, 10000, 3},
      {"odd sizes", {1, 70, 40, 1, 5, 1, 8, 54, 131, false, false, 1e-6f, nullptr}, 500, 2},
      {"long row", {1, 150, 32, 1, 2, 1, 24, 48, 64, true, false, 1e-5f, nullptr}, 10000, 2},
      {"one head of 128", {1, 34, 48, 1, 1, 1, 128, 64, 50, true, false, 1e-5f, nullptr}, 10000, 1},
      {"blocks of tokens", {3, 288, 32, 1, 2, 1, 32, 64, 96, false, false, 1e-5f, nullptr}, 10000, 2},
      {"short row", {4, 2, 16, 2, 2, 1, 8, 16, 20, false, false, 1e-5f, nullptr}, 10000, 1},
  };
  for (const Case& c : cases) {
    check(c, false);
    check(c, true);
  }
  if (digestOnly) {
    std::printf("%016llx\n", static_cast<unsigned long long>(digest));
    return 0;
  }
  for (bool half : {false, true}) {
    double flops = peakFlops(half);
    std::printf("peak %s: %.1f GFLOP/s\n", half ? "bf16" : "f32", flops / 1e9);
    if (!(flops > 1e9)) failures++;
  }
  std::printf(failures ? "%d checks failed\n" : "all checks passed\n", failures);
  return failures ? 1 : 0;
}
