/**
 * Effects in WebAssembly, one row an effect: what happens in the order of the block. Each effect that may leave the
 * block does so before its instruction, when the registers and flags are as they were there.
 */
import { TlbKind } from "../../../memory/tlb.js";
import { MXCSR_OFFSET } from "../../../state.js";
import { FX_IMAGE_BYTES } from "../../../isa/vector-operations.js";
import type { SsaNode } from "../../ssa/index.js";
import {
  call,
  FUNCTIONS,
  I32,
  I64,
  load32,
  load64,
  type Local as LocalOf,
  localOf,
  stacked,
  V128,
  written,
} from "../assembler/index.js";
import { BULK_ACCESS, END_OFFSET, REFUND_SHIFT, TURN_ACCESS, UPDATE_ACCESS } from "../layout.js";
import { type BlockPlan, isFloatEffect, type SsaPlan, type TranslatedEffectOp } from "../plan/index.js";
import {
  loadedWhole,
  noteChange,
  type Lookup,
  lookupOf,
  typeOfWidth,
  valueAt,
  type WayOut,
  writeTranslation,
  writeValueAt,
  writeWholeStore,
} from "./access/access.js";
import type { SpanMember } from "./access/access-spans.js";
import { writeDivision } from "./division.js";
import type { BlockGuard } from "./float/float-block-guard.js";
import { strictness, unreadiness } from "./float/float-guard.js";
import { writeFloatEffect } from "./float/float-values.js";
import type { FunctionBuilder } from "./function-builder.js";
import { writeRepeat } from "./repeat.js";
import { loadedShared, writeSharedStore } from "./access/shared-access.js";
import type { BlockValues } from "./values.js";
import { loadedVector, writeVectorStore } from "./access/vector-access.js";

const VECTOR_BYTES = 16;

/** Numbers an exit in the middle of a block: nothing of instruction `step` has happened. */
export type NumberExit = (plan: BlockPlan, step: number) => number;

/** In place of an instruction's number: the block's last, a repetition, has begun and is not over. */
export const REPEATING_STEP = -3;

/** A block that is being written, as far as its effects need it. */
export interface EffectBlock {
  readonly builder: FunctionBuilder;
  readonly plan: SsaPlan;
  readonly values: BlockValues;
  readonly spans: ReadonlyMap<SsaNode, SpanMember>;
  /** Offset in RAM of a loadForUpdate, by its address. */
  readonly updates: Map<SsaNode, LocalOf<I32>>;
  readonly numberExit: NumberExit;
  /** Brings registers and flags up to date as an exit has them. */
  sync(exit: number): void;
}

type WriteEffect = (block: EffectBlock, node: SsaNode) => void;

const EFFECT_CODE = {
  load: writeLoad,
  store: writeStore,
  loadForUpdate: writeLoadForUpdate,
  storeUpdate: writeStoreUpdate,
  loadPairForUpdate: writeLoadPairForUpdate,
  storePairUpdate: writeStorePairUpdate,
  storeVectors: writeStoreVectors,
  trapIf: writeLeaving,
  leaveIf: writeLeaving,
  divideUnsigned: writeDivide,
  divideSigned: writeDivide,
  repeat: writeWholeRepeat,
  // The store buffer is empty: those that delay stores run in the reference engine.
  fence: () => {},
  readTimestamp: writeTimestamp,
  getMxcsr: writeGetMxcsr,
  setMxcsr: writeSetMxcsr,
} satisfies Record<TranslatedEffectOp, WriteEffect>;

export function writeEffect(block: EffectBlock, node: SsaNode): void {
  const { values, plan } = block;
  const { guard } = values;
  const stretch = plan.exitOf.get(node);
  // mutant stretch-goes-on-over-stores:
  if (stretch === undefined) guard?.settle();
  // mutant effect-leaves-registers-behind:
  block.sync(stretch ?? node.exit);
  if (guard !== null && stretch !== undefined) writeInStretch(block, node, guard, stretch);
  else if (isFloatEffect(node)) writeFloatEffect(values, node, leave(block, node));
  else EFFECT_CODE[node.op as TranslatedEffectOp](block, node);
}

/** A number of the exit before the effect's instruction. */
function leave({ numberExit, plan }: EffectBlock, node: SsaNode): number {
  return numberExit(plan, plan.ssa.exits[node.exit].step);
}

/** A float operation, or a load among them, all of which leave to the first operation of their stretch. */
function writeInStretch(block: EffectBlock, node: SsaNode, guard: BlockGuard, stretch: number): void {
  const { values, plan, numberExit } = block;
  if (guard.exit === 0) guard.begin(numberExit(plan, plan.ssa.exits[stretch].step));
  if (node.op === "load") writePrivateLoad(block, node, guard.exit);
  else writeFloatEffect(values, node, guard.exit);
}

// ---- memory --------------------------------------------------------------------------------------------------------

/** What the routines are told of an access: with the cycles that its block gives back where it is left here. */
function wayOutOf(block: EffectBlock, node: SsaNode, flags: number): WayOut {
  const { prefix, count, ssa } = block.plan;
  const refund = prefix[count] - prefix[ssa.exits[node.exit].step];
  const turn = ssa.terminator.kind === "systemCall" ? TURN_ACCESS : 0;
  return { flags: flags | turn | (refund << REFUND_SHIFT), exit: leave(block, node) };
}

/**
 * Whether it is a load or a store, of an instruction that was seen to access shared pages, that the gate may do inline.
 */
export function isShared({ block, first, ssa }: SsaPlan, { op, width, args, exit }: SsaNode): boolean {
  const bits = op === "load" ? width : op === "store" ? args[1].width : 128;
  // What comes before a system call may have to wait for its turn.
  // mutant store-before-a-call-waits: if (bits > 64) return false;
  if (bits > 64 || ssa.terminator.kind === "systemCall") return false;
  return block.entries[first + ssa.exits[exit].step].isShared;
}

function addressOf({ values }: EffectBlock, node: SsaNode): LocalOf<I64> {
  return localOf(I64, values.local(node.args[0]));
}

function lookupIn(
  { builder, spans }: EffectBlock,
  node: SsaNode,
  address: LocalOf<I64>,
  width: number,
  kind: TlbKind.Read | TlbKind.Write,
): Lookup {
  return lookupOf(builder, node, address, width / 8, kind, spans.get(node));
}

/** Pops what an effect gives. */
function takeValue({ builder, values }: EffectBlock, node: SsaNode): void {
  if (values.isWanted(node)) values.define(node);
  else builder.drop();
}

function writeLoad(block: EffectBlock, node: SsaNode): void {
  const { builder, plan } = block;
  const { width } = node;
  const address = addressOf(block, node);
  const lookup = lookupIn(block, node, address, width, TlbKind.Read);
  const wayOut = wayOutOf(block, node, 0);
  if (width === 128) builder.push(loadedVector(builder, address, lookup, wayOut));
  else builder.push((isShared(plan, node) ? loadedShared : loadedWhole)(builder, address, width, lookup, wayOut));
  takeValue(block, node);
}

/** A load among float operations, which may be done again: not from shared pages. */
function writePrivateLoad(block: EffectBlock, node: SsaNode, exit: number): void {
  const { builder } = block;
  const { width } = node;
  const address = addressOf(block, node);
  const lookup = lookupIn(block, node, address, width, TlbKind.Read);
  // mutant stretch-reads-shared-memory: const wayOut = { flags: 0, exit };
  const wayOut = { flags: BULK_ACCESS, exit };
  if (width === 128) builder.push(loadedVector(builder, address, lookup, wayOut));
  else builder.push(valueAt(width, writeTranslation(builder, address, width / 8, TlbKind.Read, lookup, wayOut), 0));
  takeValue(block, node);
}

function writeStore(block: EffectBlock, node: SsaNode): void {
  const { builder, values, plan } = block;
  const address = addressOf(block, node);
  const { width } = node.args[1];
  const value = values.local(node.args[1]);
  const lookup = lookupIn(block, node, address, width, TlbKind.Write);
  const wayOut = wayOutOf(block, node, 0);
  if (width === 128) {
    writeVectorStore(builder, address, localOf(V128, value), lookup, wayOut);
    return;
  }
  const write = isShared(plan, node) ? writeSharedStore : writeWholeStore;
  write(builder, address, width, width === 64 ? localOf(I64, value) : localOf(I32, value), lookup, wayOut);
}

/** The first half of a read-modify-write: it finds where the second half stores. */
function writeLoadForUpdate(block: EffectBlock, node: SsaNode): void {
  const { builder, values, updates } = block;
  const { width } = node;
  const address = addressOf(block, node);
  const lookup = lookupIn(block, node, address, width, TlbKind.Write);
  // Probes of ENTER: what comes behind may leave the block, and a turn in the order is taken once.
  const wayOut = wayOutOf(block, node, mayLeaveBehind(block, node) ? BULK_ACCESS : UPDATE_ACCESS);
  const host = writeTranslation(builder, address, width / 8, TlbKind.Write, lookup, wayOut);
  updates.set(node.args[0], host);
  if (!values.isWanted(node)) return;
  builder.push(valueAt(width, host, 0));
  values.define(node);
}

/** Whether something of the same instruction that comes later may leave the block. */
function mayLeaveBehind({ plan }: EffectBlock, { id, step }: SsaNode): boolean {
  return plan.ssa.nodes.some((node) => node.step === step && node.id > id && node.exit >= 0);
}

/** Stores at an offset in RAM, and notes whether that changed anything where somebody asks. */
function writeStoreUpdate({ builder, values, updates }: EffectBlock, node: SsaNode): void {
  const [address, value] = node.args;
  const host = updates.get(address);
  if (host === undefined) throw new TypeError("an update that nothing was loaded for");
  const { width } = value;
  const type = typeOfWidth(width);
  if (builder.spoiled === 0) {
    const pushed = written(type, () => values.push(value));
    writeValueAt(builder, width, host, 0, pushed);
    return;
  }
  const kept = builder.temporaryOf(type);
  values.push(value);
  builder.set(kept, stacked(type));
  builder.push(valueAt(width, host, 0));
  noteChange(builder, kept, width);
  writeValueAt(builder, width, host, 0, kept);
}

/** CMPXCHG8B and CMPXCHG16B: as the first half of a read-modify-write, of one access of twice the width. */
function writeLoadPairForUpdate(block: EffectBlock, node: SsaNode): void {
  const { builder, values, updates } = block;
  const { width } = node;
  const address = addressOf(block, node);
  const lookup = lookupIn(block, node, address, 2 * width, TlbKind.Write);
  const wayOut = wayOutOf(block, node, UPDATE_ACCESS);
  const host = writeTranslation(builder, address, width / 4, TlbKind.Write, lookup, wayOut);
  updates.set(node.args[0], host);
  /* mutant halves-of-a-pair-are-one:
     const [low, high] = [0, 0].map((distance) => valueAt(width, host, distance) as I32 | I64); */
  const [low, high] = [0, width / 8].map((distance) => valueAt(width, host, distance) as I32 | I64);
  values.defineSecond(node, builder.kept<I32 | I64>(high) as LocalOf<I32> | LocalOf<I64>);
  builder.push(low);
  takeValue(block, node);
}

function writeStorePairUpdate({ builder, values, updates }: EffectBlock, node: SsaNode): void {
  const [address, ...halves] = node.args;
  const host = updates.get(address);
  if (host === undefined) throw new TypeError("an update that nothing was loaded for");
  builder.noteStore();
  halves.forEach((half, place) => {
    const { width } = half;
    writeValueAt(builder, width, host, (place * width) / 8, width === 64 ? values.local64(half) : values.local32(half));
  });
}

/** FXSAVE: all of its image has to lie in one page, of private memory. */
function writeStoreVectors(block: EffectBlock, node: SsaNode): void {
  const { builder, values } = block;
  const address = addressOf(block, node);
  const lookup = lookupIn(block, node, address, 128, TlbKind.Write);
  const wayOut = wayOutOf(block, node, BULK_ACCESS);
  // mutant image-goes-on-in-the-next-frame:
  builder.leaveIfUnlikely(
    address
      .wrap()
      .and(4095)
      .gtU(4096 - FX_IMAGE_BYTES),
    wayOut.exit,
  );
  const host = writeTranslation(builder, address, VECTOR_BYTES, TlbKind.Write, lookup, wayOut);
  builder.noteStore();
  node.args.slice(1).forEach((value, place) => {
    writeValueAt(builder, 128, host, place * VECTOR_BYTES, values.localVector(value));
  });
}

// ---- others --------------------------------------------------------------------------------------------------------

function writeLeaving(block: EffectBlock, node: SsaNode): void {
  const { builder, values } = block;
  builder.leaveIfUnlikely(values.i32(node.args[0]), leave(block, node));
}

function writeDivide(block: EffectBlock, node: SsaNode): void {
  const { builder, values } = block;
  values.defineSecond(node, writeDivision(builder, values, node, leave(block, node)));
}

function writeWholeRepeat(block: EffectBlock, node: SsaNode): void {
  const { builder, values, plan, numberExit } = block;
  const { steps, endExit } = plan.ssa;
  builder.noteStore();
  writeRepeat(builder, values, node, steps[steps.length - 1].instruction, {
    before: () => leave(block, node),
    inside: () => numberExit(plan, REPEATING_STEP),
    sync: () => block.sync(endExit),
  });
}

/** The clock at the start of the instruction, of which the cycles that are left then tell. */
function writeTimestamp(block: EffectBlock, node: SsaNode): void {
  const { builder, plan } = block;
  const { core, time } = builder;
  // mutant timestamp-is-of-the-end: const rest = 0;
  const rest = plan.prefix[plan.count] - plan.prefix[node.step];
  // Who reads the time does not do the same again.
  builder.noteStore();
  builder.push(call(FUNCTIONS.readTimestamp, core, load64(core, END_OFFSET).sub(time.add(rest))));
  takeValue(block, node);
}

/** MXCSR in memory is right at every time: what would set a flag in it leaves the block. */
function writeGetMxcsr(block: EffectBlock, node: SsaNode): void {
  block.builder.push(load32(block.builder.core, MXCSR_OFFSET));
  takeValue(block, node);
}

/** What the region's float guards know of MXCSR is found anew. */
function writeSetMxcsr({ builder, values }: EffectBlock, { args: [value] }: SsaNode): void {
  const { core } = builder;
  builder.store32(core, MXCSR_OFFSET, values.i32(value));
  builder.set(builder.strictLocal(), strictness(core));
  builder.set(builder.oddLocal(), builder.oddLocal().or(strictness(core)));
  // mutant guards-know-the-old-mxcsr:
  builder.set(builder.unreadyLocal(), unreadiness(core));
  values.guard?.forgetMxcsr();
}
