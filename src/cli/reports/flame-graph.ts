/**
 * A profile as a flame graph: one SVG file that needs nothing else. Who is called stands on its caller, as wide as the
 * cycles that it and everything above it took; order from left to right is by width and says nothing about time. A
 * frame's numbers show where the mouse rests on it. Pure.
 *
 * Invariant: places and widths are exact to a pixel, and the file is well-formed XML whatever the names are.
 * After Brendan Gregg, "The Flame Graph", Communications of the ACM 59(6), 2016.
 */
import { formatTime } from "../../host/format.js";
import type { Profile, ProfileNode } from "../../system/index.js";
import type { Cycles } from "../../units.js";

const WIDTH = 1200;
const MARGIN = 12;
const ROW = 18;
const HEAD = 64;
const FOOT = 34;
/** Size of the monospaced text in frames, and width of its characters, in pixels. */
const FONT = 11;
const CHARACTER_WIDTH = FONT * 0.602;
const TEXT_INSET = 3;
/** Between frames. */
const GAP = 0.6;
/** Frames that are narrower, in pixels, are left out. */
const LEAST_WIDTH = 0.25;

const STYLE = `
text { font: ${FONT}px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1b1b1b; pointer-events: none }
.title { font: 600 16px system-ui, "DejaVu Sans", sans-serif }
.note { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: #555 }
g:hover > rect { stroke: #000; stroke-width: 1.5 }
`;

export function drawFlameGraph(profile: Profile): string {
  const { tree, system, frequencyHz } = profile;
  const frames: string[] = [];
  const scale = (WIDTH - 2 * MARGIN) / Math.max(1, tree.totalCycles);
  let levels = 1;
  let omitted = 0;

  function draw(node: ProfileNode, startCycles: Cycles, level: number): void {
    const width = node.totalCycles * scale;
    if (width < LEAST_WIDTH) {
      omitted++;
      return;
    }
    levels = Math.max(levels, level + 1);
    // Counted from the lowest row; moved down as a whole below.
    frames.push(drawFrame(profile, node, MARGIN + startCycles * scale, -(level + 1) * ROW, width));
    let at = startCycles;
    for (const child of node.children) {
      draw(child, at, level + 1);
      at += child.totalCycles;
    }
  }

  draw(tree, 0, 0);
  const base = HEAD + levels * ROW;
  const height = base + FOOT;
  const elapsed = Math.max(...profile.cores.map(({ elapsedCycles }) => elapsedCycles));
  const idle = profile.cores.reduce((sum, { idleCycles }) => sum + idleCycles, 0);
  const cores = profile.cores.length === 1 ? "one core" : `${profile.cores.length} cores`;
  const subtitle =
    `${group(tree.totalCycles)} cycles of work in ${formatTime(elapsed, frequencyHz)} on ${cores}` +
    (idle === 0 ? "" : `; ${group(idle)} idle cycles are not shown`);
  const hint =
    "Rest the mouse on a frame for its numbers." +
    (omitted === 0 ? "" : ` Frames of less than ${group(Math.ceil(LEAST_WIDTH / scale))} cycles are left out.`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">
<style>${STYLE}</style>
<rect width="${WIDTH}" height="${height}" fill="#fcfcfa"/>
<text class="title" x="${MARGIN}" y="28">${escape(system)}: where the cycles go</text>
<text class="note" x="${MARGIN}" y="47">${escape(subtitle)}</text>
<g transform="translate(0 ${base})">
${frames.join("\n")}
</g>
<text class="note" x="${MARGIN}" y="${height - 12}">${escape(hint)}</text>
</svg>
`;
}

function drawFrame(profile: Profile, node: ProfileNode, x: number, y: number, width: number): string {
  const { name } = node;
  // Narrow frames touch, so that their colour shows.
  const gap = width > 3 * GAP ? GAP : 0;
  const most = Math.floor((width - 2 * TEXT_INSET) / CHARACTER_WIDTH);
  const label = name.length <= most ? name : most >= 4 ? `${name.slice(0, most - 1)}…` : "";
  const text =
    label === "" ? "" : `<text x="${(x + TEXT_INSET).toFixed(2)}" y="${y + ROW - 5.5}">${escape(label)}</text>`;
  return (
    `<g><title>${escape(describe(profile, node))}</title>` +
    `<rect x="${x.toFixed(2)}" y="${y}" width="${(width - gap).toFixed(2)}" height="${ROW - GAP}" rx="1" fill="${colourOf(node)}"/>` +
    `${text}</g>`
  );
}

function describe(profile: Profile, node: ProfileNode): string {
  const { name, kind, partition, cycles, instructions, totalCycles, totalInstructions, calls } = node;
  const share = ((100 * totalCycles) / Math.max(1, profile.tree.totalCycles)).toFixed(2);
  const lines = [kind === "function" ? `${name} (${profile.partitions[partition]?.name ?? "?"})` : name];
  lines.push(`${group(totalCycles)} cycles, ${share} %`);
  if (kind === "function") lines.push(`own: ${group(cycles)} cycles, ${group(instructions)} instructions`);
  if (totalInstructions > 0) lines.push(`in all: ${group(totalInstructions)} instructions`);
  if (calls > 0) lines.push(kind === "kernel" ? `entered: ${group(calls)}` : `calls: ${group(calls)}`);
  return lines.join("\n");
}

/** Functions are warm, each name with its own shade; the kernel is blue; what only groups others is grey. */
function colourOf({ kind, name, partition }: ProfileNode): string {
  const shade = hash(name);
  switch (kind) {
    case "function":
      return `hsl(${8 + (shade % 46)},${72 + ((shade >>> 8) % 18)}%,${64 + ((shade >>> 16) % 10)}%)`;
    case "kernel":
      return `hsl(${203 + (shade % 20)},52%,${72 + ((shade >>> 8) % 8)}%)`;
    case "reload":
      return "hsl(280,35%,76%)";
    case "partition":
      return `hsl(${(95 + partition * 47) % 360},30%,76%)`;
    case "thread":
      return "#dcdcd6";
    default:
      return "#cfcfca";
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}

/** 1234567 as "1,234,567". */
function group(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** For XML: what it does not allow at all becomes "?". */
function escape(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/g, "?")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
  );
}
