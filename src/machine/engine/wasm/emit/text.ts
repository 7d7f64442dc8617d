/**
 * A region's body as text, for people: one instruction a line, indented by its blocks. Knows what the translator
 * writes.
 */
import { Local } from "./function-builder.js";
import { IMPORTS, Op, SIMD_PREFIX, simdNameOf, Type } from "../assembler/index.js";

const NAMES: { readonly [op: number]: string } = {
  [Op.Block]: "block",
  [Op.Loop]: "loop",
  [Op.If]: "if",
  [Op.Else]: "else",
  [Op.End]: "end",
  [Op.Br]: "br",
  [Op.BrIf]: "br_if",
  [Op.Return]: "return",
  [Op.Call]: "call",
  [Op.ReturnCallIndirect]: "return_call_indirect",
  [Op.Drop]: "drop",
  [Op.Select]: "select",
  [Op.LocalGet]: "local.get",
  [Op.LocalSet]: "local.set",
  [Op.LocalTee]: "local.tee",
  [Op.GlobalGet]: "global.get",
  [Op.I32Load]: "i32.load",
  [Op.I64Load]: "i64.load",
  [Op.I32Load8U]: "i32.load8_u",
  [Op.I32Load16U]: "i32.load16_u",
  [Op.I32Store]: "i32.store",
  [Op.I64Store]: "i64.store",
  [Op.I32Store8]: "i32.store8",
  [Op.I32Store16]: "i32.store16",
  [Op.I32Const]: "i32.const",
  [Op.I64Const]: "i64.const",
  [Op.I32Eqz]: "i32.eqz",
  [Op.I32Eq]: "i32.eq",
  [Op.I32LtS]: "i32.lt_s",
  [Op.I32LtU]: "i32.lt_u",
  [Op.I32GtU]: "i32.gt_u",
  [Op.I32LeU]: "i32.le_u",
  [Op.I64Eqz]: "i64.eqz",
  [Op.I64Eq]: "i64.eq",
  [Op.I64Ne]: "i64.ne",
  [Op.I64LtS]: "i64.lt_s",
  [Op.I64LtU]: "i64.lt_u",
  [Op.I64GtU]: "i64.gt_u",
  [Op.I32Clz]: "i32.clz",
  [Op.I32Ctz]: "i32.ctz",
  [Op.I32Popcnt]: "i32.popcnt",
  [Op.I32Add]: "i32.add",
  [Op.I32Sub]: "i32.sub",
  [Op.I32Mul]: "i32.mul",
  [Op.I32DivU]: "i32.div_u",
  [Op.I32And]: "i32.and",
  [Op.I32Or]: "i32.or",
  [Op.I32Xor]: "i32.xor",
  [Op.I32Shl]: "i32.shl",
  [Op.I32ShrS]: "i32.shr_s",
  [Op.I32ShrU]: "i32.shr_u",
  [Op.I32Rotl]: "i32.rotl",
  [Op.I32Rotr]: "i32.rotr",
  [Op.I64Clz]: "i64.clz",
  [Op.I64Ctz]: "i64.ctz",
  [Op.I64Popcnt]: "i64.popcnt",
  [Op.I64Add]: "i64.add",
  [Op.I64Sub]: "i64.sub",
  [Op.I64Mul]: "i64.mul",
  [Op.I64DivS]: "i64.div_s",
  [Op.I64DivU]: "i64.div_u",
  [Op.I64RemS]: "i64.rem_s",
  [Op.I64RemU]: "i64.rem_u",
  [Op.I64And]: "i64.and",
  [Op.I64Or]: "i64.or",
  [Op.I64Xor]: "i64.xor",
  [Op.I64Shl]: "i64.shl",
  [Op.I64ShrS]: "i64.shr_s",
  [Op.I64ShrU]: "i64.shr_u",
  [Op.I64Rotl]: "i64.rotl",
  [Op.I64Rotr]: "i64.rotr",
  [Op.I32WrapI64]: "i32.wrap_i64",
  [Op.I64ExtendI32S]: "i64.extend_i32_s",
  [Op.I64ExtendI32U]: "i64.extend_i32_u",
  [Op.I32Extend8S]: "i32.extend8_s",
  [Op.I32Extend16S]: "i32.extend16_s",
  [Op.I64Extend8S]: "i64.extend8_s",
  [Op.I64Extend16S]: "i64.extend16_s",
  [Op.I64Extend32S]: "i64.extend32_s",
};
const LOCALS: { readonly [local: number]: string } = {
  [Local.Core]: "$core",
  [Local.Exit]: "$exit",
  [Local.Recipe]: "$recipe",
  [Local.Time]: "$time",
  [Local.Floor]: "$floor",
  [Local.Rip]: "$rip",
};
const TYPES: { readonly [type: number]: string } = {
  [Type.I32]: "i32",
  [Type.I64]: "i64",
  [Type.F32]: "f32",
  [Type.F64]: "f64",
  [Type.V128]: "v128",
};

/** Sixteen bytes as one number. */
function hexOf(bytes: Uint8Array): string {
  return [...bytes]
    .toReversed()
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** `body`: as emitRegion gives it. */
export function printBody(body: Uint8Array): string {
  let at = 0;
  const number = (isSigned: boolean): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = body[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) !== 0) continue;
      return isSigned ? BigInt.asIntN(Number(shift) + 7, value) : value;
    }
  };
  const unsigned = (): number => Number(number(false));
  /** The instruction behind the prefix. */
  const vectorText = (op: number): string => {
    const name = simdNameOf(op);
    const bytes = (count: number): Uint8Array => body.subarray(at, (at += count));
    if (name.endsWith("_lane") || name.endsWith("_lane_u")) return `${name} ${unsigned()}`;
    if (name === "i8x16.shuffle") return `${name} ${bytes(16).join(" ")}`;
    if (name === "v128.const") return `${name} 0x${hexOf(bytes(16))}`;
    if (!name.startsWith("v128.load") && !name.startsWith("v128.store")) return name;
    unsigned();
    return `${name} offset=0x${unsigned().toString(16)}`;
  };
  const lines: string[] = [];
  for (let groups = unsigned(); groups > 0; groups--) {
    const count = unsigned();
    lines.push(`(local ${count} x ${TYPES[body[at++]]})`);
  }
  let depth = 0;
  while (at < body.length) {
    const op = body[at++];
    if (op === SIMD_PREFIX) {
      lines.push("  ".repeat(Math.max(0, depth)) + vectorText(unsigned()));
      continue;
    }
    let text = NAMES[op] ?? `0x${op.toString(16)}`;
    let indent = depth;
    if (op === Op.Block || op === Op.Loop || op === Op.If) {
      const type = body[at++];
      if (type !== Type.Void) text += ` (${TYPES[type]})`;
      depth++;
    } else if (op === Op.Else) indent--;
    else if (op === Op.End) indent = --depth;
    else if (op === Op.LocalGet || op === Op.LocalSet || op === Op.LocalTee) {
      const local = unsigned();
      text += ` ${LOCALS[local] ?? `$${local}`}`;
    } else if (op === Op.Call) {
      const index = unsigned();
      text += ` $${IMPORTS[index].name}`;
    } else if (op === Op.Br || op === Op.BrIf || op === Op.GlobalGet) text += ` ${unsigned()}`;
    else if (op === Op.ReturnCallIndirect) text += ` type ${unsigned()} table ${unsigned()}`;
    else if (op === Op.I32Const || op === Op.I64Const) text += ` ${number(true)}`;
    else if (op >= Op.I32Load && op <= Op.I32Store16) {
      unsigned();
      text += ` offset=0x${unsigned().toString(16)}`;
    }
    lines.push(`${"  ".repeat(Math.max(0, indent))}${text}`);
  }
  return lines.join("\n");
}
