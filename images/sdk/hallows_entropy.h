/*
 * hallows_entropy.h: random bytes from the device "entropy", by a queue that a description connects to it. Included by
 * hallows.h.
 */
#ifndef HALLOWS_ENTROPY_H
#define HALLOWS_ENTROPY_H

/*
 * Fills a buffer. The device fills the queue within the system call that rings it, once half of the queue is taken; so
 * nobody waits. HALLOWS_NO_ERROR or HALLOWS_BROKEN.
 */
uint32_t hallows_draw(struct hallows_channel *entropy, void *buffer, size_t bytes);

#endif
