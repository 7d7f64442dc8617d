/**
 * Operands that lean towards the corners where float arithmetic goes wrong, in the manner of Berkeley's TestFloat: a
 * class of exponent times a pattern of significand; then operands that stand in a relation which the operation cares
 * about (cancellation, halfway, products and quotients next to overflow and underflow, squares, integer limits).
 *
 * Deterministic: the same seed and form give the same cases on every host.
 */
import { createRandom, hashText } from "../random.mjs";

const SHAPES = {
  32: { fractionBits: 23, limit: 255, bias: 127, signShift: 31n },
  64: { fractionBits: 52, limit: 2047, bias: 1023, signShift: 63n },
};
/** A case: form and MXCSR in one word (form low), x0, x1, y0, y1. */
export const CASE_WORDS = 5;

const SPECIAL_COUNT = 16;

const ALL_MASKED = 0x1f80;
const DAZ = 0x40;
const FTZ = 0x8000;

/** `count` cases of a form; `stream` gives others. `formNumber` is the harness's. */
export function createCases(form, formNumber, seed, count, stream = 0) {
  const source = createSource(createRandom(seed, hashText(form.name) ^ Math.imul(stream, 0x9e3779b1)));
  const makePair = PAIRS[form.operands];
  const width = BigInt(form.format);
  const words = new BigUint64Array(count * CASE_WORDS);
  for (let i = 0; i < count; i++) {
    const at = i * CASE_WORDS;
    words[at] = BigInt(formNumber) | (BigInt(source.mxcsr()) << 32n);
    // Every fourth case is the next pair of special values, so that all of them occur in every 1,024 cases.
    const special = i % 4 === 0 && form.operands !== "integer";
    // Lanes that the operation doesn't look at stay 0: of a scalar form all but the first.
    for (let lane = 0; lane < form.lanes; lane++) {
      const place = BigInt(lane) * width;
      // In packed forms many lanes are dull, so that one lane's flags can be seen.
      const isDull = lane > 0 && source.random.chance(2);
      const [a, b] = isDull
        ? [source.dull(form.format), source.dull(form.format)]
        : special
          ? source.specialPair(form.format, i / 4)
          : makePair(source, form.format);
      words[at + 1 + Number(place >> 6n)] |= a << (place & 63n);
      words[at + 3 + Number(place >> 6n)] |= b << (place & 63n);
    }
  }
  return words;
}

/** Makers of numbers, of pairs of special values and of MXCSR, over `random`. */
export function createSource(random) {
  const bits = (count) => {
    let value = 0n;
    for (let done = 0; done < count; done += 32) value = (value << 32n) | BigInt(random.bits());
    return value & ((1n << BigInt(count)) - 1n);
  };
  const below = (limit) => random.below(limit);
  const between = (low, high) => low + random.below(high - low + 1);

  const make = (format, exponent, fraction, sign = random.bits() & 1) => {
    const { fractionBits, limit, signShift } = SHAPES[format];
    const field = Math.min(Math.max(exponent, 0), limit);
    const mask = (1n << BigInt(fractionBits)) - 1n;
    return (BigInt(sign) << signShift) | (BigInt(field) << BigInt(fractionBits)) | (fraction & mask);
  };

  const fraction = (format) => {
    const count = SHAPES[format].fractionBits;
    const place = () => BigInt(below(count + 1));
    const all = (1n << BigInt(count)) - 1n;
    switch (below(12)) {
      case 0:
        return 0n;
      case 1:
        return BigInt(below(4));
      case 2:
        return all - BigInt(below(4));
      case 3:
        return (1n << place()) & all;
      case 4:
        return all ^ (1n << place());
      case 5:
        return (1n << place()) - 1n;
      case 6:
        return all ^ ((1n << place()) - 1n);
      case 7:
        return ((1n << place()) + (1n << place()) - BigInt(below(2))) & all;
      case 8: // few bits at the top: exact products, quotients, roots
        return bits(count) & ~((1n << BigInt(between(count >> 1, count))) - 1n) & all;
      case 9: // halfway in binary32, for what becomes one
        return (bits(count) & ~((1n << 29n) - 1n) & all) | (((1n << 28n) + BigInt(below(3) - 1)) & all);
      default:
        return bits(count);
    }
  };

  const exponent = (format) => {
    const { limit, bias, fractionBits } = SHAPES[format];
    switch (below(12)) {
      case 0:
      case 1:
        return 0;
      case 2:
        return between(1, 3);
      case 3:
        return between(1, fractionBits + 4);
      case 4:
        return between(limit - 3, limit - 1);
      case 5:
        return limit;
      case 6:
      case 7:
        return bias + between(-2, 2);
      case 8:
      case 9:
        return bias + between(-fractionBits - 3, fractionBits + 3);
      default:
        return below(limit + 1);
    }
  };

  const any = (format) => make(format, exponent(format), fraction(format));
  const finiteExponent = (format) => between(1, SHAPES[format].limit - 1);
  const dull = (format) => make(format, SHAPES[format].bias + between(-1, 1), 0n);

  /** Neighbour of a number: a few units in the last place away, either sign. */
  const near = (format, value) => {
    const { signShift } = SHAPES[format];
    const width = format === 32 ? 32 : 64;
    const moved = BigInt.asUintN(width, value + BigInt(between(-3, 3)));
    return random.chance(2) ? moved : moved ^ (1n << signShift);
  };

  /** One of SPECIAL_COUNT kinds: both signs of the values that have rules of their own. */
  const special = (format, kind) => {
    const { limit, bias, fractionBits } = SHAPES[format];
    const all = (1n << BigInt(fractionBits)) - 1n;
    const quiet = 1n << BigInt(fractionBits - 1);
    const payload = bits(fractionBits - 1) | 1n;
    const [exponent, value] = [
      [0, 0n],
      [0, random.pick([1n, all, bits(fractionBits) | 1n])],
      [random.pick([1, 2]), random.pick([0n, 1n, all])],
      [bias, random.pick([0n, 1n, bits(fractionBits)])],
      [limit - 1, random.pick([all, 0n, bits(fractionBits)])],
      [limit, 0n],
      [limit, quiet | payload],
      [limit, payload],
    ][kind >> 1];
    return make(format, exponent, value, kind & 1);
  };
  const specialPair = (format, number) => [
    special(format, number % SPECIAL_COUNT),
    special(format, Math.floor(number / SPECIAL_COUNT) % SPECIAL_COUNT),
  ];

  const mxcsr = () => {
    let value = (random.bits() & 3) << 13;
    if (random.chance(4)) value |= DAZ;
    if (random.chance(4)) value |= FTZ;
    if (!random.chance(3)) value |= ALL_MASKED;
    else if (random.chance(2)) value |= ALL_MASKED ^ (0x80 << below(6));
    else value |= (random.bits() & 0x3f) << 7;
    // Flags that are there already must stay and must not count.
    if (random.chance(8)) value |= random.bits() & 0x3f;
    return value;
  };

  return {
    random,
    bits,
    below,
    between,
    make,
    fraction,
    exponent,
    any,
    finiteExponent,
    dull,
    near,
    specialPair,
    mxcsr,
  };
}

/** Fractions of two odd numbers whose product is one bit longer than a significand (or two: then a bit is lost). */
function halfwayFactors(source, fractionBits) {
  const first = source.between(2, fractionBits);
  const odd = (length) => source.bits(length - 1) | (1n << BigInt(length - 1)) | 1n;
  const place = (value, length) => value << BigInt(fractionBits + 1 - length);
  return [place(odd(first), first), place(odd(fractionBits + 2 - first), fractionBits + 2 - first)];
}

/** Fractions of 1 + e and 2 - 2e: their product, 2 - 2e^2, rounds to 2 or to its lower neighbour. */
function factorsOfAlmostOne(source, fractionBits) {
  const e = 1n << BigInt(fractionBits - (fractionBits >> 1) - source.between(0, 2));
  return [e, (1n << BigInt(fractionBits)) - 2n * e + BigInt(source.below(2))];
}

/** Generators of (x, y) by the operation's needs. */
export const PAIRS = {
  add(source, format) {
    const { fractionBits, limit } = SHAPES[format];
    const a = source.any(format);
    switch (source.below(4)) {
      case 0:
        return [a, source.near(format, a)];
      case 1: {
        // Exponents as far apart as decides on halfway and on sticky bits.
        const exponent = source.finiteExponent(format);
        const other = exponent + source.between(-fractionBits - 3, fractionBits + 3);
        return [
          source.make(format, exponent, source.fraction(format)),
          source.make(format, Math.min(Math.max(other, 0), limit - 1), source.fraction(format)),
        ];
      }
      default:
        return [a, source.any(format)];
    }
  },
  multiply(source, format) {
    const { bias, limit, fractionBits } = SHAPES[format];
    if (source.below(4) === 0) return [source.any(format), source.any(format)];
    // Sums of exponents next to the limits, below the smallest denormal, and in the middle.
    const sum = source.random.pick([
      bias + source.between(-fractionBits - 4, 3),
      bias + source.between(-2, 1),
      bias + limit + source.between(-4, 1),
      2 * bias,
    ]);
    const exponent = source.between(Math.max(0, sum - limit + 1), Math.min(limit - 1, Math.max(sum, 0)));
    const [left, right] = source.random.pick([
      () => [source.fraction(format), source.fraction(format)],
      () => halfwayFactors(source, fractionBits),
      () => factorsOfAlmostOne(source, fractionBits),
    ])();
    return [source.make(format, exponent, left), source.make(format, sum - exponent, right)];
  },
  divide(source, format) {
    const { bias, limit, fractionBits } = SHAPES[format];
    if (source.below(3) === 0) return [source.any(format), source.any(format)];
    const difference = source.random.chance(2)
      ? -bias + source.between(-fractionBits - 4, 3)
      : bias + source.between(-3, 3);
    const exponent = source.between(Math.max(0, difference), Math.min(limit - 1, limit - 1 + difference));
    return [
      source.make(format, exponent, source.fraction(format)),
      source.make(format, exponent - difference, source.fraction(format)),
    ];
  },
  compare(source, format) {
    const a = source.any(format);
    return [a, source.random.chance(2) ? source.near(format, a) : source.any(format)];
  },
  squareRoot(source, format) {
    const { fractionBits, bias, signShift } = SHAPES[format];
    if (source.below(4) !== 0) {
      const a = source.any(format);
      return [source.below(4) === 0 ? a : BigInt.asUintN(Number(signShift), a), 0n];
    }
    // Squares and their neighbours: roots of half the precision are exact.
    const root = source.bits(source.between(2, (fractionBits + 1) >> 1)) | 1n;
    const square = root * root;
    const length = square.toString(2).length;
    const fraction = (square << BigInt(fractionBits + 1 - length)) + BigInt(source.below(3) - 1);
    return [source.make(format, bias + source.between(-40, 40), fraction, 0), 0n];
  },
  toInteger(source, format) {
    const { fractionBits, bias } = SHAPES[format];
    // y is what rax holds before.
    const y = source.bits(64);
    if (source.below(4) === 0) return [source.any(format), y];
    const exponent = source.random.chance(3) ? source.random.pick([30, 31, 32, 62, 63, 64]) : source.between(-2, 65);
    if (source.below(4) === 0) return [source.make(format, bias + exponent, source.fraction(format)), y];
    // Some integer bits, then exactly a half, or a unit more or less than it.
    const below = BigInt(Math.min(Math.max(fractionBits - exponent, 0), fractionBits));
    const half = below > 0n ? 1n << (below - 1n) : 0n;
    const high = (source.random.chance(2) ? source.bits(fractionBits) : (1n << BigInt(fractionBits)) - 1n) >> below;
    return [source.make(format, bias + exponent, (high << below) + half + BigInt(source.below(3) - 1)), y];
  },
  convert(source, format) {
    if (format === 32 || source.below(3) === 0) return [source.any(format), 0n];
    if (source.below(6) === 0) {
      // Next to 2^-126 and 2^128 from below: what rounding carries over the border.
      const ones = (1n << 52n) - (1n << BigInt(source.between(26, 30)));
      const exponent = 1023 + source.random.pick([-127, 127]);
      return [source.make(64, exponent, ones + BigInt(source.between(-1, 1))), 0n];
    }
    const exponent = source.random.pick([source.between(-152, -124), source.between(125, 129), source.between(-3, 3)]);
    // What decides on halfway in a denormal lies further up the deeper it is.
    const places = BigInt(Math.min(28 + Math.max(0, -126 - exponent), 52));
    const low = (1n << places) + BigInt(source.below(3) - 1);
    const high = source.random.chance(2) ? source.bits(52) : source.fraction(64);
    return [source.make(64, 1023 + exponent, ((high >> (places + 1n)) << (places + 1n)) + low), 0n];
  },
  integer(source) {
    const shift = BigInt(source.below(64));
    const sign = source.random.chance(2) ? -1n : 1n;
    const value = () => {
      switch (source.below(6)) {
        case 0:
          return BigInt(source.below(8));
        case 1:
          return (1n << shift) + BigInt(source.between(-2, 2));
        case 2:
          return (1n << shift) + (1n << BigInt(source.below(64))) + BigInt(source.between(-1, 1));
        case 3:
          return source.random.pick([0x7fffffffn, 0x80000000n, 0x7fffffffffffffffn, 0x8000000000000000n]);
        case 4: // a halfway case of either format, whichever length
          return (((source.bits(54) | (1n << 53n)) << 11n) | (1n << 10n)) >> shift;
        default:
          return source.bits(64) >> shift;
      }
    };
    return [0n, BigInt.asUintN(64, sign * value())];
  },
};
