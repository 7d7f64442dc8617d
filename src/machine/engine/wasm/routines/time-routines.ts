/**
 * RDTSC: what a program learns of the time enters its partition's hash, as `mixNumber` in trace/hash.ts has it.
 */
import { LANE_MIXES } from "../../../../trace/hash.js";
import { functionOf, FUNCTIONS, I32, load32, tee } from "../assembler/index.js";
import { HASH_OFFSET } from "../layout.js";

/** (core, clock) -> the clock, once it is in the hash. */
export function readTimestamp(): Uint8Array {
  return functionOf(FUNCTIONS.readTimestamp, (write, core, clock) => {
    const [hash] = write.locals(I32, 1);
    write.if(tee(hash, load32(core, HASH_OFFSET)), () => {
      // mutant timestamp-enters-as-one-word: for (const word of [clock.wrap()])
      for (const word of [clock.wrap(), clock.shrU(32).wrap()]) {
        LANE_MIXES.forEach(({ first, wordTurns, second, laneTurns, factor, addend }, lane) => {
          const k = word
            .mul(first | 0)
            .rotl(wordTurns)
            .mul(second | 0);
          const mixed = load32(hash, 4 * lane)
            .xor(k)
            .rotl(laneTurns)
            .mul(factor)
            .add(addend | 0);
          write.store32(hash, 4 * lane, mixed);
        });
      }
    });
    write.push(clock);
  });
}
