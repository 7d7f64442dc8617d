/**
 * Every form of the rows on vectors, on the reference binding, against a real processor.
 *
 * vector-digests.txt holds a digest of what the processor left, over all cases of a form; vector-cases.ts makes the
 * cases anew. With HALLOWS_NATIVE=1 this host's processor is asked instead, case by case (gcc, Linux, x86-64), and with
 * HALLOWS_NATIVE=record the digests are written.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatInstruction, rows } from "../../../dist/machine/isa/index.js";
import {
  casesOf,
  enumerateVectorForms,
  FLAGS_PLACE,
  isVectorRow,
  MEMORY_PLACE,
  MXCSR_PLACE,
  REGISTERS_PLACE,
  STATE_BYTES,
  VECTOR_PLACE,
  type VectorForm,
  XMM_PLACE,
} from "./vector-cases.js";
import { runOnReference } from "./vector-reference.js";

const CASES = Number(process.env["HALLOWS_CASES"] ?? 200);
const RECORDED_CASES = 200;
const native = process.env["HALLOWS_NATIVE"] ?? "";
const digestFile = fileURLToPath(new URL("vector-digests.txt", import.meta.url));
const forms = enumerateVectorForms(rows);

/** What differs between processors: results within a bound. */
const OWN_RESULT = /^(RCP|RSQRT)/;

function describeState(state: Uint8Array): string[] {
  const view = new DataView(state.buffer, state.byteOffset);
  const hex = (at: number, bytes: number): string =>
    [...state.subarray(at, at + bytes)]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .toReversed()
      .join("");
  return [
    ...[0, 1, 2, 3].map((register) => `xmm${register} ${hex(XMM_PLACE + 16 * register, 16)}`),
    ...["rax", "rcx", "rdx", "rbx"].map((name, register) => `${name} ${hex(REGISTERS_PLACE + 8 * register, 8)}`),
    `flags ${(view.getUint32(FLAGS_PLACE, true) & 0xcd5).toString(16)}`,
    `mxcsr ${hex(MXCSR_PLACE, 4)}`,
    `vector ${view.getUint32(VECTOR_PLACE, true)}`,
    ...[0, 1, 2, 3].map((part) => `memory+${16 * part} ${hex(MEMORY_PLACE + 16 * part, 16)}`),
  ];
}

function digestOf(states: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const state of states) {
    const compared = Uint8Array.from(state);
    new DataView(compared.buffer).setUint32(FLAGS_PLACE, (state[FLAGS_PLACE] | (state[FLAGS_PLACE + 1] << 8)) & 0xcd5);
    hash.update(compared);
  }
  return hash.digest("hex").slice(0, 16);
}

describe("vector instructions", () => {
  const recorded = new Map(
    native !== ""
      ? []
      : readFileSync(digestFile, "utf8")
          .trim()
          .split("\n")
          .filter((line) => !line.startsWith("#"))
          .map((line): [string, string] => [line.slice(17), line.slice(0, 16)]),
  );
  const written: string[] = [];
  let folder = "";
  let checked = 0;

  beforeAll(() => {
    if (native === "") return;
    folder = mkdtempSync(join(tmpdir(), "hallows-vectors-"));
    const source = fileURLToPath(new URL("vector-native.c", import.meta.url));
    execFileSync("gcc", ["-O1", "-o", join(folder, "native"), source]);
  });

  afterAll(() => {
    if (folder !== "") rmSync(folder, { recursive: true });
    if (native === "record") {
      const model = /^model name\s*: (.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1];
      writeFileSync(digestFile, `# ${RECORDED_CASES} cases a form on ${model}\n${written.join("\n")}\n`);
    }
    console.log(`vectors: ${forms.length} forms, ${checked} cases${native === "" ? "" : " on this host's processor"}`);
  });

  function askProcessor(states: readonly Uint8Array[]): Uint8Array[] {
    const { stdout } = spawnSync(join(folder, "native"), { input: Buffer.concat(states), maxBuffer: 2 ** 30 });
    return states.map((_, index) => Uint8Array.from(stdout.subarray(STATE_BYTES * index, STATE_BYTES * (index + 1))));
  }

  function compareWithProcessor(form: VectorForm): void {
    const cases = casesOf(form, native === "record" ? RECORDED_CASES : CASES);
    const theirs = askProcessor(cases.map(({ state }) => state));
    cases.forEach((one, index) => {
      const before = describeState(one.state);
      const text = `${form.name}, case ${index}: ${formatInstruction(one.instruction)}\n${before.join("\n")}`;
      if (!OWN_RESULT.test(form.row.mnemonic))
        expect(describeState(runOnReference(one)), text).toEqual(describeState(theirs[index]));
      checked++;
    });
    written.push(`${digestOf(theirs)} ${form.name}`);
  }

  const byKey = new Map<string, VectorForm[]>();
  for (const form of forms) byKey.set(form.row.semanticKey, [...(byKey.get(form.row.semanticKey) ?? []), form]);
  it.each([...byKey])("%s does what the processor does", (_key, group) => {
    for (const form of group) {
      if (native !== "") {
        compareWithProcessor(form);
        continue;
      }
      if (OWN_RESULT.test(form.row.mnemonic)) continue;
      const cases = casesOf(form, RECORDED_CASES);
      expect(digestOf(cases.map(runOnReference)), form.name).toBe(recorded.get(form.name));
      checked += cases.length;
    }
  });

  it("have a form for each row", () => {
    const covered = new Set(forms.map(({ row }) => row.name));
    expect(rows.filter((row) => isVectorRow(row) && !covered.has(row.name)).map((row) => row.name)).toEqual([]);
  });
});
