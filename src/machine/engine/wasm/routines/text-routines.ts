/**
 * The comparison of PCMPESTRI and its kin: one element of the first string after the other is compared with all of the
 * second at once.
 *
 * Sets of elements are words of 32 bits, a bit an element. Source: SDM volume 1, 10.3.
 */
import {
  type FunctionWriter,
  functionOf,
  FUNCTIONS,
  i32,
  I32,
  type Local,
  type SimdName,
  splat,
  V128,
  vector,
} from "../assembler/index.js";

/** Bits of the control: the format. */
const IS_WORD = 1;
const IS_SIGNED = 2;
/** Bits 3 to 2: how elements are compared. */
const enum Aggregation {
  EqualAny = 0,
  Ranges = 1,
  EqualEach = 2,
  EqualOrdered = 3,
}
/** Bits 5 to 4: which bits of the result are inverted. */
const enum Polarity {
  All = 1,
  Valid = 3,
}

/** Elements of one width. */
interface Elements {
  readonly lanes: "i8x16" | "i16x8";
  readonly count: 8 | 16;
  /** The least signed number in every lane. */
  readonly least: bigint;
  /** The numbers of the bytes of an element, in every lane. */
  readonly bytesOf: (element: I32) => V128;
}

const BYTES: Elements = {
  lanes: "i8x16",
  count: 16,
  least: 0x8080_8080_8080_8080_8080_8080_8080_8080n,
  bytesOf: (element) => splat("i8x16", element),
};
const WORDS: Elements = {
  lanes: "i16x8",
  count: 8,
  least: 0x8000_8000_8000_8000_8000_8000_8000_8000n,
  bytesOf: (element) => splat("i16x8", element.mul(0x0202).add(0x0100)),
};

/** (control, a, length of a, b, length of b) -> IntRes2 */
export function compareStrings(): Uint8Array {
  return functionOf(FUNCTIONS.compareStrings, (write, control, a, lengthA, b, lengthB) => {
    const strings = {
      control,
      a,
      lengthA,
      b,
      lengthB,
      validA: write.local(I32),
      validB: write.local(I32),
      element: write.local(I32),
      found: write.local(I32),
    };
    const { validA, validB, found } = strings;
    write.set(validA, lowest(lengthA));
    write.set(validB, lowest(lengthB));
    write.if(
      control.and(IS_WORD),
      () => writeAggregation(write, strings, WORDS),
      () => writeAggregation(write, strings, BYTES),
    );
    const polarity = control.shrU(4).and(3);
    write.if(polarity.eq(Polarity.All), () => write.set(found, found.xor(-1)));
    // mutant invalid-elements-are-inverted: write.if(polarity.eq(Polarity.Valid), () => write.set(found, found.xor(-1)));
    write.if(polarity.eq(Polarity.Valid), () => write.set(found, found.xor(validB)));
    write.push(found.and(i32(0x10000).shrU(control.and(IS_WORD).shl(3)).sub(1)));
  });
}

/** So many ones, in the lowest bits. */
function lowest(count: I32): I32 {
  return i32(-1).shl(count).xor(-1);
}

interface Strings {
  readonly control: I32;
  readonly a: Local<V128>;
  readonly lengthA: Local<I32>;
  readonly b: Local<V128>;
  readonly lengthB: Local<I32>;
  /** The elements before the end of each string. */
  readonly validA: Local<I32>;
  readonly validB: Local<I32>;
  /** The number of an element of `a`. */
  readonly element: Local<I32>;
  /** IntRes1, and perhaps ones above it. */
  readonly found: Local<I32>;
}

/** Sets `found`. */
function writeAggregation(write: FunctionWriter, strings: Strings, elements: Elements): void {
  const { control, a, b, lengthA, validA, validB, element, found } = strings;
  const { lanes, count, least, bytesOf } = elements;
  const compared = (name: "eq" | "gt_s", left: V128, right: V128): V128 =>
    left.simd(`${lanes}.${name}` satisfies SimdName, right);
  const setOf = (mask: V128): I32 => mask.test(`${lanes}.bitmask`);
  /** Element i of the first string in every lane. */
  const spread = (i: I32): V128 => a.simd("i8x16.swizzle", bytesOf(i));
  /** Runs `body` with `element` at every `step`th element of the first string. */
  const forEach = (step: 1 | 2, body: () => void): void =>
    write.block((done) =>
      write.loop((again) => {
        write.brIf(done, element.add(step).gtU(lengthA));
        body();
        write.set(element, element.add(step));
        write.br(again);
      }),
    );
  const isKind = (kind: Aggregation): I32 => control.shrU(2).and(3).eq(kind);
  const equals = setOf(compared("eq", spread(element), b)).and(validB);

  write.if(isKind(Aggregation.EqualAny), () => forEach(1, () => write.set(found, found.or(equals))));
  write.if(isKind(Aggregation.Ranges), () => {
    // So that signed comparisons are right.
    // mutant ranges-are-signed: const isUnsigned = i32(0);
    const isUnsigned = control.and(IS_SIGNED).eqz();
    write.if(isUnsigned, () => {
      write.set(a, a.xor(vector(least)));
      write.set(b, b.xor(vector(least)));
    });
    const isOutside = compared("gt_s", spread(element), b).or(compared("gt_s", b, spread(element.add(1))));
    forEach(2, () => write.set(found, found.or(setOf(isOutside.not()).and(validB))));
  });
  write.if(isKind(Aggregation.EqualEach), () =>
    // Behind the ends of both they are equal.
    write.set(
      found,
      setOf(compared("eq", a, b))
        .and(validA)
        .and(validB)
        .or(validA.or(validB).xor(-1)),
    ),
  );
  write.if(isKind(Aggregation.EqualOrdered), () => {
    write.set(found, i32(-1));
    // The first string is found at an element as far as it lies before the end of the register.
    forEach(1, () => write.set(found, found.and(equals.or(-1 << count).shrU(element))));
  });
}
