/*
 * Deflate and inflate (RFC 1951), with Adler-32 around them (RFC 1950): lazy matching over hash chains, blocks with
 * codes of their own, of fixed codes, and stored ones, whichever is shortest; length-limited codes by package-merge.
 *
 * Checked: what inflate makes of it is the input, and its Adler-32 that of the stream. The checksum is a hash of the
 * streams, which any other inflate takes.
 */
#include "real.h"

enum {
  WINDOW = 32768,
  LEAST_MATCH = 3,
  MOST_MATCH = 258,
  HASH_BITS = 10,
  MOST_CHAIN = 32,
  GOOD_MATCH = 64,
  BLOCK_SYMBOLS = 4096,
  LITERALS = 286,
  DISTANCES = 30,
  END_OF_BLOCK = 256,
  MOST_BITS = 15,
  LENGTH_CODES = 19,
  INPUT = 1200,
  OUTPUT = INPUT * 2
};

static const uint16_t length_base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                         31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t distance_base[30] = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
                                           193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
static const uint8_t distance_extra[30] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                           6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
static const uint8_t length_order[LENGTH_CODES] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

/* --- Bits, the least significant first ---------------------------------------------------------------------------- */

struct writer {
  uint8_t *bytes;
  size_t length, most;
  uint64_t held;
  unsigned count;
};

static void put_byte(struct writer *to, uint8_t byte) {
  check(to->length < to->most);
  to->bytes[to->length++] = byte;
}

static void put_bits(struct writer *to, uint32_t value, unsigned count) {
  to->held |= (uint64_t)value << to->count;
  to->count += count;
  for (; to->count >= 8; to->count -= 8, to->held >>= 8) put_byte(to, (uint8_t)to->held);
}

static void put_align(struct writer *to) {
  if (to->count > 0) put_bits(to, 0, 8 - to->count);
}

struct reader {
  const uint8_t *bytes;
  size_t length, at;
  uint64_t held;
  unsigned count;
};

static void fill(struct reader *from, unsigned count) {
  for (; from->count < count && from->at < from->length; from->count += 8)
    from->held |= (uint64_t)from->bytes[from->at++] << from->count;
}

static uint32_t get_bits(struct reader *from, unsigned count) {
  fill(from, count);
  check(from->count >= count);
  uint32_t value = (uint32_t)(from->held & ((1ull << count) - 1));
  from->held >>= count;
  from->count -= count;
  return value;
}

static void get_align(struct reader *from) { get_bits(from, from->count % 8); }

/* --- Codes -------------------------------------------------------------------------------------------------------- */

struct code {
  uint8_t length[288];
  uint16_t bits[288];
};

static uint16_t reversed(uint16_t bits, unsigned length) {
  uint16_t result = 0;
  for (unsigned i = 0; i < length; i++) result |= (uint16_t)((bits >> i & 1) << (length - 1 - i));
  return result;
}

/* Canonical bits from lengths, RFC 1951 section 3.2.2. */
static void assign_bits(struct code *code, unsigned symbols) {
  uint16_t count[MOST_BITS + 1] = {0}, next[MOST_BITS + 1] = {0};
  for (unsigned i = 0; i < symbols; i++) count[code->length[i]]++;
  count[0] = 0;
  for (unsigned bits = 1; bits <= MOST_BITS; bits++) next[bits] = (uint16_t)((next[bits - 1] + count[bits - 1]) << 1);
  for (unsigned i = 0; i < symbols; i++)
    if (code->length[i] != 0) code->bits[i] = reversed(next[code->length[i]]++, code->length[i]);
}

struct leaf {
  uint32_t weight;
  uint16_t symbol;
};
/* A package of package-merge: its weight, and how many of the lightest leaves are in it, as a chain of choices. */
struct package {
  uint32_t weight;
  int16_t leaf;  /* or -1: two packages of the level below */
  int16_t first; /* place of the first of them */
};
static struct leaf leaves[288];
static struct package levels[MOST_BITS][2 * 288];
static uint16_t level_size[MOST_BITS];

static void sift_down(struct leaf *heap, unsigned at, unsigned size) {
  for (unsigned child; (child = 2 * at + 1) < size; at = child) {
    if (child + 1 < size && (heap[child + 1].weight > heap[child].weight ||
                             (heap[child + 1].weight == heap[child].weight && heap[child + 1].symbol > heap[child].symbol)))
      child++;
    if (heap[at].weight > heap[child].weight || (heap[at].weight == heap[child].weight && heap[at].symbol > heap[child].symbol))
      return;
    struct leaf moved = heap[at];
    heap[at] = heap[child];
    heap[child] = moved;
  }
}

static void sort_leaves(struct leaf *heap, unsigned size) {
  for (unsigned i = size / 2; i-- > 0;) sift_down(heap, i, size);
  for (unsigned end = size; end-- > 1;) {
    struct leaf moved = heap[0];
    heap[0] = heap[end];
    heap[end] = moved;
    sift_down(heap, 0, end);
  }
}

static void count_package(unsigned level, unsigned place, uint8_t *lengths) {
  const struct package *package = &levels[level][place];
  if (package->leaf >= 0) {
    lengths[leaves[package->leaf].symbol]++;
    return;
  }
  count_package(level - 1, (unsigned)package->first, lengths);
  count_package(level - 1, (unsigned)package->first + 1, lengths);
}

/* The best code whose lengths are at most `limit`: Larmore and Hirschberg's package-merge. */
static void make_code(struct code *code, const uint32_t *weights, unsigned symbols, unsigned limit) {
  unsigned count = 0;
  memset(code, 0, sizeof *code);
  for (unsigned i = 0; i < symbols; i++)
    if (weights[i] != 0) leaves[count++] = (struct leaf){weights[i], (uint16_t)i};
  if (count < 2) {
    /* A code of one symbol needs a bit all the same. */
    code->length[count == 0 ? 0 : leaves[0].symbol] = 1;
    assign_bits(code, symbols);
    return;
  }
  sort_leaves(leaves, count);
  for (unsigned level = 0; level < limit; level++) {
    unsigned leaf = 0, pair = 0, size = 0;
    unsigned pairs = level == 0 ? 0 : level_size[level - 1] / 2;
    while (leaf < count || pair < pairs) {
      const struct package *below = level == 0 ? NULL : &levels[level - 1][2 * pair];
      uint32_t pair_weight = pair < pairs ? below[0].weight + below[1].weight : UINT32_MAX;
      if (leaf < count && leaves[leaf].weight <= pair_weight) {
        levels[level][size++] = (struct package){leaves[leaf].weight, (int16_t)leaf, 0};
        leaf++;
      } else {
        levels[level][size++] = (struct package){pair_weight, -1, (int16_t)(2 * pair)};
        pair++;
      }
    }
    level_size[level] = (uint16_t)size;
  }
  for (unsigned place = 0; place < 2 * count - 2; place++) count_package(limit - 1, place, code->length);
  assign_bits(code, symbols);
}

static void fixed_codes(struct code *literals, struct code *distances) {
  for (unsigned i = 0; i < 288; i++) literals->length[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  for (unsigned i = 0; i < DISTANCES; i++) distances->length[i] = 5;
  assign_bits(literals, 288);
  assign_bits(distances, DISTANCES);
}

/* --- Deflate ------------------------------------------------------------------------------------------------------ */

struct symbol {
  uint16_t length; /* or a literal, where the distance is 0 */
  uint16_t distance;
};
static struct symbol symbols[BLOCK_SYMBOLS];
static unsigned symbol_count;
static int32_t heads[1 << HASH_BITS], previous[WINDOW];
static uint32_t literal_weights[LITERALS], distance_weights[DISTANCES];

static unsigned code_of(const uint16_t *bases, unsigned count, unsigned value) {
  unsigned low = 0, high = count - 1;
  while (low < high) {
    unsigned middle = (low + high + 1) / 2;
    if (bases[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

static unsigned hash_at(const uint8_t *at) {
  return ((uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2]) * 2654435761u >> (32 - HASH_BITS);
}

static void insert(const uint8_t *input, size_t at) {
  unsigned hash = hash_at(input + at);
  previous[at % WINDOW] = heads[hash];
  heads[hash] = (int32_t)at;
}

static unsigned longest_match(const uint8_t *input, size_t at, size_t length, unsigned *distance) {
  unsigned best = LEAST_MATCH - 1;
  size_t most = length - at < MOST_MATCH ? length - at : MOST_MATCH;
  if (most < LEAST_MATCH) return 0;
  int32_t candidate = heads[hash_at(input + at)];
  for (unsigned chain = 0; candidate >= 0 && at - (size_t)candidate <= WINDOW - 1 && chain < MOST_CHAIN; chain++) {
    const uint8_t *one = input + candidate, *other = input + at;
    if (best < most && one[best] == other[best]) {
      unsigned same = 0;
      while (same < most && one[same] == other[same]) same++;
      if (same > best) {
        best = same;
        *distance = (unsigned)(at - (size_t)candidate);
        if (best >= GOOD_MATCH) break;
      }
    }
    candidate = previous[candidate % WINDOW];
  }
  return best >= LEAST_MATCH ? best : 0;
}

static void put_symbols(struct writer *to, const struct code *literals, const struct code *distances) {
  for (unsigned i = 0; i < symbol_count; i++) {
    struct symbol symbol = symbols[i];
    if (symbol.distance == 0) {
      put_bits(to, literals->bits[symbol.length], literals->length[symbol.length]);
      continue;
    }
    unsigned code = code_of(length_base, 29, symbol.length);
    put_bits(to, literals->bits[257 + code], literals->length[257 + code]);
    put_bits(to, symbol.length - length_base[code], length_extra[code]);
    code = code_of(distance_base, DISTANCES, symbol.distance);
    put_bits(to, distances->bits[code], distances->length[code]);
    put_bits(to, symbol.distance - distance_base[code], distance_extra[code]);
  }
  put_bits(to, literals->bits[END_OF_BLOCK], literals->length[END_OF_BLOCK]);
}

static uint64_t cost_of(const struct code *literals, const struct code *distances) {
  uint64_t bits = 0;
  for (unsigned i = 0; i < LITERALS; i++)
    bits += (uint64_t)literal_weights[i] * (literals->length[i] + (i > 256 ? length_extra[i - 257] : 0u));
  for (unsigned i = 0; i < DISTANCES; i++)
    bits += (uint64_t)distance_weights[i] * (distances->length[i] + distance_extra[i]);
  return bits;
}

/* The lengths of both codes, run by run: RFC 1951 section 3.2.7. Returns how many there are. */
static unsigned run_lengths(const uint8_t *lengths, unsigned count, uint8_t *runs, uint8_t *extras) {
  unsigned size = 0;
  for (unsigned i = 0; i < count;) {
    unsigned run = 1;
    while (i + run < count && lengths[i + run] == lengths[i]) run++;
    if (lengths[i] == 0 && run >= 3) {
      if (run > 138) run = 138;
      runs[size] = run < 11 ? 17 : 18;
      extras[size++] = (uint8_t)(run < 11 ? run - 3 : run - 11);
    } else if (i > 0 && lengths[i] == lengths[i - 1] && run >= 3) {
      if (run > 6) run = 6;
      runs[size] = 16;
      extras[size++] = (uint8_t)(run - 3);
    } else {
      run = 1;
      runs[size] = lengths[i];
      extras[size++] = 0;
    }
    i += run;
  }
  return size;
}

static unsigned trimmed(const uint8_t *lengths, unsigned count, unsigned least) {
  while (count > least && lengths[count - 1] == 0) count--;
  return count;
}

static void put_block(struct writer *to, const uint8_t *input, size_t from, size_t end, bool is_last) {
  static struct code literals, distances, lengths, fixed_literals, fixed_distances;
  static uint8_t all[LITERALS + DISTANCES], runs[LITERALS + DISTANCES], extras[LITERALS + DISTANCES];
  literal_weights[END_OF_BLOCK] = 1;
  make_code(&literals, literal_weights, LITERALS, MOST_BITS);
  make_code(&distances, distance_weights, DISTANCES, MOST_BITS);
  fixed_codes(&fixed_literals, &fixed_distances);
  unsigned literal_count = trimmed(literals.length, LITERALS, 257);
  unsigned distance_count = trimmed(distances.length, DISTANCES, 1);
  memcpy(all, literals.length, literal_count);
  memcpy(all + literal_count, distances.length, distance_count);
  unsigned run_count = run_lengths(all, literal_count + distance_count, runs, extras);
  uint32_t weights[LENGTH_CODES] = {0};
  for (unsigned i = 0; i < run_count; i++) weights[runs[i]]++;
  make_code(&lengths, weights, LENGTH_CODES, 7);
  unsigned order_count = LENGTH_CODES;
  while (order_count > 4 && lengths.length[length_order[order_count - 1]] == 0) order_count--;
  uint64_t dynamic_bits = 14 + 3 * order_count + cost_of(&literals, &distances);
  for (unsigned i = 0; i < run_count; i++)
    dynamic_bits += lengths.length[runs[i]] + (runs[i] == 16 ? 2u : runs[i] == 17 ? 3u : runs[i] == 18 ? 7u : 0u);
  uint64_t fixed_bits = cost_of(&fixed_literals, &fixed_distances), stored_bits = (end - from) * 8 + 40;
  put_bits(to, is_last, 1);
  if (stored_bits < dynamic_bits && stored_bits < fixed_bits) {
    put_bits(to, 0, 2);
    put_align(to);
    put_bits(to, (uint32_t)(end - from), 16);
    put_bits(to, (uint32_t)(end - from) ^ 0xffff, 16);
    for (size_t i = from; i < end; i++) put_byte(to, input[i]);
  } else if (fixed_bits <= dynamic_bits) {
    put_bits(to, 1, 2);
    put_symbols(to, &fixed_literals, &fixed_distances);
  } else {
    put_bits(to, 2, 2);
    put_bits(to, literal_count - 257, 5);
    put_bits(to, distance_count - 1, 5);
    put_bits(to, order_count - 4, 4);
    for (unsigned i = 0; i < order_count; i++) put_bits(to, lengths.length[length_order[i]], 3);
    for (unsigned i = 0; i < run_count; i++) {
      put_bits(to, lengths.bits[runs[i]], lengths.length[runs[i]]);
      if (runs[i] >= 16) put_bits(to, extras[i], runs[i] == 16 ? 2 : runs[i] == 17 ? 3 : 7);
    }
    put_symbols(to, &literals, &distances);
  }
  symbol_count = 0;
  memset(literal_weights, 0, sizeof literal_weights);
  memset(distance_weights, 0, sizeof distance_weights);
}

static void add_symbol(unsigned length, unsigned distance) {
  symbols[symbol_count++] = (struct symbol){(uint16_t)length, (uint16_t)distance};
  if (distance == 0) {
    literal_weights[length]++;
  } else {
    literal_weights[257 + code_of(length_base, 29, length)]++;
    distance_weights[code_of(distance_base, DISTANCES, distance)]++;
  }
}

static uint32_t adler32(const uint8_t *bytes, size_t length) {
  uint32_t a = 1, b = 0;
  for (size_t i = 0; i < length; i++) {
    a += bytes[i];
    if (a >= 65521) a -= 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

static size_t deflate(const uint8_t *input, size_t length, uint8_t *output, size_t most) {
  struct writer to = {output, 0, most, 0, 0};
  for (unsigned i = 0; i < 1 << HASH_BITS; i++) heads[i] = -1;
  put_byte(&to, 0x78);
  put_byte(&to, 0x9c);
  size_t from = 0;
  symbol_count = 0;
  for (size_t at = 0; at < length;) {
    unsigned distance = 0, later_distance = 0;
    unsigned match = longest_match(input, at, length, &distance);
    if (at + LEAST_MATCH <= length) insert(input, at);
    /* Lazily: a longer match one byte later is worth a literal. */
    if (match != 0 && match < GOOD_MATCH && longest_match(input, at + 1, length, &later_distance) > match) match = 0;
    if (match == 0) {
      add_symbol(input[at++], 0);
    } else {
      add_symbol(match, distance);
      for (unsigned i = 1; i < match; i++)
        if (at + i + LEAST_MATCH <= length) insert(input, at + i);
      at += match;
    }
    if (symbol_count == BLOCK_SYMBOLS || at == length) {
      put_block(&to, input, from, at, at == length);
      from = at;
    }
  }
  put_align(&to);
  uint32_t sum = adler32(input, length);
  for (int shift = 24; shift >= 0; shift -= 8) put_byte(&to, (uint8_t)(sum >> shift));
  return to.length;
}

/* --- Inflate ------------------------------------------------------------------------------------------------------ */

enum { TABLE_BITS = 9 };
/* The first bits of a code select an entry; longer codes are found by their lengths' ranges. */
struct decoder {
  uint16_t table[1 << TABLE_BITS]; /* symbol << 4 | length, or 0 */
  uint16_t first[MOST_BITS + 2], offset[MOST_BITS + 2], count[MOST_BITS + 1];
  uint16_t sorted[288];
};

static void make_decoder(struct decoder *decoder, const uint8_t *lengths, unsigned symbols) {
  struct code code;
  memset(decoder, 0, sizeof *decoder);
  memcpy(code.length, lengths, symbols);
  assign_bits(&code, symbols);
  for (unsigned i = 0; i < symbols; i++) decoder->count[lengths[i]]++;
  decoder->count[0] = 0;
  for (unsigned bits = 1; bits <= MOST_BITS; bits++) {
    decoder->first[bits + 1] = (uint16_t)((decoder->first[bits] + decoder->count[bits]) << 1);
    decoder->offset[bits + 1] = (uint16_t)(decoder->offset[bits] + decoder->count[bits]);
  }
  uint16_t next[MOST_BITS + 2];
  memcpy(next, decoder->offset, sizeof next);
  for (unsigned i = 0; i < symbols; i++) {
    unsigned length = lengths[i];
    if (length == 0) continue;
    decoder->sorted[next[length]++] = (uint16_t)i;
    if (length > TABLE_BITS) continue;
    for (unsigned at = code.bits[i]; at < 1 << TABLE_BITS; at += 1u << length)
      decoder->table[at] = (uint16_t)(i << 4 | length);
  }
}

static unsigned get_symbol(struct reader *from, const struct decoder *decoder) {
  fill(from, MOST_BITS);
  unsigned entry = decoder->table[from->held & ((1 << TABLE_BITS) - 1)];
  if (entry != 0) {
    get_bits(from, entry & 15);
    return entry >> 4;
  }
  unsigned code = 0;
  for (unsigned length = 1; length <= MOST_BITS; length++) {
    code = code << 1 | (unsigned)(from->held >> (length - 1) & 1);
    if (code - decoder->first[length] < decoder->count[length]) {
      get_bits(from, length);
      return decoder->sorted[decoder->offset[length] + code - decoder->first[length]];
    }
  }
  check(false);
  return 0;
}

static void read_codes(struct reader *from, struct decoder *literals, struct decoder *distances) {
  static struct decoder lengths;
  uint8_t order_lengths[LENGTH_CODES] = {0}, all[LITERALS + DISTANCES + 4];
  unsigned literal_count = get_bits(from, 5) + 257, distance_count = get_bits(from, 5) + 1;
  unsigned order_count = get_bits(from, 4) + 4;
  check(literal_count <= LITERALS && distance_count <= DISTANCES);
  for (unsigned i = 0; i < order_count; i++) order_lengths[length_order[i]] = (uint8_t)get_bits(from, 3);
  make_decoder(&lengths, order_lengths, LENGTH_CODES);
  for (unsigned i = 0; i < literal_count + distance_count;) {
    unsigned symbol = get_symbol(from, &lengths), run = 1;
    uint8_t length = (uint8_t)symbol;
    if (symbol == 16) {
      check(i > 0);
      length = all[i - 1];
      run = 3 + get_bits(from, 2);
    } else if (symbol >= 17) {
      length = 0;
      run = symbol == 17 ? 3 + get_bits(from, 3) : 11 + get_bits(from, 7);
    }
    check(i + run <= literal_count + distance_count);
    while (run-- > 0) all[i++] = length;
  }
  make_decoder(literals, all, literal_count);
  make_decoder(distances, all + literal_count, distance_count);
}

static size_t inflate_block(struct reader *from, const struct decoder *literals, const struct decoder *distances,
                            uint8_t *output, size_t at, size_t most) {
  for (;;) {
    unsigned symbol = get_symbol(from, literals);
    if (symbol < END_OF_BLOCK) {
      check(at < most);
      output[at++] = (uint8_t)symbol;
      continue;
    }
    if (symbol == END_OF_BLOCK) return at;
    unsigned length = length_base[symbol - 257] + get_bits(from, length_extra[symbol - 257]);
    unsigned code = get_symbol(from, distances);
    unsigned distance = distance_base[code] + get_bits(from, distance_extra[code]);
    check(distance <= at && length <= most - at);
    for (; length > 0; length--, at++) output[at] = output[at - distance];
  }
}

static size_t inflate(const uint8_t *input, size_t length, uint8_t *output, size_t most) {
  static struct decoder literals, distances;
  struct reader from = {input, length, 0, 0, 0};
  size_t at = 0;
  uint32_t header = get_bits(&from, 8) << 8;
  header |= get_bits(&from, 8);
  check(header % 31 == 0 && (header >> 8 & 15) == 8);
  for (bool is_last = false; !is_last;) {
    is_last = get_bits(&from, 1) != 0;
    unsigned kind = get_bits(&from, 2);
    if (kind == 0) {
      get_align(&from);
      unsigned count = get_bits(&from, 16);
      check(count == (get_bits(&from, 16) ^ 0xffff) && count <= most - at);
      while (count-- > 0) output[at++] = (uint8_t)get_bits(&from, 8);
      continue;
    }
    check(kind < 3);
    if (kind == 1) {
      struct code fixed_literals, fixed_distances;
      fixed_codes(&fixed_literals, &fixed_distances);
      make_decoder(&literals, fixed_literals.length, 288);
      make_decoder(&distances, fixed_distances.length, DISTANCES);
    } else {
      read_codes(&from, &literals, &distances);
    }
    at = inflate_block(&from, &literals, &distances, output, at, most);
  }
  get_align(&from);
  uint32_t sum = 0;
  for (int i = 0; i < 4; i++) sum = sum << 8 | get_bits(&from, 8);
  check(sum == adler32(output, at));
  return at;
}

/* --- The work ----------------------------------------------------------------------------------------------------- */

enum { KINDS = 4 };
static uint8_t inputs[KINDS][INPUT], packed[OUTPUT], unpacked[INPUT];

void prepare(void) {
  static const char *const words[] = {"window ", "partition ", "the ", "of ", "core", "s, ", "a ", "message. ", "budget ", "runs "};
  uint64_t state = 4711;
  size_t at = 0;
  while (at < INPUT) {
    state = bench_next(state);
    for (const char *word = words[state % 10]; *word != '\0' && at < INPUT; word++) inputs[0][at++] = (uint8_t)*word;
  }
  for (at = 0; at < INPUT; at++) {
    state = bench_next(state);
    inputs[1][at] = (uint8_t)state;                                       /* noise: stored */
    inputs[2][at] = (uint8_t)(at / 8 % 64 + (at % 8 == 0 ? state & 3 : 0)); /* records */
    inputs[3][at] = (uint8_t)((state & 7) * (state >> 8 & 7) + 40);         /* few values, few matches */
  }
}

uint64_t work(uint64_t rounds) {
  static const size_t sizes[KINDS] = {INPUT, INPUT / 4, INPUT / 2, INPUT / 4};
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    for (unsigned kind = 0; kind < KINDS; kind++) {
      size_t length = deflate(inputs[kind], sizes[kind], packed, OUTPUT);
      bench_step();
      check(inflate(packed, length, unpacked, INPUT) == sizes[kind]);
      check(memcmp(unpacked, inputs[kind], sizes[kind]) == 0);
      checksum = bench_mix(checksum, hash_bytes(HASH_START, packed, length));
      bench_step();
    }
    /* A short one, whose codes are the fixed ones. */
    size_t length = deflate(inputs[0] + 100, 60, packed, OUTPUT);
    check(inflate(packed, length, unpacked, INPUT) == 60);
    checksum = bench_mix(checksum, hash_bytes(HASH_START, packed, length));
  }
  return checksum;
}
