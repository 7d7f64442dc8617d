/** Requests to a store, read and judged, and the replies to them (src/abi/store.ts). */
import { STORE_REPLY, STORE_REQUEST, StoreOperation, StoreStatus, writeFields } from "../../abi/index.js";

export interface StoreShape {
  readonly sectorBytes: number;
  readonly sectorCount: number;
}

/** What is to be done; the range is within the store. */
export type StoreTask =
  | { readonly kind: "describe" }
  | { readonly kind: "flush" }
  | { readonly kind: "read"; readonly at: number; readonly sizeBytes: number }
  | { readonly kind: "discard"; readonly at: number; readonly sizeBytes: number }
  | { readonly kind: "write"; readonly at: number; readonly bytes: Uint8Array };

/** The task of a request whose reply may bring `replyBytes` at most; or why there is none. */
export function readRequest(shape: StoreShape, message: Uint8Array, replyBytes: number): StoreTask | StoreStatus {
  const { sectorBytes, sectorCount } = shape;
  if (message.length < STORE_REQUEST.sizeBytes || replyBytes < STORE_REPLY.sizeBytes) return StoreStatus.Invalid;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const operation = view.getUint32(STORE_REQUEST.fields.operation.offset, true);
  const count = view.getUint32(STORE_REQUEST.fields.count.offset, true);
  const sector = view.getBigUint64(STORE_REQUEST.fields.sector.offset, true);
  const bytes = message.slice(STORE_REQUEST.sizeBytes);
  const sizeBytes = count * sectorBytes;
  const isBare = operation === StoreOperation.Describe || operation === StoreOperation.Flush;
  const mostBytes = operation === StoreOperation.Read ? replyBytes - STORE_REPLY.sizeBytes : Infinity;
  if (
    operation > StoreOperation.Discard ||
    (isBare ? count !== 0 || sector !== 0n : count === 0 || sizeBytes > mostBytes) ||
    bytes.length !== (operation === StoreOperation.Write ? sizeBytes : 0)
  )
    return StoreStatus.Invalid;
  if (sector + BigInt(count) > BigInt(sectorCount)) return StoreStatus.OutOfBounds;
  const at = Number(sector) * sectorBytes;
  switch (operation) {
    case StoreOperation.Read:
      return { kind: "read", at, sizeBytes };
    case StoreOperation.Discard:
      return { kind: "discard", at, sizeBytes };
    case StoreOperation.Write:
      return { kind: "write", at, bytes };
    default:
      return operation === StoreOperation.Flush ? { kind: "flush" } : { kind: "describe" };
  }
}

export function writeReply(shape: StoreShape, status: StoreStatus, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(STORE_REPLY.sizeBytes + data.length);
  writeFields(bytes, 0, STORE_REPLY, { status, sector_bytes: shape.sectorBytes, sector_count: shape.sectorCount });
  bytes.set(data, STORE_REPLY.sizeBytes);
  return bytes;
}
