/*
 * A small web server: HTTP/1.1 with connections that stay (RFC 9112), GET and HEAD of a few files, requests one behind
 * another. What a client has sent and not got an answer to lies in its buffer and counts as not taken, so that it is
 * held up when it asks faster than it reads. Who does nothing for half a minute is let go.
 */
#include <ctype.h>
#include <hallows.h>
#include <strings.h>

enum {
  MAX_HEAD_BYTES = 8192,      /* of a request */
  MAX_WINDOW_BYTES = 65536,   /* of the description: what a buffer must hold */
  IDLE_MICROSECONDS = 30000000,
  SWEEP_MICROSECONDS = 5000000,
  NUMBERS = 32768,
};

struct file {
  const char *path;
  const char *type;
  const char *contents;
  uint32_t length;
};

/* What a client is owed, and what it has asked for meanwhile. */
struct client {
  uint64_t active_at; /* cycle of its last sign of life */
  bool is_answering;
  bool is_last;   /* the answer under way: then we end */
  bool has_ended; /* the client asks no more */
  bool is_done;   /* we have ended */
  uint32_t head_length, head_sent;
  const char *body;
  uint32_t body_length, body_sent;
  uint32_t start, end; /* of what is in the buffer */
  char head[256];
  char buffer[MAX_WINDOW_BYTES];
};

struct request {
  bool is_get, is_head;
  bool closes;
  bool has_body;
  bool has_host;
  bool is_1_0;
  char target[256];
};

static struct hallows_net net;

static const char INDEX[] =
    "<!doctype html>\n<title>Hallows</title>\n<link rel=stylesheet href=/style.css>\n<h1>It works</h1>\n"
    "<p>This page comes from a partition of Hallows, by a device of kind <code>net</code>.\n"
    "<p><a href=/hello.txt>hello.txt</a> <a href=/numbers.txt>numbers.txt</a>\n";
static const char STYLE[] = "body { font-family: sans-serif; max-width: 40em; margin: 2em auto }\n";
static const char HELLO[] = "Hello, world\n";

static struct file files[] = {
    {"/", "text/html; charset=utf-8", INDEX, sizeof INDEX - 1},
    {"/style.css", "text/css", STYLE, sizeof STYLE - 1},
    {"/hello.txt", "text/plain", HELLO, sizeof HELLO - 1},
    {"/numbers.txt", "text/plain", NULL, 0}, /* 0 to 32767, a line each */
};

static bool make_numbers(void) {
  char *text = (char *)malloc(NUMBERS * 6);
  if (text == NULL) return false;
  uint32_t length = 0;
  for (int number = 0; number < NUMBERS; number++) length += (uint32_t)sprintf(text + length, "%d\n", number);
  files[3].contents = text;
  files[3].length = length;
  return true;
}

/* ---- reading requests ------------------------------------------------------------------------------------------- */

static bool is_token(char character) {
  return isalnum((unsigned char)character) || (character != '\0' && strchr("!#$%&'*+-.^_`|~", character) != NULL);
}

/* Length of a head with the empty line that ends it, or 0 when that hasn't come. */
static uint32_t head_length(const char *text, uint32_t length) {
  for (uint32_t at = 0; at + 4 <= length; at++)
    if (text[at] == '\r' && memcmp(text + at, "\r\n\r\n", 4) == 0) return at + 4;
  return 0;
}

/* Where a line of a head ends: heads end with an empty line, so there is one. */
static const char *end_of(const char *line) {
  while (line[0] != '\r' || line[1] != '\n') line++;
  return line;
}

/* METHOD SP TARGET SP HTTP/1.x. Returns a status; 0 is right. */
static int read_request_line(const char *line, const char *end, struct request *request) {
  const char *method = line;
  while (line < end && is_token(*line)) line++;
  size_t method_length = (size_t)(line - method);
  if (method_length == 0 || line == end || *line != ' ') return 400;
  request->is_get = method_length == 3 && memcmp(method, "GET", 3) == 0;
  request->is_head = method_length == 4 && memcmp(method, "HEAD", 4) == 0;
  const char *target = ++line;
  while (line < end && *line > ' ' && *line < 0x7f) line++;
  size_t target_length = (size_t)(line - target);
  if (target_length == 0 || line == end || *line != ' ') return 400;
  line++;
  if (end - line != 8 || memcmp(line, "HTTP/", 5) != 0 || !isdigit((unsigned char)line[5]) || line[6] != '.' ||
      !isdigit((unsigned char)line[7]))
    return 400;
  if (line[5] != '1') return 505;
  request->is_1_0 = line[7] == '0';
  const char *query = (const char *)memchr(target, '?', target_length);
  if (query != NULL) target_length = (size_t)(query - target);
  if (target_length >= sizeof request->target) return 414;
  memcpy(request->target, target, target_length);
  request->target[target_length] = '\0';
  return 0;
}

static bool is_named(const char *name, size_t length, const char *wanted) {
  return strlen(wanted) == length && strncasecmp(name, wanted, length) == 0;
}

/* NAME ":" VALUE. False for what is none. */
static bool read_field(const char *line, const char *end, struct request *request) {
  const char *name = line;
  while (line < end && is_token(*line)) line++;
  size_t length = (size_t)(line - name);
  if (length == 0 || line == end || *line != ':') return false;
  line++;
  while (line < end && (*line == ' ' || *line == '\t')) line++;
  while (end > line && (end[-1] == ' ' || end[-1] == '\t')) end--;
  size_t value_length = (size_t)(end - line);
  for (const char *at = line; at < end; at++)
    if ((unsigned char)*at < ' ' && *at != '\t') return false;
  if (is_named(name, length, "host")) request->has_host = true;
  else if (is_named(name, length, "transfer-encoding")) request->has_body = true;
  else if (is_named(name, length, "content-length")) {
    for (const char *at = line; at < end; at++)
      if (!isdigit((unsigned char)*at)) return false;
    if (value_length == 0) return false;
    for (const char *at = line; at < end; at++) request->has_body |= *at != '0';
  } else if (is_named(name, length, "connection")) {
    if (is_named(line, value_length, "close")) request->closes = true;
    else if (is_named(line, value_length, "keep-alive")) request->closes = false;
  }
  return true;
}

/* The status of the answer, if the head is wrong by itself; otherwise 0. `length` has the empty line. */
static int read_head(const char *text, uint32_t length, struct request *request) {
  const char *end = text + length - 2;
  const char *line_end = end_of(text);
  memset(request, 0, sizeof *request);
  int status = read_request_line(text, line_end, request);
  if (status != 0) return status;
  request->closes = request->is_1_0;
  for (const char *line = line_end + 2; line < end; line = line_end + 2) {
    line_end = end_of(line);
    if (!read_field(line, line_end, request)) return 400;
  }
  return request->has_host || request->is_1_0 ? 0 : 400;
}

/* ---- answering --------------------------------------------------------------------------------------------------- */

static const char *reason_of(int status) {
  switch (status) {
  case 200: return "OK";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 414: return "URI Too Long";
  case 431: return "Request Header Fields Too Large";
  case 505: return "HTTP Version Not Supported";
  default: return "Bad Request";
  }
}

static void answer(struct client *client, int status, const struct file *file, bool has_body, bool is_last) {
  const char *reason = reason_of(status);
  const struct file words = {"", "text/plain", reason, (uint32_t)strlen(reason)};
  if (file == NULL) file = &words;
  client->head_length = (uint32_t)snprintf(
      client->head, sizeof client->head,
      "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %u\r\n%sConnection: %s\r\n\r\n", status, reason, file->type,
      file->length, status == 405 ? "Allow: GET, HEAD\r\n" : "", is_last ? "close" : "keep-alive");
  client->head_sent = 0;
  client->body = file->contents;
  client->body_length = has_body ? file->length : 0;
  client->body_sent = 0;
  client->is_answering = true;
  client->is_last = is_last;
}

static const struct file *find_file(const char *path) {
  for (size_t index = 0; index < sizeof files / sizeof *files; index++)
    if (strcmp(files[index].path, path) == 0) return &files[index];
  return NULL;
}

static void consume(struct hallows_net_connection *connection, struct client *client, uint32_t bytes) {
  client->start += bytes;
  hallows_net_take(&net, connection, bytes);
}

/* Answers the next request of the buffer; false while there is no whole one. */
static bool answer_next(struct hallows_net_connection *connection, struct client *client) {
  /* Empty lines before a request line are passed over. */
  while (client->end - client->start >= 2 && memcmp(client->buffer + client->start, "\r\n", 2) == 0)
    consume(connection, client, 2);
  uint32_t available = client->end - client->start;
  const char *text = client->buffer + client->start;
  uint32_t length = head_length(text, available < MAX_HEAD_BYTES ? available : MAX_HEAD_BYTES);
  if (length == 0) {
    if (available < MAX_HEAD_BYTES) return false;
    answer(client, 431, NULL, true, true);
    return true;
  }
  struct request request;
  int status = read_head(text, length, &request);
  consume(connection, client, length);
  if (status == 0 && request.has_body && (request.is_get || request.is_head)) status = 400;
  bool is_last = status != 0 || request.closes || request.has_body;
  if (status != 0) answer(client, status, NULL, true, true);
  else if (!request.is_get && !request.is_head) answer(client, 405, NULL, true, is_last);
  else {
    const struct file *file = find_file(request.target);
    answer(client, file == NULL ? 404 : 200, file, request.is_get, is_last);
  }
  return true;
}

/* Sends what the client takes, and goes on with its next requests. */
static void serve(struct hallows_net_connection *connection, struct client *client) {
  while (!client->is_done) {
    if (!client->is_answering && !answer_next(connection, client)) {
      if (!client->has_ended) return;
      client->is_done = true;
      return hallows_net_end(&net, connection);
    }
    client->head_sent +=
        hallows_net_send(&net, connection, client->head + client->head_sent, client->head_length - client->head_sent);
    if (client->head_sent < client->head_length) return;
    client->body_sent +=
        hallows_net_send(&net, connection, client->body + client->body_sent, client->body_length - client->body_sent);
    if (client->body_sent < client->body_length) return;
    client->is_answering = false;
    if (client->is_last) {
      client->is_done = true;
      hallows_net_end(&net, connection);
    }
  }
}

static void receive(struct hallows_net_event *event, struct client *client) {
  client->active_at = hallows_now();
  /* After our last answer nobody reads what comes. */
  if (client->is_done) return;
  event->kept = event->length;
  if (client->start == client->end) client->start = client->end = 0;
  if (client->end + event->length > sizeof client->buffer) {
    hallows_net_copy(client->buffer, client->buffer + client->start, client->end - client->start);
    client->end -= client->start;
    client->start = 0;
  }
  hallows_net_copy(client->buffer + client->end, event->data, event->length);
  client->end += event->length;
  serve(event->connection, client);
}

static void let_go(struct hallows_net_connection *connection) {
  free(connection->context);
  connection->context = NULL;
}

static void let_go_of_idle(void) {
  uint64_t longest = hallows_cycles(IDLE_MICROSECONDS);
  for (uint32_t index = 0; index < net.count; index++) {
    struct hallows_net_connection *connection = &net.connections[index];
    struct client *client = (struct client *)connection->context;
    if (connection->number == 0 || client == NULL || hallows_now() - client->active_at < longest) continue;
    hallows_net_reset(&net, connection);
    let_go(connection);
  }
}

int main(void) {
  if (!make_numbers() || hallows_net_open(&net, "web") != HALLOWS_NO_ERROR) return 1;
  uint64_t sweep_at = hallows_now() + hallows_cycles(SWEEP_MICROSECONDS);
  for (;;) {
    struct hallows_net_event event;
    uint32_t status = hallows_net_next(&net, &event, net.count == 0 ? HALLOWS_NO_DEADLINE : sweep_at);
    if (hallows_now() >= sweep_at) {
      let_go_of_idle();
      sweep_at = hallows_now() + hallows_cycles(SWEEP_MICROSECONDS);
    }
    if (status == HALLOWS_TIMED_OUT) continue;
    if (status != HALLOWS_NO_ERROR) return 1;
    struct hallows_net_connection *connection = event.connection;
    if (connection == NULL) continue;
    struct client *client = (struct client *)connection->context;
    if (event.kind == HALLOWS_NET_ACCEPTED) {
      client = (struct client *)malloc(sizeof *client);
      if (client == NULL || net.window > MAX_WINDOW_BYTES) {
        free(client);
        hallows_net_reset(&net, connection);
        continue;
      }
      memset(client, 0, offsetof(struct client, head));
      client->active_at = hallows_now();
      connection->context = client;
    } else if (event.kind == HALLOWS_NET_CLOSED || event.kind == HALLOWS_NET_RESET) let_go(connection);
    else if (client == NULL) continue;
    else if (event.kind == HALLOWS_NET_DATA) receive(&event, client);
    else {
      if (event.kind == HALLOWS_NET_END) client->has_ended = true;
      client->active_at = hallows_now();
      serve(connection, client);
    }
  }
}
