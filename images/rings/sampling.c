/*
 * Both ends of a sampling channel, for the checker. The reader looks until it has seen the last value.
 */
#include "rings.h"

static void write_all(struct hallows_channel *out) {
  while (out->local - START < wanted()) {
    struct message value = message_of(out->local - START, out->generation);
    uint32_t status = hallows_write_sample(out, &value, sizeof value);
    if (status == HALLOWS_BROKEN) return;
    expect(status == HALLOWS_NO_ERROR, STATUS);
  }
}

static void read_all(struct hallows_channel *in) {
  volatile struct guarded buffer = GUARDED;
  for (uint32_t least = 0; least < wanted() - 1;) {
    struct hallows_sample_status status;
    uint32_t outcome = hallows_read_sample(in, (void *)&buffer.message, sizeof buffer.message, &status);
    expect_guards(&buffer);
    if (outcome == HALLOWS_BROKEN) return;
    if (is_hostile() || outcome == HALLOWS_NOT_AVAILABLE || outcome == HALLOWS_TOO_LONG) {
      least += is_hostile();
      continue;
    }
    expect(outcome == HALLOWS_NO_ERROR, STATUS);
    struct message value = buffer.message;
    expect(status.length == sizeof value && is_whole(&value, status.generation), TORN);
    expect(value.number >= least, ORDER);
    least = value.number;
  }
}

int main(void) {
  struct hallows_channel channel;
  expect(hallows_open(&channel, channel_name()) == HALLOWS_NO_ERROR, STATUS);
  if (is_producer()) write_all(&channel);
  else read_all(&channel);
  finish(DONE);
}
