/**
 * The jitter benchmark, apart from the host: what is measured (cells.ts, describe.ts), how (measure.ts), and what
 * becomes of it (histogram.ts, results.ts, compare.ts, cyclictest.ts, draw-*.ts). Reads no files and knows no clock.
 */
export * from "./cells.js";
export * from "./describe.js";
export * from "./histogram.js";
export * from "./measure.js";
export * from "./compare.js";
export * from "./cyclictest.js";
export * from "./draw-svg.js";
export * from "./draw-text.js";
export * from "./results.js";
export * from "./rows.js";
