/**
 * "act": the abstract operations of the instruction set bound to doing them, on bigints masked to their width.
 *
 * Invariant: registers, flags and RIP change only in `commit`; an instruction that faulted or was deferred is dropped
 * by `begin` of the next one. Flags are kept as the thunks that instructions gave, and computed when asked for.
 */
import { Bug } from "../../../errors.js";
import { mixNumber } from "../../../trace/hash.js";
import { cpuidLeaf } from "../../cpuid.js";
import {
  immediateValue,
  RIP_BASE,
  Segment,
  type ImmediateOperand,
  type MemoryOperand,
  type RelativeOperand,
  type Width,
} from "../../isa/instruction.js";
import {
  Vector,
  type Address,
  type FlagName,
  type FlagThunks,
  type Operations,
  type RepeatUntil,
  type TrapCause,
  type ValueWidth,
} from "../../isa/operations.js";
import { conditionFromFlags } from "../../isa/semantics/flags.js";
import { HASH_BASE, HASH_STRIDE, RFlag, type CoreState } from "../../state.js";
import { isCanonical, type AccessEnvironment } from "./access.js";
import { readSelectorTable } from "./selector.js";
import { VectorAct } from "./vector-act.js";

/** A flag's value, or the object that makes it. */
type FlagSlot = bigint | FlagThunks<bigint>;

const FLAG_NAMES: readonly FlagName[] = ["cf", "pf", "af", "zf", "sf", "of", "df"];
const FLAG_BITS: readonly bigint[] = [0x1n, 0x4n, 0x10n, 0x40n, 0x80n, 0x800n, 0x400n];
const FLAG_INDEX: Record<FlagName, number> = { cf: 0, pf: 1, af: 2, zf: 3, sf: 4, of: 5, df: 6 };
const THUNK_BITS = 0xcd5n;
/** Bits of RFLAGS that POPF changes in ring 3 with IOPL 0: arithmetic, TF, DF, NT, AC, ID. */
const WRITABLE_SYSTEM_BITS = BigInt(RFlag.Trap | RFlag.NestedTask | RFlag.AlignmentCheck | RFlag.Identification);
const MASK: readonly bigint[] = Array.from({ length: 129 }, (_, width) => (1n << BigInt(width)) - 1n);

/** What the instruction did besides writing registers; read by the engine after `commit`. */
export const enum Leaving {
  No = 0,
  SystemCall = 1,
  Breakpoint = 2,
  DebugTrap = 3,
}

export class Act extends VectorAct implements Operations<bigint> {
  readonly registers: bigint[] = Array.from({ length: 16 }, () => 0n);
  rip = 0n;
  fsBase = 0n;
  gsBase = 0n;
  /** RFLAGS without the flags that thunks hold. */
  systemFlags = 0x202n;
  leaving: Leaving = Leaving.No;
  /** A taken branch: the block ends. */
  jumped = false;
  /** A repeated string instruction stopped between iterations: RIP stays, it goes on later. */
  unfinished = false;

  private readonly flagSlots: FlagSlot[] = [0n, 0n, 0n, 0n, 0n, 0n, 0n];
  /** What set flags last, for its direct condition codes. */
  private conditions: FlagThunks<bigint> | null = null;
  private next = 0n;
  private target = 0n;
  // Buffered register writes, in order: the first `writeCount` of each.
  private writeCount = 0;
  private readonly writeRegisters: number[] = [0, 0, 0, 0, 0, 0, 0, 0];
  private readonly writeWidths: Width[] = [64, 64, 64, 64, 64, 64, 64, 64];
  private readonly writeHighs: boolean[] = [false, false, false, false, false, false, false, false];
  private readonly writeValues: bigint[] = [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n];
  private flagWrites: FlagThunks<bigint> | null = null;
  private systemFlagsWrite = -1n;
  private baseWrite: { segment: Segment; value: bigint } | null = null;
  /** Cycles of one iteration of a repetition. */
  private readonly iterationCycles: number;
  private readonly words: Uint32Array;

  constructor(environment: AccessEnvironment, core: CoreState) {
    super(environment, core);
    this.iterationCycles = environment.profile.repeatIterationCycles;
    this.words = new Uint32Array(environment.state.memory.buffer);
  }

  // ---- life of an instruction --------------------------------------------------------------------------------------

  begin(lengthBytes: bigint): void {
    this.next = this.rip + lengthBytes;
    this.fault = null;
    this.deferred = false;
    this.readSynchronised = false;
    this.touchesShared = false;
    this.droppedCode = false;
    this.leaving = Leaving.No;
    this.jumped = false;
    this.unfinished = false;
    this.writeCount = 0;
    this.flagWrites = null;
    this.systemFlagsWrite = -1n;
    this.baseWrite = null;
    // mutant put-off-access-costs:
    this.costs?.begin();
    this.beginVectors();
  }

  /** Makes the buffered writes happen and moves RIP. */
  commit(): void {
    this.commitWrites();
    if (this.unfinished) return;
    this.rip = this.jumped ? this.target : this.next;
  }

  private commitWrites(): void {
    if (this.costs !== null) this.chargeAccesses(this.costs);
    for (let i = 0; i < this.writeCount; i++) this.mergeRegister(i);
    this.writeCount = 0;
    this.commitVectors();
    const flags = this.flagWrites;
    if (flags !== null) {
      const slots = this.flagSlots;
      if (flags.cf !== undefined) slots[0] = flags;
      if (flags.pf !== undefined) slots[1] = flags;
      if (flags.af !== undefined) slots[2] = flags;
      if (flags.zf !== undefined) slots[3] = flags;
      if (flags.sf !== undefined) slots[4] = flags;
      if (flags.of !== undefined) slots[5] = flags;
      if (flags.df !== undefined) slots[6] = flags;
      this.conditions = flags;
      this.flagWrites = null;
    }
    if (this.systemFlagsWrite >= 0n) this.systemFlags = this.systemFlagsWrite;
    if (this.baseWrite !== null) {
      if (this.baseWrite.segment === Segment.Fs) this.fsBase = this.baseWrite.value;
      else this.gsBase = this.baseWrite.value;
    }
  }

  private mergeRegister(i: number): void {
    const register = this.writeRegisters[i];
    const width = this.writeWidths[i];
    const value = this.writeValues[i];
    if (width >= 32) {
      this.registers[register] = value;
      return;
    }
    const old = this.registers[register];
    this.registers[register] = this.writeHighs[i] ? (old & ~0xff00n) | (value << 8n) : (old & ~MASK[width]) | value;
  }

  // ---- flags as a whole --------------------------------------------------------------------------------------------

  private flagAt(index: number): bigint {
    const slot = this.flagSlots[index];
    if (typeof slot === "bigint") return slot;
    const value = slot[FLAG_NAMES[index]]?.() ?? 0n;
    this.flagSlots[index] = value;
    return value;
  }

  /** RFLAGS, every thunk computed. */
  flagsWord(): bigint {
    let word = this.systemFlags;
    for (let i = 0; i < FLAG_BITS.length; i++) if (this.flagAt(i) !== 0n) word |= FLAG_BITS[i];
    return word;
  }

  loadFlagsWord(word: bigint): void {
    for (let i = 0; i < FLAG_BITS.length; i++) this.flagSlots[i] = (word & FLAG_BITS[i]) === 0n ? 0n : 1n;
    this.systemFlags = word & ~THUNK_BITS;
    this.conditions = null;
  }

  // ---- pure --------------------------------------------------------------------------------------------------------

  constant(_width: ValueWidth, value: bigint): bigint {
    return value;
  }
  add(width: ValueWidth, a: bigint, b: bigint): bigint {
    return BigInt.asUintN(width, a + b);
  }
  sub(width: ValueWidth, a: bigint, b: bigint): bigint {
    return BigInt.asUintN(width, a - b);
  }
  mul(width: ValueWidth, a: bigint, b: bigint): bigint {
    return BigInt.asUintN(width, a * b);
  }
  mulHigh(width: Width, signed: boolean, a: bigint, b: bigint): bigint {
    const product = signed ? BigInt.asIntN(width, a) * BigInt.asIntN(width, b) : a * b;
    return BigInt.asUintN(width, product >> BigInt(width));
  }
  and(_width: ValueWidth, a: bigint, b: bigint): bigint {
    return a & b;
  }
  or(_width: ValueWidth, a: bigint, b: bigint): bigint {
    return a | b;
  }
  xor(_width: ValueWidth, a: bigint, b: bigint): bigint {
    return a ^ b;
  }
  not(width: ValueWidth, a: bigint): bigint {
    return a ^ MASK[width];
  }
  neg(width: ValueWidth, a: bigint): bigint {
    return BigInt.asUintN(width, -a);
  }
  shl(width: Width, a: bigint, count: bigint): bigint {
    return count >= BigInt(width) ? 0n : BigInt.asUintN(width, a << count);
  }
  shr(width: Width, a: bigint, count: bigint): bigint {
    return count >= BigInt(width) ? 0n : a >> count;
  }
  sar(width: Width, a: bigint, count: bigint): bigint {
    const most = BigInt(width - 1);
    return BigInt.asUintN(width, BigInt.asIntN(width, a) >> (count > most ? most : count));
  }
  rotateLeft(width: Width, a: bigint, count: bigint): bigint {
    const turns = count % BigInt(width);
    return BigInt.asUintN(width, a << turns) | (a >> (BigInt(width) - turns));
  }
  rotateRight(width: Width, a: bigint, count: bigint): bigint {
    const turns = count % BigInt(width);
    return (a >> turns) | BigInt.asUintN(width, a << (BigInt(width) - turns));
  }
  equal(_width: ValueWidth, a: bigint, b: bigint): bigint {
    return a === b ? 1n : 0n;
  }
  lessUnsigned(_width: Width, a: bigint, b: bigint): bigint {
    return a < b ? 1n : 0n;
  }
  lessSigned(width: Width, a: bigint, b: bigint): bigint {
    return BigInt.asIntN(width, a) < BigInt.asIntN(width, b) ? 1n : 0n;
  }
  isZero(_width: ValueWidth, a: bigint): bigint {
    return a === 0n ? 1n : 0n;
  }
  sign(width: Width, a: bigint): bigint {
    return a >> BigInt(width - 1);
  }
  bit(_width: Width, a: bigint, position: number): bigint {
    return (a >> BigInt(position)) & 1n;
  }
  select(_width: ValueWidth, condition: bigint, whenTrue: bigint, whenFalse: bigint): bigint {
    return condition === 0n ? whenFalse : whenTrue;
  }
  zeroExtend(_from: ValueWidth, _to: Width, a: bigint): bigint {
    return a;
  }
  signExtend(from: Width, to: Width, a: bigint): bigint {
    return BigInt.asUintN(to, BigInt.asIntN(from, a));
  }
  truncate(_from: Width, to: ValueWidth, a: bigint): bigint {
    return BigInt.asUintN(to, a);
  }
  populationCount(_width: Width, a: bigint): bigint {
    let count = 0n;
    for (let rest = a; rest !== 0n; rest &= rest - 1n) count++;
    return count;
  }
  countLeadingZeros(width: Width, a: bigint): bigint {
    return BigInt(a === 0n ? width : width - a.toString(2).length);
  }
  countTrailingZeros(width: Width, a: bigint): bigint {
    return BigInt(a === 0n ? width : (a & -a).toString(2).length - 1);
  }
  byteSwap(width: 16 | 32 | 64, a: bigint): bigint {
    let swapped = 0n;
    for (let i = 0; i < width; i += 8) swapped = (swapped << 8n) | ((a >> BigInt(i)) & 0xffn);
    return swapped;
  }
  depositBits(_width: 32 | 64, source: bigint, mask: bigint): bigint {
    let result = 0n;
    for (let from = source, rest = mask; rest !== 0n; from >>= 1n, rest &= rest - 1n)
      if ((from & 1n) === 1n) result |= rest & -rest;
    return result;
  }
  extractBits(_width: 32 | 64, source: bigint, mask: bigint): bigint {
    let result = 0n;
    for (let to = 1n, rest = mask; rest !== 0n; to <<= 1n, rest &= rest - 1n)
      if ((source & rest & -rest) !== 0n) result |= to;
    return result;
  }
  isCanonical(address: bigint): bigint {
    return isCanonical(address) ? 1n : 0n;
  }

  // ---- registers and flags -----------------------------------------------------------------------------------------

  getRegister(width: Width, register: number, high = false): bigint {
    const value = this.registers[register];
    if (width === 64) return value;
    return high ? (value >> 8n) & 0xffn : value & MASK[width];
  }
  setRegister(width: Width, register: number, value: bigint, high = false): void {
    const index = this.writeCount++;
    this.writeRegisters[index] = register;
    this.writeWidths[index] = width;
    this.writeHighs[index] = high;
    this.writeValues[index] = value;
  }
  getFlag(flag: FlagName): bigint {
    return this.flagAt(FLAG_INDEX[flag]);
  }
  getCondition(code: number): bigint {
    const { conditions } = this;
    if (conditions?.condition !== undefined && (((conditions.directConditions ?? 0) >> code) & 1) === 1)
      return conditions.condition(code);
    return conditionFromFlags(this, code, (flag) => this.getFlag(flag));
  }
  setFlags(flags: FlagThunks<bigint>, keep = 0n): void {
    // mutant zero-count-changes-flags:
    if (keep !== 0n) return;
    if (this.flagWrites === null) this.flagWrites = flags;
    else throw new Bug("an instruction sets flags once");
  }
  getFlagsWord(): bigint {
    return this.flagsWord();
  }
  setFlagsWord(value: bigint, mask: bigint): void {
    const flags: { [F in FlagName]?: () => bigint } = {};
    for (let i = 0; i < FLAG_BITS.length; i++) {
      if ((mask & FLAG_BITS[i]) === 0n) continue;
      const bit = (value & FLAG_BITS[i]) === 0n ? 0n : 1n;
      flags[FLAG_NAMES[i]] = () => bit;
    }
    this.setFlags(flags);
    // mutant popf-leaves-alignment-check: const writable = mask & WRITABLE_SYSTEM_BITS & ~0x40000n;
    const writable = mask & WRITABLE_SYSTEM_BITS;
    this.systemFlagsWrite = (this.systemFlags & ~writable) | (value & writable);
  }
  nextAddress(): bigint {
    return this.next;
  }
  immediate(width: Width, operand: ImmediateOperand): bigint {
    return immediateValue(operand, width);
  }
  branchTarget({ displacement }: RelativeOperand): bigint {
    return BigInt.asUintN(64, this.next + displacement);
  }
  getSegmentBase(segment: Segment.Fs | Segment.Gs): bigint {
    return segment === Segment.Fs ? this.fsBase : this.gsBase;
  }
  setSegmentBase(segment: Segment.Fs | Segment.Gs, value: bigint): void {
    this.baseWrite = { segment, value };
  }

  // ---- memory ------------------------------------------------------------------------------------------------------

  offset(operand: MemoryOperand): bigint {
    let sum = operand.displacement;
    if (operand.base >= 0) sum += operand.base === RIP_BASE ? this.next : this.registers[operand.base];
    if (operand.index >= 0) sum += this.registers[operand.index] * BigInt(operand.scale);
    return BigInt.asUintN(operand.addressWidth, sum);
  }
  effectiveAddress(operand: MemoryOperand): Address<bigint> {
    const { segment } = operand;
    let linear = this.offset(operand);
    if (segment === Segment.Fs) linear = BigInt.asUintN(64, linear + this.fsBase);
    else if (segment === Segment.Gs) linear = BigInt.asUintN(64, linear + this.gsBase);
    return { linear, isStack: segment === Segment.Ss };
  }
  load(width: Width, address: Address<bigint>): bigint {
    return this.loadBytes(address.linear, width >> 3, address.isStack);
  }
  store(width: Width, address: Address<bigint>, value: bigint): void {
    this.storeBytes(address.linear, width >> 3, value, address.isStack);
  }
  modify(width: Width, address: Address<bigint>, change: (old: bigint) => bigint): void {
    this.modifyBytes(address.linear, width >> 3, address.isStack, change);
  }
  modifyPair(
    width: 32 | 64,
    address: Address<bigint>,
    change: (low: bigint, high: bigint) => readonly [bigint, bigint],
  ): void {
    this.modifyBytes(address.linear, width >> 2, address.isStack, (old) => {
      const [low, high] = change(old & MASK[width], old >> BigInt(width));
      return low | (high << BigInt(width));
    });
  }

  // ---- control -----------------------------------------------------------------------------------------------------

  trap({ vector, errorCode }: TrapCause): void {
    // INT3 and INT1 are traps: the instruction completes and RIP is the next one.
    if (vector === Vector.Breakpoint) this.leaving = Leaving.Breakpoint;
    else if (vector === Vector.Debug) this.leaving = Leaving.DebugTrap;
    else this.raise(vector, errorCode);
  }
  trapIf(condition: bigint, cause: TrapCause): void {
    if (condition !== 0n) this.trap(cause);
  }
  divide(
    width: Width,
    signed: boolean,
    high: bigint,
    low: bigint,
    divisor: bigint,
  ): { quotient: bigint; remainder: bigint } {
    if (this.fault !== null || this.deferred) return { quotient: 0n, remainder: 0n };
    let dividend = (high << BigInt(width)) | low;
    let by = divisor;
    if (signed) {
      dividend = BigInt.asIntN(2 * width, dividend);
      by = BigInt.asIntN(width, divisor);
    }
    if (by !== 0n) {
      const quotient = dividend / by;
      const fits = signed ? BigInt.asIntN(width, quotient) === quotient : quotient <= MASK[width];
      if (fits) return { quotient: BigInt.asUintN(width, quotient), remainder: BigInt.asUintN(width, dividend % by) };
    }
    this.raise(Vector.DivideError, null);
    return { quotient: 0n, remainder: 0n };
  }
  jump(target: bigint): void {
    if (!isCanonical(target)) this.raise(Vector.GeneralProtection, 0);
    this.target = target;
    this.jumped = true;
  }
  jumpIf(condition: bigint, target: bigint): void {
    if (condition !== 0n) this.jump(target);
  }

  repeat(addressWidth: 32 | 64, until: RepeatUntil, iteration: () => void): void {
    const { core } = this;
    for (;;) {
      const count = this.getRegister(addressWidth, 1);
      if (count === 0n) return;
      // Between iterations: an event is due, or the instruction itself may have been overwritten and is decoded again.
      if (core.now >= this.slice.until || this.droppedCode) {
        this.unfinished = true;
        return;
      }
      iteration();
      if (this.fault !== null || this.deferred) return;
      this.setRegister(addressWidth, 1, BigInt.asUintN(addressWidth, count - 1n));
      this.commitWrites();
      // mutant last-iteration-is-free: if (count > 1n) core.now += this.iterationCycles;
      core.now += this.iterationCycles;
      if (until === "count") continue;
      if (this.getFlag("zf") === (until === "whileEqual" ? 0n : 1n)) return;
    }
  }

  // ---- system ------------------------------------------------------------------------------------------------------

  systemCall(): void {
    this.fenceStores();
    this.leaving = Leaving.SystemCall;
  }
  readTimestamp(): bigint {
    this.poll.spoil();
    if (this.core.hashSlot >= 0) mixNumber(this.words, HASH_BASE + this.core.hashSlot * HASH_STRIDE, this.core.now);
    return BigInt(this.core.now);
  }
  coreNumber(): bigint {
    return BigInt(this.core.id);
  }
  cpuid(leaf: bigint, subleaf: bigint): readonly [bigint, bigint, bigint, bigint] {
    const [eax, ebx, ecx, edx] = cpuidLeaf(Number(leaf), Number(subleaf), this.core.id);
    return [BigInt(eax), BigInt(ebx), BigInt(ecx), BigInt(edx)];
  }
  fence(kind: "load" | "store" | "full"): void {
    if (kind !== "load") this.fenceStores();
  }
  getSelector(segment: Segment): bigint {
    return BigInt(readSelectorTable(segment));
  }
  setSelector(segment: Segment, selector: bigint): void {
    this.checkSelector(segment, selector);
  }
  private checkSelector(segment: Segment, selector: bigint): void {
    const index = Number(selector & 0xfffcn);
    const isNull = index === 0;
    // Only what ring 3 already has may be loaded: the flat data segment, or null outside SS.
    if (isNull ? segment === Segment.Ss : index !== 0x28) this.raise(Vector.GeneralProtection, index);
  }
  describeSelector(
    kind: "rights" | "limit" | "readable" | "writable",
    selector: bigint,
  ): { valid: bigint; value: bigint } {
    const index = Number(selector & 0xfffcn);
    const isData = index === 0x28;
    const isCode = index === 0x30;
    if (!isData && !isCode) return { valid: 0n, value: 0n };
    switch (kind) {
      case "rights":
        return { valid: 1n, value: isData ? 0x00cf_f300n : 0x00af_fb00n };
      case "limit":
        return { valid: 1n, value: 0xffff_ffffn };
      case "readable":
        return { valid: 1n, value: 0n };
      case "writable":
        return { valid: isData ? 1n : 0n, value: 0n };
    }
  }
}
