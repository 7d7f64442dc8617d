/*
 * Ports of ARINC 653: names, checks and waiting in order. Messages are those of hallows_queue.h and hallows_sampling.h.
 *
 * One lock for all ports is held while a ring is touched, never while a thread waits. A thread that waits has asked the
 * peer for a doorbell before (hallows_arm); the kernel gives a doorbell to the first of those who wait in the order of
 * the port's discipline. A thread that comes while others wait goes behind them, also when there is a message: it is
 * theirs. Whoever takes a message and leaves another rings the own end, so that the next is woken.
 */
#include "../hallows_ports.h"

enum { MAX_PORTS = 32 };

/* The SDK has the last four numbers for itself; programs with ports do without this one, too. */
static struct hallows_lock port_lock = HALLOWS_LOCK(HALLOWS_MAX_LOCKS - 5);

static struct hallows_port {
  struct hallows_channel channel;
  uint32_t kind; /* 0 for a port that was not created */
  QUEUING_DISCIPLINE_TYPE discipline;
  int32_t waiting;
  uint32_t lost; /* of those lost: how many the receiver was told of */
} ports[MAX_PORTS];

/* The id of a port that was created, or 0. */
static int32_t port_named(const char *name, uint32_t kind) {
  for (int32_t id = 1; id <= MAX_PORTS; id++) {
    const struct hallows_port *port = &ports[id - 1];
    if (port->kind == kind && strcmp(hallows_boot_channel(port->channel.end)->name, name) == 0) return id;
  }
  return 0;
}

static struct hallows_port *port_of(int32_t id, uint32_t kind) {
  return id >= 1 && id <= MAX_PORTS && ports[id - 1].kind == kind ? &ports[id - 1] : NULL;
}

static PORT_DIRECTION_TYPE direction_of(const struct hallows_port *port) {
  return port->channel.is_producer ? SOURCE : DESTINATION;
}

/* Opens a port where the description agrees with what is asked for; its id, or 0. */
static int32_t create_port(const char *name, uint32_t kind, MESSAGE_SIZE_TYPE size, PORT_DIRECTION_TYPE direction,
                           RETURN_CODE_TYPE *code) {
  int end = find_end(name);
  const struct hallows_boot_channel *entry = end < 0 ? NULL : hallows_boot_channel((uint32_t)end);
  *code = NO_ACTION;
  if (port_named(name, kind) != 0) return 0;
  *code = INVALID_CONFIG;
  bool is_right = entry != NULL && entry->kind == kind && entry->slot_bytes == (uint32_t)size &&
                  (entry->is_producer != 0) == (direction == SOURCE) &&
                  (kind != HALLOWS_KIND_QUEUE || entry->link_count == 1);
  for (int32_t id = 1; is_right && id <= MAX_PORTS; id++) {
    struct hallows_port *port = &ports[id - 1];
    if (port->kind != 0) continue;
    hallows_open(&port->channel, name);
    port->kind = kind;
    port->waiting = 0;
    port->lost = port->channel.own == NULL ? 0 : port->channel.own->lost;
    *code = NO_ERROR;
    return id;
  }
  return 0;
}

/* ---- sampling ports ---------------------------------------------------------------------------------------------- */

static SYSTEM_TIME_TYPE refresh_of(const struct hallows_port *port) {
  uint64_t cycles = hallows_boot_channel(port->channel.end)->refresh_cycles;
  return cycles == 0 ? INFINITE_TIME_VALUE
                     : (SYSTEM_TIME_TYPE)hallows_scale(cycles, 1000000000, hallows_boot()->frequency_hz);
}

void CREATE_SAMPLING_PORT(const char *name, MESSAGE_SIZE_TYPE max_message_size, PORT_DIRECTION_TYPE direction,
                          SYSTEM_TIME_TYPE refresh_period, SAMPLING_PORT_ID_TYPE *id, RETURN_CODE_TYPE *code) {
  hallows_take(&port_lock);
  *id = create_port(name, HALLOWS_KIND_SAMPLING, max_message_size, direction, code);
  if (*id != 0 && direction == DESTINATION && refresh_of(&ports[*id - 1]) != refresh_period) {
    ports[*id - 1].kind = 0;
    *id = 0;
    *code = INVALID_CONFIG;
  }
  hallows_give(&port_lock);
}

void WRITE_SAMPLING_MESSAGE(SAMPLING_PORT_ID_TYPE id, MESSAGE_ADDR_TYPE message, MESSAGE_SIZE_TYPE length,
                            RETURN_CODE_TYPE *code) {
  struct hallows_port *port = port_of(id, HALLOWS_KIND_SAMPLING);
  *code = INVALID_PARAM;
  if (port == NULL || length <= 0) return;
  *code = INVALID_CONFIG;
  if ((uint32_t)length > port->channel.slot_bytes) return;
  *code = INVALID_MODE;
  if (direction_of(port) != SOURCE) return;
  hallows_take(&port_lock);
  uint32_t result = hallows_write_sample(&port->channel, message, (uint32_t)length);
  *code = result == HALLOWS_NO_ERROR ? NO_ERROR : NOT_AVAILABLE;
  hallows_give(&port_lock);
}

void READ_SAMPLING_MESSAGE(SAMPLING_PORT_ID_TYPE id, MESSAGE_ADDR_TYPE message, MESSAGE_SIZE_TYPE *length,
                           VALIDITY_TYPE *validity, RETURN_CODE_TYPE *code) {
  struct hallows_port *port = port_of(id, HALLOWS_KIND_SAMPLING);
  struct hallows_sample_status status;
  *validity = INVALID;
  *length = 0;
  *code = INVALID_PARAM;
  if (port == NULL) return;
  *code = INVALID_MODE;
  if (direction_of(port) != DESTINATION) return;
  hallows_take(&port_lock);
  uint32_t result = hallows_read_sample(&port->channel, message, port->channel.slot_bytes, &status);
  hallows_give(&port_lock);
  *code = result == HALLOWS_NO_ERROR ? NO_ERROR : result == HALLOWS_NOT_AVAILABLE ? NO_ACTION : NOT_AVAILABLE;
  if (*code != NO_ERROR) return;
  *length = (MESSAGE_SIZE_TYPE)status.length;
  *validity = status.is_valid ? VALID : INVALID;
}

void GET_SAMPLING_PORT_ID(const char *name, SAMPLING_PORT_ID_TYPE *id, RETURN_CODE_TYPE *code) {
  *id = port_named(name, HALLOWS_KIND_SAMPLING);
  *code = *id == 0 ? INVALID_CONFIG : NO_ERROR;
}

void GET_SAMPLING_PORT_STATUS(SAMPLING_PORT_ID_TYPE id, SAMPLING_PORT_STATUS_TYPE *status, RETURN_CODE_TYPE *code) {
  struct hallows_port *port = port_of(id, HALLOWS_KIND_SAMPLING);
  struct hallows_sample_status sample;
  *code = INVALID_PARAM;
  if (port == NULL) return;
  *code = NO_ERROR;
  status->REFRESH_PERIOD = refresh_of(port);
  status->MAX_MESSAGE_SIZE = (MESSAGE_SIZE_TYPE)port->channel.slot_bytes;
  status->PORT_DIRECTION = direction_of(port);
  status->LAST_MSG_VALIDITY = INVALID;
  if (status->PORT_DIRECTION == SOURCE) return;
  /* A buffer of no bytes: the status alone is wanted. */
  uint32_t result = hallows_read_sample(&port->channel, NULL, 0, &sample);
  bool has_one = result == HALLOWS_NO_ERROR || result == HALLOWS_TOO_LONG;
  if (has_one && sample.is_valid) status->LAST_MSG_VALIDITY = VALID;
}

/* ---- queuing ports ----------------------------------------------------------------------------------------------- */

void CREATE_QUEUING_PORT(const char *name, MESSAGE_SIZE_TYPE max_message_size, MESSAGE_RANGE_TYPE max_nb_message,
                         PORT_DIRECTION_TYPE direction, QUEUING_DISCIPLINE_TYPE discipline, QUEUING_PORT_ID_TYPE *id,
                         RETURN_CODE_TYPE *code) {
  hallows_take(&port_lock);
  *id = create_port(name, HALLOWS_KIND_QUEUE, max_message_size, direction, code);
  bool is_right = discipline == FIFO || discipline == PRIORITY;
  if (*id != 0 && (!is_right || ports[*id - 1].channel.slots != (uint32_t)max_nb_message)) {
    ports[*id - 1].kind = 0;
    *id = 0;
    *code = INVALID_CONFIG;
  }
  if (*id != 0) ports[*id - 1].discipline = discipline;
  hallows_give(&port_lock);
}

/* Wakes the next of the threads that wait at a port, if something is there for it. The lock is held. */
static void ring_for_next(struct hallows_port *port) {
  if (port->waiting > 0 && hallows_refresh(&port->channel) != 0)
    hallows_call(HALLOWS_CALL_NOTIFY, port->channel.end, HALLOWS_OWN_END, 0);
}

/* A message goes in, or comes out. The lock is held. */
typedef bool port_step(struct hallows_port *port, MESSAGE_ADDR_TYPE message, MESSAGE_SIZE_TYPE *length);

static bool put_message(struct hallows_port *port, MESSAGE_ADDR_TYPE message, MESSAGE_SIZE_TYPE *length) {
  void *slot = hallows_reserve(&port->channel);
  if (slot == NULL) return false;
  memcpy(slot, message, (size_t)*length);
  hallows_commit(&port->channel, (uint32_t)*length);
  hallows_publish(&port->channel);
  return true;
}

static bool get_message(struct hallows_port *port, MESSAGE_ADDR_TYPE message, MESSAGE_SIZE_TYPE *length) {
  uint32_t bytes;
  return !port->channel.broken && hallows_receive(&port->channel, message, port->channel.slot_bytes, &bytes, 0) ==
                                      HALLOWS_NO_ERROR && ((*length = (MESSAGE_SIZE_TYPE)bytes), true);
}

/* Takes a step as soon as it is this thread's turn and there is room, or a message. */
static RETURN_CODE_TYPE step_in_order(struct hallows_port *port, port_step *step, MESSAGE_ADDR_TYPE message,
                                      MESSAGE_SIZE_TYPE *length, SYSTEM_TIME_TYPE time_out) {
  struct hallows_channel *channel = &port->channel;
  hallows_take(&port_lock);
  if (port->waiting == 0 && step(port, message, length)) {
    hallows_give(&port_lock);
    return NO_ERROR;
  }
  if (time_out == 0 || channel->broken) {
    hallows_give(&port_lock);
    return NOT_AVAILABLE;
  }
  uint64_t deadline = time_out == INFINITE_TIME_VALUE
                          ? HALLOWS_NO_DEADLINE
                          : hallows_now() + hallows_scale((uint64_t)time_out, hallows_boot()->frequency_hz, 1000000000);
  uint64_t mask = hallows_mask(channel) | (port->discipline == PRIORITY ? HALLOWS_WAIT_BY_PRIORITY : 0);
  RETURN_CODE_TYPE code = NOT_AVAILABLE;
  port->waiting++;
  while (!channel->broken) {
    /* There is something already: for the first of those who wait, this thread among them. */
    if (hallows_arm(channel)) ring_for_next(port);
    hallows_give(&port_lock);
    bool is_late = hallows_wait(mask, deadline).status != HALLOWS_NO_ERROR;
    hallows_take(&port_lock);
    code = NO_ERROR;
    if (!is_late && step(port, message, length)) break;
    code = is_late ? TIMED_OUT : NOT_AVAILABLE;
    if (is_late) break;
  }
  port->waiting--;
  ring_for_next(port);
  hallows_give(&port_lock);
  return code;
}

void SEND_QUEUING_MESSAGE(QUEUING_PORT_ID_TYPE id, MESSAGE_ADDR_TYPE message, MESSAGE_SIZE_TYPE length,
                          SYSTEM_TIME_TYPE time_out, RETURN_CODE_TYPE *code) {
  struct hallows_port *port = port_of(id, HALLOWS_KIND_QUEUE);
  *code = INVALID_PARAM;
  if (port == NULL || length <= 0 || time_out < INFINITE_TIME_VALUE) return;
  *code = INVALID_CONFIG;
  if ((uint32_t)length > port->channel.slot_bytes) return;
  *code = INVALID_MODE;
  if (direction_of(port) != SOURCE) return;
  *code = step_in_order(port, put_message, message, &length, time_out);
}

void RECEIVE_QUEUING_MESSAGE(QUEUING_PORT_ID_TYPE id, SYSTEM_TIME_TYPE time_out, MESSAGE_ADDR_TYPE message,
                             MESSAGE_SIZE_TYPE *length, RETURN_CODE_TYPE *code) {
  struct hallows_port *port = port_of(id, HALLOWS_KIND_QUEUE);
  *length = 0;
  *code = INVALID_PARAM;
  if (port == NULL || time_out < INFINITE_TIME_VALUE) return;
  *code = INVALID_MODE;
  if (direction_of(port) != DESTINATION) return;
  *code = step_in_order(port, get_message, message, length, time_out);
  uint32_t lost = port->channel.own->lost;
  if (*code != NO_ERROR || lost == port->lost) return;
  port->lost = lost;
  *code = INVALID_CONFIG;
}

void GET_QUEUING_PORT_ID(const char *name, QUEUING_PORT_ID_TYPE *id, RETURN_CODE_TYPE *code) {
  *id = port_named(name, HALLOWS_KIND_QUEUE);
  *code = *id == 0 ? INVALID_CONFIG : NO_ERROR;
}

void GET_QUEUING_PORT_STATUS(QUEUING_PORT_ID_TYPE id, QUEUING_PORT_STATUS_TYPE *status, RETURN_CODE_TYPE *code) {
  struct hallows_port *port = port_of(id, HALLOWS_KIND_QUEUE);
  *code = INVALID_PARAM;
  if (port == NULL) return;
  struct hallows_channel *channel = &port->channel;
  hallows_take(&port_lock);
  uint32_t there = channel->broken ? 0 : hallows_refresh(channel);
  *code = NO_ERROR;
  status->NB_MESSAGE = (MESSAGE_RANGE_TYPE)(channel->is_producer ? channel->slots - there : there);
  status->MAX_NB_MESSAGE = (MESSAGE_RANGE_TYPE)channel->slots;
  status->MAX_MESSAGE_SIZE = (MESSAGE_SIZE_TYPE)channel->slot_bytes;
  status->PORT_DIRECTION = direction_of(port);
  status->WAITING_PROCESSES = port->waiting;
  hallows_give(&port_lock);
}

void CLEAR_QUEUING_PORT(QUEUING_PORT_ID_TYPE id, RETURN_CODE_TYPE *code) {
  struct hallows_port *port = port_of(id, HALLOWS_KIND_QUEUE);
  *code = INVALID_PARAM;
  if (port == NULL) return;
  *code = INVALID_MODE;
  if (direction_of(port) != DESTINATION) return;
  hallows_take(&port_lock);
  uint32_t length;
  while (hallows_peek(&port->channel, &length) != NULL) hallows_release(&port->channel);
  hallows_publish(&port->channel);
  hallows_give(&port_lock);
  *code = NO_ERROR;
}
