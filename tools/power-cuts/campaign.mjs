/**
 * Cuts the power of images/store again and again, and looks at what is left.
 *
 * A *life* is one run of the journal from some disk until its log is full: it leaves a list of *moments*, one for each
 * write and each flush, with the state of its disk. From each moment the device's own `cutPower` makes disks by seeds.
 * Each is judged twice: sector by sector against what was written and flushed (history.mjs), and by the journal, whose
 * recovery runs over it on the machine, one disk after another in one session: it must find every record that was
 * promised, none that was not written, and each with its contents. The next life begins from one of these disks.
 */
import { createHash } from "node:crypto";
import { createRandom } from "../silicon/random.mjs";
import { createHistory, findForbidden } from "./history.mjs";

export const SECTOR_BYTES = 512;
const DISK_BYTES = 32 * 1024;
const CUTS_A_LIFE = 500;
/** Of a life: far more than it takes. */
const LIFE_CYCLES = 10_000_000_000;
/** EventKind.Report, a const enum's value: src/trace/events.ts. */
const REPORT = 18;
/** What the journal reports: images/store/journal.c. */
const APPENDED = 1;
const PROMISED = 2;
const RECOVERED = 3;

const description = (partition, program) => `
[machine]
memory = "6 MiB"
frequency = "100 MHz"
[partition.${partition}]
class = "backend"
program = "${program}"
core = 0
[device.disk]
kind = "store"
file = "disk.img"
size = "${DISK_BYTES} B"
[[channel]]
name = "disk"
kind = "call"
from = "${partition}"
to = "disk"
slot_size = "1040 B"
reply_size = "1040 B"
`;

/** NUMBER << 32 | CHECKSUM, as reports have it. */
const recordOf = (value) => ({ number: Math.floor(value / 2 ** 32), checksum: value % 2 ** 32 });

/**
 * @param library of library.mjs
 * @param readProgram gives the bytes of the journal
 * @returns what was done; `failure` is a sentence, or null
 */
export function cutPowers({
  library,
  readProgram,
  seed,
  cuts,
  torn = true,
  shouldStop = () => false,
  onLife = () => {},
}) {
  const { loadSystem, createSession, cutPower } = library;
  /** What the journal finds on each disk, by its digest. */
  const states = new Map();
  const result = { cuts: 0, states: 0, lives: 0, moments: 0, forbidden: 0, failure: null };
  const planOf = (partition) =>
    loadSystem(description(partition, "journal.elf"), "store.toml", { readFile: readProgram });
  const livingPlan = planOf("journal");
  const checker = createChecker(library, planOf("checker"));

  /** One run from a disk: what happened, moment by moment. */
  function live(image, appended) {
    const moments = [];
    const history = createHistory(image, SECTOR_BYTES);
    let promised = appended.length;
    let session = null;
    const note = () =>
      moments.push({ disk: session.disk("disk"), mark: history.mark(), promised, appended: appended.length });
    const medium = {
      readFirst: (at, sizeBytes) => image.slice(at, at + sizeBytes),
      write(number, at, bytes) {
        note();
        history.write(number, at, bytes);
        return 0;
      },
      flush(number) {
        note();
        history.flush(number);
        return 0;
      },
    };
    session = createSession(livingPlan, { outlets: { mediumOf: () => medium } });
    session.trace.subscribe(
      ({ a, b }) => {
        const { number, checksum } = recordOf(b);
        if (a === RECOVERED) promised = Math.min(promised, number);
        if (a === APPENDED) appended[number - 1] = checksum;
        if (a === PROMISED) promised = number;
      },
      [REPORT],
    );
    session.run({ until: LIFE_CYCLES });
    note();
    return { image, moments, appended, medium };
  }

  function recover(disk) {
    const digest = createHash("sha1").update(disk).digest("base64");
    if (!states.has(digest)) states.set(digest, checker.recover(disk));
    return states.get(digest);
  }

  function judge({ image, appended, medium }, moment, cutSeed) {
    const cut = cutPower(moment.disk, medium, { seed: cutSeed, sectorBytes: SECTOR_BYTES, torn });
    const disk = image.slice();
    for (const [page, bytes] of cut.pages) disk.set(bytes.subarray(0, disk.length - page * 4096), page * 4096);
    result.cuts++;
    const sector = findForbidden(moment.mark, image, disk, SECTOR_BYTES, torn);
    if (sector >= 0) return { failure: `sector ${sector} holds what the order of writes forbids`, disk };
    const { number, checksum } = recover(disk);
    const kept = { failure: null, disk, number };
    if (number < moment.promised)
      return { ...kept, failure: `${moment.promised} records were promised, ${number} are left` };
    if (number > moment.appended)
      return { ...kept, failure: `${moment.appended} records were written, ${number} were found` };
    if (number > 0 && checksum !== appended[number - 1])
      return { ...kept, failure: `the log of ${number} records is not what was written` };
    return kept;
  }

  let image = new Uint8Array(DISK_BYTES);
  let appended = [];
  while (result.cuts < cuts && result.failure === null && !shouldStop()) {
    const life = live(image, appended);
    result.lives++;
    result.moments += life.moments.length;
    let next = null;
    for (
      let count = 0;
      count < CUTS_A_LIFE && result.cuts < cuts && result.failure === null && !shouldStop();
      count++
    ) {
      // Each cut has a stream of its own.
      const random = createRandom(seed, result.cuts);
      const cutSeed = random.bits();
      const moment = random.pick(life.moments);
      const verdict = judge(life, moment, cutSeed);
      if (verdict.failure !== null)
        result.failure = `cut ${result.cuts}, life ${result.lives}, seed ${cutSeed}: ${verdict.failure}`;
      // Rather from the middle of a log, so that the next life has something before it and something to do.
      else if (verdict.number > 0 && verdict.number < 24) next = verdict;
    }
    [image, appended] =
      next === null ? [new Uint8Array(DISK_BYTES), []] : [next.disk, life.appended.slice(0, next.number)];
    result.states = states.size;
    onLife(result);
  }
  return result;
}

/** A session whose journal does nothing but recover: each time from another disk. */
function createChecker({ createSession }, plan) {
  let image = new Uint8Array(DISK_BYTES);
  const found = [];
  const session = createSession(plan, {
    outlets: {
      mediumOf: () => ({
        readFirst: (at, sizeBytes) => image.slice(at, at + sizeBytes),
        write: () => 0,
        flush: () => 0,
      }),
    },
  });
  session.trace.subscribe(
    ({ a, b }) => {
      if (a !== RECOVERED) return;
      found.push(recordOf(b));
      session.stop();
    },
    [REPORT],
  );
  return {
    recover(disk) {
      image = disk;
      while (found.length === 0) session.run({ until: session.now() + LIFE_CYCLES });
      return found.pop();
    },
  };
}
