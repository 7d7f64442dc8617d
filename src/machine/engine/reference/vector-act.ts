/**
 * "act" on XMM registers: the vector part of the reference binding.
 *
 * Unlike the other registers, XMM registers and MXCSR are not copied when a core's registers are loaded: they are read
 * and written where they lie in the machine's memory, so that entering and leaving the kernel costs nothing for them.
 * Invariant: they change only in `commitVectors`, but for the flags of MXCSR when #XM is raised.
 */
import { settleFloatFlags, type FloatResult } from "../../float/index.js";
import { Vector, type Address } from "../../isa/operations.js";
import type {
  Conversion,
  FloatBinary,
  FloatFormat,
  FloatUnary,
  LaneMap,
  LaneOperation,
  LaneShift,
  LaneWidth,
  VectorOperations,
} from "../../isa/vector-operations.js";
import { FX_IMAGE_BYTES } from "../../isa/vector-operations.js";
import { CORE_STRIDE, MXCSR_OFFSET, VECTORS_OFFSET, type CoreState } from "../../state.js";
import { CoreAccess, type AccessEnvironment } from "./access.js";
import { binaryLanes, convertLanes, relate, unaryLanes } from "./float-lanes.js";
import * as laneOperations from "./lanes.js";
import { compareStrings, stepCrc32 } from "./text-compare.js";

const VECTOR_BYTES = 16;

export class VectorAct extends CoreAccess implements VectorOperations<bigint> {
  /** XMM0 to XMM15, each as its low and its high half. */
  protected vectors: BigUint64Array;
  /** One word: MXCSR. */
  protected mxcsr: Uint32Array;
  // Buffered writes, in order: the first `vectorWriteCount` of each.
  private vectorWriteCount = 0;
  private readonly vectorWriteRegisters: number[] = [];
  private readonly vectorWriteValues: bigint[] = [];
  private readonly scratch = laneOperations.createScratch();
  /** MXCSR as the instruction leaves it; -1 for as it was. */
  private mxcsrWrite = -1;

  constructor(environment: AccessEnvironment, core: CoreState) {
    super(environment, core);
    const { buffer } = environment.state.memory;
    const base = core.id * CORE_STRIDE;
    this.vectors = new BigUint64Array(buffer, base + VECTORS_OFFSET, 32);
    this.mxcsr = new Uint32Array(buffer, base + MXCSR_OFFSET, 1);
  }

  protected beginVectors(): void {
    this.vectorWriteCount = 0;
    this.mxcsrWrite = -1;
  }

  protected commitVectors(): void {
    for (let i = 0; i < this.vectorWriteCount; i++) {
      const word = 2 * this.vectorWriteRegisters[i];
      const low = BigInt.asUintN(64, this.vectorWriteValues[i]);
      const high = this.vectorWriteValues[i] >> 64n;
      if (this.poll.active && (this.vectors[word] !== low || this.vectors[word + 1] !== high)) this.poll.spoil();
      this.vectors[word] = low;
      this.vectors[word + 1] = high;
    }
    this.vectorWriteCount = 0;
    if (this.mxcsrWrite >= 0) this.writeMxcsr(this.mxcsrWrite);
    this.mxcsrWrite = -1;
  }

  private writeMxcsr(value: number): void {
    if (this.poll.active && this.mxcsr[0] !== value) this.poll.spoil();
    this.mxcsr[0] = value;
  }

  // ---- pure --------------------------------------------------------------------------------------------------------

  lanes(operation: LaneOperation, laneWidth: LaneWidth, a: bigint, b: bigint): bigint {
    return laneOperations.combineLanes(this.scratch, operation, laneWidth, a, b);
  }
  mapLanes(operation: LaneMap, laneWidth: LaneWidth, a: bigint): bigint {
    return laneOperations.mapLanes(this.scratch, operation, laneWidth, a);
  }
  shiftLanes(operation: LaneShift, laneWidth: 16 | 32 | 64, a: bigint, count: bigint): bigint {
    return laneOperations.shiftLanes(this.scratch, operation, laneWidth, a, count);
  }
  shuffleBytes(a: bigint, b: bigint, indices: readonly number[]): bigint {
    return laneOperations.shuffleBytes(this.scratch, a, b, indices);
  }
  selectBits(mask: bigint, whenOne: bigint, whenZero: bigint): bigint {
    return whenZero ^ ((whenZero ^ whenOne) & mask);
  }
  extractLane(laneWidth: LaneWidth, a: bigint, lane: number): bigint {
    return laneOperations.extractLane(laneWidth, a, lane);
  }
  insertLane(laneWidth: LaneWidth, a: bigint, lane: number, value: bigint): bigint {
    return laneOperations.insertLane(laneWidth, a, lane, value);
  }
  laneSigns(laneWidth: 8 | 32 | 64, a: bigint): bigint {
    return laneOperations.laneSigns(this.scratch, laneWidth, a);
  }
  crc32(dataWidth: LaneWidth, remainder: bigint, data: bigint): bigint {
    return stepCrc32(dataWidth, remainder, data);
  }
  compareStrings(control: number, a: bigint, lengthA: bigint, b: bigint, lengthB: bigint): bigint {
    return compareStrings(this.scratch, control, a, Number(lengthA), b, Number(lengthB));
  }

  // ---- registers and memory ----------------------------------------------------------------------------------------

  getVector(register: number): bigint {
    return this.vectors[2 * register] | (this.vectors[2 * register + 1] << 64n);
  }
  setVector(register: number, value: bigint): void {
    const index = this.vectorWriteCount++;
    this.vectorWriteRegisters[index] = register;
    this.vectorWriteValues[index] = value;
  }
  getMxcsr(): bigint {
    return BigInt(this.mxcsrWrite >= 0 ? this.mxcsrWrite : this.mxcsr[0]);
  }
  setMxcsr(value: bigint): void {
    this.mxcsrWrite = Number(value);
  }
  storeVectors(address: Address<bigint>, values: readonly bigint[]): void {
    if (!this.probeStore(address.linear, FX_IMAGE_BYTES, address.isStack)) return;
    values.forEach((value, i) => {
      const at = BigInt.asUintN(64, address.linear + BigInt(VECTOR_BYTES * i));
      this.storeBytes(at, VECTOR_BYTES, value, address.isStack);
    });
  }

  // ---- floats ------------------------------------------------------------------------------------------------------

  floatUnary(operation: FloatUnary, format: FloatFormat, width: 32 | 64 | 128, a: bigint, immediate = 0): bigint {
    return this.settle((mxcsr) => unaryLanes(operation, format, width, a, immediate, mxcsr));
  }
  floatBinary(
    operation: FloatBinary,
    format: FloatFormat,
    width: 32 | 64 | 128,
    a: bigint,
    b: bigint,
    immediate = 0,
  ): bigint {
    return this.settle((mxcsr) => binaryLanes(operation, format, width, a, b, immediate, mxcsr));
  }
  floatConvert(conversion: Conversion, a: bigint): bigint {
    return this.settle((mxcsr) => convertLanes(conversion, a, mxcsr));
  }
  floatRelation(format: FloatFormat, signalsQuiet: boolean, a: bigint, b: bigint): bigint {
    return this.settle((mxcsr) => relate(format, signalsQuiet, a, b, mxcsr));
  }

  /**
   * Computes under MXCSR as it is now, and takes the flags into it. With #XM they stay though the instruction fails.
   */
  private settle(compute: (mxcsr: number) => FloatResult): bigint {
    if (this.fault !== null || this.deferred) return 0n;
    const before = this.mxcsrWrite >= 0 ? this.mxcsrWrite : this.mxcsr[0];
    const { bits, flags } = compute(before);
    if (flags === 0) return bits;
    const { mxcsr, raises } = settleFloatFlags(before, flags);
    if (!raises) {
      this.mxcsrWrite = mxcsr;
      return bits;
    }
    this.writeMxcsr(mxcsr);
    this.raise(Vector.SimdException, null);
    return 0n;
  }
}
