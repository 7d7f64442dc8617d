/**
 * Colours of partitions and threads, as numbers of xterm's 256.
 *
 * Invariant: each is told from a black and from a white ground alike, at a contrast of at least 3 to 1 (WCAG 2.2,
 * 1.4.11); tests/host/colours.test.ts computes it.
 */

/** Partitions take these in turn: blue, orange, green, rose, olive, violet, teal, red, moss, steel, mauve, brown. */
export const PARTITION_COLOURS: readonly number[] = [33, 166, 28, 162, 100, 98, 30, 160, 64, 68, 133, 130];

/** Steps in the colour cube from a partition's colour to those of its threads, which take them in turn. */
const THREAD_STEPS: readonly number[] = [0, 1, -1, 2];

export function partitionColour(id: number): number {
  return PARTITION_COLOURS[id % PARTITION_COLOURS.length];
}

/** The first thread has its partition's colour, the others lighter and darker shades of it. */
export function threadColour(partition: number, index: number): number {
  return shade(partitionColour(partition), THREAD_STEPS[index % THREAD_STEPS.length]);
}

/** xterm's colours 16 to 231 are a cube of six levels a channel: 16 + 36 red + 6 green + blue. */
function shade(colour: number, step: number): number {
  const cube = colour - 16;
  const level = (value: number): number => Math.max(0, Math.min(5, value + step));
  return 16 + 36 * level(Math.floor(cube / 36)) + 6 * level(Math.floor(cube / 6) % 6) + level(cube % 6);
}
