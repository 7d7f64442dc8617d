/** All that a system needs of the host because it faces the outside: adapters of its devices. */
import type { DeviceOutlets } from "../../devices/index.js";
import { outsideChannels, type SystemPlan } from "../../kernel/index.js";
import type { Adapter } from "./adapter.js";
import { createClockAdapter } from "./clock-adapter.js";
import { createConsoleInput, type ConsoleInput } from "./console-input.js";
import { createInputAdapter, type InputAdapter } from "./input.js";
import type { Session } from "../../system/running.js";
import type { Live } from "../live.js";
import { createNetAdapter, NOTHING_ALLOWED, type NetPermissions } from "./net.js";

export interface Outside {
  /** For the session. */
  readonly outlets: Partial<DeviceOutlets>;
  readonly consoleInput: ConsoleInput | null;
  readonly input: InputAdapter | null;
  /** Takes hold of what it needs of the host, and returns what to say of that. Rejects with ConfigError. */
  open(): Promise<readonly string[]>;
  /** The session is there and about to run. */
  start(live: Live, session: Session): void;
  close(): Promise<void>;
}

/** Null for a system that does not face the outside: it runs as fast as it can. */
export function createOutside(plan: SystemPlan, permissions: NetPermissions = NOTHING_ALLOWED): Outside | null {
  if (outsideChannels(plan).length === 0) return null;
  const consoleInput = createConsoleInput(plan);
  const input = createInputAdapter(plan);
  const adapters: Adapter[] = [
    consoleInput,
    input,
    createClockAdapter(plan),
    createNetAdapter(plan, permissions),
  ].filter((adapter) => adapter !== null);
  return {
    outlets: Object.assign({}, ...adapters.map(({ outlets }) => outlets)) as Partial<DeviceOutlets>,
    consoleInput,
    input,
    async open() {
      const said: string[] = [];
      for (const adapter of adapters) said.push(...((await adapter.open?.()) ?? []));
      return said;
    },
    start(live, session) {
      for (const adapter of adapters) adapter.start(live, session);
    },
    async close() {
      for (const adapter of adapters) await adapter.close();
    },
  };
}
