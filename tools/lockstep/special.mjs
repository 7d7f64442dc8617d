/**
 * What generated programs do beyond computing and branching: repeated string instructions, writing their own code,
 * faults in the middle, flags that are used late, and sharing a page with another core.
 */
import {
  assembled,
  compare32,
  decrement,
  leaData,
  loadAbsolute,
  movImmediate,
  movImmediate64,
  movRegister,
  pop,
  push,
  storeAbsolute,
  storeImmediate,
  word32,
} from "./assembler.mjs";
import { body, loop } from "./flow.mjs";
import { placeInstruction } from "./instructions.mjs";
import {
  AFTER_CODE,
  ALIAS,
  BEFORE_SHARED,
  CODE,
  DATA,
  DATA_MIDDLE,
  READ_ONLY,
  SHARED,
  SUPERVISOR_ONLY,
  UNMAPPED,
} from "./layout.mjs";

const R15 = 15;
const CALM = { sharedIn: 0, strayIn: 0, codeIn: 0 };

// ---- strings --------------------------------------------------------------------------------------------------------

/** A repeated string instruction over data, shared memory or up to where nothing is mapped. */
export function repeatString(context) {
  const { assembler, random, taste } = context;
  const { below, chance, pick } = random;
  const opcode = pick([0xa4, 0xa5, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xab, 0xac, 0xad, 0xae, 0xaf]);
  const isCompare = [0xa6, 0xa7, 0xae, 0xaf].includes(opcode);
  const wide = opcode & 1 ? pick([[], [0x66], [0x48]]) : [];
  const size = opcode & 1 ? (wide[0] === 0x66 ? 2 : wide[0] === 0x48 ? 8 : 4) : 1;
  const count = chance(8) ? below(2) : chance(2) ? 100 + below(300) : 3 + below(40);
  const isDown = chance(5);
  const place = () => {
    if (taste.sharedIn > 0 && chance(4)) return chance(2) ? SHARED + below(64) : BEFORE_SHARED + 4096 - below(64);
    if (taste.strayIn > 0 && chance(10)) return isDown ? DATA + below(size * count) : READ_ONLY - below(size * count);
    return DATA + 0x800 + below(0x2000);
  };
  const from = place();
  const to = chance(3) ? from + below(17) - 8 : place();
  assembler.cut();
  if (isDown) assembler.emit(assembled("std"));
  assembler.emit(leaData(6, from - DATA_MIDDLE));
  assembler.emit(leaData(7, to - DATA_MIDDLE));
  if (isCompare && chance(2)) {
    // Equal for a while.
    assembler.emit(movRegister(7, 6));
    assembler.emit(assembled("xor eax, eax"));
  }
  assembler.emit(movImmediate(1, count));
  const prefixes = [pick([0xf3, 0xf3, 0xf2])];
  if (chance(8)) prefixes.push(0x67);
  if (wide[0] === 0x66) prefixes.push(0x66);
  context.repeats.set(assembler.here(), count);
  assembler.emit([...prefixes, ...(wide[0] === 0x48 ? wide : []), opcode], ["repeated string"]);
  if (isDown) assembler.emit(assembled("cld"));
  assembler.marker(["repeated string"]);
  context.budget = Math.max(0, context.budget - count);
}

// ---- code that is written -------------------------------------------------------------------------------------------

const codeAddress = (random, address) => (random.chance(3) ? address - CODE + ALIAS : address);

/** mov register32, immediate whose immediate was written just before, at some distance, once or in a loop. */
export function writeCode(context) {
  const { assembler, random } = context;
  const room = 4096 - (assembler.here() % 4096);
  if (room > 90 && room < 1200 && context.counters.length > 0 && random.chance(2)) return writeAcross(context);
  if (context.counters.length > 0 && random.chance(3)) return writeFar(context);
  const kind = random.below(6);
  if (kind === 0) return copyCode(context);
  if (kind === 1) return swapOpcode(context);
  if (kind === 2) return writeBeside(context);
  const isLoop = kind >= 4 && context.counters.length > 0;
  const make = (inner) => {
    const site = assembler.label();
    const value = isLoop ? null : random.bits();
    const source = inner.loopCounter ?? 12;
    assembler.cut();
    // The site's address is not known yet: written relative to rip, or through the alias by an address that is.
    if (value === null) assembler.emitRelative([0x44, 0x89, 0x05 | ((source & 7) << 3)], site); // mov [rip+site], counter
    else {
      assembler.emit(movImmediate(R15, value));
      assembler.emitRelative([0x44, 0x89, 0x3d], site);
    }
    const gap = random.chance(3) ? 0 : random.below(6);
    body({ ...inner, taste: CALM, isStackFree: false }, gap);
    assembler.emit([0xb8]);
    // The opcode and its immediate are one instruction.
    const placed = assembler.placed[assembler.placed.length - 1];
    assembler.bind(site);
    assembler.moveTo(placed.address);
    assembler.placed.pop();
    assembler.emit([0xb8, ...word32(random.bits())]); // mov eax, immediate
    if (value === null) assembler.emit([0x44, 0x39, 0xc0 | ((source & 7) << 3)]); // cmp eax, counter
    else assembler.emit([0x3d, ...word32(value)]);
    const stale = assembler.label();
    assembler.emitRelative([0x0f, 0x85], stale);
    const features = [isLoop ? "code written in a loop" : "code written before it runs"];
    if (gap === 0) features.push("next instruction written");
    assembler.marker(features);
    assembler.bind(stale);
    assembler.cut();
  };
  if (isLoop) loop({ ...context, hot: [8, 120] }, make, 40);
  else make(context);
}

/** A loop that calls a function on another page, and from time to time writes into it. */
function writeFar(context) {
  const { assembler, random } = context;
  const far = { label: assembler.label(), site: assembler.label(), kind: "far", callee: null };
  context.functions.push(far);
  loop(
    { ...context, isHot: true, hot: [24, 120], budget: 3000 },
    (inner) => {
      const counter = inner.loopCounter;
      const skip = assembler.label();
      const mask = random.pick([3, 7, 15]);
      assembler.emit([0x41, 0xf7, 0xc0 | (counter & 7), ...word32(mask)]); // test counter, mask
      assembler.emitRelative([0x0f, 0x85], skip);
      assembler.emitRelative([0x44, 0x89, 0x05 | ((counter & 7) << 3)], far.site); // mov [rip+site], counter
      assembler.bind(skip);
      assembler.cut();
      assembler.emitRelative([0xe8], far.label);
      assembler.emit(assembled("add ebx, eax"));
      assembler.marker(["code of another page written in a loop"]);
      assembler.cut();
    },
    16,
  );
}

/** Eight bytes over a page's end: three NOPs before it, and after it mov eax, counter. */
function writeAcross(context) {
  const { assembler, random } = context;
  const make = (inner) => {
    const source = inner.loopCounter;
    const boundary = assembler.here() - (assembler.here() % 4096) + 4096;
    assembler.emit(movRegister(R15, source));
    assembler.emit(assembled("shl r15, 0x20"));
    assembler.emit(movImmediate(0, 0xb8909090));
    assembler.emit(assembled("or r15, rax"));
    assembler.emit([0x4c, 0x89, 0x3c, 0x25, ...word32(codeAddress(random, boundary - 3))]); // mov [boundary-3], r15
    const over = assembler.label();
    assembler.emitRelative([0xe9], over);
    assembler.moveTo(boundary - 3);
    assembler.bind(over);
    for (let i = 0; i < 3; i++) assembler.emit(assembled("nop"));
    assembler.emit([0xb8, ...word32(random.bits())]); // mov eax, immediate
    assembler.emit([0x44, 0x39, 0xc0 | ((source & 7) << 3)]); // cmp eax, counter
    const stale = assembler.label();
    assembler.emitRelative([0x0f, 0x85], stale);
    assembler.marker(["code written across pages"]);
    assembler.bind(stale);
    assembler.cut();
  };
  loop({ ...context, hot: [8, 60] }, make, 40);
}

/** Copies a few instructions elsewhere by REP MOVSB and calls them. */
function copyCode(context) {
  const { assembler, random } = context;
  const code = assembler.label();
  const over = assembler.label();
  const to = CODE + 0x3000 + 0xc00 + random.below(0x3c0);
  assembler.emitRelative([0xe9], over);
  assembler.bind(code);
  const from = assembler.here();
  body({ ...context, taste: CALM, isStackFree: false }, 1 + random.below(3));
  // Nothing relative to rip may be copied, but if it is, it reads something else on both sides.
  assembler.emit(assembled("ret"));
  const length = assembler.here() - from;
  assembler.bind(over);
  assembler.cut();
  assembler.emit(assembled("cld"));
  assembler.emit(movImmediate(6, from));
  assembler.emit(movImmediate(7, codeAddress(random, to)));
  assembler.emit(movImmediate(1, length));
  context.repeats.set(assembler.here(), length);
  assembler.emit(assembled("rep movsb"));
  assembler.emit(movImmediate(R15, to));
  assembler.emit(assembled("call r15"));
  assembler.marker(["copied code"]);
}

/** Turns one instruction into another and back, in a loop: inc eax, dec eax. */
function swapOpcode(context) {
  const { assembler, random } = context;
  const make = () => {
    const site = assembler.label();
    assembler.emitRelative([0x80, 0x35], site, 4); // xor byte [rip+site], 8: the immediate follows
    const xor = assembler.placed.pop();
    const use = site.uses.pop();
    assembler.moveTo(xor.address);
    assembler.emit([0x80, 0x35, ...word32(0), 0x08]);
    site.uses.push({ ...use, next: assembler.here() });
    body({ ...context, taste: CALM, isStackFree: false }, random.below(3));
    assembler.emit(assembled("inc eax"));
    const placed = assembler.placed.pop();
    assembler.moveTo(placed.address + 1);
    assembler.bind(site);
    assembler.moveTo(placed.address);
    assembler.emit(assembled("inc eax"));
    assembler.marker(["opcode written"]);
  };
  if (context.counters.length > 0) loop({ ...context, hot: [4, 90] }, make, 24);
  else make();
}

/** Writes into a page of code, but not to an instruction; or over the end of the last code page. */
function writeBeside(context) {
  const { assembler, random } = context;
  const over = assembler.label();
  const hole = assembler.label();
  if (random.chance(2)) {
    assembler.emit(movImmediate(R15, AFTER_CODE - 4));
    assembler.emit(assembled("mov qword ptr [r15], rax"));
    assembler.marker(["code page written across its end"]);
    return;
  }
  assembler.emitRelative([0x48, 0x89, 0x05], hole); // mov [rip+hole], rax
  assembler.emitRelative([0xe9], over);
  assembler.bind(hole);
  assembler.moveTo(assembler.here() + 8);
  assembler.bind(over);
  assembler.marker(["code page written beside code"], false);
  assembler.cut();
}

// ---- faults ---------------------------------------------------------------------------------------------------------

/** Something before, an instruction that faults, something after. */
export function fault(context) {
  const { assembler, random } = context;
  const { below, chance, pick } = random;
  if (context.counters.length > 0 && chance(2)) return hotFault(context);
  body(context, 1 + below(5));
  const kind = below(9);
  if (kind === 0) {
    assembler.emit(assembled("xor r15d, r15d"));
    assembler.emit([0x49, 0xf7, 0xf0 | pick([0, 8]) | 7]); // div or idiv r15
  } else if (kind === 1)
    assembler.emit(loadAbsolute(pick([0, 3]), chance(2) ? UNMAPPED + below(4096) : UNMAPPED - 1 - below(3)));
  else if (kind === 2)
    assembler.emit(
      storeImmediate(
        pick([UNMAPPED, READ_ONLY + 0x800, SUPERVISOR_ONLY, READ_ONLY - 2, READ_ONLY - 3, DATA - 3]) + below(2),
        7,
      ),
    );
  else if (kind === 3) {
    assembler.emit(
      movImmediate64(R15, pick([0x8000_0000_0000n, 0xffff_7fff_ffff_fff9n, 0x7fff_ffff_fffdn, 0x1234_5678_9abc_def0n])),
    );
    assembler.emit(
      pick([
        [0x41, 0x8b, 0x07],
        [0x41, 0x01, 0x07],
        [0x49, 0x89, 0x07],
      ]),
    );
  } else if (kind === 4)
    assembler.emit(pick([[0x0f, 0x0b], [0x06], [0x0f, 0xff, 0xc0], [0xf4], [0xfa], [0x0f, 0x01, 0xd0], [0x62]]));
  else if (kind === 5) {
    // The stack leaves its pages, or the canonical range.
    assembler.emit(movRegister(11, 4));
    assembler.emit(movImmediate64(4, pick([0x70_0000n, 0x70_0004n, 0x8000_0000_0000n, 0x8000_0000_0004n])));
    assembler.emit(pick([push(0), [0x9c], [0x6a, 7], [0xc8, 8, 0, 0]]));
    assembler.emit(movRegister(4, 11));
  } else if (kind === 6) {
    assembler.emit(pick([[0xcc], [0xcc], [0xf1], [0xcd, 0x80], [0xcd, 3]]));
  } else if (kind === 7) {
    // Single step over a few instructions.
    assembler.emit(assembled("pushfq"));
    assembler.emit(assembled("or byte ptr [rsp+0x1], 0x1"));
    assembler.emit(assembled("popfq"));
    body({ ...context, taste: CALM, isStackFree: false }, 2);
    assembler.marker(["single step"]);
  } else {
    assembler.emit(movImmediate64(R15, pick([0x50_5000n, 0x50_0000n, 0x8000_0000_0000n, 0xffff_8000_0000_0000n])));
    const back = assembler.label();
    assembler.emitRelative([0x4c, 0x8d, 0x1d], back); // lea r11, [rip+back]: the supervisor goes on there
    context.returnsToR11.add(assembler.here());
    assembler.emit(assembled("jmp r15"));
    assembler.bind(back);
  }
  body(context, 1 + below(4));
  assembler.marker(["code after a fault"], false);
}

/** Works for many turns and faults in the last few: the divisor becomes zero, or the address leaves what is mapped. */
function hotFault(context) {
  const { assembler, random } = context;
  loop(
    context,
    (inner) => {
      const counter = inner.loopCounter;
      body({ ...inner, taste: CALM }, 1 + random.below(4));
      assembler.emit(movRegister(R15, counter));
      if (random.chance(2)) {
        assembler.emit([0x49, 0x83, 0xef, random.below(4) + 1]); // sub r15, k
        assembler.emit(assembled("xor edx, edx"));
        assembler.emit(
          random.pick([
            [0x49, 0xf7, 0xf7],
            [0x41, 0xf7, 0xf7],
            [0x49, 0xf7, 0xff],
          ]),
        );
      } else {
        const limit = random.pick([UNMAPPED, READ_ONLY]);
        const at = limit - DATA_MIDDLE + 8 * random.below(6) - random.below(9);
        assembler.emit(assembled("neg r15"));
        const opcode = limit === UNMAPPED ? 0x8b : random.pick([0x89, 0x01, 0x31]);
        assembler.emit([0x4b, opcode, 0x84, 0xfe, ...word32(at)]); // op rax, [r14+r15*8+at]
      }
      body({ ...inner, taste: CALM }, random.below(4));
    },
    24,
  );
}

// ---- flags ----------------------------------------------------------------------------------------------------------

/** A writer of flags, a way that leaves them alone, a reader. */
export function lateFlags(context) {
  const { assembler, random, sorted } = context;
  const { below, chance, pick } = random;
  const taste = { ...context.taste, ...CALM };
  assembler.cut();
  placeInstruction(assembler, random, sorted, pick(sorted.flagWriters), taste);
  const distance = below(8);
  for (let i = 0; i < distance; i++) {
    placeInstruction(assembler, random, sorted, pick(sorted.flagKeepers), taste);
    if (chance(5)) {
      const next = assembler.label();
      if (chance(3)) {
        assembler.emitRelative([0xe8], next);
        assembler.bind(next);
        assembler.emit(pop(R15));
      } else {
        assembler.emitRelative([0xe9], next);
        assembler.bind(next);
      }
    }
  }
  const way = below(4);
  if (way === 0) {
    assembler.emit(assembled("pushfq"));
    assembler.emit(pop(pick([0, 2, 3, 6])));
  } else if (way === 1) assembler.emit(assembled("lahf"));
  else placeInstruction(assembler, random, sorted, pick(sorted.flagReaders), taste);
  assembler.marker(
    distance >= 3 ? ["flags used late", `flags used late by ${["pushf", "lahf", "a reader", "a reader"][way]}`] : [],
  );
}

/** POPF of a chosen word, ENTER and LEAVE, pairs of PUSH and POP. */
export function stackWork(context) {
  const { assembler, random } = context;
  const { below, pick } = random;
  assembler.cut();
  const kind = below(3);
  if (kind === 0) {
    assembler.emit([0x68, ...word32(random.bits() & 0x24_4cd5)]);
    assembler.emit(assembled("popfq"));
    assembler.emit(assembled("cld"));
    assembler.marker(["popf"]);
  } else if (kind === 1) {
    assembler.emit(push(5));
    assembler.emit(assembled("mov rbp, rsp"));
    assembler.emit([0xc8, below(64), 0, pick([0, 0, 1, 2, 5])]);
    body({ ...context, isStackFree: false, taste: CALM }, 0);
    assembler.emit(assembled("leave"));
    assembler.emit(pop(5));
    assembler.marker(["enter and leave"]);
  } else {
    assembler.emit(push(pick([0, 1, 2, 3, 4, 5, 6, 7, 8, 11])));
    assembler.emit(assembled("push qword ptr [rsp]"));
    assembler.emit([0x8f, 0x44, 0x24, 0x00]); // pop [rsp+0], counted from after the pop
    assembler.emit(pop(pick([0, 1, 2, 3, 5, 6, 7, 8, 11])));
    assembler.marker(["push and pop"]);
  }
}

// ---- two cores ------------------------------------------------------------------------------------------------------

/** Plain and locked accesses to the shared page, in a loop or once. */
export function share(context) {
  const { assembler, random, sorted, taste } = context;
  const make = (inner) => {
    for (let i = 1 + random.below(5); i > 0; i--) {
      if (random.chance(2))
        placeInstruction(assembler, random, sorted, random.pick(sorted.lockable), { ...taste, sharedIn: 2 });
      else placeInstruction(assembler, random, sorted, random.pick(sorted.withoutStack), { ...taste, sharedIn: 2 });
    }
    assembler.emit(random.pick([[0x0f, 0xae, 0xf0], [0x0f, 0xae, 0xe8], [0x0f, 0xae, 0xf8], [0x90]]));
    body({ ...inner, isStackFree: false }, random.below(4));
  };
  if (context.counters.length > 0 && random.chance(2)) loop(context, make, 30);
  else {
    assembler.cut();
    make(context);
    assembler.marker([]);
  }
}

/** A spin lock around a plain counter. */
export function spinLock(context) {
  const { assembler } = context;
  const lock = SHARED + 0x400;
  const make = () => {
    const again = assembler.label();
    assembler.bind(again);
    const from = assembler.here();
    assembler.emit(movImmediate(0, 1));
    assembler.emit([0x87, 0x04, 0x25, ...word32(lock)]); // xchg [lock], eax
    assembler.emit(assembled("test eax, eax"));
    assembler.emitRelative([0x0f, 0x85], again);
    context.unbounded.push({ from, to: assembler.here() });
    assembler.emit(loadAbsolute(0, SHARED + 0x440));
    assembler.emit(assembled("inc eax"));
    assembler.emit(storeAbsolute(SHARED + 0x440, 0));
    assembler.marker(["spin lock"]);
    assembler.emit(storeImmediate(lock, 0));
  };
  if (context.counters.length > 0) loop({ ...context, hot: [4, 40] }, make, 30);
  else make();
}

/** The next meeting with the other core; both plans hold the same kinds in the same order. */
export function meeting(context) {
  const { meetings, rounds } = context;
  const turns = meetings[rounds.met % meetings.length];
  rounds.met++;
  meet(context);
  if (turns > 0 && context.counters.length > 0) pingPong(context, turns);
}

/** Waits until the other core has come as far: polling that can be skipped. */
function meet(context) {
  const { assembler, random } = context;
  const round = ++context.rounds.count;
  const { mine, theirs } = meetingWords(context.core, 0);
  assembler.emit(storeImmediate(mine, round));
  const again = assembler.label();
  assembler.bind(again);
  const from = assembler.here();
  if (random.chance(2)) {
    assembler.emit([0x81, 0x3c, 0x25, ...word32(theirs), ...word32(round)]); // cmp dword [theirs], round
  } else {
    assembler.emit(loadAbsolute(0, theirs));
    if (random.chance(2)) assembler.emit(assembled("pause"));
    assembler.emit(compare32(0, round));
  }
  assembler.emitRelative([0x0f, 0x82], again);
  context.unbounded.push({ from, to: assembler.here() });
  assembler.marker(["waited for the other core"]);
}

function meetingWords(core, kind) {
  const base = SHARED + 0x480 + 0x80 * kind;
  return { mine: base + 64 * core, theirs: base + 64 * (1 - core) };
}

/** Hands a number back and forth with the other core. */
function pingPong(context, turns) {
  const { assembler } = context;
  const [counter] = context.counters;
  const { mine, theirs } = meetingWords(context.core, 1);
  // Both start at the same number, whatever they did before.
  assembler.emit(storeImmediate(mine, 0));
  meet(context);
  const head = assembler.label();
  assembler.emit(movImmediate(counter, turns));
  assembler.bind(head);
  assembler.emit([0xf0, 0xff, 0x04, 0x25, ...word32(mine)]); // lock inc dword [mine]
  assembler.emit(loadAbsolute(2, mine));
  const again = assembler.label();
  assembler.bind(again);
  const from = assembler.here();
  assembler.emit([0x39, 0x14, 0x25, ...word32(theirs)]); // cmp [theirs], edx
  assembler.emitRelative([0x0f, 0x82], again);
  context.unbounded.push({ from, to: assembler.here() });
  assembler.marker(["ping-pong"]);
  assembler.emit(decrement(counter));
  assembler.emitRelative([0x0f, 0x85], head);
  assembler.cut();
}

/** Nobody waits for a core that has ended. */
export function endMeetings(context) {
  for (const kind of [0, 1]) context.assembler.emit(storeImmediate(meetingWords(context.core, kind).mine, 0x7fffffff));
}

/** SYSCALL in the middle: the supervisor does something to the core and goes on. */
export function systemCall(context) {
  context.assembler.emit(assembled("syscall"));
  context.assembler.marker(["system call"]);
}
