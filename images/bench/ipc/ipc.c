/*
 * Traffic for `hallows bench ipc` (src/bench/ipc). What to do stands in the channels' names,
 * "pattern-way-batch-bytes-count": pattern p (ping-pong: the second channel goes back), t (one way, from one sender or
 * several), b (broadcast) or y (byte ring); way p (polled) or w (woken). Every byte of a message is written by its
 * sender and read by its receiver.
 */
#include "hallows.h"

enum { MOST_BYTES = 1 << 20, MOST_PEERS = 8 };

static uint64_t outgoing[MOST_BYTES / 8], incoming[MOST_BYTES / 8];

struct job {
  char pattern;
  bool is_woken;
  uint32_t batch, bytes, count;
};

static struct job job_of(const char *name) {
  struct job job = {name[0], name[2] == 'w', 0, 0, 0};
  char *at;
  job.batch = (uint32_t)strtoul(name + 4, &at, 10);
  job.bytes = (uint32_t)strtoul(at + 1, &at, 10);
  job.count = (uint32_t)strtoul(at + 1, &at, 10);
  return job;
}

static void rest(const struct job *job, struct hallows_channel *const channels[], uint32_t count) {
  if (job->is_woken) hallows_wait_any(channels, count, HALLOWS_NO_DEADLINE);
  else hallows_pause();
}

/* One message; the batch is published when it is full, and at the end. */
static void send(const struct job *job, struct hallows_channel *out, uint32_t number) {
  struct hallows_channel *const channels[] = {out};
  void *slot;
  while ((slot = hallows_reserve(out)) == NULL) {
    hallows_publish(out);
    rest(job, channels, 1);
  }
  memcpy(slot, outgoing, job->bytes);
  hallows_commit(out, job->bytes);
  if ((number + 1) % job->batch == 0 || number + 1 == job->count) hallows_publish(out);
}

static bool take(const struct job *job, struct hallows_channel *in, uint32_t *number) {
  uint32_t length;
  const void *slot = hallows_peek(in, &length);
  if (slot == NULL) return false;
  memcpy(incoming, slot, length);
  hallows_release(in);
  if (++*number % job->batch == 0 || *number == job->count) hallows_publish(in);
  return true;
}

static void send_all(const struct job *job, struct hallows_channel *out) {
  for (uint32_t number = 0; number < job->count; number++) send(job, out, number);
}

static void receive_all(const struct job *job, struct hallows_channel in[], uint32_t peers) {
  uint32_t taken[MOST_PEERS] = {0};
  for (uint32_t left = peers; left > 0;) {
    struct hallows_channel *waiting[MOST_PEERS];
    uint32_t waiting_count = 0;
    bool any = false;
    for (uint32_t link = 0; link < peers; link++) {
      if (taken[link] == job->count) continue;
      while (taken[link] < job->count && take(job, &in[link], &taken[link])) any = true;
      if (taken[link] == job->count) left--;
      else waiting[waiting_count++] = &in[link];
    }
    if (!any && left > 0) rest(job, waiting, waiting_count);
  }
}

static void play(const struct job *job, struct hallows_channel *out, struct hallows_channel *in, bool serves) {
  uint32_t taken = 0;
  for (uint32_t number = 0; number < job->count; number++) {
    if (serves) send(job, out, number);
    struct hallows_channel *const channels[] = {in};
    while (!take(job, in, &taken)) rest(job, channels, 1);
    if (!serves) send(job, out, number);
  }
}

static void tell_all(const struct job *job, const char *name) {
  struct hallows_channel links[MOST_PEERS];
  struct hallows_broadcast news;
  hallows_open_broadcast(&news, links, MOST_PEERS, name);
  for (uint32_t number = 0; number < job->count; number++) {
    void *slot;
    while ((slot = hallows_broadcast_reserve(&news)) == NULL) {
      hallows_broadcast_publish(&news);
      /* They all have to let go of it; the first that has not is waited for. */
      struct hallows_channel *slow[1] = {&links[number % news.count]};
      for (uint32_t link = 0; link < news.count; link++)
        if (links[link].local - links[link].opposite >= links[link].slots) slow[0] = &links[link];
      rest(job, slow, 1);
    }
    memcpy(slot, outgoing, job->bytes);
    hallows_broadcast_commit(&news, job->bytes);
    if ((number + 1) % job->batch == 0 || number + 1 == job->count) hallows_broadcast_publish(&news);
  }
}

static void stream(const struct job *job, const char *name, bool sends) {
  struct hallows_bytes ring;
  hallows_open_bytes(&ring, name);
  for (uint32_t number = 0; number < job->count; number++) {
    uint32_t length;
    if (sends) hallows_send_bytes(&ring, outgoing, job->bytes, HALLOWS_NO_DEADLINE);
    else hallows_receive_bytes(&ring, incoming, sizeof incoming, &length, HALLOWS_NO_DEADLINE);
  }
}

int main(void) {
  const struct hallows_boot_channel *entry = hallows_boot_channel(1);
  struct job job = job_of(entry->name);
  bool sends = entry->is_producer != 0;
  if (job.pattern == 'y') stream(&job, entry->name, sends);
  else if (job.pattern == 'b' && sends) tell_all(&job, entry->name);
  else {
    struct hallows_channel first[MOST_PEERS], second;
    uint32_t peers;
    hallows_open_all(first, MOST_PEERS, entry->name, &peers);
    if (job.pattern == 'p') {
      hallows_open(&second, hallows_boot_channel(2)->name);
      play(&job, sends ? first : &second, sends ? &second : first, sends);
    } else if (sends) send_all(&job, first);
    else receive_all(&job, first, peers);
  }
  return 0;
}
