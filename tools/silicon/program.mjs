/**
 * A program: up to 64 shapes in the slots of the code area, and the cases that run them. The same for every backend.
 */
import {
  CODE_BASE,
  CODE_BYTES,
  READ_ONLY_BYTES,
  SLOT_BYTES,
  SLOT_COUNT,
  SLOT_START,
  TRAILER,
  WINDOW_BYTES,
} from "./layout.mjs";
import { createInputs, fillCase } from "./cases.mjs";
import { createShape } from "./forms.mjs";
import { createRandom, hashText } from "./random.mjs";

/** This slot's instruction lies across a page boundary. */
const STRADDLING_SLOT = 12;
/** This one ends where the code ends, or is cut off there: nothing is mapped behind it. */
const LAST_SLOT = SLOT_COUNT - 1;

/**
 * @typedef {object} Program
 * @property {import("./forms.mjs").Shape[]} shapes one a slot; `length` bytes each
 * @property {Uint8Array} image the code area
 * @property {Uint8Array} background window and read-only page
 * @property {ReturnType<typeof createInputs>} inputs
 * @property {Int32Array} slotOf slot of each case
 * @property {string} name
 */

/** What the window and the read-only page hold before a case patches them. Depends on the seed alone. */
export function createBackground(seed) {
  const random = createRandom(seed, hashText("background"));
  const words = new Uint32Array((WINDOW_BYTES + READ_ONLY_BYTES) / 4);
  for (let i = 0; i < words.length; i += 2) random.fill64(words, i);
  return new Uint8Array(words.buffer);
}

/** `caseCount` cases of one form, spread over 64 encodings of it. */
export function createFormProgram(form, seed, caseCount, background) {
  const random = createRandom(seed, hashText(form.name));
  return createProgram(form.name, () => form, random, caseCount, background);
}

/**
 * The same with a form of its own for each slot: `nextForm()` is asked 64 times. `nextSequence(address)`, where given,
 * may return a shape of several instructions instead, or null.
 */
export function createProgram(name, nextForm, random, caseCount, background, nextSequence = () => null) {
  const shapes = [];
  const image = new Uint8Array(CODE_BYTES).fill(0xcc);
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const isPlain = slot !== LAST_SLOT && slot !== STRADDLING_SLOT;
    const sequence = isPlain ? nextSequence(CODE_BASE + slot * SLOT_BYTES + SLOT_START) : null;
    const shape = sequence ?? placeShape(nextForm(), random, slot);
    shapes.push(shape);
    const offset = shape.address - CODE_BASE;
    image.set(shape.bytes.slice(0, CODE_BYTES - offset), offset);
    if (slot !== LAST_SLOT) image.set(TRAILER, offset + shape.bytes.length);
  }
  const inputs = createInputs(caseCount);
  const slotOf = new Int32Array(caseCount);
  for (let i = 0; i < caseCount; i++) {
    slotOf[i] = i % SLOT_COUNT;
    fillCase(shapes[slotOf[i]], random, inputs, i);
  }
  return { name, shapes, image, background, inputs, slotOf };
}

function placeShape(form, random, slot) {
  const placeFor = (length) => {
    if (slot === LAST_SLOT) return CODE_BASE + CODE_BYTES - length + (random.chance(3) ? random.below(length) : 0);
    if (slot === STRADDLING_SLOT) return CODE_BASE + 4096 - 1 - random.below(3);
    return CODE_BASE + slot * SLOT_BYTES + SLOT_START;
  };
  return createShape(form, random, placeFor, slot);
}
