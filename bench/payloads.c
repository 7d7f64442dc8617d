/*
 * bench/payloads.mjs: a payload is written by "producer", passed to "consumer", read there, and given back, ROUNDS
 * times after some to warm up. How it is passed follows from what the description has: a pool "frames" of any mode, or
 * a byte ring "stream"; or neither, and then the producer reads it itself. The numbers behind the names of partitions
 * say how large it is, and how often it is read. The producer prints the cycles of a round.
 */
#include "hallows.h"

enum { WARM = 20, ROUNDS = 20 };

static uint64_t private_memory[(2 << 20) / 8];

static void write_all(volatile uint64_t *words, uint32_t bytes, uint64_t seed) {
  for (uint32_t index = 0; index < bytes / 8; index += 4) {
    words[index] = seed + index;
    words[index + 1] = seed;
    words[index + 2] = index;
    words[index + 3] = seed ^ index;
  }
}

static uint64_t read_all(const volatile uint64_t *words, uint32_t bytes) {
  uint64_t sum = 0;
  for (uint32_t index = 0; index < bytes / 8; index += 4)
    sum += words[index] + words[index + 1] + words[index + 2] + words[index + 3];
  return sum;
}

static bool has_pool, has_ring;
static struct hallows_pool pool;
static struct hallows_bytes ring;
static struct hallows_channel out, in;

/* The number behind dash `place` of the partition's name. */
static uint32_t number_in_name(int place) {
  const char *at = hallows_boot()->name;
  while (place-- > 0) at = strchr(at, '-') + 1;
  return (uint32_t)strtoul(at, NULL, 10);
}

static void pass(uint32_t bytes) {
  struct hallows_block ref;
  uint32_t length;
  void *data;
  if (has_ring) {
    assert(hallows_send_bytes(&ring, private_memory, bytes, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
  } else {
    if (pool.mode == HALLOWS_POOL_SHARE) hallows_refer_block(&pool, 0, bytes, &ref);
    else if (pool.mode == HALLOWS_POOL_SEAL) assert(hallows_seal_block(&pool, 0, bytes, &ref) == HALLOWS_NO_ERROR);
    else assert(hallows_give_block(&pool, 0, bytes, 1, &ref) == HALLOWS_NO_ERROR);
    hallows_send(&out, &ref, sizeof ref, HALLOWS_NO_DEADLINE);
  }
  hallows_receive(&in, &ref, sizeof ref, &length, HALLOWS_NO_DEADLINE);
  if (has_pool && pool.mode == HALLOWS_POOL_SEAL) assert(hallows_release_block(&pool, 0) == HALLOWS_NO_ERROR);
  if (has_pool && pool.mode == HALLOWS_POOL_MOVE) assert(hallows_take_block(&pool, &ref, &data) == HALLOWS_NO_ERROR);
}

static int produce(void) {
  uint32_t bytes = number_in_name(1), reads = number_in_name(2);
  volatile uint64_t *words = has_pool ? (volatile uint64_t *)hallows_block_at(&pool, 0) : private_memory;
  uint64_t start = 0, sum = 0;
  for (uint64_t round = 0; round < WARM + ROUNDS; round++) {
    if (round == WARM) {
      printf("warm\n");
      start = hallows_now();
    }
    write_all(words, bytes, round);
    if (has_pool || has_ring) pass(bytes);
    else
      for (uint32_t turn = 0; turn < reads; turn++) sum += read_all(words, bytes);
  }
  printf("%lu\n", (unsigned long)((hallows_now() - start) / ROUNDS));
  return sum == 1;
}

static int consume(void) {
  uint64_t sum = 0;
  uint32_t reads = number_in_name(2);
  for (;;) {
    struct hallows_block ref = {0};
    uint32_t length;
    void *data = private_memory;
    if (has_ring) {
      if (hallows_receive_bytes(&ring, private_memory, sizeof private_memory, &length, HALLOWS_NO_DEADLINE) != 0) break;
    } else {
      hallows_receive(&in, &ref, sizeof ref, &length, HALLOWS_NO_DEADLINE);
      assert(hallows_take_block(&pool, &ref, &data) == HALLOWS_NO_ERROR);
      length = ref.length;
    }
    for (uint32_t turn = 0; turn < reads; turn++) sum += read_all((const volatile uint64_t *)data, length);
    if (has_pool && pool.mode == HALLOWS_POOL_MOVE) hallows_give_block(&pool, 0, length, 0, &ref);
    else if (has_pool && pool.mode != HALLOWS_POOL_SHARE) hallows_release_block(&pool, 0);
    hallows_send(&out, &ref, sizeof ref, HALLOWS_NO_DEADLINE);
  }
  return sum == 1;
}

int main(void) {
  bool is_producer = strncmp(hallows_boot()->name, "producer", 8) == 0;
  has_pool = hallows_open_pool(&pool, "frames") == HALLOWS_NO_ERROR;
  has_ring = hallows_open_bytes(&ring, "stream") == HALLOWS_NO_ERROR;
  hallows_open(&out, is_producer ? "refs" : "back");
  hallows_open(&in, is_producer ? "back" : "refs");
  return is_producer ? produce() : consume();
}
