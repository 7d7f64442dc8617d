/** Text in columns. Cells may hold colour codes, which take no width. Pure. */

// oxlint-disable-next-line no-control-regex
const COLOUR_CODE = /\x1b\[[0-9;]*m/g;
const GAP = "  ";

function widthOf(cell: string): number {
  return cell.replace(COLOUR_CODE, "").length;
}

/** `alignment` has a letter a column: l or r. No spaces at the ends of lines. */
export function printTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignment: string,
  styleHead: (text: string) => string = (text) => text,
): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => widthOf(row[column]))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const padding = " ".repeat(widths[column] - widthOf(cell));
        return alignment[column] === "r" ? padding + cell : cell + padding;
      })
      .join(GAP)
      .trimEnd();
  return [styleHead(line(head)), ...rows.map(line)];
}
