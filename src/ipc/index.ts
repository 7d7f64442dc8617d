/** Message rings. Layout in src/abi; guests have their side in images/sdk/. */
export * from "./ring.js";
