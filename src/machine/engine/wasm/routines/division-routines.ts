/**
 * Division of 128 bits by 64, which WebAssembly lacks: two steps of 64 by 32 bits, after D. Knuth, The Art of Computer
 * Programming, volume 2, 4.3.1, algorithm D, for two digits of 32 bits. The remainder is low - quotient * divisor.
 */
import { call, functionOf, FUNCTIONS, i32, i64, I64, tee } from "../assembler/index.js";

const LOW_HALF = 0xffff_ffffn;

/** (high, low, divisor) -> quotient, which must fit: high is below the divisor. */
export function divideUnsigned(): Uint8Array {
  return functionOf(FUNCTIONS.divideUnsigned, (write, high, low, divisor) => {
    const [shift, top, bottom, estimate, rest, first] = write.locals(I64, 6);
    write.if(high.eqz(), () => write.return(low.divU(divisor)));
    // The divisor's top bit becomes 1.
    write.set(shift, divisor.clz());
    write.set(top, tee(divisor, divisor.shl(shift)).shrU(32));
    write.set(bottom, divisor.and(LOW_HALF));
    write.set(high, high.shl(shift).or(low.shrU(1).shrU(i64(63).sub(shift))));
    write.set(low, low.shl(shift));

    /** One digit of the quotient into `estimate`: of `high` and a digit of the dividend. */
    const writeDigit = (digit: I64): void => {
      write.set(rest, tee(estimate, high.divU(top)).mul(top));
      write.set(rest, high.sub(rest));
      write.block((done) =>
        write.loop((again) => {
          // Too great: it has more than 32 bits, or its product with the rest of the divisor is more than there is.
          const isLong = estimate.shrU(32).ne(0);
          const isTooGreat = isLong.or(rest.shl(32).or(digit).ltU(estimate.mul(bottom)));
          write.brIf(done, isTooGreat.eqz());
          write.set(estimate, estimate.sub(1));
          write.brIf(again, tee(rest, rest.add(top)).shrU(32).eqz());
        }),
      );
    };
    writeDigit(low.shrU(32));
    write.set(first, estimate);
    write.set(high, high.shl(32).or(low.shrU(32)).sub(first.mul(divisor)));
    writeDigit(low.and(LOW_HALF));
    write.push(first.shl(32).add(estimate));
  });
}

/** (high, low, divisor) -> quotient, and whether there is none: #DE. */
export function divideSigned(): Uint8Array {
  return functionOf(FUNCTIONS.divideSigned, (write, high, low, divisor) => {
    const [isNegative, quotient] = write.locals(I64, 2);
    const fail = (): void => write.return(i64(0), i32(1));
    // All bits of it are the sign of the quotient.
    write.set(isNegative, high.xor(divisor).shrS(63));
    // Magnitudes.
    write.if(high.ltS(0), () => {
      write.set(high, i64(0).sub(high).sub(low.ne(0).extendU()));
      write.set(low, i64(0).sub(low));
    });
    write.if(divisor.ltS(0), () => write.set(divisor, i64(0).sub(divisor)));
    write.if(high.ltU(divisor).eqz(), fail);
    write.set(quotient, call(FUNCTIONS.divideUnsigned, high, low, divisor));
    // At most 2^63 - 1, or 2^63 where it is negative.
    write.if(
      i64((1n << 63n) - 1n)
        .sub(isNegative)
        .ltU(quotient),
      fail,
    );
    write.push(quotient.xor(isNegative).sub(isNegative));
    write.push(i32(0));
  });
}
