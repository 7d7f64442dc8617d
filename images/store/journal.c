/*
 * journal.c: a store of keys and values that survives a loss of power at any write. It writes a log of records, four of
 * them a group, and promises a group once a flush has come back that was begun after its records were written.
 *
 * A record is two sectors, so it can be torn. Its checksum covers all of it, and begins with the checksum of the record
 * before it: so a record that an earlier life left behind a gap belongs to nothing, however good it is by itself. At
 * its start the program reads the log up to the first record that isn't good, and goes on behind it.
 *
 * It reports (hallows_report) what it appended, promised and recovered, as NUMBER << 32 | CHECKSUM of the last record.
 * `npm run campaign:store` cuts the power and holds it to that. With ANSWERS_EARLY, FORGETS_CHECKSUM or FORGETS_CHAIN
 * it has a mistake that the campaign must find.
 */
#include <hallows.h>

enum { RECORD_SECTORS = 2, GROUP = 4, KEYS = 16, VALUE_WORDS = 248 };
enum { APPENDED = 1, PROMISED = 2, RECOVERED = 3 };
enum { MAGIC = 0x4c4e524a };

struct record {
  uint32_t magic;
  uint32_t life;   /* which start of the program wrote it, from 1 */
  uint64_t number; /* from 1 */
  uint32_t key;
  uint32_t checksum; /* of all the rest, and what was before */
  uint64_t reserved;
  uint32_t value[VALUE_WORDS];
};

static struct hallows_store disk;
static uint32_t crc_table[256];

/* What the log says: the value of each key, by the number of the record that set it. */
static uint64_t latest[KEYS];
static uint64_t count;
static uint32_t last_checksum;
static uint32_t life = 1;

static void make_crc_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    crc_table[byte] = crc;
  }
}

static uint32_t checksum_of(const struct record *record, uint32_t before) {
  struct record copy = *record;
  copy.checksum = 0;
#ifdef FORGETS_CHAIN
  before = 0;
#endif
  uint32_t crc = ~before;
  const uint8_t *bytes = (const uint8_t *)&copy;
  for (size_t at = 0; at < sizeof copy; at++) crc = crc >> 8 ^ crc_table[(uint8_t)crc ^ bytes[at]];
  return ~crc;
}

static void tell(uint32_t what) { hallows_report(HALLOWS_REPORT_NOTE, what, count << 32 | last_checksum); }

static void must(uint32_t status, const char *what) {
  if (status == HALLOWS_NO_ERROR) return;
  printf("the disk can't %s: status %u\n", what, status);
  exit(1);
}

/* A group of the log, read in one go. */
static struct record group[GROUP];
static uint64_t record_sector(uint64_t number) { return (number - 1) * RECORD_SECTORS; }
static uint64_t capacity(void) { return disk.sector_count / RECORD_SECTORS / GROUP * GROUP; }

/* Whether a record is the next one of the log; then it is taken in. */
static bool take(const struct record *record) {
  if (record->magic != MAGIC || record->number != count + 1 || record->key >= KEYS) return false;
  uint32_t checksum = checksum_of(record, last_checksum);
#ifndef FORGETS_CHECKSUM
  if (record->checksum != checksum) return false;
#endif
  latest[record->key] = ++count;
  last_checksum = checksum;
  life = record->life + 1;
  return true;
}

static void recover(void) {
  bool goes_on = true;
  while (goes_on && count < capacity()) {
    must(hallows_store_read(&disk, record_sector(count + 1), GROUP * RECORD_SECTORS, group), "read");
    for (int index = 0; index < GROUP && goes_on; index++) goes_on = take(&group[index]);
  }
  /* What was found may still be on its way to the disk, where only the program has fallen and not the power. */
  must(hallows_store_flush(&disk), "flush");
  tell(RECOVERED);
}

static uint32_t draw(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  return *state ^= *state << 5;
}

/* Makes the next record, and begins to write it. */
static void append(struct record *record) {
  uint32_t state = (uint32_t)(count + 1) * 2654435761u ^ life * 40503u;
  memset(record, 0, sizeof *record);
  record->magic = MAGIC;
  record->life = life;
  record->number = ++count;
  record->key = draw(&state) % KEYS;
  for (int word = 0; word < VALUE_WORDS; word++) record->value[word] = draw(&state);
  record->checksum = last_checksum = checksum_of(record, last_checksum);
  latest[record->key] = count;
  must(hallows_store_begin(&disk, HALLOWS_STORE_WRITE, count, record_sector(count), RECORD_SECTORS, record), "write");
  tell(APPENDED);
}

static void finish_requests(void) {
  uint64_t tag;
  while (disk.under_way > 0) must(hallows_store_next(&disk, &tag, NULL, 0, HALLOWS_NO_DEADLINE), "write");
}

static void forget(void) {
  memset(latest, 0, sizeof latest);
  count = last_checksum = 0;
  life = 1;
}

int main(void) {
  make_crc_table();
  must(hallows_store_open(&disk, "disk"), "be opened");
  /* In the campaign: looks at one disk after another, which is another each time. */
  while (strcmp(hallows_boot()->name, "checker") == 0) {
    forget();
    recover();
  }
  recover();
  uint64_t found = count;
  int keys = 0;
  for (int key = 0; key < KEYS; key++) keys += latest[key] != 0;
  printf("%lu records of %d keys were there, of %u lives\n", found, keys, life - 1);
  while (count + GROUP <= capacity()) {
    for (int index = 0; index < GROUP; index++) append(&group[index]);
#ifdef ANSWERS_EARLY
    tell(PROMISED);
#endif
    finish_requests();
    must(hallows_store_flush(&disk), "flush");
#ifndef ANSWERS_EARLY
    tell(PROMISED);
#endif
  }
  printf("%lu records were promised, and the log is full\n", count - found);
  return 0;
}
