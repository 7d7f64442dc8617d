/* An echo server with epoll, one thread: what the host itself does. Prints its port. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 1024, BYTES = 65536 };
static struct {
  size_t start, length;
  char bytes[BYTES];
} kept[CONNECTIONS];

static int echo(int socket) {
  for (;;) {
    if (kept[socket].length == 0) {
      ssize_t got = read(socket, kept[socket].bytes, BYTES);
      if (got < 0 && errno == EAGAIN) return EPOLLIN;
      if (got <= 0) return 0;
      kept[socket].start = 0;
      kept[socket].length = (size_t)got;
    }
    ssize_t sent = write(socket, kept[socket].bytes + kept[socket].start, kept[socket].length);
    if (sent < 0 && errno == EAGAIN) return EPOLLOUT;
    if (sent < 0) return 0;
    kept[socket].start += (size_t)sent;
    kept[socket].length -= (size_t)sent;
  }
}

int main(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 511) != 0) return 1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[64];
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int count = epoll_wait(poll, ready, 64, -1);
    for (int index = 0; index < count; index++) {
      int socket = ready[index].data.fd;
      if (socket == listener) {
        socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (socket < 0) continue;
        if (socket >= CONNECTIONS) {
          close(socket);
          continue;
        }
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        kept[socket].length = 0;
        event = (struct epoll_event){.events = EPOLLIN, .data.fd = socket};
        epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event);
        continue;
      }
      int wish = echo(socket);
      if (wish == 0) {
        close(socket);
        continue;
      }
      event = (struct epoll_event){.events = (unsigned)wish, .data.fd = socket};
      epoll_ctl(poll, EPOLL_CTL_MOD, socket, &event);
    }
  }
}
