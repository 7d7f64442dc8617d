/* Speaks out of turn when a client tells it to, and is restarted when it is told that, too. */
#include <hallows.h>

static struct hallows_net net;

int main(void) {
  if (hallows_net_open(&net, "web") != HALLOWS_NO_ERROR) return 1;
  struct hallows_net_event event;
  for (;;) {
    uint32_t status = hallows_net_next(&net, &event, HALLOWS_NO_DEADLINE);
    if (status != HALLOWS_NO_ERROR) {
      printf("status %u\n", status);
      __asm__ volatile("ud2");
    }
    if (event.kind != HALLOWS_NET_DATA) continue;
    if (event.data[0] == 'f') event.connection->sendable = 1u << 30; /* and so sends more than was granted */
    static char much[20000];
    hallows_net_send(&net, event.connection, event.data[0] == 'f' ? much : "good", event.data[0] == 'f' ? sizeof much : 4);
  }
}
