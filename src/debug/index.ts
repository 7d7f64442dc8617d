/** A debugger's side of a system: createDebugTarget, and gdb's protocol over it, createDebugServer. */
export { createDebugServer, type DebugServer, type DebugServerOptions } from "./server.js";
export { createDebugTarget, type DebugTarget, type DebugTargetOptions, type Resume, type Stop } from "./target.js";
export { createPacketReader, MOST_PACKET_BYTES, packetOf, type Arrival, type PacketReader } from "./packets.js";
