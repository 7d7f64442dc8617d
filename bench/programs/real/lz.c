/*
 * A compressor of the LZ77 kind beside a set of sorting algorithms: many small functions, recursion, and calls through
 * pointers. The compressor finds matches by hashes of four bytes and codes its tokens by an adaptive binary range
 * coder; the sorters (insertion, shell, heap, merge, quick, radix, comb, introspective) share one table and take their
 * order as a function.
 *
 * Checked: what is unpacked is the input, and each sorter's result is ordered and a permutation of what it was given.
 * The checksum is of the packed bytes, of what was sorted, and of how many comparisons each sorter made.
 */
#include "real.h"

/* --- A range coder: bits by their probabilities, which learn ------------------------------------------------------ */

enum { PROBABILITY_BITS = 11, LEARNING = 5, TOP = 1 << 24 };
typedef uint16_t probability;

struct encoder {
  uint8_t *bytes;
  size_t length, most;
  uint64_t low, pending;
  uint32_t range;
  uint8_t held;
  bool is_first;
};
struct decoder {
  const uint8_t *bytes;
  size_t at, length;
  uint32_t range, code;
};

static void encoder_put(struct encoder *to, uint8_t byte) {
  check(to->length < to->most);
  to->bytes[to->length++] = byte;
}

/* A carry may still reach bytes that are 255: they wait. */
static void encoder_shift(struct encoder *to) {
  if (to->low < 0xff000000u || to->low > UINT32_MAX) {
    uint8_t carry = (uint8_t)(to->low >> 32);
    if (!to->is_first) encoder_put(to, (uint8_t)(to->held + carry));
    to->is_first = false;
    for (; to->pending > 0; to->pending--) encoder_put(to, (uint8_t)(0xff + carry));
    to->held = (uint8_t)(to->low >> 24);
  } else {
    to->pending++;
  }
  to->low = (to->low & 0x00ffffffu) << 8;
}

static void encoder_begin(struct encoder *to, uint8_t *bytes, size_t most) {
  *to = (struct encoder){.bytes = bytes, .most = most, .range = UINT32_MAX, .is_first = true};
}
static size_t encoder_end(struct encoder *to) {
  for (unsigned i = 0; i < 5; i++) encoder_shift(to);
  return to->length;
}

static void learn(probability *of, bool bit) {
  if (bit) *of = (probability)(*of - (*of >> LEARNING));
  else *of = (probability)(*of + (((1 << PROBABILITY_BITS) - *of) >> LEARNING));
}

static void encode_bit(struct encoder *to, probability *of, bool bit) {
  uint32_t bound = (to->range >> PROBABILITY_BITS) * *of;
  if (bit) {
    to->low += bound;
    to->range -= bound;
  } else {
    to->range = bound;
  }
  learn(of, bit);
  for (; to->range < TOP; to->range <<= 8) encoder_shift(to);
}

static uint8_t decoder_byte(struct decoder *from) { return from->at < from->length ? from->bytes[from->at++] : 0; }

static void decoder_begin(struct decoder *from, const uint8_t *bytes, size_t length) {
  *from = (struct decoder){.bytes = bytes, .length = length, .range = UINT32_MAX};
  for (unsigned i = 0; i < 4; i++) from->code = from->code << 8 | decoder_byte(from);
}

static bool decode_bit(struct decoder *from, probability *of) {
  uint32_t bound = (from->range >> PROBABILITY_BITS) * *of;
  bool bit = from->code >= bound;
  if (bit) {
    from->code -= bound;
    from->range -= bound;
  } else {
    from->range = bound;
  }
  learn(of, bit);
  for (; from->range < TOP; from->range <<= 8) from->code = from->code << 8 | decoder_byte(from);
  return bit;
}

static void encode_tree(struct encoder *to, probability *tree, unsigned bits, unsigned value) {
  for (unsigned node = 1; bits-- > 0;) {
    bool bit = (value >> bits & 1) != 0;
    encode_bit(to, &tree[node], bit);
    node = node * 2 + bit;
  }
}
static unsigned decode_tree(struct decoder *from, probability *tree, unsigned bits) {
  unsigned node = 1;
  for (unsigned i = 0; i < bits; i++) node = node * 2 + decode_bit(from, &tree[node]);
  return node - (1u << bits);
}

/* --- The compressor ----------------------------------------------------------------------------------------------- */

enum { LEAST = 4, MOST = LEAST + 63, HASH_BITS = 9, INPUT = 900, PACKED = 2000, SLOT_BITS = 4 };
struct model {
  probability is_match[2], is_repeated[2], literals[4][256], lengths[64], slots[1 << SLOT_BITS], low[1 << SLOT_BITS][16];
};
static struct model model;
static int32_t latest[1 << HASH_BITS];
static uint8_t input[INPUT], packed[PACKED], unpacked[INPUT];

static void model_begin(void) {
  probability *at = (probability *)&model;
  for (size_t i = 0; i < sizeof model / sizeof *at; i++) at[i] = 1 << (PROBABILITY_BITS - 1);
}

static unsigned hash_at(const uint8_t *at) {
  uint32_t word;
  memcpy(&word, at, sizeof word);
  return word * 2654435761u >> (32 - HASH_BITS);
}

static unsigned match_length(const uint8_t *one, const uint8_t *other, size_t most) {
  unsigned length = 0;
  while (length < most && one[length] == other[length]) length++;
  return length;
}

static unsigned literal_context(const uint8_t *bytes, size_t at) { return at == 0 ? 0 : bytes[at - 1] >> 6; }

/* A distance is a number of bits and then the bits below the first, four at most by a tree, the rest evenly. */
static void encode_distance(struct encoder *to, unsigned distance) {
  unsigned bits = 31u - (unsigned)__builtin_clz(distance), low = bits < 4 ? bits : 4;
  probability even;
  encode_tree(to, model.slots, SLOT_BITS, bits);
  for (unsigned i = bits; i-- > low;) {
    even = 1 << (PROBABILITY_BITS - 1);
    encode_bit(to, &even, (distance >> i & 1) != 0);
  }
  encode_tree(to, model.low[bits], low, distance & ((1u << low) - 1));
}
static unsigned decode_distance(struct decoder *from) {
  unsigned bits = decode_tree(from, model.slots, SLOT_BITS), low = bits < 4 ? bits : 4, distance = 1;
  probability even;
  for (unsigned i = bits; i-- > low;) {
    even = 1 << (PROBABILITY_BITS - 1);
    distance = distance * 2 + decode_bit(from, &even);
  }
  return distance << low | decode_tree(from, model.low[bits], low);
}

static size_t pack(const uint8_t *bytes, size_t length) {
  struct encoder to;
  unsigned repeated = 0;
  bool was_match = false;
  encoder_begin(&to, packed, PACKED);
  model_begin();
  for (unsigned i = 0; i < 1 << HASH_BITS; i++) latest[i] = -1;
  for (size_t at = 0; at < length;) {
    size_t most = length - at < MOST ? length - at : MOST;
    unsigned best = 0, distance = 0;
    if (most >= LEAST) {
      int32_t candidate = latest[hash_at(bytes + at)];
      latest[hash_at(bytes + at)] = (int32_t)at;
      if (candidate >= 0) {
        distance = (unsigned)(at - (size_t)candidate);
        best = match_length(bytes + candidate, bytes + at, most);
      }
    }
    if (repeated != 0 && repeated <= at && match_length(bytes + at - repeated, bytes + at, most) + 1 >= best) {
      best = match_length(bytes + at - repeated, bytes + at, most);
      distance = repeated;
    }
    bool is_match = best >= LEAST;
    encode_bit(&to, &model.is_match[was_match], is_match);
    was_match = is_match;
    if (!is_match) {
      encode_tree(&to, model.literals[literal_context(bytes, at)], 8, bytes[at]);
      at++;
      continue;
    }
    encode_tree(&to, model.lengths, 6, best - LEAST);
    encode_bit(&to, &model.is_repeated[repeated != 0], distance == repeated);
    if (distance != repeated) encode_distance(&to, distance);
    repeated = distance;
    at += best;
  }
  return encoder_end(&to);
}

static void unpack(const uint8_t *bytes, size_t length, size_t size) {
  struct decoder from;
  unsigned repeated = 0;
  bool was_match = false;
  decoder_begin(&from, bytes, length);
  model_begin();
  for (size_t at = 0; at < size;) {
    was_match = decode_bit(&from, &model.is_match[was_match]);
    if (!was_match) {
      unpacked[at] = (uint8_t)decode_tree(&from, model.literals[literal_context(unpacked, at)], 8);
      at++;
      continue;
    }
    unsigned count = decode_tree(&from, model.lengths, 6) + LEAST;
    if (!decode_bit(&from, &model.is_repeated[repeated != 0])) repeated = decode_distance(&from);
    check(repeated != 0 && repeated <= at && count <= size - at);
    for (; count > 0; count--, at++) unpacked[at] = unpacked[at - repeated];
  }
}

/* --- Sorters ------------------------------------------------------------------------------------------------------ */

enum { RECORDS = 96 };
struct record {
  uint32_t key, second, place;
};
typedef int (*comparison)(const struct record *one, const struct record *other);
typedef void (*sorter)(struct record *records, unsigned count, comparison compare);
static uint64_t compared;
static struct record spare[RECORDS];

static int by_key(const struct record *one, const struct record *other) {
  compared++;
  return one->key < other->key ? -1 : one->key > other->key;
}
static int by_second_then_key(const struct record *one, const struct record *other) {
  if (one->second != other->second) return compared++, one->second < other->second ? -1 : 1;
  return by_key(one, other);
}
static int by_key_downward(const struct record *one, const struct record *other) { return by_key(other, one); }
static int by_bits(const struct record *one, const struct record *other) {
  int order = __builtin_popcount(one->key) - __builtin_popcount(other->key);
  return order != 0 ? order : by_key(one, other);
}

static void swap(struct record *one, struct record *other) {
  struct record moved = *one;
  *one = *other;
  *other = moved;
}

static void insertion_sort(struct record *records, unsigned count, comparison compare) {
  for (unsigned i = 1; i < count; i++) {
    struct record moved = records[i];
    unsigned at = i;
    for (; at > 0 && compare(&records[at - 1], &moved) > 0; at--) records[at] = records[at - 1];
    records[at] = moved;
  }
}

static void shell_sort(struct record *records, unsigned count, comparison compare) {
  static const unsigned gaps[] = {57, 23, 10, 4, 1};
  for (unsigned g = 0; g < 5; g++)
    for (unsigned i = gaps[g]; i < count; i++)
      for (unsigned at = i; at >= gaps[g] && compare(&records[at - gaps[g]], &records[at]) > 0; at -= gaps[g])
        swap(&records[at - gaps[g]], &records[at]);
}

static void sift(struct record *records, unsigned at, unsigned count, comparison compare) {
  unsigned child = 2 * at + 1;
  if (child >= count) return;
  if (child + 1 < count && compare(&records[child], &records[child + 1]) < 0) child++;
  if (compare(&records[at], &records[child]) >= 0) return;
  swap(&records[at], &records[child]);
  sift(records, child, count, compare);
}

static void heap_sort(struct record *records, unsigned count, comparison compare) {
  for (unsigned i = count / 2; i-- > 0;) sift(records, i, count, compare);
  while (count > 1) {
    swap(&records[0], &records[--count]);
    sift(records, 0, count, compare);
  }
}

static void merge_sort(struct record *records, unsigned count, comparison compare) {
  if (count < 2) return;
  unsigned half = count / 2, left = 0, right = half;
  merge_sort(records, half, compare);
  merge_sort(records + half, count - half, compare);
  for (unsigned at = 0; at < count; at++) {
    bool takes_left = right == count || (left < half && compare(&records[left], &records[right]) <= 0);
    spare[at] = records[takes_left ? left++ : right++];
  }
  memcpy(records, spare, count * sizeof *records);
}

static struct record *median_of_three(struct record *a, struct record *b, struct record *c, comparison compare) {
  if (compare(a, b) < 0) return compare(b, c) < 0 ? b : compare(a, c) < 0 ? c : a;
  return compare(a, c) < 0 ? a : compare(b, c) < 0 ? c : b;
}

static unsigned partition(struct record *records, unsigned count, comparison compare) {
  swap(&records[0], median_of_three(&records[0], &records[count / 2], &records[count - 1], compare));
  unsigned last = 0;
  for (unsigned i = 1; i < count; i++)
    if (compare(&records[i], &records[0]) < 0) swap(&records[++last], &records[i]);
  swap(&records[0], &records[last]);
  return last;
}

static void quick_sort(struct record *records, unsigned count, comparison compare) {
  if (count < 2) return;
  unsigned middle = partition(records, count, compare);
  quick_sort(records, middle, compare);
  quick_sort(records + middle + 1, count - middle - 1, compare);
}

static void introspect(struct record *records, unsigned count, unsigned depth, comparison compare) {
  for (; count > 12; depth--) {
    if (depth == 0) {
      heap_sort(records, count, compare);
      return;
    }
    unsigned middle = partition(records, count, compare);
    introspect(records + middle + 1, count - middle - 1, depth - 1, compare);
    count = middle;
  }
  insertion_sort(records, count, compare);
}
static void introspective_sort(struct record *records, unsigned count, comparison compare) {
  introspect(records, count, 2 * (31u - (unsigned)__builtin_clz(count)), compare);
}

static void comb_sort(struct record *records, unsigned count, comparison compare) {
  bool has_swapped = true;
  for (unsigned gap = count; gap > 1 || has_swapped;) {
    gap = gap * 10 / 13 == 0 ? 1 : gap * 10 / 13;
    has_swapped = false;
    for (unsigned i = 0; i + gap < count; i++) {
      if (compare(&records[i], &records[i + gap]) <= 0) continue;
      swap(&records[i], &records[i + gap]);
      has_swapped = true;
    }
  }
}

/* By the bytes of their keys, whatever the order that is asked for; then that order by insertion. */
static void radix_sort(struct record *records, unsigned count, comparison compare) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    unsigned starts[257] = {0};
    for (unsigned i = 0; i < count; i++) starts[(records[i].key >> shift & 255) + 1]++;
    for (unsigned i = 1; i <= 256; i++) starts[i] += starts[i - 1];
    for (unsigned i = 0; i < count; i++) spare[starts[records[i].key >> shift & 255]++] = records[i];
    memcpy(records, spare, count * sizeof *records);
  }
  insertion_sort(records, count, compare);
}

static const sorter sorters[] = {insertion_sort, shell_sort, heap_sort, merge_sort, quick_sort, introspective_sort, comb_sort, radix_sort};
static const comparison comparisons[] = {by_key, by_second_then_key, by_key_downward, by_bits};
enum { SORTERS = 8, COMPARISONS = 4 };

/* --- The work ----------------------------------------------------------------------------------------------------- */

static struct record records[RECORDS], sorted[RECORDS];

void prepare(void) {
  static const char *const words[] = {"slot ", "ring ", "page fault ", "core 3: ", "wakes\n", "waits\n", "0x7f", "cycle "};
  uint64_t state = 31;
  for (size_t at = 0; at < INPUT;) {
    state = bench_next(state);
    for (const char *word = words[state % 8]; *word != '\0' && at < INPUT; word++) input[at++] = (uint8_t)*word;
  }
  for (unsigned i = 0; i < RECORDS; i++) {
    state = bench_next(state);
    records[i] = (struct record){(uint32_t)state, (uint32_t)(state >> 40) % 10, i};
  }
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    size_t length = pack(input, INPUT);
    bench_step();
    unpack(packed, length, INPUT);
    check(memcmp(input, unpacked, INPUT) == 0);
    checksum = bench_mix(checksum, hash_bytes(HASH_START, packed, length));
    for (unsigned s = 0; s < SORTERS; s++) {
      comparison compare = comparisons[s % COMPARISONS];
      uint64_t places = 0;
      memcpy(sorted, records, sizeof sorted);
      compared = 0;
      bench_step();
      sorters[s](sorted, RECORDS, compare);
      checksum = bench_mix(checksum, compared);
      for (unsigned i = 0; i < RECORDS; i++) places += 1ull << (sorted[i].place % 48);
      for (unsigned i = 1; i < RECORDS; i++) check(compare(&sorted[i - 1], &sorted[i]) <= 0);
      check(places == 2 * ((1ull << 48) - 1));
      checksum = bench_mix(checksum, hash_bytes(HASH_START, sorted, sizeof sorted));
    }
  }
  return checksum;
}
