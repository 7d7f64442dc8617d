/*
 * The host's date, from the device "clock".
 */

static uint32_t read_date(struct hallows_channel *clock, struct hallows_clock_value *value, uint64_t *age) {
  struct hallows_sample_status status;
  uint32_t result = hallows_read_sample(clock, value, sizeof *value, &status);
  if (result == HALLOWS_NO_ERROR) *age = status.age;
  return result;
}

uint32_t hallows_clock_read(struct hallows_channel *clock, uint64_t *nanoseconds) {
  struct hallows_clock_value value;
  uint64_t age;
  uint32_t status = read_date(clock, &value, &age);
  if (status == HALLOWS_NO_ERROR)
    *nanoseconds = value.nanoseconds + hallows_scale(age, 1000000000, hallows_boot()->frequency_hz);
  return status;
}

int32_t hallows_clock_offset(struct hallows_channel *clock) {
  struct hallows_clock_value value;
  uint64_t age;
  return read_date(clock, &value, &age) == HALLOWS_NO_ERROR ? (int32_t)value.offset_seconds : 0;
}

uint32_t hallows_clock_await(struct hallows_channel *clock, uint64_t deadline) {
  for (;;) {
    struct hallows_clock_value value;
    uint64_t age;
    uint32_t status = read_date(clock, &value, &age);
    if (status != HALLOWS_NOT_AVAILABLE) return status;
    /* A date that comes in between leaves its doorbell behind, so that this wait ends at once. */
    struct hallows_result result = hallows_wait(hallows_mask(clock), deadline);
    if (result.status != HALLOWS_NO_ERROR) return (uint32_t)result.status;
  }
}
