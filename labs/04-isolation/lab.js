// @ts-check
/**
 * Lab 4: a victim beside a hog, in windows and as threads; equality of hashes as the measure of isolation.
 *
 * @param {import("../../dist/lab/index.js").LabKit} kit
 * @returns {import("../../dist/lab/index.js").Lab}
 */
export default (kit) => ({
  title: "A hog next door: what isolation in time means",
  teaches: "Tell by a hash whether a neighbour can be noticed, and find a placement at which it can't.",
  minutes: 20,
  create(random) {
    const frame = random.pick([10, 20]);
    const work = 1000 * random.integer(5, 15);
    const window = random.integer(3, 4);
    /** @param {string} neighbour */
    const describe = (neighbour) => `# Lab 4. A control loop and a neighbour on one core.
name = "lab-isolation"

[machine]
cores = 2
memory = "16 MiB"
frequency = "10 MHz"
seed = 1

[core.0]
frame = "${frame} ms"
windows = [
  { partition = "victim", start = "0 ms", length = "${window} ms" },
  { partition = "neighbour", start = "${window} ms", length = "${frame - window} ms" },
]

[partition.victim]
class = "realtime"
program = "victim.elf"
core = 0
period = "${frame} ms"

[partition.neighbour]
class = "backend"
program = "${neighbour}"
core = 0
`;
    const files = {
      "system.toml": kit.text(describe("hog.elf")),
      "victim.elf": kit.withValues(kit.program("work"), { work }),
      "hog.elf": kit.program("hog"),
      "quiet.elf": kit.withValues(kit.program("touch"), { address: 0x400000, access: 0 }),
    };
    /** @param {string} neighbour */
    const hashBeside = (neighbour) =>
      kit.run({ ...files, "system.toml": kit.text(describe(neighbour)) }, "200 ms").partition("victim").hash;
    /**
     * The learner's system with another program in place of the hog's.
     *
     * @param {import("../../dist/lab/index.js").LabFiles} work
     */
    const withQuiet = (work) => ({ ...work, "hog.elf": files["quiet.elf"] });
    return {
      words: { frame, window, rest: frame - window },
      files,
      edits: ["system.toml"],
      runs: "200 ms",
      predictions: [
        {
          name: "same",
          question: "If quiet.elf, which ends at once, takes the place of hog.elf: is victim's hash the same?",
          points: 2,
          takes: ["yes", "no"],
          answer: () => (hashBeside("hog.elf") === hashBeside("quiet.elf") ? "yes" : "no"),
          because:
            "The hash covers every value and every cycle that victim can notice, and its window is the same whoever has the other.",
        },
        {
          name: "finished",
          question: `victim needs ${work} cycles a period. How many microseconds after its release is it done, at the earliest (10 MHz; leave out what the kernel takes)?`,
          points: 2,
          takes: "number",
          answer: () => work / 10,
          because: "Ten cycles are a microsecond at 10 MHz.",
        },
      ],
      tasks: [
        {
          what: "victim runs every period and misses no deadline, beside the hog",
          points: 2,
          judge(changed) {
            const run = kit.run(changed, "200 ms");
            const { releases, deadlinesMissed } = run.partition("victim");
            const good = releases >= 200 / frame && deadlinesMissed === 0;
            return { earned: good ? 2 : 0, says: `${releases} releases, ${deadlinesMissed} deadlines missed.` };
          },
        },
        {
          what: "the hog has a core's whole time: at least 1,900,000 cycles in 200 ms",
          points: 3,
          judge(changed) {
            const { threadCycles } = kit.run(changed, "200 ms").partition("neighbour");
            const wanted = 1_900_000;
            return { earned: threadCycles >= wanted ? 3 : 0, says: `It has ${threadCycles} cycles.` };
          },
        },
        {
          what: "victim still can't tell the hog from a quiet neighbour: its hash is the same beside both",
          points: 3,
          judge(changed) {
            if (!uses(kit.resolve(changed), "hog.elf")) return { earned: 0, says: "There is no hog any more." };
            const beside = [changed, withQuiet(changed)].map((one) => kit.run(one, "200 ms").partition("victim").hash);
            const good = beside[0] === beside[1];
            return { earned: good ? 3 : 0, says: `${beside.join(" and ")}: ${good ? "the same" : "not the same"}.` };
          },
        },
      ],
    };
  },
});

/**
 * @param {ReturnType<import("../../dist/lab/index.js").LabKit["resolve"]>} plan
 * @param {string} program
 */
function uses({ partitions }, program) {
  return partitions.some((partition) => partition.name === "neighbour" && partition.program === program);
}
