/**
 * Memory as one core sees it through the reference engine: translation, faults, synchronising accesses, the store
 * buffer, and what the detection of polling needs to know.
 *
 * A fault or a deferral is noted in `fault` or `deferred` and makes every later access of the same instruction do
 * nothing; the engine discards the instruction. Nothing here throws on a guest's account.
 */
import { PAGE_SIZE_BYTES, type Cycles, type PhysicalAddress } from "../../../units.js";
import { mixRead } from "../../../trace/hash.js";
import { Vector } from "../../isa/operations.js";
import { walk, type AccessKind } from "../../memory/paging.js";
import { fill, lookUp, tlbOf, TlbKind, type Tlb } from "../../memory/tlb.js";
import { FrameFlag, HASH_BASE, HASH_STRIDE, RAM_BASE, type CoreState, type MachineState } from "../../state.js";
import { comesBefore, createSlice, type Slice } from "../../turn.js";
import type { StoreObserver } from "../engine.js";
import type { CodeCache } from "../code/code-cache.js";
import type { TimingProfile } from "../../timing/profile.js";
import type { MemoryAccessKind } from "../../timing/memory-model.js";
import { AccessCosts } from "./access-costs.js";
import { PollTracker } from "./poll.js";

export interface PendingFault {
  readonly vector: Vector;
  readonly errorCode: number | null;
  /** CR2 of a #PF, otherwise 0. */
  readonly address: bigint;
}

const LOW_LIMIT = 0x8000_0000_0000n;
const KIND_OF: Record<AccessKind, TlbKind> = { read: TlbKind.Read, write: TlbKind.Write, execute: TlbKind.Execute };

/** Whether bits 63 to 47 are equal. */
export function isCanonical(address: bigint): boolean {
  return address < LOW_LIMIT || address >= 0xffff_8000_0000_0000n;
}

export interface AccessEnvironment {
  readonly state: MachineState;
  readonly code: Pick<CodeCache, "invalidate">;
  readonly profile: Pick<TimingProfile, "repeatIterationCycles" | "memory">;
  readonly observer: StoreObserver;
  /** Longest delay of a buffered store in cycles; 0 for sequential consistency. */
  readonly storeDelayCycles: number;
}

export class CoreAccess {
  fault: PendingFault | null = null;
  deferred = false;
  /** The running instruction read a synchronising word. */
  readSynchronised = false;
  /** The running instruction accesses a synchronising page. */
  touchesShared = false;
  /** The running instruction wrote where code was decoded. */
  droppedCode = false;
  readonly poll = new PollTracker();
  /** Null where memory is free. */
  protected readonly costs: AccessCosts | null;

  protected slice = createSlice();
  private readonly tlb: Tlb;
  private readonly hashWords: Uint32Array;
  // Where the last resolved access lies: `first` bytes at physical1, the rest at physical2.
  private physical1: PhysicalAddress = 0;
  private physical2: PhysicalAddress = 0;
  private first = 0;

  constructor(
    protected readonly environment: AccessEnvironment,
    protected readonly core: CoreState,
  ) {
    const { state, profile } = environment;
    this.costs = profile.memory === null ? null : new AccessCosts(profile.memory, state, core.id);
    this.tlb = tlbOf(state, core.id);
    this.hashWords = new Uint32Array(environment.state.memory.buffer);
  }

  /** Limits for the instructions that follow. */
  useSlice(slice: Slice): void {
    this.slice = slice;
  }

  /** Whether this core is the first in the order (cycle, core) now. */
  isFirst(): boolean {
    // mutant nobody-is-ever-first: return false;
    return comesBefore(this.core.now, this.core.id, this.slice.nextAccess);
  }

  raise(vector: Vector, errorCode: number | null, address = 0n): void {
    if (this.fault === null && !this.deferred) this.fault = { vector, errorCode, address };
  }

  // ---- translation -------------------------------------------------------------------------------------------------

  /** Frame of a canonical address, or -1 with `fault` set. */
  private frameOf(address: bigint, kind: AccessKind): PhysicalAddress {
    const low48 = Number(BigInt.asUintN(48, address));
    const isCached = low48 < 0x8000_0000_0000;
    if (isCached) {
      const frame = lookUp(this.tlb, KIND_OF[kind], low48);
      if (frame >= 0) return frame;
    }
    const walked = walk(this.environment.state, this.core.tableRoot, low48, kind);
    if (walked.frame < 0) {
      this.raise(Vector.PageFault, walked.error, address);
      return -1;
    }
    if (isCached) {
      const flags = this.environment.state.frameFlags[walked.frame >>> 12];
      fill(this.tlb, KIND_OF[kind], low48, walked.frame, walked.global, flags);
    }
    return walked.frame;
  }

  /** Physical address of the code byte at `address`, or -1 with `fault` set. */
  resolveCode(address: bigint): PhysicalAddress {
    if (!isCanonical(address)) {
      this.raise(Vector.GeneralProtection, 0);
      return -1;
    }
    const frame = this.frameOf(address, "execute");
    return frame < 0 ? -1 : frame + Number(address & 0xfffn);
  }

  private resolve(address: bigint, sizeBytes: number, kind: AccessKind, isStack: boolean): boolean {
    if (this.fault !== null || this.deferred) return false;
    if (address >= LOW_LIMIT - 16n) {
      const last = BigInt.asUintN(64, address + BigInt(sizeBytes - 1));
      // mutant last-byte-may-leave-the-half: if (!isCanonical(address))
      if (!isCanonical(address) || !isCanonical(last)) {
        this.raise(isStack ? Vector.StackFault : Vector.GeneralProtection, 0);
        return false;
      }
    }
    const frame = this.frameOf(address, kind);
    if (frame < 0) return false;
    const offset = Number(address & 0xfffn);
    this.physical1 = frame + offset;
    this.first = sizeBytes;
    if (offset + sizeBytes > PAGE_SIZE_BYTES) {
      this.first = PAGE_SIZE_BYTES - offset;
      this.physical2 = this.frameOf(BigInt.asUintN(64, address + BigInt(this.first)), kind);
      // mutant second-page-cannot-fault:
      if (this.physical2 < 0) return false;
    }
    return true;
  }

  /** The resolved access will have happened if the instruction retires. */
  private noteAccess(costs: AccessCosts, kind: MemoryAccessKind, sizeBytes: number): void {
    costs.note(kind, this.physical1, this.first);
    if (this.first < sizeBytes) costs.note(kind, this.physical2, sizeBytes - this.first);
  }

  /**
   * The noted accesses have happened: their time passes. One that cost something has changed what the next will cost.
   */
  protected chargeAccesses(costs: AccessCosts): void {
    const cycles = costs.charge();
    if (cycles > 0) this.poll.spoil();
    this.core.now += cycles;
  }

  /** Whether the resolved access touches a synchronising page. */
  private isSynchronising(sizeBytes: number): boolean {
    const { frameFlags } = this.environment.state;
    const is =
      (frameFlags[this.physical1 >>> 12] & FrameFlag.Synchronising) !== 0 ||
      (this.first < sizeBytes && (frameFlags[this.physical2 >>> 12] & FrameFlag.Synchronising) !== 0);
    if (is) this.touchesShared = true;
    return is;
  }

  // ---- loads and stores --------------------------------------------------------------------------------------------

  loadBytes(address: bigint, sizeBytes: number, isStack: boolean): bigint {
    if (!this.resolve(address, sizeBytes, "read", isStack)) return 0n;
    if (this.costs !== null) this.noteAccess(this.costs, "read", sizeBytes);
    if (!this.isSynchronising(sizeBytes)) return this.readResolved(sizeBytes);
    return this.loadSynchronised(address, sizeBytes);
  }

  private loadSynchronised(address: bigint, sizeBytes: number): bigint {
    if (!this.isFirst()) {
      this.deferred = true;
      return 0n;
    }
    const forwarded = this.forwardFromBuffer(sizeBytes);
    if (this.deferred) return 0n;
    const value = forwarded ?? this.readResolved(sizeBytes);
    this.noteSynchronisedRead(address, sizeBytes, value);
    return value;
  }

  private noteSynchronisedRead(address: bigint, sizeBytes: number, value: bigint): void {
    const { core } = this;
    this.readSynchronised = true;
    if (this.first < sizeBytes || sizeBytes > 8 || core.storeBuffer.length > 0) this.poll.spoil();
    else this.poll.read(this.physical1, sizeBytes, value);
    // mutant reads-miss-the-hash: return;
    if (core.hashSlot < 0) return;
    const base = HASH_BASE + core.hashSlot * HASH_STRIDE;
    const low = Number(value & 0xffff_ffffn);
    const high = Number((value >> 32n) & 0xffff_ffffn);
    mixRead(this.hashWords, base, Number(address & 0xffff_ffffn), sizeBytes, low, high, core.now);
    // The upper half of 16 bytes is a word of its own.
    if (sizeBytes > 8) this.mixUpperHalf(base, address + 8n, sizeBytes - 8, value >> 64n);
  }

  private mixUpperHalf(base: number, address: bigint, sizeBytes: number, value: bigint): void {
    const low = Number(value & 0xffff_ffffn);
    const high = Number(value >> 32n);
    mixRead(this.hashWords, base, Number(address & 0xffff_ffffn), sizeBytes, low, high, this.core.now);
  }

  /** Whether so many bytes could be stored now, over at most two pages; otherwise the instruction faults or waits. */
  protected probeStore(address: bigint, sizeBytes: number, isStack: boolean): boolean {
    if (!this.resolve(address, sizeBytes, "write", isStack)) return false;
    if (this.isSynchronising(sizeBytes) && !(this.drainAll() && this.mayStore(sizeBytes))) this.deferred = true;
    return !this.deferred;
  }

  storeBytes(address: bigint, sizeBytes: number, value: bigint, isStack: boolean): void {
    if (!this.resolve(address, sizeBytes, "write", isStack)) return;
    if (this.costs !== null) this.noteAccess(this.costs, "write", sizeBytes);
    this.writeChecked(sizeBytes, value, true);
  }

  /** Read-modify-write: probed for writing first; `change` is called once, with 0 when there is nothing to change. */
  modifyBytes(address: bigint, sizeBytes: number, isStack: boolean, change: (old: bigint) => bigint): void {
    // mutant modify-probes-reading: if (!this.resolve(address, sizeBytes, "read", isStack))
    if (!this.resolve(address, sizeBytes, "write", isStack)) {
      change(0n);
      return;
    }
    if (this.costs !== null) this.noteAccess(this.costs, "write", sizeBytes);
    const synchronising = this.isSynchronising(sizeBytes);
    // A read-modify-write is one access, after every buffered store.
    if (synchronising && !(this.drainAll() && this.mayStore(sizeBytes))) {
      this.deferred = true;
      change(0n);
      return;
    }
    const { physical1, physical2, first } = this;
    const old = this.readResolved(sizeBytes);
    if (synchronising) this.noteSynchronisedRead(address, sizeBytes, old);
    const fresh = change(old);
    if (this.fault !== null || this.deferred) return;
    this.physical1 = physical1;
    this.physical2 = physical2;
    this.first = first;
    this.writeChecked(sizeBytes, fresh, false);
  }

  private writeChecked(sizeBytes: number, value: bigint, mayBuffer: boolean): void {
    if (!this.isSynchronising(sizeBytes)) {
      if (this.poll.active && this.readResolved(sizeBytes) !== value) this.poll.spoil();
      this.writeResolved(sizeBytes, value);
      return;
    }
    this.poll.spoil();
    if (mayBuffer && this.environment.storeDelayCycles > 0 && this.first >= sizeBytes) {
      this.bufferStore(sizeBytes, value);
      return;
    }
    if (this.drainAll() && this.mayStore(sizeBytes)) this.writeResolved(sizeBytes, value);
    else this.deferred = true;
  }

  /** Whether the resolved store to a synchronising page comes next in the order. */
  private mayStore(sizeBytes: number): boolean {
    if (!this.isFirst()) return false;
    const { observer } = this.environment;
    const { id, now } = this.core;
    const isClear = observer(id, this.physical1, this.first, now);
    return (this.first >= sizeBytes || observer(id, this.physical2, sizeBytes - this.first, now)) && isClear;
  }

  private readResolved(sizeBytes: number): bigint {
    if (this.first >= sizeBytes) return readMemory(this.environment.state.view, this.physical1, sizeBytes);
    let value = 0n;
    for (let i = sizeBytes - 1; i >= 0; i--) {
      // mutant second-page-is-next-frame: const at = this.physical1 + i;
      const at = i < this.first ? this.physical1 + i : this.physical2 + i - this.first;
      value = (value << 8n) | BigInt(this.environment.state.bytes[RAM_BASE + at]);
    }
    return value;
  }

  private writeResolved(sizeBytes: number, value: bigint): void {
    if (this.first >= sizeBytes) {
      this.writePhysical(this.physical1, sizeBytes, value);
      return;
    }
    this.dropCode(this.physical1, this.first);
    // mutant code-on-second-page-stays:
    this.dropCode(this.physical2, sizeBytes - this.first);
    for (let i = 0; i < sizeBytes; i++) {
      const at = i < this.first ? this.physical1 + i : this.physical2 + i - this.first;
      this.environment.state.bytes[RAM_BASE + at] = Number((value >> BigInt(8 * i)) & 0xffn);
    }
  }

  private writePhysical(physical: PhysicalAddress, sizeBytes: number, value: bigint): void {
    // mutant written-code-stays:
    this.dropCode(physical, sizeBytes);
    writeMemory(this.environment.state.view, physical, sizeBytes, value);
  }

  private dropCode(physical: PhysicalAddress, sizeBytes: number): void {
    if ((this.environment.state.frameFlags[physical >>> 12] & FrameFlag.Code) === 0) return;
    this.environment.code.invalidate(physical, sizeBytes);
    this.droppedCode = true;
  }

  // ---- the store buffer (--tso)
  // --------------------------------------------------------------------------------------

  private bufferStore(sizeBytes: number, value: bigint): void {
    const { core } = this;
    core.tsoRandom = (Math.imul(core.tsoRandom, 1664525) + 1013904223) >>> 0;
    const delay = 1 + ((core.tsoRandom >>> 8) % this.environment.storeDelayCycles);
    const earliest = core.storeBuffer.length === 0 ? 0 : core.storeBuffer[core.storeBuffer.length - 1].drainAt;
    const drainAt = Math.max(earliest, core.now + delay);
    core.storeBuffer.push({ physical: this.physical1, sizeBytes, value, drainAt });
  }

  /** The newest buffered store that covers the resolved access; a partial overlap drains the buffer first. */
  private forwardFromBuffer(sizeBytes: number): bigint | null {
    const buffer = this.core.storeBuffer;
    for (let i = buffer.length - 1; i >= 0; i--) {
      const entry = buffer[i];
      const shift = this.physical1 - entry.physical;
      if (shift >= 0 && shift + sizeBytes <= entry.sizeBytes && this.first >= sizeBytes)
        return BigInt.asUintN(8 * sizeBytes, entry.value >> BigInt(8 * shift));
      if (shift < entry.sizeBytes && -shift < sizeBytes) {
        if (!this.drainAll()) this.deferred = true;
        return null;
      }
    }
    return null;
  }

  /** Drains the stores whose time has come; false when others come first, and then some may be left. */
  drainDue(): boolean {
    return this.drainUntil(this.core.now);
  }

  /** Drains everything; false when others come first. */
  drainAll(): boolean {
    return this.drainUntil(Infinity);
  }

  private drainUntil(time: Cycles): boolean {
    const { core, environment } = this;
    while (core.storeBuffer.length > 0 && core.storeBuffer[0].drainAt <= time) {
      const { physical, sizeBytes, value } = core.storeBuffer[0];
      if (!this.isFirst() || !environment.observer(core.id, physical, sizeBytes, core.now)) return false;
      core.storeBuffer.shift();
      this.writePhysical(physical, sizeBytes, value);
    }
    return true;
  }

  /** A fence, a locked access, or leaving to the kernel: nothing may stay in the buffer. */
  fenceStores(): void {
    if (this.fault === null && !this.deferred && !this.drainAll()) this.deferred = true;
  }
}

/** Little-endian value of 1, 2, 4, 8 or 16 bytes at a RAM offset. */
export function readMemory(view: DataView, physical: PhysicalAddress, sizeBytes: number): bigint {
  const at = RAM_BASE + physical;
  switch (sizeBytes) {
    case 1:
      return BigInt(view.getUint8(at));
    case 2:
      return BigInt(view.getUint16(at, true));
    case 4:
      return BigInt(view.getUint32(at, true));
    case 8:
      return view.getBigUint64(at, true);
    default:
      return view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
  }
}

export function writeMemory(view: DataView, physical: PhysicalAddress, sizeBytes: number, value: bigint): void {
  const at = RAM_BASE + physical;
  switch (sizeBytes) {
    case 1:
      view.setUint8(at, Number(value));
      return;
    case 2:
      view.setUint16(at, Number(value), true);
      return;
    case 4:
      view.setUint32(at, Number(value), true);
      return;
    case 8:
      view.setBigUint64(at, value, true);
      return;
    default:
      view.setBigUint64(at, BigInt.asUintN(64, value), true);
      view.setBigUint64(at + 8, value >> 64n, true);
  }
}
