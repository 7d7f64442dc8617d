export * from "./events.js";
export * from "./words.js";
export * from "./accounts.js";
export * from "./stream.js";
export * from "./hash.js";
export * from "./ledger.js";
export * from "./chrome.js";
export * from "./doorbell-count.js";
