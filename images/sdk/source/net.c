/*
 * Streams of bytes by a device of kind "net". The device takes all that we have published whenever it is rung, so there
 * is always room for a frame after a doorbell. Frames about connections that are over are passed over.
 */

enum { NET_HEAD_BYTES = sizeof(struct hallows_net_head) };

uint32_t hallows_net_open(struct hallows_net *net, const char *device) {
  memset(net, 0, sizeof *net);
  net->to.broken = net->from.broken = true;
  for (uint32_t end = 0; end < hallows_boot()->channel_count; end++) {
    const struct hallows_boot_link *link = link_of(hallows_boot_channel(end), 0);
    if (!link->is_device || strcmp(link->peer, device) != 0) continue;
    open_link(hallows_boot_channel(end)->is_producer ? &net->to : &net->from, end, 0);
  }
  return net->to.kind == HALLOWS_KIND_QUEUE && net->from.kind == HALLOWS_KIND_QUEUE ? HALLOWS_NO_ERROR
                                                                                 : HALLOWS_NO_CHANNEL;
}

void hallows_net_flush(struct hallows_net *net) { hallows_publish(&net->to); }

/* Room for a frame with up to slot_bytes of head and data; NULL where the device is gone. */
static struct hallows_net_head *net_frame(struct hallows_net *net, uint32_t number, uint32_t kind, uint32_t value) {
  struct hallows_net_head *head = (struct hallows_net_head *)hallows_reserve(&net->to);
  if (head == NULL) {
    hallows_publish(&net->to);
    head = (struct hallows_net_head *)hallows_reserve(&net->to);
    if (head == NULL) return NULL;
  }
  head->connection = number;
  head->kind = kind;
  head->value = value;
  head->extra = 0;
  return head;
}

void hallows_net_copy(void *to, const void *from, uint32_t bytes) {
  enum { PIECE = 512 };
  uint8_t *target = (uint8_t *)to;
  const uint8_t *source = (const uint8_t *)from;
  for (; bytes >= PIECE; target += PIECE, source += PIECE, bytes -= PIECE) memcpy(target, source, PIECE);
  memcpy(target, source, bytes);
}

static void net_say(struct hallows_net *net, uint32_t number, uint32_t kind, uint32_t value) {
  if (number != 0 && net_frame(net, number, kind, value) != NULL) hallows_commit(&net->to, NET_HEAD_BYTES);
}

uint32_t hallows_net_send(struct hallows_net *net, struct hallows_net_connection *connection, const void *data,
                          uint32_t length) {
  const uint8_t *from = (const uint8_t *)data;
  uint32_t most = net->to.slot_bytes - NET_HEAD_BYTES;
  uint32_t left = length < connection->sendable ? length : connection->sendable;
  uint32_t sent = 0;
  if (connection->number == 0) return 0;
  while (left > 0) {
    uint32_t bytes = left < most ? left : most;
    struct hallows_net_head *head = net_frame(net, connection->number, HALLOWS_NET_DATA, 0);
    if (head == NULL) break;
    hallows_net_copy(head + 1, from + sent, bytes);
    hallows_commit(&net->to, NET_HEAD_BYTES + bytes);
    sent += bytes;
    left -= bytes;
  }
  connection->sendable -= sent;
  return sent;
}

void hallows_net_take(struct hallows_net *net, struct hallows_net_connection *connection, uint32_t bytes) {
  connection->untold += bytes;
  /* The device reads on when half of the window is free, so it need not hear of less. */
  if (connection->untold < (net->window + 1) / 2) return;
  net_say(net, connection->number, HALLOWS_NET_WINDOW, connection->untold);
  connection->untold = 0;
}

void hallows_net_end(struct hallows_net *net, struct hallows_net_connection *connection) {
  connection->sendable = 0;
  net_say(net, connection->number, HALLOWS_NET_END, 0);
}

void hallows_net_reset(struct hallows_net *net, struct hallows_net_connection *connection) {
  net_say(net, connection->number, HALLOWS_NET_RESET, 0);
  connection->number = 0;
}

void hallows_net_connect(struct hallows_net *net, const char *address, uint32_t word) {
  size_t most = net->to.slot_bytes - NET_HEAD_BYTES;
  size_t length = strlen(address);
  struct hallows_net_head *head = net_frame(net, 0, HALLOWS_NET_CONNECT, word);
  if (head == NULL) return;
  if (length > most) length = most; /* it then leads nowhere, and the answer says so */
  memcpy(head + 1, address, length);
  hallows_commit(&net->to, NET_HEAD_BYTES + (uint32_t)length);
}

/* The last event's message is done with. */
static void net_let_go(struct hallows_net *net) {
  struct hallows_net_event *event = net->last;
  if (event == NULL) return;
  net->last = NULL;
  hallows_release(&net->from);
  if (event->kind == HALLOWS_NET_DATA && event->connection->number != 0)
    hallows_net_take(net, event->connection, event->length - event->kept);
  if (net->from.local - net->from.published >= net->from.slots / 4) hallows_publish(&net->from);
}

/* Fills in what a frame means; false where it is about a connection that is over, or makes no sense. */
static bool net_understand(struct hallows_net *net, const struct hallows_net_head *head, struct hallows_net_event *event) {
  uint32_t index = head->connection & ((1u << HALLOWS_NET_INDEX_BITS) - 1);
  event->kind = head->kind;
  event->data = (const uint8_t *)(head + 1);
  if (event->kind == HALLOWS_NET_FAILED) {
    event->word = head->extra;
    event->reason = head->value;
    return true;
  }
  if (index >= net->count) return false;
  struct hallows_net_connection *connection = event->connection = &net->connections[index];
  if (event->kind == HALLOWS_NET_ACCEPTED || event->kind == HALLOWS_NET_CONNECTED) {
    memset(connection, 0, sizeof *connection);
    connection->number = head->connection;
    connection->sendable = head->value;
    if (event->kind == HALLOWS_NET_CONNECTED && event->length >= sizeof event->word)
      memcpy(&event->word, event->data, sizeof event->word);
    return true;
  }
  if (connection->number != head->connection) return false;
  if (event->kind == HALLOWS_NET_WINDOW) connection->sendable += head->value;
  if (event->kind == HALLOWS_NET_RESET) event->reason = head->value;
  if (event->kind == HALLOWS_NET_RESET || event->kind == HALLOWS_NET_CLOSED) connection->number = 0;
  return true;
}

uint32_t hallows_net_next(struct hallows_net *net, struct hallows_net_event *event, uint64_t deadline) {
  net_let_go(net);
  for (;;) {
    uint32_t length;
    const struct hallows_net_head *head = (const struct hallows_net_head *)hallows_peek(&net->from, &length);
    if (head == NULL || net->to.broken) {
      hallows_net_flush(net);
      if (net->from.broken || net->to.broken) return HALLOWS_BROKEN;
      struct hallows_channel *const channels[] = {&net->from};
      uint32_t status = hallows_wait_any(channels, 1, deadline);
      if (status != HALLOWS_NO_ERROR) return status;
      continue;
    }
    if (net->connections == NULL && (head->kind == HALLOWS_NET_ACCEPTED || head->kind == HALLOWS_NET_CONNECTED)) {
      net->connections = (struct hallows_net_connection *)calloc(head->extra, sizeof *net->connections);
      if (net->connections == NULL) return HALLOWS_NOT_AVAILABLE;
      net->count = head->extra;
      net->window = head->value;
    }
    memset(event, 0, sizeof *event);
    event->length = length - NET_HEAD_BYTES;
    net->last = event;
    if (length >= NET_HEAD_BYTES && net_understand(net, head, event)) return HALLOWS_NO_ERROR;
    event->kind = 0;
    net_let_go(net);
  }
}
