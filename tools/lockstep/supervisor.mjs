/**
 * What stands in for the kernel: takes the exits of a core, writes them down, and decides by the program's own random
 * numbers how it goes on. Each core decides for itself, so that its decisions don't depend on the order in which the
 * host runs cores.
 */
import { createRandom } from "../silicon/random.mjs";
import { CODE, CODE_BYTES, DATA, DATA_MIDDLE, STACK_TOP, entryOf, physicalOf } from "./layout.mjs";

const RSP = 4;
const RCX = 1;
const R11 = 11;
const RIP = 16;
const RFLAGS = 17;
const TRAP_FLAG = 0x100n;
/** Events that may find a core waiting for the other before it is let go. */
const PATIENCE = 6;
/** Timer events of a program with many of them. */
const MOST_TIMERS = 150;
const ACCESSED_AND_DIRTY = 0x60;

const nextAddresses = new WeakMap();

/** Address of an instruction → address behind it. */
function nextOf(plan) {
  let known = nextAddresses.get(plan);
  if (known === undefined) {
    known = new Map(plan.placed.map(({ address, length }) => [address, address + length]));
    nextAddresses.set(plan, known);
  }
  return known;
}

/**
 * `side`: machine, build and roots. `observer` is told what happened, or null. Returns the function for `Machine.run`
 * and the exits so far, as text, by core.
 */
export function createSupervisor(side, program, observer) {
  const { machine, build, roots } = side;
  const { view } = machine.state;
  const { events } = program;
  const cores = program.cores.map((plan, id) => ({
    plan,
    random: createRandom(events.seed, id),
    faults: 0,
    watermark: 0,
    breakpoints: 0,
    timers: 0,
    waits: 0,
    prefixesLeft: program.prefix?.events ?? 0,
    log: [],
  }));

  const at = (core, register) => core.id * build.machine.CORE_STRIDE + 8 * register;
  const read = (core, register) => view.getBigUint64(at(core, register), true);
  const write = (core, register, value) => view.setBigUint64(at(core, register), BigInt(value), true);
  const ramWord = (address) => view.getUint32(build.machine.RAM_BASE + address, true);

  function arm(core, own) {
    const { below } = own.random;
    if (++own.timers > MOST_TIMERS && events.timer !== "rare" && events.timer !== "prefixes") return;
    if (events.timer === "prefixes") {
      if (program.prefix === undefined || own.prefixesLeft-- <= 0) return;
      const { first, period } = program.prefix;
      own.due = own.due === undefined ? first : own.due + period;
      core.timerAt = own.due;
    } else if (events.timer === "rare") core.timerAt = core.now + 50 + below(1500);
    else if (events.timer === "frequent") core.timerAt = core.now + 1 + below(60);
    else if (events.timer === "every instruction") core.timerAt = core.now + 1;
  }

  function end(core) {
    core.activity = "off";
    core.timerAt = Infinity;
  }

  /** On to the next construct that was not tried yet. */
  function resume(core, own, rip) {
    const inside = rip >= BigInt(CODE) && rip < BigInt(CODE + CODE_BYTES) ? Number(rip) : 0;
    const after = Math.max(own.watermark, inside);
    const point =
      own.plan.resumePoints.find((each) => each > after) ?? own.plan.resumePoints.find((each) => each > own.watermark);
    if (point === undefined) return end(core);
    own.watermark = point;
    write(core, RIP, point);
    write(core, RSP, STACK_TOP);
    write(core, 14, DATA_MIDDLE);
  }

  function handleFault(core, own, exit) {
    own.faults++;
    observer?.fault(core, exit, read(core, RCX));
    if (events.endsAtFault && core.retired >= 60) return end(core);
    if (own.faults <= events.faultBudget) {
      const next = nextOf(own.plan).get(Number(exit.rip));
      const back = read(core, R11);
      if (next !== undefined) return write(core, RIP, next);
      if (nextOf(own.plan).has(Number(back))) return write(core, RIP, back);
    }
    return resume(core, own, exit.rip);
  }

  /** Something that a kernel does to a core between two stretches of guest code. */
  function work(core, own) {
    const { below, bits } = own.random;
    const kind = below(24);
    const root = roots[core.id];
    if (kind === 0) {
      observer?.note("tables switched");
      machine.switchTables(core, root);
    } else if (kind === 1) {
      observer?.note("accessed and dirty bits cleared");
      for (const page of [DATA, DATA + 0x1000, DATA + 0x2000, CODE + 0x1000]) {
        const entry = entryOf(root, page, ramWord);
        view.setUint32(build.machine.RAM_BASE + entry, ramWord(entry) & ~ACCESSED_AND_DIRTY, true);
      }
      machine.switchTables(core, root);
    } else if (kind === 2) {
      observer?.note("write right of a page changed");
      const entry = entryOf(root, DATA + 0x3000, ramWord);
      view.setUint32(build.machine.RAM_BASE + entry, ramWord(entry) ^ 2, true);
      machine.invalidatePage(core, DATA + 0x3000);
    } else if (kind === 3) {
      observer?.note("memory written from outside");
      machine.writeRam(
        physicalOf(core.id, DATA + 0x1000 + below(0xf00)),
        Uint8Array.from({ length: 16 }, () => bits()),
      );
    } else if (kind === 4) {
      observer?.note("code written from outside");
      // The same bytes: what was made of them goes, what they mean stays.
      const address = physicalOf(core.id, CODE + 0x1000 * below(4) + below(0xf00));
      machine.writeRam(address, machine.readRam(address, 16));
    } else if (kind === 5 && cores.length > 1) {
      observer?.note("message sent");
      const { leastLatencyCycles } = machine.profile;
      const message = {
        from: core.id,
        at: core.now + leastLatencyCycles + below(400),
        kind: below(4),
        argument: bits(),
        argument2: 0,
      };
      machine.deliver(machine.state.cores[1 - core.id], message);
    } else if (kind === 6) {
      observer?.note("kernel work");
      core.activity = "work";
      core.workEnd = core.now + 1 + below(80);
    } else if (kind === 7) {
      observer?.note("idle");
      core.activity = "idle";
      core.timerAt = core.now + 1 + below(200);
    } else if (kind === 8) core.now += below(40);
    else if (kind === 9) {
      machine.saveContext(core);
      machine.loadContext(core, core.id);
    } else if (kind === 10) write(core, 0, bits());
  }

  function describe(core, exit) {
    const head = `${exit.kind} at cycle ${core.now}, ${core.retired} retired`;
    if (exit.kind === "start" || exit.kind === "work-done") return head;
    const place = `${head}, rip ${read(core, RIP).toString(16)}, flags ${read(core, RFLAGS).toString(16)}`;
    if (exit.kind === "message") return `${place}, ${JSON.stringify(exit.message)}`;
    if (exit.kind === "breakpoint") return `${place}, vector ${exit.vector}`;
    if (exit.kind !== "fault") return place;
    return `${place}, vector ${exit.vector}, error ${exit.errorCode}, address ${exit.address.toString(16)} from ${exit.rip.toString(16)} ${exit.instruction}`;
  }

  function start(core) {
    machine.switchTables(core, roots[core.id]);
    core.activity = "running";
    core.hashSlot = core.id;
    machine.loadContext(core, core.id);
  }

  function handle(core, own, exit) {
    switch (exit.kind) {
      case "start":
        start(core);
        arm(core, own);
        return;
      case "work-done":
        core.activity = "running";
        return;
      case "fault":
        handleFault(core, own, exit);
        return;
      case "breakpoint":
        observer?.note("breakpoint");
        if (++own.breakpoints % 5 === 0) write(core, RFLAGS, read(core, RFLAGS) & ~TRAP_FLAG);
        return;
      case "syscall":
        if (read(core, RIP) === BigInt(own.plan.end)) end(core);
        else if (events.works) work(core, own);
        return;
      default:
        observer?.event(core, exit, read(core, RIP), read(core, RCX));
        if (core.activity === "idle") core.activity = "running";
        if (exit.kind === "timer") arm(core, own);
        letGo(core, own);
        if (events.works && events.timer !== "prefixes") work(core, own);
    }
  }

  /** Ends a wait for the other core that lasts too long. */
  function letGo(core, own) {
    const rip = Number(read(core, RIP));
    const wait = own.plan.unbounded.find(({ from, to }) => rip >= from && rip < to);
    if (wait === undefined || ++own.waits % PATIENCE !== 0) return;
    observer?.note("wait ended from outside");
    write(core, RIP, wait.to);
  }

  function supervise(core, exit) {
    const own = cores[core.id];
    own.log.push(describe(core, exit));
    handle(core, own, exit);
    if (core.activity === "running") machine.engine.load(core.id);
  }

  return { supervise, logs: cores.map(({ log }) => log) };
}
