/** Message rings. Layout in abi.ts; guests have their side in images/sdk/. */
export * from "./ring.js";
