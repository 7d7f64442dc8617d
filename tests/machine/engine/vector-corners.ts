/**
 * Contents for XMM registers, and MXCSR: integer limits in lanes of every width, and floats of every kind, ordinary
 * ones most often, since only they are done in translated code.
 */
import type { Random } from "../isa/row-encoder.js";

const INTEGERS: Readonly<Record<8 | 16 | 32 | 64, readonly bigint[]>> = {
  8: [0n, 1n, 0x7fn, 0x80n, 0xffn],
  16: [0n, 1n, 0x7fffn, 0x8000n, 0xffffn, 0x00ffn],
  32: [0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0xffffn],
  64: [0n, 1n, 16n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n, 0xffff_ffffn],
};

/** Zeros, the least and greatest denormals and normals and their neighbours, infinities, NaNs of both kinds. */
const FLOATS: Readonly<Record<32 | 64, readonly bigint[]>> = {
  32: [
    0n,
    1n,
    0x7f_ffffn,
    0x80_0000n,
    0x80_0001n,
    0xff_ffffn,
    0x100_0000n,
    0x7f7f_ffffn,
    0x7f80_0000n,
    0x7fc0_0000n,
    0x7fa0_0001n,
    0x3f80_0000n,
    0x4b80_0000n,
    0x4f00_0000n,
    0x4eff_ffffn,
    0x5f00_0000n,
    0x3effffffn,
    0x3f00_0000n,
  ],
  64: [
    0n,
    1n,
    0xf_ffff_ffff_ffffn,
    0x10_0000_0000_0000n,
    0x10_0000_0000_0001n,
    0x20_0000_0000_0000n,
    0x7fef_ffff_ffff_ffffn,
    0x7ff0_0000_0000_0000n,
    0x7ff8_0000_0000_0000n,
    0x7ff4_0000_0000_0001n,
    0x3ff0_0000_0000_0000n,
    0x41e0_0000_0000_0000n,
    0x41df_ffff_ffff_ffffn,
    0x43e0_0000_0000_0000n,
    0x3810_0000_0000_0000n,
    0x47ef_ffff_ffff_ffffn,
    0x3fdf_ffff_ffff_ffffn,
    0x3fe0_0000_0000_0000n,
    0x36a0_0000_0000_0000n,
    0x3800_0000_0000_0000n,
  ],
};

function randomBits(random: Random, width: number): bigint {
  let value = 0n;
  for (let done = 0; done < width; done += 16) value = (value << 16n) | BigInt(random(0x10000));
  return BigInt.asUintN(width, value);
}

/** A float of about 1 with few or many digits; now and then one with any exponent. */
function ordinaryFloat(random: Random, width: 32 | 64): bigint {
  const fractionBits = width === 32 ? 23 : 52;
  const bias = width === 32 ? 127 : 1023;
  const spread = random(6) === 0 ? 2 * bias - 2 : random(3) === 0 ? 60 : 8;
  const exponent = BigInt(Math.max(1, bias + random(spread + 1) - (spread >> 1)));
  let fraction = randomBits(random, fractionBits);
  if (random(3) === 0) fraction &= ~((1n << BigInt(random(fractionBits))) - 1n);
  return (BigInt(random(2)) << BigInt(width - 1)) | (exponent << BigInt(fractionBits)) | fraction;
}

type LaneWidth = 8 | 16 | 32 | 64;

/** What the operands of one set have in common, so that a whole vector of ordinary floats comes about. */
export interface Mood {
  readonly width: LaneWidth;
  readonly kind: "integers" | "corners" | "ordinary";
  readonly isPositive: boolean;
}

export function randomMood(random: Random): Mood {
  const kind = (["integers", "corners", "ordinary", "ordinary"] as const)[random(4)];
  const width = ([32, 64, 8, 16] as const)[kind === "integers" ? random(4) : random(2)];
  return { width, kind, isPositive: random(2) === 0 };
}

function randomLane(random: Random, { width, kind, isPositive }: Mood): bigint {
  if (kind === "integers" || width === 8 || width === 16) {
    const corners = INTEGERS[width];
    return random(2) === 0 ? corners[random(corners.length)] : randomBits(random, width);
  }
  const corners = FLOATS[width];
  const isCorner = kind === "corners" && random(2) === 0;
  const magnitude = isCorner
    ? corners[random(corners.length)]
    : random(24) === 0
      ? 0n
      : BigInt.asUintN(width - 1, ordinaryFloat(random, width));
  return magnitude | (isPositive ? 0n : BigInt(random(2)) << BigInt(width - 1));
}

/** A vector as its halves; one in eight of a mood of its own. */
export function randomLanes(random: Random, mood: Mood): [bigint, bigint] {
  const own = random(8) === 0 ? randomMood(random) : mood;
  let all = 0n;
  for (let at = 0; at < 128; at += own.width) all |= randomLane(random, own) << BigInt(at);
  return [BigInt.asUintN(64, all), all >> 64n];
}

/** Everything masked and the precision flag set most often: what programs have after a few operations. */
export function randomMxcsr(random: Random): number {
  switch (random(8)) {
    case 0:
      return 0x1f80;
    case 1:
      return random(0x10000);
    case 2:
      return 0x1f80 | random(0x40);
    case 3:
      return 0x1fa0 | (random(4) << 13) | (random(2) << 15) | (random(2) << 6);
    case 4:
      return random(2) === 0 ? 0x1fb2 : 0x1fbf;
    default:
      return 0x1fa0;
  }
}
