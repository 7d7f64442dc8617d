/**
 * Control flow of generated programs: straight pieces, branches, loops, graphs with several entries, calls, jumps
 * through tables. Every construct counts its own arrivals with markers.
 */
import {
  assembled,
  compare32,
  decrement,
  leaData,
  movImmediate,
  movImmediate64,
  movRegister,
  pop,
  push,
  testItself,
} from "./assembler.mjs";
import { placeInstruction } from "./instructions.mjs";
import { CODE, CODE_BYTES, DATA_MIDDLE, READ_ONLY, STACK_TOP } from "./layout.mjs";

const R15 = 15;
const MAX_CALL_DEPTH = 40;
/** Room for a function that has a page of its own, and for those behind it. */
const FAR_BYTES = 0x400;
/** One instruction in so many may be of any row. */
const RARELY = 6;

/** Random instructions, without a marker. */
export function body(context, count, features = []) {
  const { assembler, random, sorted, taste } = context;
  const all = context.isStackFree ? sorted.running : sorted.withoutStack;
  for (let i = 0; i < count; i++) {
    const isRefused = taste.strayIn > 0 && random.chance(taste.strayIn * 2);
    let row = random.pick(isRefused ? sorted.refused : random.chance(RARELY) ? all : sorted.common);
    if (taste.vectors === true && random.chance(2))
      row = random.pick(random.chance(2 * RARELY) ? sorted.vectors : sorted.commonVectors);
    placeInstruction(assembler, random, sorted, row, taste, features);
  }
}

export function straight(context) {
  context.assembler.cut();
  body(context, 4 + context.random.below(24), ["straight"]);
  context.assembler.marker(["straight"]);
}

/** More instructions than a cost block holds. */
export function longBlock(context) {
  const { assembler, random, sorted } = context;
  assembler.cut();
  const taste = { ...context.taste, sharedIn: 0, strayIn: 0, codeIn: 0, neverLocks: true };
  for (let i = 50 + random.below(50); i > 0; i--)
    placeInstruction(assembler, random, sorted, random.pick(sorted.unbroken), taste, []);
  assembler.marker(["long block"]);
}

const randomJcc = (random) => 0x80 + random.below(16);

/** A test of something that differs from time to time. */
function decide(context) {
  const { assembler, random } = context;
  const kind = random.below(3);
  const counter = context.counters[0];
  if (kind === 0) assembler.emit([0x49, 0x0f, 0xba, 0xe0 | (counter & 7), random.below(4)]); // bt counter, bit
  else if (kind === 1) assembler.emit(compare32(random.pick([0, 1, 2, 3, 5, 6, 7]), random.bits()));
  // kind 2: whatever flags are left
}

/** if … else, or a branch over a piece; taken and not taken are counted apart. */
export function branch(context) {
  const { assembler, random } = context;
  const other = assembler.label();
  const join = assembler.label();
  decide(context);
  assembler.emitRelative([0x0f, randomJcc(random)], other);
  assembler.cut();
  body(context, 1 + random.below(6));
  assembler.marker(["branch not taken"]);
  assembler.emitRelative([0xe9], join);
  assembler.bind(other);
  assembler.cut();
  body(context, random.below(6));
  assembler.marker(["branch taken"]);
  assembler.bind(join);
  assembler.cut();
}

/** How often a loop runs, within what the program may still spend. */
function iterations(context, bodyCost) {
  const { random, isHot, hot } = context;
  const wanted = isHot
    ? hot[0] + Math.floor((hot[1] - hot[0]) * (random.below(1000) / 1000) ** 2)
    : 2 + random.below(7);
  const most = Math.max(2, Math.floor(context.budget / (bodyCost + 8)));
  return Math.min(wanted, most);
}

function spend(context, cost) {
  context.budget = Math.max(0, context.budget - cost);
}

/** Runs `make` with one more loop around; `make` places the body. */
export function loop(context, make = null, bodyCost = 0) {
  const { assembler, random } = context;
  const [counter, ...rest] = context.counters;
  const count = 2 + random.below(14);
  const cost = bodyCost > 0 ? bodyCost : count * 2;
  const turns = iterations(context, cost);
  const head = assembler.label();
  assembler.emit(movImmediate(counter, turns));
  assembler.bind(head);
  assembler.cut();
  const from = assembler.here();
  const inner = { ...context, counters: rest, isStackFree: false, budget: context.budget / turns };
  if (make === null) {
    body(inner, count, ["loop"]);
    if (random.chance(3)) branch({ ...inner, counters: context.counters });
  } else make({ ...inner, loopCounter: counter });
  const features = [context.counters.length < 2 ? "nested loop" : "loop"];
  if (turns >= 64) features.push("long loop");
  const slot = assembler.marker(features);
  const way = random.below(3);
  if (way === 0) assembler.emit(decrement(counter));
  else if (way === 1) {
    assembler.emit([
      0x4d,
      0x8d,
      0x40 | ((counter & 7) << 3) | (counter & 7),
      ...((counter & 7) === 4 ? [0x24] : []),
      0xff,
    ]); // lea c, [c-1]
    assembler.emit(testItself(counter));
  } else assembler.emit([0x49, 0x83, 0xe8 | (counter & 7), 1]); // sub c, 1
  assembler.emitRelative([0x0f, 0x85], head);
  context.loops.push({ from, to: assembler.here(), slot, turns });
  assembler.cut();
  spend(context, turns * (cost + 8));
}

export function nestedLoop(context) {
  if (context.counters.length < 2) return straight(context);
  loop(
    { ...context, hot: [4, 24] },
    (outer) => {
      body(outer, 1 + context.random.below(4));
      loop({ ...outer, hot: [8, 60] });
    },
    200,
  );
}

/** LOOP, LOOPE, LOOPNE, JRCXZ over a body that leaves rcx alone. */
export function countedLoop(context) {
  const { assembler, random } = context;
  const turns = context.isHot ? 20 + random.below(150) : 2 + random.below(8);
  const head = assembler.label();
  const out = assembler.label();
  assembler.emit(movImmediate(1, turns));
  assembler.bind(head);
  assembler.cut();
  const from = assembler.here();
  assembler.emit([0x48, 0x01, 0xc8 | random.below(1)]); // add rax, rcx
  if (random.chance(2)) assembler.emit(assembled("xor rdx, rax"));
  const slot = assembler.marker(["loop instruction"]);
  assembler.emit(assembled("test rax, rax"));
  assembler.emitRelative([random.pick([0xe0, 0xe1, 0xe2, 0xe2])], head, 1);
  if (random.chance(2)) assembler.emitRelative([0xe3], out, 1);
  assembler.emit(assembled("nop"));
  assembler.bind(out);
  context.loops.push({ from, to: assembler.here(), slot, turns });
  assembler.cut();
  spend(context, turns * 8);
}

/**
 * A graph of blocks with branches between any of them and two ways in: mostly irreducible. A counter ends it.
 */
export function graph(context) {
  const { assembler, random } = context;
  const [counter, ...rest] = context.counters;
  const size = 3 + random.below(3);
  const blocks = Array.from({ length: size }, () => assembler.label());
  const out = assembler.label();
  const inner = { ...context, counters: rest, isStackFree: false };
  const turns = Math.max(4, iterations(context, 24));
  assembler.emit(movImmediate(counter, turns));
  // The second way in is decided by data.
  decide(context);
  const second = assembler.label();
  assembler.emitRelative([0x0f, randomJcc(random)], second);
  const from = assembler.here();
  for (let i = 0; i < size; i++) {
    assembler.bind(blocks[i]);
    assembler.cut();
    body(inner, random.below(5));
    assembler.emit(decrement(counter));
    assembler.emitRelative([0x0f, 0x84], out);
    const way = random.below(3);
    // bt counter, bit; or by a register
    if (way < 2) assembler.emit([0x49, 0x0f, 0xba, 0xe0 | (counter & 7), way]);
    else assembler.emit([0x49, 0x39, 0xc0 | (random.pick([0, 1, 2, 3, 5, 6, 7]) << 3) | (counter & 7)]);
    const back = assembler.label();
    assembler.emitRelative([0x0f, way < 2 ? 0x82 + random.below(2) : randomJcc(random)], back);
    assembler.emitRelative([0xe9], blocks[random.below(size)]);
    assembler.bind(back);
    // Back to the first block while the second is another way in: two entries into one cycle.
    assembler.marker(i > 0 ? ["irreducible flow", "backward branch"] : ["backward branch"]);
    assembler.emitRelative([0xe9], blocks[i > 0 && random.chance(2) ? 0 : random.below(size)]);
  }
  assembler.bind(second);
  assembler.marker(["second entry into a cycle"]);
  assembler.emitRelative([0xe9], blocks[1 + random.below(size - 1)]);
  assembler.bind(out);
  context.loops.push({ from, to: assembler.here(), slot: -1, turns });
  assembler.cut();
  spend(context, turns * 24);
}

// ---- calls ----------------------------------------------------------------------------------------------------------

/** Saves the counters that a callee may use. */
function saved(context, make) {
  const { assembler } = context;
  assembler.emit(push(12));
  assembler.emit(push(13));
  make();
  assembler.emit(pop(13));
  assembler.emit(pop(12));
}

/** The kinds of function that are placed after the program; each expects nothing and keeps rsp. */
export function placeFunctions(context) {
  const { assembler, random } = context;
  for (const { label, kind, callee, site } of context.functions) {
    assembler.cut();
    const nextPage = (assembler.here() + 4095) & ~4095;
    if (kind === "far" && nextPage + FAR_BYTES <= CODE + CODE_BYTES) assembler.moveTo(nextPage);
    assembler.bind(label);
    const inner = { ...context, isStackFree: false, isHot: false, counters: [13] };
    if (kind === "recursive") {
      // Depth in r13: the caller set it.
      const done = assembler.label();
      body(inner, 1 + random.below(3));
      assembler.emit(decrement(13));
      assembler.emitRelative([0x0f, 0x84], done);
      assembler.emitRelative([0xe8], label);
      assembler.marker(["recursion"]);
      assembler.bind(done);
      assembler.cut();
      body(inner, random.below(3));
      assembler.emit(assembled("ret"));
    } else if (kind === "far") {
      // The immediate is written by the caller.
      assembler.emit([0xb8]);
      const placed = assembler.placed.pop();
      assembler.bind(site);
      assembler.moveTo(placed.address);
      assembler.emit(assembled("mov eax, 0x4030201"));
      assembler.emit(assembled("ret"));
    } else if (kind === "swapped") {
      // Returns to where r11 says and not to its caller.
      assembler.marker(["mismatched return"]);
      assembler.emit(assembled("mov qword ptr [rsp], r11"));
      assembler.emit(assembled("ret"));
    } else {
      body(inner, 1 + random.below(8));
      if (callee !== null) assembler.emitRelative([0xe8], callee);
      assembler.marker(callee === null ? ["call"] : ["call from a call"]);
      if (kind === "popping") assembler.emit(assembled("ret 0x8"));
      else assembler.emit(assembled("ret"));
    }
  }
}

function functionOf(context, kind) {
  const known = context.functions.filter((each) => each.kind === kind);
  if (known.length > 1 || (known.length > 0 && context.random.chance(2))) return context.random.pick(known).label;
  const leaf = kind === "plain" && context.random.chance(2) ? functionOf(context, "leaf") : null;
  const label = context.assembler.label();
  context.functions.push({ label, kind, callee: leaf });
  return label;
}

export function call(context) {
  const { assembler, random } = context;
  const kind = random.pick(["leaf", "leaf", "plain", "plain", "recursive", "popping", "swapped", "jump", "thunk"]);
  assembler.cut();
  if (kind === "jump") {
    // A return without a call.
    const target = assembler.label();
    assembler.emitRelative([0x4c, 0x8d, 0x3d], target); // lea r15, [rip+target]
    assembler.emit(push(R15));
    assembler.emit(assembled("ret"));
    assembler.bind(target);
    assembler.marker(["return without call"], false);
    return;
  }
  if (kind === "thunk") {
    // A call without a return.
    const next = assembler.label();
    assembler.emitRelative([0xe8], next);
    assembler.bind(next);
    assembler.emit(pop(R15));
    assembler.marker(["call without return"]);
    return;
  }
  const target = functionOf(context, kind);
  if (kind === "recursive") {
    const depth = random.chance(3) ? 17 + random.below(MAX_CALL_DEPTH - 17) : 2 + random.below(8);
    saved(context, () => {
      assembler.emit(movImmediate(13, depth));
      assembler.emitRelative([0xe8], target);
    });
    assembler.marker(depth > 16 ? ["deep recursion"] : []);
    spend(context, depth * 12);
    return;
  }
  if (kind === "swapped") {
    const back = assembler.label();
    assembler.emitRelative([0x4c, 0x8d, 0x1d], back); // lea r11, [rip+back]
    assembler.emitRelative([0xe8], target);
    assembler.emit(assembled("ud2"));
    assembler.bind(back);
    assembler.cut();
    return;
  }
  if (kind === "popping") assembler.emit(push(random.below(4)));
  assembler.emitRelative([0xe8], target);
  assembler.marker(["returned"]);
  spend(context, 40);
}

// ---- through tables -------------------------------------------------------------------------------------------------

/** Puts addresses of labels into the read-only page once they are known; returns the table's address. */
function table(context, labels) {
  const at = READ_ONLY + context.constants.next;
  context.constants.next += labels.length * 8;
  labels.forEach((label, i) => context.constants.words.push({ at: at + 8 * i, label }));
  return at;
}

/** r15 = a number below 4 that changes from time to time. */
function scatter(context) {
  const { assembler, random } = context;
  const source = random.pick([0, 2, 3, 8, 12, 13]);
  assembler.emit([source > 7 ? 0x45 : 0x44, 0x69, 0xf8 | (source & 7), 0xb1, 0x79, 0x37, 0x9e]); // imul r15d, source, 0x9e3779b1
  assembler.emit(assembled("shr r15d, 0x1e"));
}

export function indirectJump(context) {
  const { assembler, random } = context;
  const labels = Array.from({ length: 4 }, () => assembler.label());
  const join = assembler.label();
  const at = table(context, labels);
  scatter(context);
  const disp = [at & 255, (at >> 8) & 255, (at >> 16) & 255, at >> 24];
  if (random.chance(2)) assembler.emit([0x42, 0xff, 0x24, 0xfd, ...disp]); // jmp [table+r15*8]
  else {
    const register = random.pick([0, 1, 2, 3, 6, 7]);
    assembler.emit([0x4a, 0x8b, 0x04 | (register << 3), 0xfd, ...disp]); // mov register, [table+r15*8]
    assembler.emit([0xff, 0xe0 | register]); // jmp register
  }
  labels.forEach((label, i) => {
    assembler.bind(label);
    assembler.cut();
    body({ ...context, isStackFree: false }, random.below(4));
    assembler.marker([`indirect jump, way ${i}`]);
    assembler.emitRelative([0xe9], join);
  });
  assembler.bind(join);
  assembler.cut();
}

export function indirectCall(context) {
  const { assembler, random } = context;
  const labels = Array.from({ length: 4 }, (_, i) => functionOf(context, i < 2 ? "leaf" : "plain"));
  const at = table(context, labels);
  scatter(context);
  const disp = [at & 255, (at >> 8) & 255, (at >> 16) & 255, at >> 24];
  if (random.chance(2)) assembler.emit([0x42, 0xff, 0x14, 0xfd, ...disp]); // call [table+r15*8]
  else {
    assembler.emit([0x4e, 0x8b, 0x3c, 0xfd, ...disp]); // mov r15, [table+r15*8]
    assembler.emit(assembled("call r15"));
  }
  assembler.marker(["indirect call"]);
}

/** What holds at the start, and again where the supervisor goes on after a fault. */
export function settle(context) {
  const { assembler } = context;
  assembler.emit(movImmediate64(14, BigInt(DATA_MIDDLE)));
  assembler.emit(leaData(4, STACK_TOP - DATA_MIDDLE));
  assembler.emit(movImmediate(12, 5));
  assembler.emit(movRegister(13, 12));
  assembler.emit(assembled("cld"));
  assembler.cut();
}
