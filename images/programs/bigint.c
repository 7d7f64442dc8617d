/* Big integers: factorials, Fibonacci numbers, powers, division by a limb; carries everywhere. Exit code 25. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { LIMBS = 24 };
/* Little-endian, 64 bits a limb. */
struct big {
  int count;
  uint64_t limb[LIMBS];
};

static struct big from(uint64_t value) {
  struct big big = {.count = value != 0, .limb = {value}};
  return big;
}

static void push(struct big *big, uint64_t limb) {
  if (limb == 0) return;
  assert(big->count < LIMBS);
  big->limb[big->count++] = limb;
}

static void add(struct big *sum, const struct big *other) {
  uint64_t carry = 0;
  for (int i = 0; i < sum->count || i < other->count; i++) {
    if (i == sum->count) sum->limb[sum->count++] = 0;
    unsigned __int128 wide = (unsigned __int128)sum->limb[i] + (i < other->count ? other->limb[i] : 0) + carry;
    sum->limb[i] = (uint64_t)wide;
    carry = (uint64_t)(wide >> 64);
  }
  push(sum, carry);
}

/* sum must be at least as large. */
static void subtract(struct big *sum, const struct big *other) {
  uint64_t borrow = 0;
  for (int i = 0; i < sum->count; i++) {
    unsigned __int128 wide = (unsigned __int128)sum->limb[i] - (i < other->count ? other->limb[i] : 0) - borrow;
    sum->limb[i] = (uint64_t)wide;
    borrow = (uint64_t)(wide >> 64) & 1;
  }
  assert(borrow == 0);
  while (sum->count > 0 && sum->limb[sum->count - 1] == 0) sum->count--;
}

static void multiply_limb(struct big *big, uint64_t factor) {
  uint64_t carry = 0;
  for (int i = 0; i < big->count; i++) {
    unsigned __int128 wide = (unsigned __int128)big->limb[i] * factor + carry;
    big->limb[i] = (uint64_t)wide;
    carry = (uint64_t)(wide >> 64);
  }
  push(big, carry);
}

static struct big multiply(const struct big *left, const struct big *right) {
  struct big product = {.count = left->count + right->count};
  assert(product.count <= LIMBS);
  memset(product.limb, 0, sizeof product.limb);
  for (int i = 0; i < left->count; i++) {
    uint64_t carry = 0;
    for (int j = 0; j < right->count; j++) {
      unsigned __int128 wide = (unsigned __int128)left->limb[i] * right->limb[j] + product.limb[i + j] + carry;
      product.limb[i + j] = (uint64_t)wide;
      carry = (uint64_t)(wide >> 64);
    }
    product.limb[i + right->count] = carry;
  }
  while (product.count > 0 && product.limb[product.count - 1] == 0) product.count--;
  return product;
}

/* Divides and returns the remainder. By 32 bits at a time, so that 64-bit division is enough. */
static uint32_t divide(struct big *big, uint32_t divisor) {
  uint64_t rest = 0;
  for (int i = big->count - 1; i >= 0; i--) {
    uint64_t high = rest << 32 | big->limb[i] >> 32;
    uint64_t low = (high % divisor) << 32 | (uint32_t)big->limb[i];
    big->limb[i] = (high / divisor) << 32 | low / divisor;
    rest = low % divisor;
  }
  while (big->count > 0 && big->limb[big->count - 1] == 0) big->count--;
  return (uint32_t)rest;
}

static void print(const char *name, struct big big) {
  uint32_t parts[LIMBS * 64 / 29 + 1]; /* nine decimal digits each */
  int count = 0;
  do parts[count++] = divide(&big, 1000000000); while (big.count > 0);
  printf("%s = %u", name, parts[--count]);
  while (count > 0) printf("%09u", parts[--count]);
  printf("\n");
}

int main(void) {
  struct big factorial = from(1);
  for (uint64_t i = 2; i <= 100; i++) multiply_limb(&factorial, i);
  print("100!", factorial);

  struct big previous = from(0), fibonacci = from(1);
  for (int i = 1; i < 300; i++) {
    struct big next = fibonacci;
    add(&next, &previous);
    previous = fibonacci;
    fibonacci = next;
  }
  print("F(300)", fibonacci);

  /* F(2n + 1) = F(n)^2 + F(n + 1)^2, with n = 299. */
  struct big squares = multiply(&previous, &previous), other = multiply(&fibonacci, &fibonacci);
  add(&squares, &other);
  print("F(599)", squares);

  struct big power = from(3), mersenne = from(1);
  for (int i = 0; i < 7; i++) power = multiply(&power, &power);
  print("3^128", power);
  for (int i = 0; i < 521; i++) add(&mersenne, &mersenne);
  struct big one = from(1);
  subtract(&mersenne, &one);
  print("2^521 - 1", mersenne);
  printf("100! mod 101 = %u\n", divide(&factorial, 101));
  return 25;
}
