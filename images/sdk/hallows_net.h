/*
 * hallows_net.h: streams of bytes over the host's network, by a device of kind "net" (docs/devices.md). Included by
 * hallows.h.
 *
 *   struct hallows_net net;
 *   struct hallows_net_event event;
 *   hallows_net_open(&net, "web");
 *   while (hallows_net_next(&net, &event, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR)
 *     if (event.kind == HALLOWS_NET_DATA) hallows_net_send(&net, event.connection, event.data, event.length);
 *     else if (event.kind == HALLOWS_NET_END) hallows_net_end(&net, event.connection);
 *
 * Nothing here waits but hallows_net_next. What hallows_net_send doesn't take is for the program to keep, and to send
 * when HALLOWS_NET_WINDOW says that the client has taken more. Likewise, a program that can't deal with what it gets
 * says so in event.kept: its client is held up until hallows_net_take. A program uses one struct in one thread.
 */
#ifndef HALLOWS_NET_H
#define HALLOWS_NET_H

struct hallows_net_connection {
  uint32_t number;   /* as the device knows it; 0 once it is closed or reset */
  uint32_t sendable; /* bytes that hallows_net_send takes now */
  uint32_t untold;   /* bytes that we have taken, and the device hasn't heard of */
  void *context;     /* the program's own: NULL when the connection is made */
};

struct hallows_net {
  struct hallows_channel to;
  struct hallows_channel from;
  struct hallows_net_connection *connections; /* NULL until there is one */
  uint32_t count;                             /* how many there can be at a time */
  uint32_t window;                            /* bytes that may be under way each way */
  struct hallows_net_event *last;             /* whose message is still in its slot */
};

struct hallows_net_event {
  uint32_t kind; /* HALLOWS_NET_ACCEPTED, and so on */
  /* NULL with HALLOWS_NET_FAILED. With HALLOWS_NET_CLOSED and _RESET it is no longer open, and its context is the last
     that is left of it. */
  struct hallows_net_connection *connection;
  const uint8_t *data; /* until the next hallows_net_next; of ACCEPTED the client's address, without a closing zero */
  uint32_t length;
  uint32_t kept;   /* of DATA: set it to the bytes that hallows_net_take will be told of later */
  uint32_t word;   /* of CONNECTED and FAILED: what hallows_net_connect was given */
  uint32_t reason; /* of FAILED and RESET: HALLOWS_NET_REASON_BY_PEER, and so on */
};

/* Finds the device's two channels, by its name. HALLOWS_NO_ERROR or HALLOWS_NO_CHANNEL. */
uint32_t hallows_net_open(struct hallows_net *net, const char *device);
/*
 * The next event, waiting until the deadline; before it waits, what was sent goes out. HALLOWS_TIMED_OUT,
 * HALLOWS_BROKEN or, without memory for the connections, HALLOWS_NOT_AVAILABLE.
 */
uint32_t hallows_net_next(struct hallows_net *net, struct hallows_net_event *event, uint64_t deadline);
/* Sends as much as the window has room for. Returns how many bytes that were. */
uint32_t hallows_net_send(struct hallows_net *net, struct hallows_net_connection *connection, const void *data,
                          uint32_t length);
/* Bytes that were kept are done with. */
void hallows_net_take(struct hallows_net *net, struct hallows_net_connection *connection, uint32_t bytes);
/* We send no more. The connection is closed when the client has ended, too. Once a connection. */
void hallows_net_end(struct hallows_net *net, struct hallows_net_connection *connection);
/* Gives the connection up at once; nothing more is heard of it. */
void hallows_net_reset(struct hallows_net *net, struct hallows_net_connection *connection);
/* Asks for a connection to "HOST:PORT": HALLOWS_NET_CONNECTED or _FAILED comes with the same word. */
void hallows_net_connect(struct hallows_net *net, const char *address, uint32_t word);
/*
 * memcpy in short repetitions. One that the end of a slice of the machine's time cuts in two goes on element by
 * element, which takes the host long for many bytes.
 */
void hallows_net_copy(void *to, const void *from, uint32_t bytes);
/* Sends out what waits for the next hallows_net_next: for programs that compute for long. */
void hallows_net_flush(struct hallows_net *net);

#endif
