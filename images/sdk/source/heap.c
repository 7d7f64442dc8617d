/*
 * The heap: blocks one after the other from heap_base up, each with its size before it. A freed block joins the free
 * ones beside it, so no two free blocks are neighbours; the last one joins what was never given (`top`).
 *
 *   block      +-------------------+
 *              | size_before       |  of the block before, when that is free; otherwise that block's last 8 bytes
 *              | size | IN_USE ... |  sizes are multiples of 16, with these 16 bytes; the low bits are free for flags
 *   memory     +-------------------+
 *              | given out         |  while free: next and previous of the same bin
 *              ...
 *   next block +-------------------+
 *
 * Free blocks lie in bins by size: one for each size up to 1 KiB, then four for each power of two. A word of bits says
 * which bins have any. Whatever is in a bin above that of the wanted size is large enough, so a search looks into one
 * bin, and then takes the first of the next.
 */

enum {
  UNIT = 16,
  LEAST_BLOCK = 32, /* a free block holds two sizes and two pointers */
  EXACT_BINS = 64,
  BINS = 256,
};
#define IN_USE ((size_t)1)
#define BEFORE_IN_USE ((size_t)2)
#define FLAGS ((size_t)15)

struct block {
  size_t size_before;
  size_t size_and_flags;
  struct block *next, *previous; /* while free */
};

static struct block *bins[BINS];
static uint64_t bin_has_blocks[BINS / 64];
static char *top;        /* where no block is yet */
static char *clean_from; /* what lies from here on was never given out, and is zero */
static struct hallows_lock heap_lock = {.number = HEAP_LOCK};

static size_t size_of(const struct block *block) { return block->size_and_flags & ~FLAGS; }
static struct block *at_offset(struct block *block, size_t bytes) { return (struct block *)((char *)block + bytes); }
static struct block *block_of(void *memory) { return (struct block *)((char *)memory - UNIT); }
static void *memory_of(struct block *block) { return (char *)block + UNIT; }

/* The last bin whose blocks may be as small as this. */
static unsigned bin_of(size_t size) {
  if (size / UNIT < EXACT_BINS) return (unsigned)(size / UNIT);
  unsigned power = 63 - (unsigned)__builtin_clzll(size);
  return EXACT_BINS + (power - 10) * 4 + (unsigned)(size >> (power - 2) & 3);
}

static void enter_bin(struct block *block) {
  unsigned bin = bin_of(size_of(block));
  block->previous = NULL;
  block->next = bins[bin];
  if (block->next != NULL) block->next->previous = block;
  bins[bin] = block;
  bin_has_blocks[bin / 64] |= 1ull << (bin % 64);
}

static void leave_bin(struct block *block) {
  unsigned bin = bin_of(size_of(block));
  if (block->next != NULL) block->next->previous = block->previous;
  if (block->previous != NULL) block->previous->next = block->next;
  else bins[bin] = block->next;
  if (bins[bin] == NULL) bin_has_blocks[bin / 64] &= ~(1ull << (bin % 64));
}

/* A free block of at least this size, still in its bin, or NULL. */
static struct block *find_free(size_t size) {
  unsigned bin = bin_of(size);
  for (struct block *block = bins[bin]; block != NULL; block = block->next) {
    if (size_of(block) >= size) return block;
  }
  for (unsigned word = ++bin / 64; word < BINS / 64; bin = ++word * 64) {
    uint64_t bits = bin_has_blocks[word] >> (bin % 64);
    if (bits != 0) return bins[bin + (unsigned)__builtin_ctzll(bits)];
  }
  return NULL;
}

/* Makes bytes that no bin holds a free block, together with free neighbours; at the end they go back to the top. */
static void make_free(struct block *block, size_t size, bool before_in_use) {
  if (!before_in_use) {
    struct block *before = at_offset(block, -block->size_before);
    leave_bin(before);
    size += block->size_before;
    block = before;
  }
  struct block *after = at_offset(block, size);
  if ((char *)after != top && (after->size_and_flags & IN_USE) == 0) {
    leave_bin(after);
    size += size_of(after);
    after = at_offset(block, size);
  }
  if ((char *)after == top) {
    top = (char *)block;
    return;
  }
  block->size_and_flags = size | BEFORE_IN_USE;
  after->size_before = size;
  after->size_and_flags &= ~BEFORE_IN_USE;
  enter_bin(block);
}

/* Ends a block that is in use after so many bytes, and frees what is left if that is a block. */
static void trim(struct block *block, size_t size) {
  size_t rest = size_of(block) - size;
  if (rest < LEAST_BLOCK) return;
  block->size_and_flags = size | (block->size_and_flags & FLAGS);
  make_free(at_offset(block, size), rest, true);
}

/* Moves the top up; false where the heap ends. The last 8 bytes of the last block lie above the top. */
static bool raise_top(size_t bytes) {
  if (top == NULL) top = clean_from = (char *)hallows_boot()->heap_base;
  size_t room = (size_t)((char *)hallows_boot()->heap_base + hallows_boot()->heap_bytes - top);
  if (room < UNIT || bytes > room - UNIT) return false;
  top += bytes;
  return true;
}

/* Size of the block that holds so much memory, or 0 when none can. */
static size_t block_size(size_t count) {
  if (count > hallows_boot()->heap_bytes) return 0;
  size_t size = (count + 8 + UNIT - 1) & ~(size_t)(UNIT - 1); /* the last 8 bytes lie in the next block's size_before */
  return size < LEAST_BLOCK ? LEAST_BLOCK : size;
}

/* A block in use, of at least this size, or NULL. */
static struct block *take_block(size_t size) {
  struct block *block = find_free(size);
  if (block != NULL) {
    leave_bin(block);
    block->size_and_flags |= IN_USE;
    at_offset(block, size_of(block))->size_and_flags |= BEFORE_IN_USE;
  } else {
    if (!raise_top(size)) return NULL;
    block = (struct block *)(top - size);
    block->size_and_flags = size | IN_USE | BEFORE_IN_USE;
  }
  return block;
}

/* The same with its memory at a multiple of `alignment`, a power of two: what lies before that is freed again. */
static struct block *take_aligned_block(size_t size, size_t alignment) {
  if (alignment <= UNIT) return take_block(size);
  struct block *block = alignment > hallows_boot()->heap_bytes ? NULL : take_block(size + alignment + LEAST_BLOCK);
  if (block == NULL) return NULL;
  size_t skipped = -(uintptr_t)memory_of(block) & (alignment - 1);
  if (skipped == 0) return block;
  if (skipped < LEAST_BLOCK) skipped += alignment;
  struct block *aligned = at_offset(block, skipped);
  bool before_in_use = (block->size_and_flags & BEFORE_IN_USE) != 0;
  aligned->size_and_flags = (size_of(block) - skipped) | IN_USE | BEFORE_IN_USE;
  make_free(block, skipped, before_in_use);
  return aligned;
}

/* What malloc and its kin share. Under another name, so that no compiler turns the inside of calloc into a calloc. */
static void *allocate(size_t count, size_t alignment, bool clears) {
  size_t size = block_size(count);
  hallows_take(&heap_lock);
  struct block *block = size == 0 ? NULL : take_aligned_block(size, alignment);
  size_t used = 0;
  if (block != NULL) {
    trim(block, size);
    char *memory = (char *)memory_of(block);
    if (clean_from > memory) used = (size_t)(clean_from - memory);
    if (memory + count > clean_from) clean_from = memory + count;
  }
  hallows_give(&heap_lock);
  if (block == NULL) {
    errno = ENOMEM;
    return NULL;
  }
  if (clears) memset(memory_of(block), 0, used < count ? used : count);
  return memory_of(block);
}

void *malloc(size_t count) { return allocate(count, UNIT, false); }

void *calloc(size_t members, size_t each) {
  size_t count;
  if (__builtin_mul_overflow(members, each, &count)) count = SIZE_MAX;
  return allocate(count, UNIT, true);
}

void *aligned_alloc(size_t alignment, size_t count) {
  if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
    errno = EINVAL;
    return NULL;
  }
  return allocate(count, alignment, false);
}

int posix_memalign(void **result, size_t alignment, size_t count) {
  if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
  void *memory = allocate(count, alignment, false);
  if (memory == NULL) return ENOMEM;
  *result = memory;
  return 0;
}

/* Under the lock. A block that was never given, or is free already, shows in its own or the next block's flags. */
static bool is_given(void *memory) {
  struct block *block = block_of(memory);
  if ((uintptr_t)memory % UNIT != 0 || (uintptr_t)block < hallows_boot()->heap_base || (char *)block >= top) return false;
  size_t size = size_of(block);
  if ((block->size_and_flags & IN_USE) == 0 || size < LEAST_BLOCK || size > (size_t)(top - (char *)block)) return false;
  struct block *after = at_offset(block, size);
  return (char *)after == top || (after->size_and_flags & BEFORE_IN_USE) != 0;
}

HALLOWS_NORETURN static void refuse_block(const char *function) {
  fprintf(stderr, "%s: a block that was not given, or was freed before\n", function);
  abort();
}

void free(void *memory) {
  if (memory == NULL) return;
  struct block *block = block_of(memory);
  hallows_take(&heap_lock);
  bool is_right = is_given(memory);
  if (is_right) {
    bool before_in_use = (block->size_and_flags & BEFORE_IN_USE) != 0;
    size_t size = size_of(block);
    block->size_and_flags &= ~IN_USE;
    make_free(block, size, before_in_use);
  }
  hallows_give(&heap_lock);
  if (!is_right) refuse_block("free");
}

/* Makes a block larger where it is; false where its neighbour is in use or too small. Under the lock. */
static bool extend(struct block *block, size_t size) {
  size_t old = size_of(block);
  struct block *after = at_offset(block, old);
  if ((char *)after == top) {
    if (!raise_top(size - old)) return false;
    block->size_and_flags += size - old;
    return true;
  }
  if ((after->size_and_flags & IN_USE) != 0 || old + size_of(after) < size) return false;
  leave_bin(after);
  block->size_and_flags += size_of(after);
  at_offset(block, size_of(block))->size_and_flags |= BEFORE_IN_USE;
  return true;
}

void *realloc(void *memory, size_t count) {
  if (memory == NULL) return malloc(count);
  if (count == 0) {
    free(memory);
    return NULL;
  }
  struct block *block = block_of(memory);
  size_t size = block_size(count);
  hallows_take(&heap_lock);
  bool is_right = is_given(memory);
  size_t old = is_right ? size_of(block) : 0;
  bool fits = is_right && size != 0 && (size <= old || extend(block, size));
  if (fits) {
    trim(block, size);
    if ((char *)memory + count > clean_from) clean_from = (char *)memory + count;
  }
  hallows_give(&heap_lock);
  if (!is_right) refuse_block("realloc");
  if (fits) return memory;
  void *larger = malloc(count);
  if (larger == NULL) return NULL;
  copy_up(larger, memory, old - 8);
  free(memory);
  return larger;
}

WEAK void *reallocarray(void *memory, size_t members, size_t each) {
  size_t count;
  if (__builtin_mul_overflow(members, each, &count)) count = SIZE_MAX;
  return realloc(memory, count);
}
