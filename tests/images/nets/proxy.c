/* A client's first bytes are an address: it is connected to that, or told why not. "exit" ends the partition. */
#include <hallows.h>

static struct hallows_net net;
static struct hallows_net_connection *clients[256]; /* by word */

static void pass_on(struct hallows_net_event *event) {
  struct hallows_net_connection *other = (struct hallows_net_connection *)event->connection->context;
  if (other == NULL) return;
  if (event->kind == HALLOWS_NET_DATA) hallows_net_send(&net, other, event->data, event->length);
  else if (event->kind == HALLOWS_NET_END) hallows_net_end(&net, other);
  else {
    if (event->kind == HALLOWS_NET_RESET) hallows_net_reset(&net, other);
    other->context = NULL;
    event->connection->context = NULL;
  }
}

int main(void) {
  if (hallows_net_open(&net, "web") != HALLOWS_NO_ERROR) return 1;
  struct hallows_net_event event;
  uint32_t words = 0;
  while (hallows_net_next(&net, &event, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR) {
    if (event.kind == HALLOWS_NET_CONNECTED) {
      struct hallows_net_connection *client = clients[event.word];
      client->context = event.connection;
      event.connection->context = client;
      hallows_net_send(&net, client, "connected", 9);
    } else if (event.kind == HALLOWS_NET_FAILED) {
      char text[32];
      int length = sprintf(text, "failed %u", event.reason);
      hallows_net_send(&net, clients[event.word], text, (uint32_t)length);
      hallows_net_end(&net, clients[event.word]);
    } else if (event.kind == HALLOWS_NET_DATA && event.connection->context == NULL) {
      char address[128] = "";
      memcpy(address, event.data, event.length < 127 ? event.length : 127);
      if (strcmp(address, "exit") == 0) {
        hallows_net_send(&net, event.connection, "bye", 3);
        hallows_net_flush(&net);
        return 0;
      }
      clients[words] = event.connection;
      hallows_net_connect(&net, address, words++);
    } else if (event.kind != HALLOWS_NET_ACCEPTED) pass_on(&event);
  }
  puts("broken");
  return 1;
}
