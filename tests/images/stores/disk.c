/*
 * What a program can do with a store of 64 sectors of 512 bytes, whose requests carry up to four. Each check prints
 * what is wrong; nothing is printed but the last line when all is right.
 */
#include <hallows.h>

enum { SECTOR = 512, SECTORS = 64, LONG = 40 };

static struct hallows_store disk;
static uint8_t out[LONG * SECTOR], in[LONG * SECTOR];

static void expect(uint32_t is, uint32_t should_be, int line) {
  if (is != should_be) printf("line %d: %u and not %u\n", line, is, should_be);
}
#define EXPECT(is, should_be) expect((uint32_t)(is), (uint32_t)(should_be), __LINE__)

/* Any number of sectors, in as many requests as it takes. */
static void long_transfers(void) {
  for (int at = 0; at < LONG * SECTOR; at++) out[at] = (uint8_t)(at / SECTOR * 7 + at);
  EXPECT(hallows_store_write(&disk, 3, LONG, out), HALLOWS_NO_ERROR);
  EXPECT(hallows_store_read(&disk, 3, LONG, in), HALLOWS_NO_ERROR);
  EXPECT(memcmp(out, in, sizeof out), 0);
  EXPECT(hallows_store_flush(&disk), HALLOWS_NO_ERROR);
}

static void bounds(void) {
  EXPECT(hallows_store_read(&disk, SECTORS - 1, 2, in), HALLOWS_STORE_OUT_OF_BOUNDS);
  EXPECT(hallows_store_write(&disk, ~0ull, 1, out), HALLOWS_STORE_OUT_OF_BOUNDS);
  EXPECT(hallows_store_begin(&disk, 77, 0, 0, 1, NULL), HALLOWS_NO_ERROR);
  uint64_t tag;
  EXPECT(hallows_store_next(&disk, &tag, NULL, 0, HALLOWS_NO_DEADLINE), HALLOWS_STORE_INVALID);
  EXPECT(hallows_store_begin(&disk, HALLOWS_STORE_READ, 0, 0, 5, NULL), HALLOWS_TOO_LONG);
  EXPECT(hallows_store_read(&disk, SECTORS - 1, 1, in), HALLOWS_NO_ERROR);
}

/* Many under way: one doorbell, and each reply when it is due. A read takes longer than a write, a flush longest. */
static void many(void) {
  uint32_t slots = disk.call.requests.slots, doorbells = disk.call.requests.doorbells;
  EXPECT(hallows_store_begin(&disk, HALLOWS_STORE_FLUSH, 100, 0, 0, NULL), HALLOWS_NO_ERROR);
  EXPECT(hallows_store_begin(&disk, HALLOWS_STORE_READ, 101, 5, 1, NULL), HALLOWS_NO_ERROR);
  for (uint32_t count = 2; count < slots; count++)
    EXPECT(hallows_store_begin(&disk, HALLOWS_STORE_WRITE, 100 + count, count, 1, out), HALLOWS_NO_ERROR);
  EXPECT(hallows_store_begin(&disk, HALLOWS_STORE_WRITE, 0, 0, 1, out), HALLOWS_NOT_AVAILABLE);
  EXPECT(hallows_store_flush(&disk), HALLOWS_NOT_AVAILABLE);
  hallows_store_submit(&disk);
  EXPECT(disk.call.requests.doorbells - doorbells, 1);
  uint64_t tag, start = hallows_now();
  EXPECT(hallows_store_next(&disk, &tag, NULL, 0, start + 100), HALLOWS_TIMED_OUT);
  for (uint32_t count = 2; count < slots; count++) {
    EXPECT(hallows_store_next(&disk, &tag, NULL, 0, HALLOWS_NO_DEADLINE), HALLOWS_NO_ERROR);
    EXPECT(tag, 100 + count);
  }
  EXPECT(hallows_store_next(&disk, &tag, in, 1, HALLOWS_NO_DEADLINE), HALLOWS_NO_ERROR);
  EXPECT(tag, 101);
  EXPECT(memcmp(in, out + 2 * SECTOR, SECTOR), 0);
  EXPECT(hallows_store_next(&disk, &tag, NULL, 0, HALLOWS_NO_DEADLINE), HALLOWS_NO_ERROR);
  EXPECT(tag, 100);
  uint64_t passed = hallows_microseconds(hallows_now() - start);
  EXPECT(passed >= 880 && passed < 1000, true);
}

static void discarded(void) {
  EXPECT(hallows_store_begin(&disk, HALLOWS_STORE_DISCARD, 0, 0, SECTORS, NULL), HALLOWS_NO_ERROR);
  uint64_t tag;
  EXPECT(hallows_store_next(&disk, &tag, NULL, 0, HALLOWS_NO_DEADLINE), HALLOWS_NO_ERROR);
  EXPECT(hallows_store_read(&disk, 4, 1, in), HALLOWS_NO_ERROR);
  for (int at = 0; at < SECTOR; at++) EXPECT(in[at], 0);
}

int main(void) {
  EXPECT(hallows_store_open(&disk, "disk"), HALLOWS_NO_ERROR);
  EXPECT(disk.sector_bytes, SECTOR);
  EXPECT(disk.sector_count, SECTORS);
  EXPECT(disk.most_sectors, 4);
  long_transfers();
  bounds();
  many();
  discarded();
  /* In another life nothing is under way, whatever was. */
  hallows_store_begin(&disk, HALLOWS_STORE_FLUSH, 1, 0, 0, NULL);
  hallows_store_submit(&disk);
  if (hallows_boot()->generation == 1) __asm__ volatile("ud2");
  printf("done\n");
  return 0;
}
