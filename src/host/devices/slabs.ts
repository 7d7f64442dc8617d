/**
 * Room for bytes that a socket is writing, used again when it has: fresh buffers of many bytes cost the host more in
 * collecting garbage than in copying.
 */

interface Slab {
  readonly bytes: Uint8Array;
  used: number;
  /** Pieces that are not done with. */
  pieces: number;
}

export interface Slabs {
  /** Room that is the caller's until `done` is called with it, or for good. */
  take(sizeBytes: number): Uint8Array;
  done(room: Uint8Array): void;
}

const SLAB_BYTES = 1024 * 1024;
/** Pieces begin at multiples of it. */
const ALIGNMENT = 16;
/** Slabs that are kept for later. */
const MOST_SPARE = 4;

export function createSlabs(): Slabs {
  let current: Slab = createSlab();
  let spare: Slab[] = [];
  /** By the memory of their pieces. */
  const slabOf = new WeakMap<ArrayBufferLike, Slab>([[current.bytes.buffer, current]]);

  function createSlab(): Slab {
    return { bytes: new Uint8Array(SLAB_BYTES), used: 0, pieces: 0 };
  }

  function next(): Slab {
    const slab = spare.pop() ?? createSlab();
    slabOf.set(slab.bytes.buffer, slab);
    return slab;
  }

  return {
    take(sizeBytes) {
      if (sizeBytes > SLAB_BYTES) return new Uint8Array(sizeBytes);
      if (current.used + sizeBytes > SLAB_BYTES) {
        if (current.pieces === 0) current.used = 0;
        else current = next();
      }
      const room = current.bytes.subarray(current.used, current.used + sizeBytes);
      current.used += Math.ceil(sizeBytes / ALIGNMENT) * ALIGNMENT;
      current.pieces++;
      return room;
    },
    done(room) {
      const slab = slabOf.get(room.buffer);
      if (slab === undefined || --slab.pieces > 0) return;
      slab.used = 0;
      if (slab !== current && spare.length < MOST_SPARE) spare = [...spare, slab];
    },
  };
}
