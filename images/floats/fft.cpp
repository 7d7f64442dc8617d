// The fast Fourier transform: a signal of three waves, its spectrum, and back. Exit code 43.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

namespace {

struct Complex {
  double re, im;
  Complex operator+(Complex other) const { return {re + other.re, im + other.im}; }
  Complex operator-(Complex other) const { return {re - other.re, im - other.im}; }
  Complex operator*(Complex other) const {
    return {re * other.re - im * other.im, re * other.im + im * other.re};
  }
};

template <int Bits>
class Transform {
 public:
  static constexpr int size = 1 << Bits;

  Transform() {
    for (int i = 0; i < size / 2; i++) {
      double angle = -2 * M_PI * i / size;
      roots[i] = {cos(angle), sin(angle)};
    }
  }

  // In place. The inverse is the transform of the mirrored signal, divided by its size.
  void forward(Complex *values) const {
    for (unsigned i = 0, mirrored = 0; i < size; i++) {
      if (i < mirrored) {
        Complex kept = values[i];
        values[i] = values[mirrored];
        values[mirrored] = kept;
      }
      unsigned bit = size / 2;
      for (; (mirrored & bit) != 0; bit /= 2) mirrored ^= bit;
      mirrored |= bit;
    }
    for (int half = 1; half < size; half *= 2) {
      int stride = size / 2 / half;
      for (int start = 0; start < size; start += 2 * half) {
        for (int i = 0; i < half; i++) {
          Complex upper = values[start + i], lower = values[start + half + i] * roots[i * stride];
          values[start + i] = upper + lower;
          values[start + half + i] = upper - lower;
        }
      }
    }
  }

  void inverse(Complex *values) const {
    forward(values);
    for (int i = 1; i < size / 2; i++) {
      Complex kept = values[i];
      values[i] = values[size - i];
      values[size - i] = kept;
    }
    for (int i = 0; i < size; i++) values[i] = {values[i].re / size, values[i].im / size};
  }

 private:
  Complex roots[size / 2];
};

using Fft = Transform<8>;

uint64_t digest_of(const Complex *values) {
  uint64_t digest = 0;
  for (int i = 0; i < Fft::size; i++) {
    uint64_t bits[2];
    memcpy(bits, &values[i], sizeof bits);
    digest = (digest * 31 + bits[0]) * 31 + bits[1];
  }
  return digest;
}

}  // namespace

extern "C" int main() {
  static Complex signal[Fft::size], values[Fft::size];
  Fft fft;
  for (int i = 0; i < Fft::size; i++) {
    double t = (double)i / Fft::size;
    double value = sin(2 * M_PI * 5 * t) + 0.5 * cos(2 * M_PI * 20 * t) + 0.25 * sin(2 * M_PI * 77 * t + 1);
    signal[i] = values[i] = {value, 0};
  }
  fft.forward(values);
  for (int i = 0; i < Fft::size / 2; i++) {
    double magnitude = 2 * sqrt(values[i].re * values[i].re + values[i].im * values[i].im) / Fft::size;
    if (magnitude > 1e-9) printf("wave %2d: %.12f, phase %9.6f\n", i, magnitude, atan2(values[i].im, values[i].re));
  }
  printf("digest %016lx\n", digest_of(values));
  fft.inverse(values);
  double furthest = 0;
  for (int i = 0; i < Fft::size; i++) {
    double difference = fabs(values[i].re - signal[i].re) + fabs(values[i].im);
    if (difference > furthest) furthest = difference;
  }
  printf("back to within %.3e, digest %016lx\n", furthest, digest_of(values));
  return 43;
}
