/*
 * hallows_ports.h: sampling and queuing ports, with the names and return codes of ARINC 653 part 1. For programs that
 * include it: its names are not the SDK's own. C only by convention: constants have the standard's short names.
 *
 * A port is an end of a channel of the same name: a sampling port of kind `sampling`, a queuing port of kind `queue`
 * (its depth is `slots`), with one peer at a queuing port. What a port is created with has to be what the description
 * says, or the return code is INVALID_CONFIG: size, depth, direction, and the refresh period of a destination.
 *
 * Threads that wait at a queuing port are served first in, first out, or the most urgent first: the kernel chooses whom
 * a doorbell wakes (HALLOWS_WAIT_BY_PRIORITY), and a thread that leaves messages behind rings for the next.
 *
 * What differs from the standard: ports can be created in mode NORMAL, too (start-up has set it before main runs), so
 * INVALID_MODE is only about directions; NOT_AVAILABLE is also returned for a channel that is quarantined.
 */
#ifndef HALLOWS_PORTS_H
#define HALLOWS_PORTS_H

#include "hallows.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  NO_ERROR = HALLOWS_NO_ERROR,
  NO_ACTION = HALLOWS_NO_ACTION,
  NOT_AVAILABLE = HALLOWS_NOT_AVAILABLE,
  INVALID_PARAM = HALLOWS_INVALID_PARAM,
  INVALID_CONFIG = HALLOWS_INVALID_CONFIG,
  INVALID_MODE = HALLOWS_INVALID_MODE,
  TIMED_OUT = HALLOWS_TIMED_OUT
} RETURN_CODE_TYPE;

#define MAX_NAME_LENGTH 32
typedef char NAME_TYPE[MAX_NAME_LENGTH];
typedef uint8_t *MESSAGE_ADDR_TYPE;
typedef int32_t MESSAGE_SIZE_TYPE;
typedef int32_t MESSAGE_RANGE_TYPE;
typedef int32_t WAITING_RANGE_TYPE;
typedef enum { SOURCE = 0, DESTINATION = 1 } PORT_DIRECTION_TYPE;
typedef enum { FIFO = 0, PRIORITY = 1 } QUEUING_DISCIPLINE_TYPE;
typedef enum { INVALID = 0, VALID = 1 } VALIDITY_TYPE;
/* Nanoseconds. */
typedef int64_t SYSTEM_TIME_TYPE;
#define INFINITE_TIME_VALUE ((SYSTEM_TIME_TYPE)-1)

/* ---- sampling ports ---------------------------------------------------------------------------------------------- */

typedef int32_t SAMPLING_PORT_ID_TYPE;
typedef struct {
  SYSTEM_TIME_TYPE REFRESH_PERIOD;
  MESSAGE_SIZE_TYPE MAX_MESSAGE_SIZE;
  PORT_DIRECTION_TYPE PORT_DIRECTION;
  VALIDITY_TYPE LAST_MSG_VALIDITY;
} SAMPLING_PORT_STATUS_TYPE;

/* NO_ACTION: it exists. INVALID_CONFIG: there is none of that name, or it is described otherwise. */
void CREATE_SAMPLING_PORT(const char *name, MESSAGE_SIZE_TYPE max_message_size, PORT_DIRECTION_TYPE direction,
                          SYSTEM_TIME_TYPE refresh_period, SAMPLING_PORT_ID_TYPE *id, RETURN_CODE_TYPE *code);
/* INVALID_PARAM: no such port, or no length. INVALID_CONFIG: too long. INVALID_MODE: a destination. */
void WRITE_SAMPLING_MESSAGE(SAMPLING_PORT_ID_TYPE id, MESSAGE_ADDR_TYPE message, MESSAGE_SIZE_TYPE length,
                            RETURN_CODE_TYPE *code);
/* NO_ACTION: nothing was ever written. The validity says whether the message is no older than the refresh period. */
void READ_SAMPLING_MESSAGE(SAMPLING_PORT_ID_TYPE id, MESSAGE_ADDR_TYPE message, MESSAGE_SIZE_TYPE *length,
                           VALIDITY_TYPE *validity, RETURN_CODE_TYPE *code);
void GET_SAMPLING_PORT_ID(const char *name, SAMPLING_PORT_ID_TYPE *id, RETURN_CODE_TYPE *code);
void GET_SAMPLING_PORT_STATUS(SAMPLING_PORT_ID_TYPE id, SAMPLING_PORT_STATUS_TYPE *status, RETURN_CODE_TYPE *code);

/* ---- queuing ports ----------------------------------------------------------------------------------------------- */

typedef int32_t QUEUING_PORT_ID_TYPE;
typedef struct {
  MESSAGE_RANGE_TYPE NB_MESSAGE;
  MESSAGE_RANGE_TYPE MAX_NB_MESSAGE;
  MESSAGE_SIZE_TYPE MAX_MESSAGE_SIZE;
  PORT_DIRECTION_TYPE PORT_DIRECTION;
  WAITING_RANGE_TYPE WAITING_PROCESSES;
} QUEUING_PORT_STATUS_TYPE;

void CREATE_QUEUING_PORT(const char *name, MESSAGE_SIZE_TYPE max_message_size, MESSAGE_RANGE_TYPE max_nb_message,
                         PORT_DIRECTION_TYPE direction, QUEUING_DISCIPLINE_TYPE discipline, QUEUING_PORT_ID_TYPE *id,
                         RETURN_CODE_TYPE *code);
/* NOT_AVAILABLE: full, and the time-out is 0. TIMED_OUT. INVALID_PARAM, _CONFIG and _MODE as for sampling ports. */
void SEND_QUEUING_MESSAGE(QUEUING_PORT_ID_TYPE id, MESSAGE_ADDR_TYPE message, MESSAGE_SIZE_TYPE length,
                          SYSTEM_TIME_TYPE time_out, RETURN_CODE_TYPE *code);
/*
 * NOT_AVAILABLE: empty, and the time-out is 0. TIMED_OUT. INVALID_CONFIG: here is a message, and some before it were
 * lost because the port was full.
 */
void RECEIVE_QUEUING_MESSAGE(QUEUING_PORT_ID_TYPE id, SYSTEM_TIME_TYPE time_out, MESSAGE_ADDR_TYPE message,
                             MESSAGE_SIZE_TYPE *length, RETURN_CODE_TYPE *code);
void GET_QUEUING_PORT_ID(const char *name, QUEUING_PORT_ID_TYPE *id, RETURN_CODE_TYPE *code);
void GET_QUEUING_PORT_STATUS(QUEUING_PORT_ID_TYPE id, QUEUING_PORT_STATUS_TYPE *status, RETURN_CODE_TYPE *code);
/* Throws away what is in it. */
void CLEAR_QUEUING_PORT(QUEUING_PORT_ID_TYPE id, RETURN_CODE_TYPE *code);

#ifdef __cplusplus
}
#endif
#endif
