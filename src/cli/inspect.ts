/**
 * `hallows inspect`: what is in a file. Of a program its segments and functions, the code of one function, or a block
 * of it as the machine sees it (cost and SSA); of an image its contents.
 */
import { hex } from "../hex.js";
import { ConfigError } from "../errors.js";
import { createEmitter, printBlock, type SsaStep } from "../machine/engine/ssa/index.js";
import { boundaryOf, decode, formatInstruction, type Instruction } from "../machine/isa/index.js";
import { TIMING_PROFILES, type TimingWord } from "../machine/index.js";
import { findSegment, isElf, readElf, type ElfSymbol, type Program } from "../partitions/index.js";
import { formatSize, isImage, printPlan, suggestName, unpackImage } from "../system/index.js";
import type { VirtualAddress } from "../units.js";
import { isRecord } from "../host/record/format.js";
import { disassemble } from "./disassemble.js";
import type { Environment } from "./environment.js";
import { optionError } from "./options.js";
import type { Output } from "./output.js";
import { printTable } from "./reports/table.js";

export interface InspectOptions {
  readonly symbols?: boolean;
  /** Name of a function, or an address. */
  readonly disassemble?: string;
  readonly block?: string;
  /** What the instructions of the block cost. */
  readonly timing: TimingWord;
  readonly text?: boolean;
}

/** Functions listed without `--symbols`. */
const SYMBOLS_SHOWN = 20;
/** Instructions of a cost block at most, and what is disassembled of a function without a size. */
const MOST_BLOCK_INSTRUCTIONS = 64;
const UNSIZED_FUNCTION_BYTES = 256;
const MOST_DISASSEMBLED_BYTES = 1024 * 1024;

/** Returns the exit code. */
export async function inspect(path: string, options: InspectOptions, { output, files }: Environment): Promise<number> {
  const bytes = files.readWhole(path);
  if (isElf(bytes)) return inspectProgram(readElf(bytes, path), options, output);
  if (isImage(bytes)) return inspectImage(bytes, path, options, output);
  if (isRecord(bytes)) {
    const { inspectRecord } = await import("./inspect-record.js");
    return inspectRecord(bytes, path, options.text === true, output);
  }
  const hint = `"hallows check ${path}" prints a description with everything resolved.`;
  throw new ConfigError({ file: path, line: 0, column: 0 }, "is neither a program, an image nor a record", hint);
}

function inspectImage(bytes: Uint8Array, path: string, options: InspectOptions, output: Output): number {
  if (options.disassemble !== undefined || options.block !== undefined) {
    throw optionError(
      options.block === undefined ? "--disassemble" : "--block",
      `${path} is an image`,
      "It takes a program.",
    );
  }
  const { plan, description } = unpackImage(bytes, path);
  if (options.text === true) {
    // Byte for byte where it goes to a file, and safe on a terminal.
    if (output.isTerminal) output.result(description.text);
    else output.resultBytes(new TextEncoder().encode(description.text));
    return 0;
  }
  output.result(`image of ${plan.name}, made from ${description.file}, ${bytes.length} bytes\n\n${printPlan(plan)}`);
  return 0;
}

async function inspectProgram(program: Program, options: InspectOptions, output: Output): Promise<number> {
  if (options.disassemble !== undefined) await printFunction(program, options.disassemble, output);
  if (options.block !== undefined)
    printCostBlock(program, findPlace(program, options.block, "--block").at, options.timing, output);
  if (options.disassemble === undefined && options.block === undefined) printProgram(program, options, output);
  return 0;
}

function printProgram(program: Program, options: InspectOptions, output: Output): void {
  const { style } = output;
  const kind = program.isPositionIndependent ? "position-independent, loaded at its base" : "at fixed addresses";
  output.result(`${program.file}: program for x86-64, ${kind}, entry ${describePlace(program, program.entry)}\n\n`);
  const segments = program.segments.map(({ at, sizeBytes, write, execute, contents }) => [
    hex(at),
    formatSize(sizeBytes),
    formatSize(contents.length),
    `r${write ? "w" : "-"}${execute ? "x" : "-"}`,
  ]);
  output.result(
    `${printTable(["segment", "in memory", "in file", "rights"], segments, "lrrl", style.dim).join("\n")}\n\n`,
  );
  const shown = options.symbols === true ? program.symbols : program.symbols.slice(0, SYMBOLS_SHOWN);
  if (shown.length === 0) {
    output.result("no functions: the file is stripped\n");
    return;
  }
  const rows = shown.map(({ at, sizeBytes, name, isGlobal }) => [
    hex(at),
    String(sizeBytes),
    isGlobal ? "global" : "local",
    name,
  ]);
  output.result(`${printTable(["function", "bytes", "scope", "name"], rows, "lrll", style.dim).join("\n")}\n`);
  const hidden = program.symbols.length - shown.length;
  if (hidden > 0) output.result(`${style.dim(`and ${hidden} more: --symbols lists all`)}\n`);
}

async function printFunction(program: Program, wanted: string, output: Output): Promise<void> {
  const place = findPlace(program, wanted, "--disassemble");
  const sizeBytes = Math.min(place.sizeBytes === 0 ? UNSIZED_FUNCTION_BYTES : place.sizeBytes, MOST_DISASSEMBLED_BYTES);
  const code = codeAt(program, place.at, sizeBytes);
  output.result(`${output.style.bold(describePlace(program, place.at))}:\n`);
  for (const { at, bytes, text } of await disassemble(code, place.at)) {
    const encoded = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    output.result(`  ${hex(at)}  ${output.style.dim(encoded.padEnd(30))}  ${text}${targetName(program, text)}\n`);
  }
}

/** The block that control reaching `at` runs: what it costs, and the SSA that a translating engine would start from. */
function printCostBlock(program: Program, at: VirtualAddress, timing: TimingWord, output: Output): void {
  const steps = decodeBlock(program, at);
  const instructions = steps.map(({ instruction }) => instruction);
  const costs = TIMING_PROFILES[timing].blockPrefixCycles(instructions);
  output.result(`${output.style.bold(`cost block at ${describePlace(program, at)}`)}: timing ${timing}\n`);
  const rows = steps.map(({ address, instruction }, index) => [
    hex(address),
    String(costs[index + 1] - costs[index]),
    String(costs[index + 1]),
    formatInstruction(instruction, address),
  ]);
  output.result(
    `${printTable(["address", "cycles", "sum", "instruction"], rows, "lrrl", output.style.dim).join("\n")}\n\n`,
  );
  const describe = (instruction: Instruction, address: bigint): string => formatInstruction(instruction, address);
  output.result(printBlock(createEmitter().emitBlock(steps), describe));
}

/** Instructions from `at` to the first that ends a cost block. Throws ConfigError where there is none. */
function decodeBlock(program: Program, at: VirtualAddress): SsaStep[] {
  const steps: SsaStep[] = [];
  let address = at;
  while (steps.length < MOST_BLOCK_INSTRUCTIONS) {
    const code = codeAt(program, address, 15);
    const result = decode(code, 0, code.length);
    if (result.kind !== "instruction") {
      if (steps.length > 0) break;
      const what =
        result.kind === "absent" ? `${result.mnemonic} (${result.feature}), which the machine lacks` : "no instruction";
      throw optionError("--block", `at ${hex(at)} there is ${what}`, "Name the address of an instruction.");
    }
    steps.push({ address, instruction: result.instruction });
    if (boundaryOf(result.instruction) !== "none") break;
    address += BigInt(result.instruction.lengthBytes);
  }
  return steps;
}

/** Up to `sizeBytes` bytes of code. Throws ConfigError when `at` is not in code. */
function codeAt(program: Program, at: VirtualAddress, sizeBytes: number): Uint8Array {
  const segment = findSegment(program.segments, at);
  if (segment === undefined || !segment.execute) {
    const ranges = program.segments
      .filter(({ execute }) => execute)
      .map((s) => `${hex(s.at)} to ${hex(s.at + BigInt(s.sizeBytes))}`);
    throw optionError(hex(at), "is not an address of code", `Code is at ${ranges.join(" and ")}.`);
  }
  const offset = Number(at - segment.at);
  return segment.contents.subarray(offset, offset + sizeBytes);
}

/** A function by name, or an address (decimal or 0x…), perhaps with +offset. Throws ConfigError. */
function findPlace(program: Program, wanted: string, option: string): Pick<ElfSymbol, "at" | "sizeBytes"> {
  const [, name, offset] = /^(.*?)(?:\+(0x[0-9a-fA-F]+|[0-9]+))?$/.exec(wanted) ?? [];
  const shift = offset === undefined ? 0n : BigInt(offset);
  if (/^(0x[0-9a-fA-F]{1,16}|[0-9]{1,20})$/.test(name)) {
    const at = BigInt(name) + shift;
    const symbol = symbolAt(program, at);
    return { at, sizeBytes: symbol === undefined ? 0 : symbol.sizeBytes - Number(at - symbol.at) };
  }
  const symbol = program.symbols.find((candidate) => candidate.name === name);
  if (symbol === undefined) {
    const names = program.symbols.map((candidate) => candidate.name);
    const hint = names.length === 0 ? "It is stripped: name an address." : suggestName(name, names, "Its functions");
    throw optionError(option, `${program.file} has no function "${name}"`, hint);
  }
  return {
    at: symbol.at + shift,
    sizeBytes: symbol.sizeBytes === 0 ? 0 : Math.max(1, symbol.sizeBytes - Number(shift)),
  };
}

function symbolAt(program: Program, at: VirtualAddress): ElfSymbol | undefined {
  return program.symbols.find((symbol) => at >= symbol.at && at < symbol.at + BigInt(Math.max(1, symbol.sizeBytes)));
}

/** "0x401000 <main+0x4>" */
function describePlace(program: Program, at: VirtualAddress): string {
  const symbol = symbolAt(program, at);
  if (symbol === undefined) return hex(at);
  return `${hex(at)} <${symbol.name}${at === symbol.at ? "" : `+${hex(at - symbol.at)}`}>`;
}

/** Names the target of a direct branch. */
function targetName(program: Program, text: string): string {
  const [, target] = /^(?:call|j[a-z]+) (0x[0-9a-f]+)$/.exec(text) ?? [];
  if (target === undefined) return "";
  const symbol = symbolAt(program, BigInt(target));
  if (symbol === undefined) return "";
  const offset = BigInt(target) - symbol.at;
  return `  <${symbol.name}${offset === 0n ? "" : `+${hex(offset)}`}>`;
}
