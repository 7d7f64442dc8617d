/**
 * Reads in the gate (gate.ts): what was read enters the hash of its partition as `mixRead` in trace/hash.ts has it.
 */
import { HASH_WORDS, HASH_WORDS_OFFSET, READ_ADDEND, READ_FACTORS, READ_TURNS } from "../../../../trace/hash.js";
import { TlbKind } from "../../../memory/tlb.js";
import { RAM_BASE } from "../../../state.js";
import { i32, I32, I64, type Label, load32, load64, loadBytes, tee } from "../assembler/index.js";
import { HASH_OFFSET, QUIET_LIMIT, QUIET_OFFSET } from "../layout.js";
import { writeGate } from "./gate.js";
import { clockOf, type GateSite, SIZES } from "./gate-locals.js";

/** The gate, which is left without a hash slot, too. `early`: see writeGate. */
function writeReadGate(site: GateSite, early: (turn: Label) => void): void {
  const { write, core, hash, outside } = site;
  writeGate(site, TlbKind.Read, early);
  write.brIfUnlikely(outside, tee(hash, load32(core, HASH_OFFSET)).eqz());
}

/** A load whose turn it is: its value is in `value`. Where polling is looked for, the gate is left. */
export function writeGatedLoad(site: GateSite, early: (turn: Label) => void): void {
  const { write, core, slot, value, bytes, outside } = site;
  writeReadGate(site, early);
  write.set(value, valueAt(site));
  writeRead(site, bytes, () => {
    // A polling loop becomes more likely.
    write.brIfUnlikely(outside, tee(slot, load32(core, QUIET_OFFSET)).ltS(QUIET_LIMIT).eqz());
    write.store32(core, QUIET_OFFSET, slot.add(1));
  });
}

/**
 * A load of 16 bytes, whose upper half is a word of its own: changes the local with the address. `keep` takes what is
 * in `value`.
 */
export function writeGatedVectorLoad(site: GateSite, early: (turn: Label) => void, keep: (half: 0 | 1) => void): void {
  const { write, address, host, value } = site;
  writeReadGate(site, early);
  write.set(value, load64(host, RAM_BASE));
  writeRead(site, i32(16), () => {});
  keep(0);
  write.set(address, address.add(8));
  write.set(value, load64(host, RAM_BASE + 8));
  // mutant upper-half-misses-the-hash:
  writeRead(site, i32(8), () => {});
  keep(1);
}

/** `value`, so many bytes, was read from `address`. Where that is known already, `known` is all that happens. */
function writeRead(site: GateSite, bytes: I32, known: () => void): void {
  const { write, core, address, slot, entry, hash, key, value } = site;
  // The table's entry: address and size, and the value.
  write.set(key, address.and(0xffff_ffffn).or(bytes.extendU().shl(32)));
  // Bits 2 to 5, times the 16 bytes of an entry.
  const number = tee(slot, address.wrap()).xor(slot.shrU(4));
  const place = number
    .shl(2)
    .and(16 * (HASH_WORDS - 1))
    .add(hash);
  const differs = load64(tee(entry, place), HASH_WORDS_OFFSET)
    .xor(key)
    .or(load64(entry, HASH_WORDS_OFFSET + 8).xor(value));
  write.ifUnlikely(differs.eqz(), known, () => {
    write.store64(entry, HASH_WORDS_OFFSET, key);
    write.store64(entry, HASH_WORDS_OFFSET + 8, value);
    write.store32(core, QUIET_OFFSET, 0);
    // mutant reads-do-not-reach-the-hash:
    writeMix(site);
  });
}

/** What is at `host`. */
function valueAt({ write, host, bytes, knownBytes }: GateSite): I64 {
  if (knownBytes !== null) return loadBytes(knownBytes, host, RAM_BASE);
  return SIZES.map((size) => ({ size, value: loadBytes(size, host, RAM_BASE) })).reduceRight(
    (smaller, { size, value }) => ({
      size,
      value: write.choose(
        I64,
        bytes.eq(size),
        () => value,
        () => smaller.value,
      ),
    }),
  ).value;
}

/** Address, value and cycle into the lanes, as one number. */
function writeMix(site: GateSite): void {
  const { write, address, hash, value } = site;
  const cycle = clockOf(site).mul(READ_FACTORS.cycle);
  const where = address.and(0xffff_ffffn).mul(READ_FACTORS.address);
  const read = value.mul(READ_FACTORS.value).xor(cycle.add(where).rotl(READ_TURNS.cycle));
  const mixed = read.xor(load64(hash, 0)).rotl(READ_TURNS.hash).mul(READ_FACTORS.hash).add(READ_ADDEND);
  write.store64(hash, 0, mixed);
}
