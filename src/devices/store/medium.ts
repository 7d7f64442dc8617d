/**
 * Where the bytes of a store lie outside of the system: a file of the host, or memory.
 *
 * A medium has two sides. `readFirst` answers with what was there when the run began, whatever has been written since,
 * so that what a guest reads follows from the first contents and from what it has written itself, also after the
 * run has been put back to an earlier state. `write` and `flush` pass on what the guest does, numbered from 1 in its
 * order. A run that was put back says the same numbers again; the medium knows what it has done already, and gives the
 * same answers.
 */
import { StoreStatus } from "../../abi/index.js";

export type MediumStatus = StoreStatus.Done | StoreStatus.ReadOnly | StoreStatus.Full | StoreStatus.Failed;

export interface StoreMedium {
  /** Bytes of the first contents. Zeros behind their end. */
  readFirst(at: number, sizeBytes: number): Uint8Array;
  /** Operation `number` of the store: these bytes belong at `at`. */
  write(number: number, at: number, bytes: Uint8Array): MediumStatus;
  /** Operation `number`: returns once all that was written before is safe from a loss of power. */
  flush(number: number): MediumStatus;
}

/** A store that lasts as long as the run. `first` are its first contents, and stay as they are. */
export function createMemoryMedium(first: Uint8Array = new Uint8Array(0)): StoreMedium {
  return {
    readFirst(at, sizeBytes) {
      const bytes = new Uint8Array(sizeBytes);
      bytes.set(first.subarray(at, at + sizeBytes));
      return bytes;
    },
    write: () => StoreStatus.Done,
    flush: () => StoreStatus.Done,
  };
}
