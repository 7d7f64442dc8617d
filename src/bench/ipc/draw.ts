/** Results of `hallows bench ipc` as bars of characters, and as a picture. Pure. */
import { ipcCellName } from "./cells.js";
import type { IpcResult } from "./measure.js";

const BAR_COLUMNS = 40;
const PARTS = [
  { key: "runningCycles", sign: "█", colour: "#3b82c4", name: "running" },
  { key: "kernelCycles", sign: "▒", colour: "#d97a2b", name: "kernel" },
  { key: "waitingCycles", sign: "·", colour: "#cccccc", name: "waiting" },
] as const;

/** Columns of each part of a bar; the longest bar has BAR_COLUMNS. */
function parts(result: IpcResult, longest: number, columns: number): { sign: string; colour: string; size: number }[] {
  return PARTS.map(({ key, sign, colour }) => ({ sign, colour, size: (result[key] / longest) * columns }));
}

function total(result: IpcResult): number {
  return PARTS.reduce((sum, { key }) => sum + result[key], 0);
}

/** A line a cell: how the cycles of all cores are split. Bars have the logarithm of their sum as length. */
export function drawIpcBars(results: readonly IpcResult[]): string[] {
  const names = results.map(ipcCellName);
  const width = Math.max(...names.map(({ length }) => length));
  const longest = Math.log1p(Math.max(...results.map(total)));
  const legend = PARTS.map(({ sign, name }) => `${sign} ${name}`).join("  ");
  return [
    `${"".padEnd(width)}  cycles of all cores a message (logarithmic): ${legend}`,
    ...results.map((result, index) => {
      const sum = total(result);
      const columns = Math.max(1, Math.round((Math.log1p(sum) / longest) * BAR_COLUMNS));
      const bar = parts(result, sum, columns).map(({ sign, size }) => sign.repeat(Math.round(size)));
      return `${names[index].padEnd(width)}  ${bar.join("")} ${Math.round(sum)}`;
    }),
  ];
}

const [ROW, LEFT, RIGHT] = [18, 330, 520];

/** An SVG picture of the same. */
export function drawIpcSvg(results: readonly IpcResult[], title: string): string {
  const longest = Math.log1p(Math.max(...results.map(total)));
  const rows = results.map((result, index) => {
    const y = 60 + index * ROW;
    const sum = total(result);
    let x = LEFT;
    const bars = parts(result, sum, (Math.log1p(sum) / longest) * RIGHT).map(({ colour, size }) => {
      const bar = `<rect x="${x.toFixed(1)}" y="${y - 10}" width="${size.toFixed(1)}" height="12" fill="${colour}"/>`;
      x += size;
      return bar;
    });
    const name = `<text x="${LEFT - 8}" y="${y}" text-anchor="end">${ipcCellName(result)}</text>`;
    return `${name}${bars.join("")}<text x="${(x + 6).toFixed(1)}" y="${y}">${Math.round(sum)}</text>`;
  });
  const legend = PARTS.map(
    ({ name, colour }, i) =>
      `<rect x="${LEFT + i * 90}" y="28" width="12" height="12" fill="${colour}"/><text x="${LEFT + 17 + i * 90}" y="38">${name}</text>`,
  );
  const height = 70 + results.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + RIGHT + 90}" height="${height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="white"/><text x="10" y="18" font-size="13">${title}</text>${legend.join("")}
${rows.join("\n")}
</svg>
`;
}
