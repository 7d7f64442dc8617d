/*
 * Drawing from the device "entropy": what is left of a message that was not needed is thrown away.
 */

uint32_t hallows_draw(struct hallows_channel *entropy, void *buffer, size_t bytes) {
  uint8_t *to = (uint8_t *)buffer;
  while (bytes > 0) {
    uint32_t length;
    const void *slot = hallows_peek(entropy, &length);
    if (slot == NULL) {
      if (entropy->broken) return HALLOWS_BROKEN;
      hallows_ring(entropy);
      continue;
    }
    size_t taken = length < bytes ? length : bytes;
    memcpy(to, slot, taken);
    to += taken;
    bytes -= taken;
    hallows_release(entropy);
    hallows_publish(entropy);
  }
  return HALLOWS_NO_ERROR;
}
