/** The device "store": its logic (store.ts), what it holds (disk.ts), where that lies (medium.ts), losses of power. */
export { copyDisk, createDiskState, DISK_PAGE_BYTES, readDisk, type DiskState, type VolatileWrite } from "./disk.js";
export { createMemoryMedium, type MediumStatus, type StoreMedium } from "./medium.js";
export { cutPower, type PowerCut } from "./power-cut.js";
export { createStore, STORE_OPTIONS, type StoreState } from "./store.js";
