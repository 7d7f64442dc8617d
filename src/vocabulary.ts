/**
 * Vocabularies: what has a fixed set of words (system calls, trace events, channel kinds, …) has one table, keyed by
 * the word as people read it, with a row a word. Types, numbers, documents, the C header and what is printed follow
 * from it.
 *
 * Where code needs a word's number as a constant, a const enum stands above the table, and the table is complete over
 * it by type. A word without its row does not compile; nor does a table elsewhere that is keyed by the same words and
 * lacks one (`satisfies Record<Word, …>`). tests/probes holds each vocabulary to that.
 */

/** "ColdStart" becomes "cold-start": a member of an enum as its word. */
export type Dashed<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${Lowercase<First>}${Rest extends Uncapitalize<Rest> ? "" : "-"}${Dashed<Rest>}`
  : "";

/** What a table `satisfies` that has a row for each member of a const enum: `TableOf<typeof Status, StatusRow>`. */
export type TableOf<Enum, Row> = {
  readonly [Name in keyof Enum & string as Dashed<Name>]: Row & { readonly number: Enum[Name] };
};

/** The row of a word that is planned and does nothing yet: it is named as such, rather than as unknown. */
export interface NotBuilt {
  readonly notBuilt: true;
}

/** The words of a table that are built. */
export type BuiltWord<Table> = {
  [Word in keyof Table & string]: Table[Word] extends NotBuilt ? never : Word;
}[keyof Table & string];

function isBuilt(row: object): boolean {
  return !("notBuilt" in row);
}

export function builtWords<Table extends Readonly<Record<string, object>>>(table: Table): readonly BuiltWord<Table>[] {
  return Object.keys(table).filter((word) => isBuilt(table[word])) as BuiltWord<Table>[];
}

/** Words that a reader may know from the design, and that are not built. */
export function wordsNotBuilt(table: Readonly<Record<string, object>>): readonly string[] {
  return Object.keys(table).filter((word) => !isBuilt(table[word]));
}

/** The rows of a numbered vocabulary with their words, indexed by number. */
export function rowsByNumber<Word extends string, Row extends { readonly number: number }>(
  table: Readonly<Record<Word, Row>>,
): readonly (Row & { readonly word: Word })[] {
  const rows: (Row & { readonly word: Word })[] = [];
  for (const word of Object.keys(table) as Word[]) rows[table[word].number] = { word, ...table[word] };
  return rows;
}

/** The words of a numbered vocabulary, indexed by number; those that are not built have none. */
export function wordsByNumber<Table extends Readonly<Record<string, { readonly number: number } | NotBuilt>>>(
  table: Table,
): readonly BuiltWord<Table>[] {
  const words: BuiltWord<Table>[] = [];
  for (const word of builtWords(table)) words[(table[word] as { readonly number: number }).number] = word;
  return words;
}
