/*
 * The members of a pool "frames", by the name of the partition. References go out over queues "refs" and "more", and
 * come back over "back". owner: fills blocks and passes them on, for some rounds. reader, second: check what they get,
 * and pass it back; in mode move and copy they change it first. falling: falls with a block in its hands, once.
 * spinner and slow: the owner tries to unseal while slow reads. breaker: writes to what it has sealed.
 * hostile: tries what it has no right to, and prints what came of it.
 */
#include "hallows.h"

enum { ROUNDS = 6, PEERS = 3 };

static struct hallows_pool pool;

static uint32_t sum_of(const uint32_t *words, uint32_t count) {
  uint32_t sum = 0;
  for (uint32_t index = 0; index < count; index++) sum = sum * 31 + words[index];
  return sum;
}

static void fill(uint32_t block, uint32_t round) {
  uint32_t *words = (uint32_t *)hallows_block_at(&pool, block), count = pool.block_bytes / 4;
  for (uint32_t index = 1; index < count; index++) words[index] = index * 2654435761u + round;
  words[0] = sum_of(words + 1, count - 1);
}

static bool is_whole(const void *data) {
  const uint32_t *words = (const uint32_t *)data;
  return words[0] == sum_of(words + 1, pool.block_bytes / 4 - 1);
}

static uint32_t seal_or_give(uint32_t block, uint32_t member, struct hallows_block *ref) {
  if (pool.mode == HALLOWS_POOL_SEAL) {
    if (member == 1) return hallows_seal_block(&pool, block, pool.block_bytes, ref);
    return HALLOWS_NO_ERROR;
  }
  if (pool.mode == HALLOWS_POOL_SHARE) {
    hallows_refer_block(&pool, block, pool.block_bytes, ref);
    return HALLOWS_NO_ERROR;
  }
  return hallows_give_block(&pool, block, pool.block_bytes, member, ref);
}

/* A round: block `round % blocks` goes to each member (in mode move to one), and comes back. */
static int own(void) {
  static struct hallows_channel out[PEERS], back[PEERS];
  struct hallows_channel *waiting[PEERS];
  const char *names[] = {"refs", "more"};
  uint32_t takers = pool.entry->members - 1, returned = 0, count;
  for (uint32_t taker = 0; taker < takers; taker++) assert(hallows_open(&out[taker], names[taker]) == HALLOWS_NO_ERROR);
  assert(hallows_open_all(back, PEERS, "back", &count) == HALLOWS_NO_ERROR && count == takers);
  for (uint32_t taker = 0; taker < takers; taker++) waiting[taker] = &back[taker];
  for (uint32_t round = 0; round < ROUNDS; round++) {
    uint32_t block = round % pool.blocks, first = pool.mode == HALLOWS_POOL_MOVE ? round % takers : 0;
    uint32_t last = pool.mode == HALLOWS_POOL_MOVE ? first + 1 : takers;
    struct hallows_block ref = {0};
    fill(block, round);
    for (uint32_t taker = first; taker < last; taker++) {
      assert(seal_or_give(block, taker + 1, &ref) == HALLOWS_NO_ERROR);
      assert(hallows_send(&out[taker], &ref, sizeof ref, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
    }
    for (uint32_t left = last - first; left > 0;) {
      struct hallows_block answer;
      uint32_t length;
      hallows_wait_any(waiting, takers, HALLOWS_NO_DEADLINE);
      for (uint32_t taker = 0; taker < takers; taker++)
        while (hallows_receive(&back[taker], &answer, sizeof answer, &length, 0) == HALLOWS_NO_ERROR) {
          assert(answer.index == block);
          left--;
          returned++;
          if (pool.mode == HALLOWS_POOL_MOVE) {
            void *data;
            assert(hallows_take_block(&pool, &answer, &data) == HALLOWS_NO_ERROR);
            assert(is_whole(data) && ((uint32_t *)data)[2] == 2 * 2654435761u + round + 1);
          }
        }
    }
    /* Who fell with the block in its hands has it until it is restarted. */
    while (pool.mode == HALLOWS_POOL_SEAL && hallows_release_block(&pool, block) == HALLOWS_NOT_AVAILABLE)
      hallows_sleep_until(hallows_now() + 5000);
  }
  struct hallows_block end = {.index = HALLOWS_MAX_POOL_BLOCKS};
  for (uint32_t taker = 0; taker < takers; taker++)
    hallows_send(&out[taker], &end, sizeof end, HALLOWS_NO_DEADLINE);
  printf("returned %u\n", returned);
  return 0;
}

static int take(const char *from, bool falls) {
  struct hallows_channel in, back;
  uint32_t taken = 0;
  assert(hallows_open(&in, from) == HALLOWS_NO_ERROR && hallows_open(&back, "back") == HALLOWS_NO_ERROR);
  for (;;) {
    struct hallows_block ref;
    uint32_t length;
    void *data;
    assert(hallows_receive(&in, &ref, sizeof ref, &length, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
    if (ref.index == HALLOWS_MAX_POOL_BLOCKS) break;
    assert(hallows_take_block(&pool, &ref, &data) == HALLOWS_NO_ERROR);
    assert(is_whole(data));
    taken++;
    if (falls && hallows_boot()->generation == 1) {
      /* The message is answered before: what is in hand when it falls is the kernel's to give back. */
      if (pool.mode == HALLOWS_POOL_SEAL) hallows_send(&back, &ref, sizeof ref, HALLOWS_NO_DEADLINE);
      __asm__ volatile("ud2");
    }
    if (pool.mode == HALLOWS_POOL_MOVE || pool.mode == HALLOWS_POOL_COPY) {
      uint32_t *words = (uint32_t *)data;
      words[2]++;
      words[0] = sum_of(words + 1, pool.block_bytes / 4 - 1);
    }
    if (pool.mode == HALLOWS_POOL_MOVE)
      assert(hallows_give_block(&pool, ref.index, ref.length, 0, &ref) == HALLOWS_NO_ERROR);
    else if (pool.mode != HALLOWS_POOL_SHARE)
      assert(hallows_release_block(&pool, ref.index) == HALLOWS_NO_ERROR);
    hallows_send(&back, &ref, sizeof ref, HALLOWS_NO_DEADLINE);
  }
  printf("took %u\n", taken);
  return 0;
}

/* Mode move, one member that falls with a block: the owner waits for silence, and takes all back. */
static int reclaim(void) {
  struct hallows_channel out;
  struct hallows_block ref;
  void *data;
  assert(hallows_open(&out, "refs") == HALLOWS_NO_ERROR);
  for (uint32_t block = 0; block < 3; block++) {
    fill(block, block);
    assert(hallows_give_block(&pool, block, 64, 1, &ref) == HALLOWS_NO_ERROR);
    hallows_send(&out, &ref, sizeof ref, HALLOWS_NO_DEADLINE);
  }
  hallows_sleep_until(hallows_now() + 400000);
  uint32_t still = hallows_reclaim_blocks(&pool);
  bool whole = is_whole(hallows_block_at(&pool, 0));
  /* A reference of before the fall is refused. */
  uint32_t status = hallows_take_block(&pool, &ref, &data);
  printf("away %u, %s, old reference %u\n", still, whole ? "whole" : "torn", status);
  return 0;
}

static int attack(void) {
  struct hallows_channel in;
  struct hallows_block ref;
  uint32_t length, blocks = pool.blocks, me = pool.member;
  assert(hallows_open(&in, "refs") == HALLOWS_NO_ERROR);
  assert(hallows_receive(&in, &ref, sizeof ref, &length, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
  struct hallows_result results[] = {
      hallows_pool_take(99, 0, 1),                              /* no such pool */
      hallows_pool_take(0, blocks, 1),                          /* no such block */
      hallows_pool_take(0, ref.index, ref.generation + 1),      /* another generation */
      hallows_pool_take(0, ref.index, 0),                       /* any generation, as the owner may */
      hallows_pool_take(0, ref.index + 1, 1),                   /* another's */
      hallows_pool_give(0, ref.index + 1, 0),                   /* another's */
      hallows_pool_give(0, ref.index, me),                      /* to itself */
      hallows_pool_give(0, ref.index, 77),                      /* to nobody */
      hallows_pool_give(0, ref.index, 0),                       /* before it was taken */
      hallows_pool_seal(0, ref.index),                          /* what another owns, or not a call of the mode */
      hallows_pool_release(0, ref.index + 1),                   /* what it has not */
      hallows_pool_take(0, ref.index, ref.generation),          /* right */
      hallows_pool_take(0, ref.index, ref.generation),          /* twice */
      hallows_pool_release(0, ref.index),                       /* right */
      hallows_pool_release(0, ref.index),                       /* twice */
      hallows_pool_take(0, (uint32_t)-1, (uint32_t)-1),
  };
  for (uint32_t index = 0; index < sizeof results / sizeof *results; index++)
    printf("%u ", (uint32_t)results[index].status);
  printf("\n");
  struct hallows_block wrong = ref;
  void *data;
  wrong.length = pool.block_bytes + 1;
  assert(hallows_take_block(&pool, &wrong, &data) == HALLOWS_INVALID_PARAM && data == NULL);
  /* And what is not mapped can't be touched. */
  *(volatile uint32_t *)hallows_block_at(&pool, ref.index) = 1;
  return 1;
}

/* Passes one block to the hostile, waits for its end, and goes on as if nothing had been. */
static int withstand(void) {
  struct hallows_channel out;
  struct hallows_block ref = {0};
  assert(hallows_open(&out, "refs") == HALLOWS_NO_ERROR);
  fill(2, 7);
  assert(seal_or_give(2, 1, &ref) == HALLOWS_NO_ERROR);
  hallows_send(&out, &ref, sizeof ref, HALLOWS_NO_DEADLINE);
  hallows_sleep_until(hallows_now() + 100000);
  uint32_t status = pool.mode == HALLOWS_POOL_MOVE ? hallows_reclaim_blocks(&pool) : hallows_release_block(&pool, 2);
  fill(2, 8);
  /* Who has stopped for good is given nothing. */
  uint32_t dead = pool.mode == HALLOWS_POOL_MOVE ? hallows_give_block(&pool, 2, 4, 1, &ref) : HALLOWS_NOT_AVAILABLE;
  printf("back %u, to the dead %u\n", status, dead);
  return 0;
}

/* Tries to unseal while "slow" reads, again and again: how often depends on the exact cycle at which slow lets go. */
static int spin(void) {
  struct hallows_channel out, back;
  struct hallows_block ref;
  uint32_t length, tries[ROUNDS];
  assert(hallows_open(&out, "refs") == HALLOWS_NO_ERROR && hallows_open(&back, "back") == HALLOWS_NO_ERROR);
  for (uint32_t round = 0; round < ROUNDS; round++) {
    assert(hallows_seal_block(&pool, 1, 4, &ref) == HALLOWS_NO_ERROR);
    hallows_send(&out, &ref, sizeof ref, HALLOWS_NO_DEADLINE);
    hallows_receive(&back, &ref, sizeof ref, &length, HALLOWS_NO_DEADLINE);
    tries[round] = 0;
    while (hallows_release_block(&pool, 1) == HALLOWS_NOT_AVAILABLE) tries[round]++;
  }
  for (uint32_t round = 0; round < ROUNDS; round++) printf("%u ", tries[round]);
  printf("\n");
  return 0;
}

static int take_slowly(void) {
  struct hallows_channel in, back;
  struct hallows_block ref;
  uint32_t length;
  void *data;
  assert(hallows_open(&in, "refs") == HALLOWS_NO_ERROR && hallows_open(&back, "back") == HALLOWS_NO_ERROR);
  for (uint32_t round = 0; round < ROUNDS; round++) {
    assert(hallows_receive(&in, &ref, sizeof ref, &length, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
    assert(hallows_take_block(&pool, &ref, &data) == HALLOWS_NO_ERROR);
    hallows_send(&back, &ref, sizeof ref, HALLOWS_NO_DEADLINE);
    for (volatile uint32_t pause = 0; pause < 400 + 77 * round; pause++);
    assert(hallows_release_block(&pool, ref.index) == HALLOWS_NO_ERROR);
  }
  return 0;
}

/* Writes to a block that it has sealed. */
static int break_seal(void) {
  struct hallows_block ref;
  fill(1, 1);
  assert(hallows_seal_block(&pool, 1, 8, &ref) == HALLOWS_NO_ERROR);
  assert(hallows_pool_seal(pool.index, 1).status == HALLOWS_NO_ACTION);
  printf("%s\n", is_whole(hallows_block_at(&pool, 1)) ? "reads" : "torn");
  *(volatile uint32_t *)hallows_block_at(&pool, 1) = 0;
  return 1;
}

int main(void) {
  const char *name = hallows_boot()->name;
  assert(hallows_open_pool(&pool, "frames") == HALLOWS_NO_ERROR);
  assert(hallows_pool_member(&pool, name) == (int)pool.member && hallows_pool_member(&pool, "nobody") == -1);
  if (strcmp(name, "reader") == 0) return take("refs", false);
  if (strcmp(name, "second") == 0) return take("more", false);
  if (strcmp(name, "falling") == 0) return take("refs", true);
  if (strcmp(name, "hostile") == 0) return attack();
  if (strcmp(name, "reclaimer") == 0) return reclaim();
  if (strcmp(name, "patient") == 0) return withstand();
  if (strcmp(name, "breaker") == 0) return break_seal();
  if (strcmp(name, "spinner") == 0) return spin();
  if (strcmp(name, "slow") == 0) return take_slowly();
  return own();
}
