/** What messages between partitions cost: cells, their measurement, and pictures of the results. */
export { describeIpcCell, ipcCellName, ipcCells, sizeText, type IpcCell } from "./cells.js";
export { drawIpcBars, drawIpcSvg } from "./draw.js";
export { bytesPerSecond, measureIpc, messagesOf, type IpcOptions, type IpcResult } from "./measure.js";
