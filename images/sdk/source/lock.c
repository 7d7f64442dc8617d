/*
 * Locks between the threads of this partition. They run on one core, so whoever finds a lock taken lets go of the core.
 */

typedef volatile uint8_t lock_word;

static void take(lock_word *lock) {
  while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) != 0) hallows_sleep_until(hallows_now() + hallows_cycles(100));
}
static void give(lock_word *lock) { __atomic_store_n(lock, 0, __ATOMIC_RELEASE); }
