/**
 * The instruction table: every encoding that this processor knows, in ring 3 of 64-bit mode.
 *
 * Invariant: this is the only list of instructions. The decoder (decode.ts), docs/instructions.md, the captured vectors
 * and the check of programs read it; what it has not and table/absent.ts has not either is no instruction.
 * The lines themselves are in table/, in the notation of table/notation.ts.
 */
import type { Row } from "./instruction.js";
import { ARITHMETIC_ROWS } from "./table/arithmetic.js";
import { readRows } from "./table/notation.js";
import { FLOAT_ROWS } from "./table/float.js";
import { ONE_BYTE_ROWS } from "./table/one-byte.js";
import { RING3_ROWS } from "./table/ring3.js";
import { TWO_BYTE_ROWS } from "./table/two-byte.js";
import { VECTOR_INTEGER_ROWS } from "./table/vector-integer.js";
import { VECTOR_MOVE_ROWS } from "./table/vector-moves.js";
import { VEX_ROWS } from "./table/vex.js";

/** All rows, in the order of their files. Names are unique. */
export const rows: readonly Row[] = nameOnce(
  readRows(
    [
      ARITHMETIC_ROWS,
      ONE_BYTE_ROWS,
      TWO_BYTE_ROWS,
      VEX_ROWS,
      VECTOR_MOVE_ROWS,
      VECTOR_INTEGER_ROWS,
      FLOAT_ROWS,
      RING3_ROWS,
    ].join("\n"),
  ),
);

const byName = new Map(rows.map((row) => [row.name, row]));

/** The row of that name, such as "ADD Eb,Gb"; undefined when there is none. */
export function findRow(name: string): Row | undefined {
  return byName.get(name);
}

function nameOnce(all: readonly Row[]): Row[] {
  const taken = new Set<string>();
  return all.map((row) => {
    const name = taken.has(row.name) ? `${row.name} [${row.encoding}]` : row.name;
    if (taken.has(name)) throw new Error(`instruction table: two rows are called "${name}"`);
    taken.add(name);
    return { ...row, name };
  });
}
