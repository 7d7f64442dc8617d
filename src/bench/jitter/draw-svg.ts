/**
 * A sweep as a picture: a row a cell, with minimum, median, p99 and maximum on a logarithmic axis of cycles, and the
 * blame of the largest sample as a stacked bar. One SVG that needs nothing else. Pure.
 */
import { summariseBlame, type SweepRow } from "./rows.js";

const WIDTH = 1120;
const LABELS = 330;
const PLOT = 420;
const BLAME = 250;
const GAP = 50;
const ROW = 22;
const HEAD = 74;
const FOOT = 24;

/** By cause; of Okabe and Ito, which people with colour blindness tell apart. */
const COLOURS: Readonly<Record<string, string>> = {
  "own work": "#999999",
  timer: "#e69f00",
  IPI: "#cc79a7",
  interrupt: "#cc79a7",
  doorbell: "#f0e442",
  "higher priority": "#d55e00",
  "preemption off": "#882255",
  lock: "#aa4499",
  "other window": "#56b4e9",
  "window switch": "#0072b2",
  kernel: "#009e73",
};
const OTHER_COLOUR = "#444444";

const STYLE = `
text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: #1b1b1b }
.title { font: 600 16px system-ui, "DejaVu Sans", sans-serif }
.note { font: 11px system-ui, "DejaVu Sans", sans-serif; fill: #666 }
.grid { stroke: #ddd }
`;

function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

/** A place in the plot. */
function makeScale(rows: readonly SweepRow[]): { readonly x: (cycles: number) => number; readonly ticks: number[] } {
  const largest = Math.max(10, ...rows.map(({ latency }) => latency?.max ?? 0));
  const decades = Math.ceil(Math.log10(largest));
  const x = (cycles: number): number => LABELS + (PLOT * Math.log10(Math.max(1, cycles))) / decades;
  return { x, ticks: Array.from({ length: decades + 1 }, (_, decade) => 10 ** decade) };
}

export function drawSweep(rows: readonly SweepRow[], title: string): string {
  const { x, ticks } = makeScale(rows);
  const height = HEAD + rows.length * ROW + FOOT;
  const grid = ticks.map(
    (tick) =>
      `<line class="grid" x1="${x(tick).toFixed(1)}" x2="${x(tick).toFixed(1)}" y1="${HEAD - 8}" y2="${height - FOOT}"/>` +
      `<text class="note" x="${x(tick).toFixed(1)}" y="${HEAD - 14}" text-anchor="middle">${tick.toLocaleString("en")}</text>`,
  );
  const causes = [...new Set(rows.flatMap(({ worst }) => summariseBlame(worst).map(([cause]) => cause)))];
  const legend = causes.map(
    (cause, index) =>
      `<rect x="${LABELS + index * 104}" y="34" width="10" height="10" fill="${COLOURS[cause] ?? OTHER_COLOUR}"/>` +
      `<text class="note" x="${LABELS + index * 104 + 14}" y="43">${escape(cause)}</text>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">
<style>${STYLE}</style>
<rect width="${WIDTH}" height="${height}" fill="#fcfcfa"/>
<text class="title" x="12" y="24">${escape(title)}</text>
<text class="note" x="12" y="43">line: min to max; bar: p50 to p99; right: blame of the largest</text>
${legend.join("\n")}
${grid.join("\n")}
${rows.map((row, index) => drawRow(row, HEAD + index * ROW, x)).join("\n")}
<text class="note" x="12" y="${height - 8}">Cycles from release to RDTSC in the guest, on a logarithmic axis.</text>
</svg>
`;
}

function drawRow({ name, latency, worst }: SweepRow, y: number, x: (cycles: number) => number): string {
  const label = `<text x="12" y="${y + 15}">${escape(name)}</text>`;
  if (latency === null) return `<g>${label}<text class="note" x="${LABELS}" y="${y + 15}">no samples</text></g>`;
  const { min, p50, p99, max, samples } = latency;
  const middle = y + ROW / 2;
  const width = Math.max(3, x(p99) - x(p50));
  const blame = summariseBlame(worst);
  const total = blame.reduce((sum, [, cycles]) => sum + cycles, 0);
  let at = LABELS + PLOT + GAP;
  const stack = blame.map(([cause, cycles]) => {
    const part = (BLAME * cycles) / total;
    const rect = `<rect x="${at.toFixed(1)}" y="${y + 4}" width="${part.toFixed(1)}" height="${ROW - 8}" fill="${COLOURS[cause] ?? OTHER_COLOUR}"><title>${escape(cause)}: ${cycles} cycles</title></rect>`;
    at += part;
    return rect;
  });
  return (
    `<g><title>${escape(name)}: min ${min}, p50 ${p50}, p99 ${p99}, max ${max} cycles, ${samples} samples</title>${label}` +
    `<line x1="${x(min).toFixed(1)}" x2="${(x(max) + 1).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="#1b1b1b"/>` +
    `<rect x="${x(p50).toFixed(1)}" y="${y + 5}" width="${width.toFixed(1)}" height="${ROW - 10}" fill="#0072b2"/>` +
    `<text class="note" x="${(x(max) + 6).toFixed(1)}" y="${y + 15}">${max}</text>${stack.join("")}</g>`
  );
}

/** A page with the picture and all numbers. */
export function drawPage(rows: readonly SweepRow[], title: string): string {
  const head = [
    "cell",
    "samples",
    "min",
    "mean",
    "p50",
    "p99",
    "p99.9",
    "max",
    "max µs",
    "untouched",
    "blame of the largest",
  ];
  const cells = rows.map(({ name, latency, worst, frequencyHz, isUntouched }) => [
    name,
    latency?.samples ?? 0,
    latency?.min ?? "",
    latency?.mean.toFixed(1) ?? "",
    latency?.p50 ?? "",
    latency?.p99 ?? "",
    latency?.p999 ?? "",
    latency?.max ?? "",
    latency === null ? "" : ((latency.max / frequencyHz) * 1e6).toFixed(3),
    isUntouched === null ? "" : isUntouched === "peer" ? "a peer" : isUntouched ? "yes" : "no",
    summariseBlame(worst)
      .map(([cause, cycles]) => `${cause} ${cycles}`)
      .join(", "),
  ]);
  const line = (tag: string, row: readonly (string | number)[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escape(String(cell))}</${tag}>`).join("")}</tr>`;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escape(title)}</title>
<style>
body { font: 14px system-ui, "DejaVu Sans", sans-serif; margin: 2em; max-width: 1200px }
td, th { padding: 2px 8px; text-align: right } td:first-child, td:last-child, th:first-child, th:last-child { text-align: left }
tr:nth-child(even) { background: #f2f2ee } svg { max-width: 100%; height: auto }
</style>
<h1>${escape(title)}</h1>
${drawSweep(rows, title).replace(/^<\?xml.*\n/, "")}
<table>
${line("th", head)}
${cells.map((row) => line("td", row)).join("\n")}
</table>
<p>Cycles from a thread's release until it has read the TSC. "Untouched": the measured partition's hash, with its memory,
is the one that it has without the disturbance, for each seed.</p>
</html>
`;
}
