import { expect, it } from "vitest";
import { createSlabs } from "../../dist/host/devices/slabs.js";

const MIB = 1024 * 1024;

it("room is nobody else's until it is done with, and then is used again", () => {
  const slabs = createSlabs();
  const [first, second] = [slabs.take(MIB / 2), slabs.take(MIB / 2)];
  first.fill(1);
  second.fill(2);
  const third = slabs.take(MIB / 2);
  third.fill(3);
  expect([first[0], second[0], third[0]]).toEqual([1, 2, 3]);
  expect(third.buffer).not.toBe(first.buffer);
  slabs.done(first);
  slabs.take(MIB);
  expect(slabs.take(MIB).buffer).not.toBe(first.buffer);
  slabs.done(second);
  expect(slabs.take(MIB).buffer).toBe(first.buffer);
});

it("the memory of many pieces, each done with before the next, stays the same", () => {
  const slabs = createSlabs();
  const memories = new Set<ArrayBufferLike>();
  for (let count = 0; count < 1000; count++) {
    const room = slabs.take(100_000);
    memories.add(room.buffer);
    slabs.done(room);
  }
  expect(memories.size).toBe(1);
});

it("more than a slab is a piece of memory of its own", () => {
  const slabs = createSlabs();
  const large = slabs.take(3 * MIB);
  expect(large).toHaveLength(3 * MIB);
  slabs.done(large);
});
