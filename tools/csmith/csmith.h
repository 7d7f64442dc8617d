/*
 * What programs by csmith include: arithmetic that is defined for all operands (where the usual result is not, it is
 * the left operand), and the checksum that they print. In place of csmith's own runtime, so that the generator is all
 * one needs; the names are its own.
 */
#ifndef HALLOWS_CSMITH_H
#define HALLOWS_CSMITH_H

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define _CSMITH_BITFIELD(bits) ((bits) > 32 ? (bits) % 32 : (bits))

#define SAFE static inline __attribute__((unused))

#define SAFE_OVERFLOWS(operation, type, signs)                                                  \
  SAFE type safe_##operation##_func_##type##signs(type left, type right) {                      \
    type result;                                                                                \
    return __builtin_##operation##_overflow(left, right, &result) ? left : result;              \
  }
#define SAFE_WRAPS(operation, sign, type, signs) \
  SAFE type safe_##operation##_func_##type##signs(type left, type right) { return (type)((uint64_t)left sign (uint64_t)right); }
/* A shift by an `amount`, whose sign is the last letter of the name. */
#define SAFE_SHIFTS(type, sign, bits)                                                                            \
  SAFE type safe_lshift_func_##type##_##sign##_s(type left, int right) {                                         \
    return left < 0 || right < 0 || right >= (bits) || left > (type)(SAFE_MOST(type) >> right) ? left : (type)(left << right); \
  }                                                                                                              \
  SAFE type safe_lshift_func_##type##_##sign##_u(type left, unsigned right) {                                    \
    return left < 0 || right >= (bits) || left > (type)(SAFE_MOST(type) >> right) ? left : (type)(left << right); \
  }                                                                                                              \
  SAFE type safe_rshift_func_##type##_##sign##_s(type left, int right) {                                         \
    return left < 0 || right < 0 || right >= (bits) ? left : (type)(left >> right);                              \
  }                                                                                                              \
  SAFE type safe_rshift_func_##type##_##sign##_u(type left, unsigned right) {                                    \
    return left < 0 || right >= (bits) ? left : (type)(left >> right);                                           \
  }
#define SAFE_IS_SIGNED(type) ((type)-1 < 0)
#define SAFE_LEAST(type) (SAFE_IS_SIGNED(type) ? (type)((uint64_t)1 << (sizeof(type) * 8 - 1)) : (type)0)
#define SAFE_MOST(type) ((type)~SAFE_LEAST(type))
#define SAFE_IS_UNDIVIDED(type, left, right) \
  ((right) == 0 || (SAFE_IS_SIGNED(type) && (left) == SAFE_LEAST(type) && (right) == (type)-1))
#define SAFE_DIVIDES(type, signs)                                              \
  SAFE type safe_div_func_##type##signs(type left, type right) {               \
    return SAFE_IS_UNDIVIDED(type, left, right) ? left : (type)(left / right); \
  }                                                                            \
  SAFE type safe_mod_func_##type##signs(type left, type right) {               \
    return SAFE_IS_UNDIVIDED(type, left, right) ? left : (type)(left % right); \
  }
#define SAFE_SIGNED(type)                                          \
  SAFE type safe_unary_minus_func_##type##_s(type value) {         \
    return value == SAFE_LEAST(type) ? value : (type)-value;       \
  }                                                                \
  SAFE_OVERFLOWS(add, type, _s_s)                                  \
  SAFE_OVERFLOWS(sub, type, _s_s)                                  \
  SAFE_OVERFLOWS(mul, type, _s_s)                                  \
  SAFE_DIVIDES(type, _s_s)                                         \
  SAFE_SHIFTS(type, s, sizeof(type) * 8)
#define SAFE_UNSIGNED(type)                                                              \
  SAFE type safe_unary_minus_func_##type##_u(type value) { return (type)-(uint64_t)value; } \
  SAFE_WRAPS(add, +, type, _u_u)                                                         \
  SAFE_WRAPS(sub, -, type, _u_u)                                                         \
  SAFE_WRAPS(mul, *, type, _u_u)                                                         \
  SAFE_DIVIDES(type, _u_u)                                                               \
  SAFE_SHIFTS(type, u, sizeof(type) * 8)

SAFE_SIGNED(int8_t)
SAFE_SIGNED(int16_t)
SAFE_SIGNED(int32_t)
SAFE_SIGNED(int64_t)
SAFE_UNSIGNED(uint8_t)
SAFE_UNSIGNED(uint16_t)
SAFE_UNSIGNED(uint32_t)
SAFE_UNSIGNED(uint64_t)

/* Infinities and numbers that are none are results as good as any here: the machine's are to be the processor's. */
#define SAFE_FLOATS(type, letters)                                                                        \
  SAFE type safe_add_func_##type##letters(type left, type right) { return left + right; }                 \
  SAFE type safe_sub_func_##type##letters(type left, type right) { return left - right; }                 \
  SAFE type safe_mul_func_##type##letters(type left, type right) { return left * right; }                 \
  SAFE type safe_div_func_##type##letters(type left, type right) { return right == 0 ? left : left / right; }
SAFE_FLOATS(float, _f_f)
SAFE_FLOATS(double, _f_f)

SAFE int32_t safe_convert_func_float_to_int32_t(float value) {
  return value > -2147483648.0f && value < 2147483648.0f ? (int32_t)value : INT32_MAX;
}

static uint32_t crc32_table[256], crc32_context = UINT32_MAX;

SAFE void crc32_gentab(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    crc32_table[i] = crc;
  }
}

SAFE void transparent_crc_bytes(const void *bytes, int count, const char *name, int is_printed) {
  for (int i = 0; i < count; i++)
    crc32_context = crc32_context >> 8 ^ crc32_table[(crc32_context ^ ((const uint8_t *)bytes)[i]) & 255];
  if (is_printed != 0) printf("%s %x\n", name, (unsigned)~crc32_context);
}

SAFE void transparent_crc(uint64_t value, const char *name, int is_printed) {
  transparent_crc_bytes(&value, sizeof value, name, is_printed);
}

SAFE void platform_main_begin(void) {}
SAFE void platform_main_end(uint32_t crc, int is_printed) {
  (void)is_printed;
  printf("checksum %x\n", (unsigned)crc);
}

#endif
