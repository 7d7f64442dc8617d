/*
 * Echo: each client gets back what it sends. A client that takes less than it sends is held up, and nobody else: what
 * doesn't go out yet is kept, and counts as not taken.
 */
#include <hallows.h>

/* What a client has not been able to take. At most a window, since no more comes until some of it has gone out. */
struct backlog {
  uint32_t start;
  uint32_t length;
  bool has_ended; /* the client sends no more: when all has gone out, we don't either */
  uint8_t bytes[];
};

static struct hallows_net net;

static void keep(struct hallows_net_event *event, uint32_t sent) {
  struct backlog *backlog = (struct backlog *)event->connection->context;
  uint32_t bytes = event->length - sent;
  if (backlog == NULL) {
    backlog = (struct backlog *)malloc(sizeof *backlog + net.window);
    if (backlog == NULL) return hallows_net_reset(&net, event->connection);
    memset(backlog, 0, sizeof *backlog);
    event->connection->context = backlog;
  }
  if (backlog->start + backlog->length + bytes > net.window) {
    hallows_net_copy(backlog->bytes, backlog->bytes + backlog->start, backlog->length);
    backlog->start = 0;
  }
  hallows_net_copy(backlog->bytes + backlog->start + backlog->length, event->data + sent, bytes);
  backlog->length += bytes;
  event->kept = bytes;
}

static void go_on(struct hallows_net_connection *connection) {
  struct backlog *backlog = (struct backlog *)connection->context;
  if (backlog == NULL) return;
  uint32_t sent = hallows_net_send(&net, connection, backlog->bytes + backlog->start, backlog->length);
  backlog->start += sent;
  backlog->length -= sent;
  hallows_net_take(&net, connection, sent);
  if (backlog->length > 0) return;
  if (backlog->has_ended) hallows_net_end(&net, connection);
  free(backlog);
  connection->context = NULL;
}

int main(void) {
  if (hallows_net_open(&net, "web") != HALLOWS_NO_ERROR) return 1;
  struct hallows_net_event event;
  while (hallows_net_next(&net, &event, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR) {
    struct hallows_net_connection *connection = event.connection;
    struct backlog *backlog = connection == NULL ? NULL : (struct backlog *)connection->context;
    switch (event.kind) {
    case HALLOWS_NET_DATA: {
      uint32_t sent = backlog == NULL ? hallows_net_send(&net, connection, event.data, event.length) : 0;
      if (sent < event.length) keep(&event, sent);
      break;
    }
    case HALLOWS_NET_WINDOW:
      go_on(connection);
      break;
    case HALLOWS_NET_END:
      if (backlog == NULL) hallows_net_end(&net, connection);
      else backlog->has_ended = true;
      break;
    case HALLOWS_NET_CLOSED:
    case HALLOWS_NET_RESET:
      free(backlog);
      connection->context = NULL;
      break;
    default:
      break;
    }
  }
  return 1;
}
