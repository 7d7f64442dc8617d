/**
 * Entropy: fills queues with random bytes, as many a message as a slot has. Whoever takes half of them rings it, and it
 * fills up again within that system call. Its bytes follow from a seed and the channel, so runs repeat.
 */
import { fillQueue } from "../ipc/index.js";
import type { ChannelId } from "../units.js";
import type { Device, DeviceHost } from "./device.js";
import type { DeviceOptions, ValuesOf } from "./options.js";
import { nextWord, seedWords } from "./random.js";

/** The state of each channel's generator. */
type Generators = Record<ChannelId, number[]>;

export const ENTROPY_OPTIONS = {
  seed: {
    type: "whole",
    least: 0,
    most: Number.MAX_SAFE_INTEGER,
    default: null,
    meaning: "What its bytes follow from; without it, the machine's seed.",
  },
} as const satisfies DeviceOptions;

export function createEntropy(
  { memory, seed: systemSeed }: DeviceHost,
  options: ValuesOf<typeof ENTROPY_OPTIONS>,
): Device<Generators> {
  const seed = options.seed ?? systemSeed;
  let generators: Generators = {};
  return {
    doorbell(_, { channel, shape, link }) {
      const words = (generators[channel] ??= seedWords(seed, channel));
      return fillQueue(memory, shape, link, () => randomBytes(words, shape.slotBytes));
    },
    inject: () => "quiet",
    reset: () => undefined,
    save: () => generators,
    restore(saved) {
      generators = saved;
    },
  };
}

function randomBytes(words: number[], count: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(count / 4) * 4);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += 4) view.setInt32(at, nextWord(words), true);
  return bytes.subarray(0, count);
}
