/*
 * Ports of ARINC 653, by the name of the partition. source: sends after all threads of the sink wait. sink: three
 * threads wait at the port "orders" one after the other; each prints its name and what it got. codes: what is returned,
 * and when. flood: its peer, which sends more than the queue has room for.
 */
#include "hallows_ports.h"

enum { SIZE = 8, DEPTH = 4 };

static QUEUING_PORT_ID_TYPE open_orders(PORT_DIRECTION_TYPE direction) {
  QUEUING_PORT_ID_TYPE id;
  RETURN_CODE_TYPE code;
  QUEUING_DISCIPLINE_TYPE discipline = strstr(hallows_boot()->name, "priority") != NULL ? PRIORITY : FIFO;
  CREATE_QUEUING_PORT("orders", SIZE, DEPTH, direction, discipline, &id, &code);
  if (code == NO_ACTION) GET_QUEUING_PORT_ID("orders", &id, &code);
  assert(code == NO_ERROR);
  return id;
}

static int64_t sleep_for(uint64_t cycles) {
  hallows_sleep_until(hallows_now() + cycles);
  return 0;
}

static int source(uint64_t pause) {
  QUEUING_PORT_ID_TYPE id = open_orders(SOURCE);
  RETURN_CODE_TYPE code;
  sleep_for(40000);
  for (uint64_t number = 1; number <= 6; number++) {
    SEND_QUEUING_MESSAGE(id, (MESSAGE_ADDR_TYPE)&number, sizeof number, INFINITE_TIME_VALUE, &code);
    assert(code == NO_ERROR);
    sleep_for(number == 3 ? 150000 : pause);
  }
  return 0;
}

/* Thread n of a sink: comes in the order of n, and takes two messages. */
static int wait_in_line(uint64_t thread, const char *name) {
  RETURN_CODE_TYPE code;
  MESSAGE_SIZE_TYPE length;
  uint64_t number;
  sleep_for(5000 * (thread + 1));
  QUEUING_PORT_ID_TYPE id = open_orders(DESTINATION);
  for (int turn = 0; turn < 2; turn++) {
    RECEIVE_QUEUING_MESSAGE(id, INFINITE_TIME_VALUE, (MESSAGE_ADDR_TYPE)&number, &length, &code);
    assert(code == NO_ERROR && length == SIZE);
    printf("%s %u\n", name, (uint32_t)number);
    /* The next turn begins once all have had theirs. */
    sleep_for(60000 + 5000 * thread);
  }
  return 0;
}

HALLOWS_THREAD int low(uint64_t thread) { return wait_in_line(thread, "low"); }
HALLOWS_THREAD int high(uint64_t thread) { return wait_in_line(thread, "high"); }
HALLOWS_THREAD int middle(uint64_t thread) { return wait_in_line(thread, "middle"); }

#define CODE(call) (call, (int)code)

/* The return codes of what is wrong, too late or too early; the peer "quiet" does nothing but keep its ends. */
static int codes(void) {
  RETURN_CODE_TYPE code;
  QUEUING_PORT_ID_TYPE orders = open_orders(DESTINATION), other;
  SAMPLING_PORT_ID_TYPE level, same;
  MESSAGE_SIZE_TYPE length;
  VALIDITY_TYPE validity;
  uint8_t buffer[64] = {0};
  QUEUING_PORT_STATUS_TYPE queuing;
  SAMPLING_PORT_STATUS_TYPE sampling;
  printf("%d ", CODE(CREATE_QUEUING_PORT("orders", SIZE, DEPTH, DESTINATION, FIFO, &other, &code)));
  printf("%d ", CODE(CREATE_QUEUING_PORT("nobody", SIZE, DEPTH, DESTINATION, FIFO, &other, &code)));
  printf("%d ", CODE(CREATE_QUEUING_PORT("back", SIZE, DEPTH + 4, SOURCE, FIFO, &other, &code)));
  printf("%d ", CODE(CREATE_QUEUING_PORT("back", SIZE + 1, DEPTH, SOURCE, FIFO, &other, &code)));
  printf("%d ", CODE(CREATE_QUEUING_PORT("back", SIZE, DEPTH, DESTINATION, FIFO, &other, &code)));
  printf("%d ", CODE(CREATE_QUEUING_PORT("back", SIZE, DEPTH, SOURCE, FIFO, &other, &code)));
  printf("%d ", CODE(CREATE_SAMPLING_PORT("level", 16, DESTINATION, 1, &level, &code)));
  printf("%d ", CODE(CREATE_SAMPLING_PORT("level", 16, DESTINATION, 5000000, &level, &code)));
  printf("%d\n", CODE(GET_SAMPLING_PORT_ID("level", &same, &code)));
  assert(same == level);
  printf("%d ", CODE(RECEIVE_QUEUING_MESSAGE(99, 0, buffer, &length, &code)));
  printf("%d ", CODE(RECEIVE_QUEUING_MESSAGE(orders, -7, buffer, &length, &code)));
  printf("%d ", CODE(RECEIVE_QUEUING_MESSAGE(other, 0, buffer, &length, &code)));
  printf("%d ", CODE(RECEIVE_QUEUING_MESSAGE(orders, 0, buffer, &length, &code)));
  uint64_t before = hallows_now();
  printf("%d ", CODE(RECEIVE_QUEUING_MESSAGE(orders, 3000000, buffer, &length, &code)));
  assert(hallows_now() - before >= 3000 && hallows_now() - before < 4000);
  printf("%d ", CODE(SEND_QUEUING_MESSAGE(other, buffer, SIZE + 1, 0, &code)));
  printf("%d ", CODE(SEND_QUEUING_MESSAGE(other, buffer, 0, 0, &code)));
  printf("%d ", CODE(SEND_QUEUING_MESSAGE(orders, buffer, SIZE, 0, &code)));
  for (int i = 0; i < DEPTH; i++) assert(CODE(SEND_QUEUING_MESSAGE(other, buffer, SIZE, 0, &code)) == NO_ERROR);
  printf("%d ", CODE(SEND_QUEUING_MESSAGE(other, buffer, SIZE, 0, &code)));
  printf("%d ", CODE(SEND_QUEUING_MESSAGE(other, buffer, SIZE, 2000000, &code)));
  printf("%d\n", CODE(GET_QUEUING_PORT_STATUS(other, &queuing, &code)));
  assert(queuing.NB_MESSAGE == DEPTH && queuing.MAX_NB_MESSAGE == DEPTH && queuing.PORT_DIRECTION == SOURCE);
  printf("%d ", CODE(READ_SAMPLING_MESSAGE(level, buffer, &length, &validity, &code)));
  printf("%d ", CODE(WRITE_SAMPLING_MESSAGE(level, buffer, 4, &code)));
  /* Until the peer has written once, and its value has grown old. */
  hallows_sleep_until(68000);
  printf("%d ", CODE(READ_SAMPLING_MESSAGE(level, buffer, &length, &validity, &code)));
  printf("%d:%d ", (int)length, validity);
  hallows_sleep_until(90000);
  printf("%d ", CODE(READ_SAMPLING_MESSAGE(level, buffer, &length, &validity, &code)));
  printf("%d:%d ", (int)length, validity);
  printf("%d\n", CODE(GET_SAMPLING_PORT_STATUS(level, &sampling, &code)));
  assert(sampling.REFRESH_PERIOD == 5000000 && sampling.LAST_MSG_VALIDITY == INVALID);
  /* The peer has sent twelve by now, of which four are left: the news of the loss comes once, with a message. */
  for (int i = 0; i < DEPTH + 1; i++) printf("%d ", CODE(RECEIVE_QUEUING_MESSAGE(orders, 0, buffer, &length, &code)));
  printf("%d\n", CODE(CLEAR_QUEUING_PORT(orders, &code)));
  return 0;
}

/* Fills the queue beyond its end, and writes a value, long before and just before the peer looks. */
static int flood(void) {
  RETURN_CODE_TYPE code;
  SAMPLING_PORT_ID_TYPE level;
  QUEUING_PORT_ID_TYPE orders = open_orders(SOURCE);
  CREATE_SAMPLING_PORT("level", 16, SOURCE, 0, &level, &code);
  assert(code == NO_ERROR);
  sleep_for(40000);
  for (uint64_t number = 0; number < 12; number++) {
    SEND_QUEUING_MESSAGE(orders, (MESSAGE_ADDR_TYPE)&number, sizeof number, 0, &code);
    assert(code == NO_ERROR);
  }
  for (uint64_t value = 7; hallows_now() < 70000; sleep_for(1000))
    WRITE_SAMPLING_MESSAGE(level, (MESSAGE_ADDR_TYPE)&value, sizeof value, &code);
  assert(code == NO_ERROR);
  /* Its end of "back" stays. */
  sleep_for(100000);
  return 0;
}

int main(void) {
  const char *name = hallows_boot()->name;
  if (strcmp(name, "source") == 0) return source(100);
  if (strcmp(name, "codes") == 0) return codes();
  if (strcmp(name, "flood") == 0) return flood();
  return 0;
}
