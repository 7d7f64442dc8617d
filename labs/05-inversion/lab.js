// @ts-check
/**
 * Lab 5: priority inversion with a flag, and what a lock that the kernel knows does about it.
 *
 * @param {import("../../dist/lab/index.js").LabKit} kit
 * @returns {import("../../dist/lab/index.js").Lab}
 */
export default (kit) => ({
  title: "Priority inversion, and inheritance",
  teaches: "See a high thread wait for a middle one, say for how long, and end it.",
  minutes: 20,
  create(random) {
    const low = 10_000 * random.integer(4, 8);
    const middle = 10_000 * random.integer(15, 40);
    const highStart = 1000 * random.integer(8, 15);
    const middleStart = highStart + 1000 * random.integer(3, 10);
    const description = `# Lab 5. Three threads of one partition: low holds what high wants, and middle wants nothing but time.
name = "lab-inversion"

[machine]
cores = 1
memory = "8 MiB"
frequency = "10 MHz"

[partition.craft]
class = "realtime"
program = "inversion.elf"
core = 0

[partition.craft.thread.low]
entry = "low_flag"
priority = 1

[partition.craft.thread.middle]
entry = "middle"
priority = 10

[partition.craft.thread.high]
entry = "high_flag"
priority = 20
`;
    const files = {
      "system.toml": kit.text(description),
      "inversion.elf": kit.withValues(kit.program("inversion"), {
        low,
        middle,
        high_start: highStart,
        middle_start: middleStart,
      }),
    };
    /** @param {import("../../dist/lab/index.js").LabFiles} work */
    const order = (work) =>
      kit
        .run(work, "200 ms")
        .lines("craft")
        .map((line) => line.split(" ")[0]);
    /** @param {import("../../dist/lab/index.js").LabFiles} work */
    const highAt = (work) => {
      const line = kit
        .run(work, "200 ms")
        .lines("craft")
        .find((one) => one.startsWith("high"));
      return line === undefined ? Infinity : Number(/at ([0-9]+) us/.exec(line)?.[1]);
    };
    return {
      words: { low, middle, highStart, middleStart },
      files,
      edits: ["system.toml"],
      runs: "200 ms",
      predictions: [
        {
          name: "first",
          question: "Which of the two is done first, with the flag?",
          points: 2,
          takes: ["high", "middle"],
          answer: () => order(files)[0] ?? "middle",
          because: "low can't give the flag back while middle runs, and high waits for low: so high waits for middle.",
        },
        {
          name: "least",
          question: "How many cycles, at least, does high wait for middle alone?",
          points: 2,
          takes: "number",
          answer: () => middle,
          because: "Once middle has begun, nothing of lower priority runs before it is done.",
        },
      ],
      tasks: [
        {
          what: "high has it before middle is done",
          points: 3,
          judge(work) {
            refuseOtherPriorities(kit, work);
            const seen = order(work);
            return seen[0] === "high" && highAt(work) >= low / 10
              ? { earned: 3, says: "It has." }
              : {
                  earned: 0,
                  says: `The order is ${seen.join(", ") || "nothing at all"}; low is done after ${low / 10} us at the earliest.`,
                };
          },
        },
        {
          what: `high has it as soon as low is done with it: by ${Math.ceil((low + 5000) / 10)} us`,
          points: 3,
          judge(work) {
            refuseOtherPriorities(kit, work);
            const at = highAt(work);
            if (at < low / 10) return { earned: 0, says: `It has it at ${at} us, while low still works under it.` };
            return { earned: at <= Math.ceil((low + 5000) / 10) ? 3 : 0, says: `It has it at ${at} us.` };
          },
        },
        {
          what: "all three do their work, with the priorities that they had",
          points: 2,
          judge(work) {
            refuseOtherPriorities(kit, work);
            const { threadCycles } = kit.run(work, "200 ms").partition("craft");
            const least = low + middle;
            return { earned: threadCycles >= least ? 2 : 0, says: `They ran for ${threadCycles} cycles.` };
          },
        },
      ],
    };
  },
});

/**
 * @param {import("../../dist/lab/index.js").LabKit} kit
 * @param {import("../../dist/lab/index.js").LabFiles} work
 */
function refuseOtherPriorities(kit, work) {
  const [craft] = kit.resolve(work).partitions;
  for (const [name, priority] of /** @type {const} */ ([
    ["low", 1],
    ["middle", 10],
    ["high", 20],
  ]))
    if (craft.threads.find((thread) => thread.name === name)?.priority !== priority)
      throw kit.refusal(`thread ${name} must keep its priority, ${priority}`);
}
