/*
 * Locks: a word that holds the thread's index and one, and whether others wait. The kernel is called where threads
 * meet, and nowhere else; it knows a lock by its number only, and the holder from whoever waits.
 */

#define AWAITED 0x80000000u

/* The SDK's own locks have the last numbers. */
enum {
  CONSOLE_LOCK = HALLOWS_MAX_LOCKS - 1,
  HEAP_LOCK = HALLOWS_MAX_LOCKS - 2,
  START_LOCK = HALLOWS_MAX_LOCKS - 3,
  FAREWELL_LOCK = HALLOWS_MAX_LOCKS - 4,
};

static bool replace_word(struct hallows_lock *lock, uint32_t old, uint32_t word) {
  return __atomic_compare_exchange_n(&lock->word, &old, word, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void hallows_take(struct hallows_lock *lock) {
  uint32_t me = hallows_thread_index() + 1;
  if (replace_word(lock, 0, me)) return;
  for (;;) {
    uint32_t word = lock->word;
    if (word == 0) {
      /* Others may wait still: only who has waited knows, so whoever has says so when it lets go. */
      if (replace_word(lock, 0, me | AWAITED)) return;
      continue;
    }
    if ((word & AWAITED) == 0 && !replace_word(lock, word, word | AWAITED)) continue;
    uint64_t status = hallows_call(HALLOWS_CALL_LOCK, lock->number, (word & ~AWAITED) - 1, 0).status;
    /* The holder has ended, and will never let go. */
    if (status == HALLOWS_NOT_AVAILABLE && replace_word(lock, word | AWAITED, me | AWAITED)) return;
    /* It is taken by this thread itself, or by one on a stack of its own making: as for ever as a lock can be. */
    if (status == HALLOWS_INVALID_PARAM) hallows_sleep_until(hallows_now() + hallows_cycles(100));
  }
}

void hallows_give(struct hallows_lock *lock) {
  uint32_t word = __atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE);
  if ((word & AWAITED) != 0) hallows_call(HALLOWS_CALL_UNLOCK, lock->number, 0, 0);
}
