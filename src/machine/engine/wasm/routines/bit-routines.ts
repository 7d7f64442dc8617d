/**
 * PDEP, PEXT and the CRC32 step: loops over bits.
 */
import { CASTAGNOLI } from "../../../isa/vector-operations.js";
import { functionOf, FUNCTIONS, i32, i64, I64, tee } from "../assembler/index.js";

/** (source, mask) -> the lowest bits of the source, each where the mask has a one. */
export function depositBits(): Uint8Array {
  return functionOf(FUNCTIONS.depositBits, (write, source, mask) => {
    const [place, result] = write.locals(I64, 2);
    write.block((done) =>
      write.loop((again) => {
        write.brIf(done, mask.eqz());
        write.set(place, mask.and(i64(0).sub(mask)));
        // The place where the source's lowest bit is one.
        // mutant deposit-takes-one-bit: write.set(result, result.or(place));
        write.set(result, result.or(place.and(i64(0).sub(source.and(1)))));
        write.set(source, source.shrU(1));
        write.set(mask, mask.xor(place));
        write.br(again);
      }),
    );
    write.push(result);
  });
}

/** (source, mask) -> the bits of the source where the mask has ones, next to each other from the lowest place on. */
export function extractBits(): Uint8Array {
  return functionOf(FUNCTIONS.extractBits, (write, source, mask) => {
    const [from, to, result] = write.locals(I64, 3);
    write.set(to, i64(1));
    write.block((done) =>
      write.loop((again) => {
        write.brIf(done, mask.eqz());
        write.set(from, mask.and(i64(0).sub(mask)));
        write.if(source.and(from).ne(0), () => write.set(result, result.or(to)));
        // mutant extract-leaves-gaps: write.set(to, from.shl(1));
        write.set(to, to.shl(1));
        write.set(mask, mask.xor(from));
        write.br(again);
      }),
    );
    write.push(result);
  });
}

/** Bits that go into the remainder before the loop's end is looked at. */
const BITS_AT_ONCE = 8;

/** (remainder, data, bits of data) -> remainder. Reflected: the data's lowest bit goes first. */
export function crc32(): Uint8Array {
  return functionOf(FUNCTIONS.crc32, (write, remainder, data, bits) => {
    write.set(data, data.xor(remainder.extendU()));
    write.loop((again) => {
      for (let i = 0; i < BITS_AT_ONCE; i++) {
        const subtracted = i64(0).sub(data.and(1)).and(BigInt(CASTAGNOLI));
        write.set(data, data.shrU(1).xor(subtracted));
      }
      write.brIf(again, tee(bits, bits.sub(i32(BITS_AT_ONCE))).ne(0));
    });
    write.push(data.wrap());
  });
}
