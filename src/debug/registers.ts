/**
 * The registers that gdb sees, in the order of its `g` packets, and the description of them that it asks for.
 *
 * Each is a row: where it lies in a context (machine/state.ts), or what it always is. gdb wants an x87 unit and segment
 * registers where there is SSE; the machine has none.
 */
import {
  FS_BASE_OFFSET,
  GS_BASE_OFFSET,
  MXCSR_OFFSET,
  RFLAGS_OFFSET,
  RIP_OFFSET,
  Register,
  VECTORS_OFFSET,
} from "../machine/index.js";

export interface DebugRegister {
  readonly name: string;
  readonly sizeBytes: number;
  /** As target descriptions write it. */
  readonly type: string;
  readonly feature: string;
  /** In a context; null for what has always the same value. */
  readonly at: number | null;
  readonly value: number;
}

const CORE = "org.gnu.gdb.i386.core";
const SSE = "org.gnu.gdb.i386.sse";
const SEGMENTS = "org.gnu.gdb.i386.segments";

function row(
  feature: string,
  name: string,
  sizeBytes: number,
  type: string,
  at: number | null,
  value = 0,
): DebugRegister {
  return { name, sizeBytes, type, feature, at, value };
}

const GENERAL: readonly (readonly [name: string, register: Register])[] = [
  ["rax", Register.Rax],
  ["rbx", Register.Rbx],
  ["rcx", Register.Rcx],
  ["rdx", Register.Rdx],
  ["rsi", Register.Rsi],
  ["rdi", Register.Rdi],
  ["rbp", Register.Rbp],
  ["rsp", Register.Rsp],
];
const NUMBERED = ["r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];
/** Ring 3 with flat segments, as Linux has it. */
const SELECTORS: readonly (readonly [name: string, value: number])[] = [
  ["cs", 0x33],
  ["ss", 0x2b],
  ["ds", 0],
  ["es", 0],
  ["fs", 0],
  ["gs", 0],
];
/** The x87 unit as after FNINIT. */
const X87: readonly (readonly [name: string, value: number])[] = [
  ["fctrl", 0x37f],
  ["fstat", 0],
  ["ftag", 0xffff],
  ["fiseg", 0],
  ["fioff", 0],
  ["foseg", 0],
  ["fooff", 0],
  ["fop", 0],
];

function typeOf(name: string): string {
  return name === "rsp" || name === "rbp" ? "data_ptr" : "int64";
}

export const DEBUG_REGISTERS: readonly DebugRegister[] = [
  ...GENERAL.map(([name, register]) => row(CORE, name, 8, typeOf(name), 8 * register)),
  ...NUMBERED.map((name, i) => row(CORE, name, 8, "int64", 8 * (8 + i))),
  row(CORE, "rip", 8, "code_ptr", RIP_OFFSET),
  row(CORE, "eflags", 4, "i386_eflags", RFLAGS_OFFSET),
  ...SELECTORS.map(([name, value]) => row(CORE, name, 4, "int32", null, value)),
  ...Array.from({ length: 8 }, (_, i) => row(CORE, `st${i}`, 10, "i387_ext", null)),
  ...X87.map(([name, value]) => row(CORE, name, 4, "int", null, value)),
  ...Array.from({ length: 16 }, (_, i) => row(SSE, `xmm${i}`, 16, "vec128", VECTORS_OFFSET + 16 * i)),
  row(SSE, "mxcsr", 4, "i386_mxcsr", MXCSR_OFFSET),
  row(SEGMENTS, "fs_base", 8, "int64", FS_BASE_OFFSET),
  row(SEGMENTS, "gs_base", 8, "int64", GS_BASE_OFFSET),
];

/** The bytes of a register in a context. */
export function registerBytes({ at, sizeBytes, value }: DebugRegister, context: Uint8Array): Uint8Array {
  if (at !== null) return context.subarray(at, at + sizeBytes);
  const bytes = new Uint8Array(sizeBytes);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** What gdb needs to know of types that it has no name for. */
const SSE_TYPES = `<vector id="v4f" type="ieee_single" count="4"/>
<vector id="v2d" type="ieee_double" count="2"/>
<vector id="v16i8" type="int8" count="16"/>
<vector id="v8i16" type="int16" count="8"/>
<vector id="v4i32" type="int32" count="4"/>
<vector id="v2i64" type="int64" count="2"/>
<union id="vec128">
<field name="v4_float" type="v4f"/><field name="v2_double" type="v2d"/><field name="v16_int8" type="v16i8"/>
<field name="v8_int16" type="v8i16"/><field name="v4_int32" type="v4i32"/><field name="v2_int64" type="v2i64"/>
<field name="uint128" type="uint128"/>
</union>
${flags("i386_mxcsr", ["IE", "DE", "ZE", "OE", "UE", "PE", "DAZ", "IM", "DM", "ZM", "OM", "UM", "PM", "", "", "FZ"])}`;
const CORE_TYPES = flags("i386_eflags", [
  ...["CF", "", "PF", "", "AF", "", "ZF", "SF", "TF", "IF", "DF", "OF", "", "", "NT", ""],
  ...["RF", "VM", "AC", "VIF", "VIP", "ID"],
]);

/** A type of 4 bytes whose bits have names, "" for none. */
function flags(id: string, names: readonly string[]): string {
  const fields = names.map((name, bit) => (name === "" ? "" : `<field name="${name}" start="${bit}" end="${bit}"/>`));
  return `<flags id="${id}" size="4">${fields.join("")}</flags>`;
}

function featureText(feature: string, types: string): string {
  const rows = DEBUG_REGISTERS.filter((register) => register.feature === feature).map(
    ({ name, sizeBytes, type }) => `<reg name="${name}" bitsize="${8 * sizeBytes}" type="${type}"/>`,
  );
  return [`<feature name="${feature}">`, types, ...rows, "</feature>"].join("\n");
}

/** target.xml, "Debugging with GDB", appendix G. */
export const TARGET_DESCRIPTION = [
  '<?xml version="1.0"?>',
  '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
  '<target version="1.0"><architecture>i386:x86-64</architecture>',
  featureText(CORE, CORE_TYPES),
  featureText(SSE, SSE_TYPES),
  featureText(SEGMENTS, ""),
  "</target>",
].join("\n");
