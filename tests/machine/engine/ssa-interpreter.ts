/**
 * Runs the SSA of a block, node by node, on the state of a FlatAct: the plainest back end there can be. It takes the
 * value of pure operations from the reference binding, so that a difference between the two is the emitter's.
 */
import type { SsaBlock, SsaNode } from "../../../dist/machine/engine/ssa/index.js";
import type {
  FlagName,
  FloatBinary,
  FloatUnary,
  LaneMap,
  LaneOperation,
  LaneShift,
  Width,
} from "../../../dist/machine/isa/index.js";
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

  function pureValue(node: SsaNode): bigint {
    const args = node.args.map(valueOf);
    const [a, b, c] = args;
    const width = node.width as Width;
    const from = (node.args[0]?.width ?? 64) as Width;
    const { detail } = node;
    const position = detail.kind === "position" ? detail.position : 0;
    switch (node.op) {
      case "constant":
        return detail.kind === "constant" ? detail.value : 0n;
      case "mulHighSigned":
      case "mulHighUnsigned":
        return act.mulHigh(width, node.op === "mulHighSigned", a, b);
      case "equal":
      case "lessUnsigned":
      case "lessSigned":
        return act[node.op](from, a, b);
      case "isZero":
      case "sign":
        return act[node.op](from, a);
      case "bit":
        return act.bit(from, a, position);
      case "select":
        return act.select(width, a, b, c);
      case "zeroExtend":
      case "signExtend":
      case "truncate":
        return act[node.op](from, width, a);
      case "insert": {
        const part = (1n << BigInt(node.args[1].width)) - 1n;
        return (a & ~(part << BigInt(position))) | (b << BigInt(position));
      }
      case "not":
      case "neg":
      case "populationCount":
      case "countLeadingZeros":
      case "countTrailingZeros":
        return act[node.op](width, a);
      case "byteSwap":
        return act.byteSwap(width as 16 | 32 | 64, a);
      case "depositBits":
      case "extractBits":
        return act[node.op](width as 32 | 64, a, b);
      case "isCanonical":
        return act.isCanonical(a);
      case "coreNumber":
        return act.coreNumber();
      case "cpuid":
        return act.cpuid(a, b)[position];
      case "selectorValid":
      case "selectorValue": {
        if (detail.kind !== "selector") throw new Error("a selector's question is missing");
        const described = act.describeSelector(detail.question, a);
        return node.op === "selectorValid" ? described.valid : described.value;
      }
      case "lanes":
        if (detail.kind !== "lanes") throw new Error("which operation is missing");
        return act.lanes(detail.operation as LaneOperation, detail.laneWidth, a, b);
      case "mapLanes":
        if (detail.kind !== "lanes") throw new Error("which operation is missing");
        return act.mapLanes(detail.operation as LaneMap, detail.laneWidth, a);
      case "shiftLanes":
        if (detail.kind !== "lanes") throw new Error("which operation is missing");
        return act.shiftLanes(detail.operation as LaneShift, detail.laneWidth as 16 | 32 | 64, a, b);
      case "shuffleBytes":
        return act.shuffleBytes(a, b, detail.kind === "bytes" ? detail.indices : []);
      case "selectBits":
        return act.selectBits(a, b, c);
      case "extractLane":
      case "insertLane":
      case "laneSigns": {
        if (detail.kind !== "lanes") throw new Error("which lane is missing");
        const { laneWidth, lane } = detail;
        if (node.op === "extractLane") return act.extractLane(laneWidth, a, lane);
        if (node.op === "insertLane") return act.insertLane(laneWidth, a, lane, b);
        return act.laneSigns(laneWidth as 8 | 32 | 64, a);
      }
      case "crc32":
        return act.crc32(node.args[1].width as 8 | 16 | 32 | 64, a, b);
      case "compareStrings":
        return act.compareStrings(position, a, b, c, args[3]);
      case "remainder":
      case "upperHalf":
        return second.get(node.args[0]) ?? 0n;
      default:
        return (act[node.op as "add"] as (width: Width, a: bigint, b: bigint) => bigint).call(act, width, a, b);
    }
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

  /** Runs a node; false when it faulted. */
  function run(node: SsaNode): boolean {
    const { detail } = node;
    const address = {
      linear: node.args.length > 0 ? values.get(node.args[0])! : 0n,
      isStack: detail.kind === "access" && detail.isStack,
    };
    const width = node.width as Width;
    switch (node.op) {
      case "read":
        values.set(node, detail.kind === "state" ? readState(detail.state) : 0n);
        return true;
      case "write":
        if (detail.kind === "state") writeState(detail.state, valueOf(node.args[0]));
        return true;
      case "load":
        values.set(node, act.load(width, address));
        return act.fault === null;
      case "store":
      case "storeUpdate":
        act.store(node.args[1].width as Width, address, valueOf(node.args[1]));
        return act.fault === null;
      case "loadForUpdate":
        act.modify(width, address, (old) => (values.set(node, old), old));
        return act.fault === null;
      case "loadPairForUpdate":
        act.modifyPair(width as 32 | 64, address, (low, high) => {
          values.set(node, low);
          second.set(node, high);
          return [low, high];
        });
        return act.fault === null;
      case "storePairUpdate": {
        const half = node.args[1].width as 32 | 64;
        act.modifyPair(half, address, () => [valueOf(node.args[1]), valueOf(node.args[2])]);
        return true;
      }
      case "trapIf":
        if (detail.kind === "trap") act.trapIf(valueOf(node.args[0]), detail.cause);
        return act.fault === null;
      case "divideSigned":
      case "divideUnsigned": {
        const [high, low, divisor] = node.args.map(valueOf);
        const { quotient, remainder } = act.divide(width, node.op === "divideSigned", high, low, divisor);
        values.set(node, quotient);
        second.set(node, remainder);
        return act.fault === null;
      }
      case "repeat":
        return repeat(node);
      case "fence":
        return true;
      case "readTimestamp":
        values.set(node, act.readTimestamp());
        return true;
      case "getSelector":
        values.set(node, act.getSelector(detail.kind === "segment" ? detail.segment : 0));
        return true;
      case "setSelector":
        if (detail.kind === "segment") act.setSelector(detail.segment, valueOf(node.args[0]));
        return act.fault === null;
      case "getMxcsr":
        values.set(node, act.getMxcsr());
        return true;
      case "setMxcsr":
        act.setMxcsr(valueOf(node.args[0]));
        act.commit();
        return true;
      case "storeVectors":
        act.storeVectors(address, node.args.slice(1).map(valueOf));
        return act.fault === null;
      case "floatUnary":
      case "floatBinary":
      case "floatConvert":
      case "floatRelation":
        values.set(node, floatValue(node));
        if (act.fault === null) act.commit();
        return act.fault === null;
      default:
        values.set(node, pureValue(node));
        return true;
    }
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
