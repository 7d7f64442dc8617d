/** All that a system needs of the host because it faces the outside: adapters of its devices. */
import type { DeviceOutlets } from "../devices/index.js";
import { outsideChannels, type SystemPlan } from "../kernel/index.js";
import type { Adapter } from "./adapter.js";
import { createConsoleInput, type ConsoleInput } from "./console-input.js";
import type { Live } from "./live.js";

export interface Outside {
  /** For the session. */
  readonly outlets: Partial<DeviceOutlets>;
  readonly consoleInput: ConsoleInput | null;
  /** The session is there and about to run. */
  start(live: Live): void;
  close(): Promise<void>;
}

/** Null for a system that does not face the outside: it runs as fast as it can. */
export function createOutside(plan: SystemPlan): Outside | null {
  if (outsideChannels(plan).length === 0) return null;
  const consoleInput = createConsoleInput(plan);
  const adapters: Adapter[] = consoleInput === null ? [] : [consoleInput];
  return {
    outlets: Object.assign({}, ...adapters.map(({ outlets }) => outlets)) as Partial<DeviceOutlets>,
    consoleInput,
    start(live) {
      for (const adapter of adapters) adapter.start(live);
    },
    async close() {
      for (const adapter of adapters) await adapter.close();
    },
  };
}
