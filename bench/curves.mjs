/**
 * How far a new process of each program has come after so many seconds: drawn in the terminal, one line for an engine,
 * and as an SVG file with a small diagram for each program.
 */
import { figure, table } from "./paths.mjs";

const CURVE_SECONDS = [0.25, 0.5, 1, 2];
const CURVE_POINTS = 32;
const LAST = CURVE_SECONDS[CURVE_SECONDS.length - 1];
/** When an engine is looked at, in seconds. */
export const CURVE_TIMES = Array.from({ length: CURVE_POINTS }, (_, index) => ((index + 1) * LAST) / CURVE_POINTS);

/** @typedef {Record<string, Record<string, number[]>>} Curves instructions at CURVE_TIMES, by program and engine */

/**
 * The highest of a program's curves fills its line.
 * @param {Curves} curves
 * @param {readonly string[]} engines in their order
 */
export function printCurves(curves, engines) {
  const LEVELS = " ▁▂▃▄▅▆▇█";
  const rows = Object.entries(curves).flatMap(([program, curve]) => {
    const most = Math.max(...Object.values(curve).flat());
    return engines.flatMap((engine) => {
      const points = curve[engine];
      if (points === undefined) return [];
      const bars = points.map((done) => LEVELS[Math.ceil((done / most) * (LEVELS.length - 1))]).join("");
      const figures = CURVE_SECONDS.map((second) => figure(points[(second * CURVE_POINTS) / LAST - 1] / 1e6));
      return [[program, engine, bars, ...figures]];
    });
  });
  console.log("programs of real size: millions of instructions done after so many seconds of a new process");
  console.log(
    table([["program", "on", `0 to ${LAST} s`, ...CURVE_SECONDS.map((second) => `${second} s`)], ...rows], 3),
  );
  console.log("");
}

const COLOURS = ["#8a8f98", "#3b6fb6", "#c2410c", "#15803d", "#7e22ce", "#b91c1c"];
const [COLUMNS, WIDTH, HEIGHT, LEFT, TOP] = [4, 260, 190, 50, 30];

/** @param {string} text */
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/**
 * @param {Curves} curves
 * @param {readonly string[]} engines in their order
 * @returns {string} an SVG file
 */
export function drawCurves(curves, engines) {
  const programs = Object.entries(curves);
  const shown = engines.filter((engine) => programs.some(([, curve]) => curve[engine] !== undefined));
  const rowCount = Math.ceil(programs.length / COLUMNS);
  const legend = shown.map((engine, index) => {
    const x = LEFT + index * 200;
    return `<path d="M${x} 16h20" stroke="${COLOURS[index % COLOURS.length]}"/><text x="${x + 26}" y="20">${escape(engine)}</text>`;
  });
  const diagrams = programs.map(([program, curve], place) => {
    const [left, top] = [LEFT + (place % COLUMNS) * WIDTH, TOP + 30 + Math.floor(place / COLUMNS) * HEIGHT];
    return `<g transform="translate(${left} ${top})">${diagramOf(program, curve, shown)}</g>`;
  });
  const [width, height] = [LEFT + COLUMNS * WIDTH, TOP + 30 + rowCount * HEIGHT];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#fff"/>
<g fill="none" stroke-width="2">${legend.join("").replaceAll("<text", '<text fill="#222" stroke="none"')}</g>
${diagrams.join("\n")}
</svg>
`;
}

/**
 * One program: seconds to the right, instructions up.
 * @param {string} program
 * @param {Record<string, number[]>} curve
 * @param {readonly string[]} engines
 */
function diagramOf(program, curve, engines) {
  const [width, height] = [WIDTH - 70, HEIGHT - 60];
  const most = Math.max(...Object.values(curve).flat(), 1);
  const lines = engines.flatMap((engine, index) => {
    const points = curve[engine];
    if (points === undefined) return [];
    const path = points.map((done, at) => {
      const [x, y] = [(CURVE_TIMES[at] / LAST) * width, height - (done / most) * height];
      return `L${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    return [
      `<path d="M0 ${height}${path.join("")}" fill="none" stroke-width="2" stroke="${COLOURS[index % COLOURS.length]}"/>`,
    ];
  });
  const seconds = CURVE_SECONDS.map((second) => {
    const x = (second / LAST) * width;
    return `<path d="M${x} 0v${height}" stroke="#e5e5e5"/><text x="${x}" y="${height + 15}" text-anchor="middle">${second}</text>`;
  });
  return (
    `<text x="0" y="-8" font-weight="bold">${escape(program)}</text>${seconds.join("")}` +
    `<path d="M0 0v${height}h${width}" fill="none" stroke="#888"/>` +
    `<text x="-5" y="9" text-anchor="end">${figure(most / 1e6)} M</text>${lines.join("")}`
  );
}
