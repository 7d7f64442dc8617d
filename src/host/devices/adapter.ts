/**
 * The host's side of devices that face the outside: an adapter for each kind of them. A device's logic is pure; what it
 * says to the outside reaches its adapter by outlets, and what the adapter hears comes in by a source of the live
 * driver.
 */
import type { DeviceOutlets } from "../../devices/index.js";
import type { Session } from "../../system/running.js";
import type { Live } from "../live.js";

export interface Adapter {
  /** What its devices say. Called while the session runs. */
  readonly outlets: Partial<DeviceOutlets>;
  /** Takes hold of what it needs of the host, and returns what to say of that. Rejects with ConfigError. */
  open?(): Promise<readonly string[]>;
  /** The session is there and about to run. */
  start(live: Live, session: Session): void;
  /** Lets go of everything that it holds of the host. */
  close(): void | Promise<void>;
}
