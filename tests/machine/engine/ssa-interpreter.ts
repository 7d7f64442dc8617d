/**
 * Runs the SSA of a block, node by node, on the state of a FlatAct: the plainest back end there can be. It takes the
 * value of pure operations from the reference binding, so that a difference between the two is the emitter's.
 */
import { type EffectOp, pureValue, type SsaBlock, type SsaNode } from "../../../dist/machine/engine/ssa/index.js";
import type { Address, FlagName, FloatBinary, FloatUnary, Width } from "../../../dist/machine/isa/index.js";
import type { FlatAct } from "./flat-act.js";

const REGISTERS = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split(" ");
const FLAGS: { readonly [flag: string]: bigint } = {
  cf: 1n,
  pf: 4n,
  af: 0x10n,
  zf: 0x40n,
  sf: 0x80n,
  df: 0x400n,
  of: 0x800n,
};

/** How a block was left: by its terminator, or through an exit with the fault that is noted in the FlatAct. */
export interface Left {
  readonly kind: "terminator" | "exit";
  readonly rip: bigint;
}

export function runBlock(block: SsaBlock, act: FlatAct): Left {
  const values = new Map<SsaNode, bigint>();
  const valueOf = (node: SsaNode): bigint => {
    const value = values.get(node);
    if (value === undefined) throw new Error(`v${node.id} is used before it is made`);
    return value;
  };

  function readState(name: string): bigint {
    const register = REGISTERS.indexOf(name);
    if (register >= 0) return act.registers[register];
    if (name.startsWith("xmm")) return act.getVector(Number(name.slice(3)));
    if (name === "fsbase") return act.fsBase;
    if (name === "gsbase") return act.gsBase;
    if (name === "systemflags") return act.systemFlags;
    return act.getFlag(name as FlagName);
  }

  function writeState(name: string, value: bigint): void {
    const register = REGISTERS.indexOf(name);
    if (register >= 0) act.registers[register] = value;
    else if (name.startsWith("xmm")) act.putVector(Number(name.slice(3)), value);
    else if (name === "fsbase") act.fsBase = value;
    else if (name === "gsbase") act.gsBase = value;
    else if (name === "systemflags") act.systemFlags = value;
    else act.loadFlagsWord((act.flagsWord() & ~FLAGS[name]) | (value === 1n ? FLAGS[name] : 0n));
  }

  /** The value of a pure node. */
  function evaluate(node: SsaNode): bigint {
    if (node.op === "remainder" || node.op === "upperHalf") return second.get(node.args[0]) ?? 0n;
    return pureValue(act, node, node.args.map(valueOf));
  }

  /** Second results of divisions and loads of pairs. */
  const second = new Map<SsaNode, bigint>();

  function repeat(node: SsaNode): boolean {
    if (node.detail.kind !== "repeat") throw new Error("a repetition has no body");
    const { addressWidth, until, body } = node.detail;
    for (;;) {
      const count = act.getRegister(addressWidth, 1);
      if (count === 0n) return true;
      for (const inner of body) if (!run(inner)) return false;
      act.registers[1] = BigInt.asUintN(addressWidth, count - 1n);
      if (until !== "count" && (act.getFlag("zf") === 1n) !== (until === "whileEqual")) return true;
    }
  }

  function floatValue({ width, args, detail }: SsaNode): bigint {
    const [a, b] = args.map(valueOf);
    if (detail.kind === "conversion") return act.floatConvert(detail.conversion, a);
    if (detail.kind === "relation") return act.floatRelation(detail.format, detail.signalsQuiet, a, b);
    if (detail.kind !== "float") throw new Error("which operation is missing");
    const { operation, format, immediate } = detail;
    const size = width as 32 | 64 | 128;
    return args.length === 1
      ? act.floatUnary(operation as FloatUnary, format, size, a, immediate)
      : act.floatBinary(operation as FloatBinary, format, size, a, b, immediate);
  }

  const addressOf = ({ args, detail }: SsaNode): Address<bigint> => ({
    linear: valueOf(args[0]),
    isStack: detail.kind === "access" && detail.isStack,
  });

  function store(node: SsaNode): void {
    const [, value] = node.args;
    act.store(value.width as Width, addressOf(node), valueOf(value));
  }

  function divide(node: SsaNode): void {
    const [high, low, divisor] = node.args.map(valueOf);
    const isSigned = node.op === "divideSigned";
    const { quotient, remainder } = act.divide(node.width as Width, isSigned, high, low, divisor);
    values.set(node, quotient);
    second.set(node, remainder);
  }

  function computeFloat(node: SsaNode): void {
    values.set(node, floatValue(node));
    if (act.fault === null) act.commit();
  }

  /** What each effect does; false where the block is left although nothing has faulted. */
  const EFFECTS: Readonly<Record<EffectOp | "read", (node: SsaNode) => void | boolean>> = {
    read: (node) => void values.set(node, node.detail.kind === "state" ? readState(node.detail.state) : 0n),
    write({ args, detail }) {
      if (detail.kind === "state") writeState(detail.state, valueOf(args[0]));
    },
    load: (node) => void values.set(node, act.load(node.width as Width, addressOf(node))),
    store,
    storeUpdate: store,
    loadForUpdate: (node) => act.modify(node.width as Width, addressOf(node), (old) => (values.set(node, old), old)),
    loadPairForUpdate(node) {
      act.modifyPair(node.width as 32 | 64, addressOf(node), (low, high) => {
        values.set(node, low);
        second.set(node, high);
        return [low, high];
      });
    },
    storePairUpdate(node) {
      const [, low, high] = node.args;
      act.modifyPair(low.width as 32 | 64, addressOf(node), () => [valueOf(low), valueOf(high)]);
    },
    trapIf({ args, detail }) {
      if (detail.kind === "trap") act.trapIf(valueOf(args[0]), detail.cause);
    },
    leaveIf: ({ args }) => valueOf(args[0]) === 0n,
    divideUnsigned: divide,
    divideSigned: divide,
    repeat,
    fence: () => undefined,
    readTimestamp: (node) => void values.set(node, act.readTimestamp()),
    getSelector: (node) =>
      void values.set(node, act.getSelector(node.detail.kind === "segment" ? node.detail.segment : 0)),
    setSelector({ args, detail }) {
      if (detail.kind === "segment") act.setSelector(detail.segment, valueOf(args[0]));
    },
    getMxcsr: (node) => void values.set(node, act.getMxcsr()),
    setMxcsr({ args }) {
      act.setMxcsr(valueOf(args[0]));
      act.commit();
    },
    storeVectors: (node) => act.storeVectors(addressOf(node), node.args.slice(1).map(valueOf)),
    floatUnary: computeFloat,
    floatBinary: computeFloat,
    floatConvert: computeFloat,
    floatRelation: computeFloat,
  };

  /** Runs a node; false when it faulted. */
  function run(node: SsaNode): boolean {
    if (node.op in EFFECTS) return EFFECTS[node.op as EffectOp](node) !== false && act.fault === null;
    values.set(node, evaluate(node));
    return true;
  }

  /** Brings the state to where the exit's instruction has not begun. */
  function leave(index: number): Left {
    const exit = block.exits[index];
    const { flags, nodes } = block.buildExitFlags(index);
    for (const node of nodes) run(node);
    for (const [name, node] of exit.words) writeState(name, valueOf(node));
    for (const [name, node] of flags) writeState(name, valueOf(node));
    return { kind: "exit", rip: exit.address };
  }

  for (const node of block.nodes) if (!run(node)) return leave(node.exit >= 0 ? node.exit : block.exits.length - 1);
  const { terminator } = block;
  switch (terminator.kind) {
    case "next":
      return { kind: "terminator", rip: terminator.address };
    case "jump":
      return { kind: "terminator", rip: valueOf(terminator.target) };
    case "branch":
      return {
        kind: "terminator",
        rip: valueOf(terminator.condition) === 1n ? valueOf(terminator.target) : terminator.next,
      };
    case "systemCall":
      act.systemCall();
      return { kind: "terminator", rip: terminator.next };
    case "trap":
      act.trap(terminator.cause);
      return {
        kind: act.fault === null ? "terminator" : "exit",
        rip: act.fault === null ? terminator.next : block.exits[terminator.exit].address,
      };
  }
}
