/**
 * Prints a block for people: one line a node, under a comment for the instruction that asked for it.
 *
 *   ; 0x401000 ADD Ev,Gv
 *     v3:32 = add v1, v2
 *     load [v4] stack, exit 0
 *
 * Constants stand where they are used. Exits follow the nodes, with the registers that the state does not have yet.
 */
import { hex } from "../../../hex.js";
import type { Instruction } from "../../isa/instruction.js";
import { Segment } from "../../isa/instruction.js";
import type { SsaBlock, SsaExit, Terminator } from "./block.js";
import { EFFECTS, isEffectWord } from "./effect-table.js";
import { constantOf, type Detail, type SsaNode } from "./node.js";

/** Names an instruction in a comment; the default gives its row's name. */
export type DescribeInstruction = (instruction: Instruction, address: bigint) => string;

const SEGMENT_NAMES: { readonly [segment: number]: string } = {
  [Segment.Es]: "es",
  [Segment.Cs]: "cs",
  [Segment.Ss]: "ss",
  [Segment.Ds]: "ds",
  [Segment.Fs]: "fs",
  [Segment.Gs]: "gs",
};

/** A constant as people read it: what is a digit in any base, plainly. */
function constantText(value: bigint): string {
  return value < 10n ? value.toString() : hex(value);
}

function reference(node: SsaNode): string {
  const constant = constantOf(node);
  return constant === null ? `v${node.id}` : constantText(constant);
}

function describeDetail(detail: Detail): string {
  switch (detail.kind) {
    case "state":
      return detail.state;
    case "given":
      return `given ${detail.given.kind}`;
    case "position":
      return `at ${detail.position}`;
    case "access":
      return [detail.isStack ? "stack" : "", detail.isLocked ? "locked" : ""].filter((word) => word !== "").join(" ");
    case "trap": {
      const { vector, errorCode } = detail.cause;
      return errorCode === null ? `vector ${vector}` : `vector ${vector} (${errorCode})`;
    }
    case "fence":
      return detail.fence;
    case "segment":
      return SEGMENT_NAMES[detail.segment];
    case "selector":
      return detail.question;
    case "lanes": {
      const { operation, laneWidth, lane } = detail;
      const where = operation === "" ? ` at ${lane}` : "";
      return `${operation}${operation === "" ? "" : "."}${laneWidth}${where}`;
    }
    case "bytes":
      return `[${detail.indices.join(" ")}]`;
    case "float":
      return `${detail.operation}.${detail.format}${detail.immediate === 0 ? "" : ` by ${detail.immediate}`}`;
    case "conversion": {
      const { from, to, truncates, lanes } = detail.conversion;
      return `${lanes} x ${from} to ${to}${truncates ? " truncated" : ""}`;
    }
    case "relation":
      return `${detail.format}${detail.signalsQuiet ? " signalling" : ""}`;
    case "repeat":
      return `${detail.until}, ${detail.addressWidth === 64 ? "rcx" : "ecx"}`;
    case "none":
    case "constant":
      return "";
  }
}

function printNode(node: SsaNode, indent: string): string[] {
  const result = node.width === 0 ? "" : `v${node.id}:${node.width} = `;
  const isAccess = isEffectWord(node.op) && EFFECTS[node.op].accesses;
  const values = node.args.map((argument, index) =>
    isAccess && index === 0 ? `[${reference(argument)}]` : reference(argument),
  );
  const parts = [describeDetail(node.detail), values.join(", ")];
  const words = (isAccess || node.detail.kind === "position" ? parts.toReversed() : parts).filter(
    (part) => part !== "",
  );
  const exit = node.exit < 0 ? "" : `  -> exit ${node.exit}`;
  const line = `${indent}${result}${[node.op, ...words].join(" ")}${exit}`;
  if (node.detail.kind !== "repeat") return [line];
  const body = node.detail.body.filter((inner) => inner.op !== "constant");
  return [`${line} {`, ...body.flatMap((inner) => printNode(inner, `${indent}  `)), `${indent}}`];
}

function printTerminator(terminator: Terminator): string {
  switch (terminator.kind) {
    case "next":
      return `next ${hex(terminator.address)}`;
    case "jump":
      return `jump ${reference(terminator.target)}`;
    case "branch": {
      const { condition, target, next } = terminator;
      return `branch ${reference(condition)} ? ${reference(target)} : ${hex(next)}`;
    }
    case "trap":
      return `trap ${describeDetail({ kind: "trap", cause: terminator.cause })}  -> exit ${terminator.exit}`;
    case "systemCall":
      return `systemCall, next ${hex(terminator.next)}`;
  }
}

function printExit(exit: SsaExit, index: number): string {
  const words = [...exit.words].map(([name, node]) => `${name}=${reference(node)}`);
  const flags = exit.flags.size === 0 ? [] : [`flags by need: ${[...exit.flags.keys()].join(" ")}`];
  return `  exit ${index} at ${hex(exit.address)}${[...words, ...flags].map((part) => `, ${part}`).join("")}`;
}

export function printBlock(
  block: SsaBlock,
  describe: DescribeInstruction = (instruction) => instruction.row.name,
): string {
  const lines: string[] = [];
  block.steps.forEach(({ address, instruction }, step) => {
    lines.push(`; ${hex(address)} ${describe(instruction, address)}`);
    for (const node of block.nodes) {
      if (node.step === step && node.op !== "constant") lines.push(...printNode(node, "  "));
    }
  });
  lines.push(printTerminator(block.terminator));
  if (block.exits.length > 0) lines.push("; exits", ...block.exits.map(printExit));
  return `${lines.join("\n")}\n`;
}
