/**
 * Structures in memory that guests read or write. All fields are little-endian and naturally aligned; bytes that no
 * field names are zero and reserved.
 */
import { MAX_NAME_BYTES } from "./limits.js";

/** "name" is an array of MAX_NAME_BYTES + 1 bytes, closed by a zero. */
export type FieldType = "u32" | "u64" | "name";

export interface Field {
  readonly type: FieldType;
  readonly offset: number;
  readonly meaning: string;
}

export interface Structure {
  /** As guests call it: `struct hallows_NAME`. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly meaning: string;
  /** In the order of their offsets. */
  readonly fields: Readonly<Record<string, Field>>;
}

/** A value for each field of a structure. */
export type FieldValues<Layout extends Structure> = {
  readonly [Name in keyof Layout["fields"]]: number | bigint | string;
};

/** Writes each field of a structure. Names are cut to fit with their zero byte. */
export function writeFields<Layout extends Structure>(
  bytes: Uint8Array,
  offset: number,
  structure: Layout,
  values: FieldValues<Layout>,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [name, field] of Object.entries(structure.fields)) {
    const value = values[name];
    const at = offset + field.offset;
    if (field.type === "name") bytes.set(new TextEncoder().encode(String(value)).subarray(0, MAX_NAME_BYTES), at);
    else if (field.type === "u64") view.setBigUint64(at, BigInt(value), true);
    else view.setUint32(at, Number(value), true);
  }
}
