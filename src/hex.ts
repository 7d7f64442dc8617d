/** Numbers as people read them in base sixteen. Imports nothing. */

/** An address or value: "0x401000", "-0x8". */
export function hex(value: bigint | number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** A byte as manuals print it: "0F". */
export function hexByte(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, "0");
}
