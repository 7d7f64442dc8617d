/** Tables of constants: a row has the value and what it means to a guest, for the header and the document. */

export interface ConstantRow {
  /** A bigint for what is an address or a size in the address space. */
  readonly value: number | bigint;
  readonly meaning: string;
}

export type ConstantTable = Readonly<Record<string, ConstantRow>>;

/** The values alone, to be given names: `const { MAX_THREADS } = valuesOf(LIMITS)`. */
export function valuesOf<Table extends ConstantTable>(
  table: Table,
): { readonly [Name in keyof Table]: Table[Name]["value"] } {
  return Object.fromEntries(Object.entries(table).map(([name, { value }]) => [name, value])) as {
    [Name in keyof Table]: Table[Name]["value"];
  };
}
