/* An open hash map with growth, on malloc and free: pointers, modulo, string comparison. Exit code 23. */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
  char *key; /* owned; NULL when free */
  uint32_t hash;
  int value;
};
struct map {
  struct entry *entries;
  size_t capacity; /* a power of two */
  size_t count;
  size_t probes;
};

/* FNV-1a. */
static uint32_t hash_of(const char *key) {
  uint32_t hash = 2166136261u;
  for (; *key != 0; key++) hash = (hash ^ (uint8_t)*key) * 16777619u;
  return hash;
}

/* The key's entry, or the free one where it belongs. */
static struct entry *find(struct map *map, const char *key, uint32_t hash) {
  for (size_t at = hash & (map->capacity - 1);; at = (at + 1) & (map->capacity - 1)) {
    struct entry *entry = &map->entries[at];
    map->probes++;
    if (entry->key == NULL || (entry->hash == hash && strcmp(entry->key, key) == 0)) return entry;
  }
}

static void grow(struct map *map) {
  struct map larger = {.capacity = map->capacity == 0 ? 8 : map->capacity * 2, .probes = map->probes};
  larger.entries = calloc(larger.capacity, sizeof(struct entry));
  assert(larger.entries != NULL);
  for (size_t i = 0; i < map->capacity; i++) {
    if (map->entries[i].key != NULL) *find(&larger, map->entries[i].key, map->entries[i].hash) = map->entries[i];
  }
  larger.count = map->count;
  free(map->entries);
  *map = larger;
}

static void put_value(struct map *map, const char *key, int value) {
  if (map->count * 4 >= map->capacity * 3) grow(map);
  uint32_t hash = hash_of(key);
  struct entry *entry = find(map, key, hash);
  if (entry->key == NULL) {
    entry->key = malloc(strlen(key) + 1);
    assert(entry->key != NULL);
    strcpy(entry->key, key);
    entry->hash = hash;
    map->count++;
  }
  entry->value = value;
}

static bool get_value(struct map *map, const char *key, int *value) {
  struct entry *entry = find(map, key, hash_of(key));
  if (entry->key == NULL) return false;
  *value = entry->value;
  return true;
}

/* Closes the gap by moving back what was pushed past it. */
static bool remove_key(struct map *map, const char *key) {
  struct entry *entry = find(map, key, hash_of(key));
  if (entry->key == NULL) return false;
  free(entry->key);
  size_t gap = (size_t)(entry - map->entries);
  for (size_t at = gap;;) {
    at = (at + 1) & (map->capacity - 1);
    if (map->entries[at].key == NULL) break;
    size_t home = map->entries[at].hash & (map->capacity - 1);
    if (((at - home) & (map->capacity - 1)) < ((at - gap) & (map->capacity - 1))) continue;
    map->entries[gap] = map->entries[at];
    gap = at;
  }
  map->entries[gap].key = NULL;
  map->count--;
  return true;
}

int main(void) {
  struct map map = {0};
  char key[32];
  for (int i = 0; i < 200; i++) {
    snprintf(key, sizeof key, "owl-%d", i * i % 251);
    put_value(&map, key, i);
  }
  printf("%zu keys in %zu places\n", map.count, map.capacity);
  int removed = 0, found = 0;
  long sum = 0;
  for (int i = 0; i < 251; i += 3) {
    snprintf(key, sizeof key, "owl-%d", i);
    removed += remove_key(&map, key);
  }
  for (int i = 0; i < 251; i++) {
    int value;
    snprintf(key, sizeof key, "owl-%d", i);
    if (!get_value(&map, key, &value)) continue;
    assert(i % 3 != 0);
    found++;
    sum += value;
  }
  printf("removed %d, found %d, sum %ld, probes %zu\n", removed, found, sum, map.probes);
  assert(found == (int)map.count);
  for (size_t i = 0; i < map.capacity; i++) free(map.entries[i].key);
  free(map.entries);
  return 23;
}
