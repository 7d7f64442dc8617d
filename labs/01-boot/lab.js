// @ts-check
/**
 * Lab 1: what a description becomes. Two loops share a core in windows that overlap; a third has a core to itself.
 *
 * @param {import("../../dist/lab/index.js").LabKit} kit
 * @returns {import("../../dist/lab/index.js").Lab}
 */
export default (kit) => ({
  title: "Boot a system, and read what was booted",
  teaches: "Read a description, find why it is refused, and count a frame in cycles.",
  minutes: 10,
  create(random) {
    const frequency = random.pick([10, 20, 25, 40, 50]);
    const frame = random.pick([10, 20, 40]);
    const length = frame / 2 - random.integer(1, 3);
    const overlap = random.integer(1, length - 2);
    const second = random.pick(["camera", "motor", "radio"]);
    const description = `# Lab 1. Two control loops on core 0, and a hog that has core 1 to itself.
name = "lab-boot"

[machine]
memory = "16 MiB"
frequency = "${frequency} MHz"

[core.0]
frame = "${frame} ms"
windows = [
  { partition = "sensor", start = "0 ms", length = "${length} ms" },
  { partition = "${second}", start = "${length - overlap} ms", length = "${length} ms" },
]

[partition.sensor]
class = "realtime"
program = "work.elf"
core = 0
period = "${frame} ms"

[partition.${second}]
class = "realtime"
program = "work.elf"
core = 0
period = "${frame} ms"

[partition.hog]
class = "backend"
program = "hog.elf"
core = 1
`;
    const files = {
      "system.toml": kit.text(description),
      "work.elf": kit.withValues(kit.program("work"), { work: 1000 * random.integer(2, 9) }),
      "hog.elf": kit.program("hog"),
    };
    /** With windows that do not overlap. */
    const mended = {
      ...files,
      "system.toml": kit.text(description.replace(`"${length - overlap} ms"`, `"${length} ms"`)),
    };
    return {
      words: { frequency, frame, length, second },
      files,
      edits: ["system.toml"],
      runs: "1 s",
      predictions: [
        {
          name: "frame",
          question: "How many cycles does a frame of core 0 have?",
          points: 2,
          takes: "number",
          answer() {
            const [core] = kit.resolve(mended).cores;
            return core.kind === "windows" ? core.frameCycles : 0;
          },
          because: `A cycle is a tick of the machine's frequency: ${frame} ms at ${frequency} MHz.`,
        },
        {
          name: "admitted",
          question: "Will the description be admitted as it is?",
          points: 1,
          takes: ["yes", "no"],
          answer: () => (isAdmitted(() => kit.resolve(files)) ? "yes" : "no"),
          because: "A core does one thing at a time: windows that overlap are refused before anything runs.",
        },
        {
          name: "releases",
          question: "Once it is mended: how often is sensor released in the first second, the start included?",
          points: 2,
          takes: "number",
          answer: () => kit.run(mended, "1 s").partition("sensor").releases,
          because: "A periodic thread is released at the start of each of its periods, and virtual time is exact.",
        },
      ],
      tasks: [
        {
          what: "The system is admitted",
          points: 2,
          judge(work) {
            kit.resolve(work);
            return { earned: 2, says: "It is." };
          },
        },
        {
          what: `sensor and ${second} have as long a window as before, in the same frame`,
          points: 3,
          judge(work) {
            const { cores, partitions, machine } = kit.resolve(work);
            const [core] = cores;
            if (core.kind !== "windows") return { earned: 0, says: "Core 0 has no windows any more." };
            const wanted = length * 1000 * frequency;
            const lengths = ["sensor", second].map((name) =>
              core.windows
                .filter(({ partition }) => partitions[partition].name === name)
                .reduce((sum, { lengthCycles }) => sum + lengthCycles, 0),
            );
            if (core.frameCycles !== frame * 1000 * frequency || machine.frequencyHz !== frequency * 1e6)
              return { earned: 0, says: "The frame, or the frequency, is another." };
            const good = lengths.filter((cycles) => cycles === wanted).length;
            return good === 2
              ? { earned: 3, says: `Both have ${wanted} cycles a frame.` }
              : {
                  earned: good,
                  says: `They have ${lengths.join(" and ")} cycles a frame; each should have ${wanted}.`,
                };
          },
        },
        {
          what: "Nobody misses a deadline in the first second",
          points: 2,
          judge(work) {
            const run = kit.run(work, "1 s");
            const missed = ["sensor", second].map((name) => run.partition(name).deadlinesMissed);
            return missed.every((count) => count === 0)
              ? { earned: 2, says: "None is missed." }
              : { earned: 0, says: `sensor misses ${missed[0]}, ${second} ${missed[1]}.` };
          },
        },
      ],
    };
  },
});

/** @param {() => unknown} resolve */
function isAdmitted(resolve) {
  try {
    resolve();
    return true;
  } catch {
    return false;
  }
}
