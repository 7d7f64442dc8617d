/**
 * Whether one table may be shared by all modules of regions, so that each region reaches every other by a tail call.
 *
 * Older V8s (11 and 12: Node 20 and 22) copy an imported table for each instance, which costs hundreds of kilobytes and
 * microseconds a module, and never free the copies. There each module has its own table. V8 stopped that before it had
 * tables with 64-bit indices, so that whoever has these shares tables.
 */

/** `(module (table i64 0 funcref))`. */
const TABLE_OF_64_BITS = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 4, 4, 1, 0x70, 4, 0);

export function sharesTables(): boolean {
  return WebAssembly.validate(TABLE_OF_64_BITS);
}

/** A table to be shared. It grows where it must. */
export function createSharedTable(entries: number): WebAssembly.Table {
  return new WebAssembly.Table({ element: "anyfunc", initial: entries });
}
