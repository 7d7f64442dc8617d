/** What a device of kind `net` does in the host's network: the adapter's side is src/host/devices/net-port.ts. */

/** What the device does in the host's network. Bytes that it hands over are the outlet's from then on. */
export interface NetOutlet {
  write(connection: number, bytes: Uint8Array): void;
  /** Room for bytes that will be written before the next `flush`. */
  room(sizeBytes: number): Uint8Array;
  /** The partition sends no more. */
  end(connection: number): void;
  /** The partition has given the connection up. The host still says once that it is gone. */
  reset(connection: number): void;
  /** The partition has taken bytes: as many more may come. */
  grant(connection: number, bytes: number): void;
  /** The partition asks for a connection to an address, which may be anything. */
  connect(word: number, address: string): void;
  /** The oldest input has taken effect, and nothing refers to its bytes any more. */
  tookIn(): void;
  /** All that is to be known of the last connection of this index is with the partition: it may be given again. */
  free(index: number): void;
  /** Everything written so far may go. */
  flush(): void;
  /** All connections are given up, and there are no new ones until `start`. */
  stop(): void;
  start(): void;
}

export const NO_NET: NetOutlet = {
  write: () => undefined,
  room: (sizeBytes) => new Uint8Array(sizeBytes),
  end: () => undefined,
  reset: () => undefined,
  grant: () => undefined,
  connect: () => undefined,
  tookIn: () => undefined,
  free: () => undefined,
  flush: () => undefined,
  stop: () => undefined,
  start: () => undefined,
};
