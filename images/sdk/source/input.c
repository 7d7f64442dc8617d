/*
 * stdin: what people type, over a channel from the device "console". It is looked for when it is first read.
 */

static struct hallows_channel input_channel;
static bool input_opened, input_ended;
static uint32_t input_taken; /* bytes of the oldest message that are read */

/* The queue that comes from the console, or -1. */
static int find_input(void) {
  for (uint32_t end = 0; end < hallows_boot()->channel_count; end++) {
    const struct hallows_boot_channel *entry = hallows_boot_channel(end);
    if (entry->kind == HALLOWS_KIND_QUEUE && entry->is_producer == 0 && link_of(entry, 0)->is_device != 0 &&
        strcmp(link_of(entry, 0)->peer, "console") == 0)
      return (int)end;
  }
  return -1;
}

struct hallows_channel *hallows_console_input(void) {
  if (!input_opened) {
    int end = find_input();
    input_opened = true;
    if (end >= 0) open_link(&input_channel, (uint32_t)end, 0);
    else input_channel.broken = true;
  }
  return input_channel.kind == 0 ? NULL : &input_channel;
}

uint32_t hallows_console_read(void *buffer, uint32_t capacity, uint32_t *length, uint64_t deadline) {
  struct hallows_channel *channel = hallows_console_input();
  *length = 0;
  if (channel == NULL) return HALLOWS_NO_CHANNEL;
  while (!input_ended) {
    uint32_t bytes;
    const uint8_t *slot = (const uint8_t *)hallows_peek(channel, &bytes);
    if (slot == NULL) {
      if (channel->broken) return HALLOWS_BROKEN;
      hallows_flush();
      struct hallows_channel *const channels[] = {channel};
      uint32_t status = hallows_wait_any(channels, 1, deadline);
      if (status != HALLOWS_NO_ERROR) return status;
      continue;
    }
    input_ended = bytes == 0;
    *length = bytes - input_taken < capacity ? bytes - input_taken : capacity;
    memcpy(buffer, slot + input_taken, *length);
    input_taken += *length;
    if (input_taken == bytes) {
      input_taken = 0;
      hallows_release(channel);
      hallows_publish(channel);
    }
    return HALLOWS_NO_ERROR;
  }
  return HALLOWS_NO_ERROR;
}

static int read_input(void) {
  uint8_t character;
  uint32_t length;
  uint32_t status = hallows_console_read(&character, 1, &length, HALLOWS_NO_DEADLINE);
  return status == HALLOWS_NO_ERROR && length == 1 ? character : EOF;
}
