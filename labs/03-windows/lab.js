// @ts-check
/**
 * Lab 3: three loops with different periods on one core; the learner writes the windows.
 *
 * @param {import("../../dist/lab/index.js").LabKit} kit
 * @returns {import("../../dist/lab/index.js").Lab}
 */
export default (kit) => ({
  title: "Cyclic windows: meet every deadline",
  teaches: "Write a window table for one core from periods, deadlines and work.",
  minutes: 25,
  create(random) {
    const [fast, middle, slow] = random.shuffle(["attitude", "guidance", "telemetry", "thermal"]).slice(0, 3);
    /** Milliseconds: period, deadline, and work in each period. */
    const loops = [
      { name: fast, period: 10, deadline: random.integer(6, 8), work: 2 },
      { name: middle, period: 20, deadline: random.integer(14, 18), work: random.integer(3, 4) },
      { name: slow, period: 40, deadline: random.integer(36, 40), work: random.integer(5, 6) },
    ];
    const partitions = loops
      .map(
        ({ name, period, deadline }) => `[partition.${name}]
class = "realtime"
program = "${name}.elf"
core = 0
period = "${period} ms"
deadline = "${deadline} ms"
`,
      )
      .join("\n");
    const description = `# Lab 3. Three control loops on one core. Write the windows so that nobody misses a deadline.
name = "lab-windows"

[machine]
memory = "16 MiB"
frequency = "10 MHz"

[core.0]
frame = "40 ms"
windows = [
  { partition = "${fast}", start = "0 ms", length = "10 ms" },
  { partition = "${middle}", start = "10 ms", length = "10 ms" },
  { partition = "${slow}", start = "20 ms", length = "20 ms" },
]

${partitions}`;
    const programs = Object.fromEntries(
      loops.map(({ name, work }) => [`${name}.elf`, kit.withValues(kit.program("work"), { work: work * 10_000 })]),
    );
    const files = { "system.toml": kit.text(description), ...programs };
    /** @param {import("../../dist/lab/index.js").LabFiles} work */
    const misses = (work) => {
      const run = kit.run(work, "1 s");
      return loops.map(({ name }) => run.partition(name).deadlinesMissed);
    };
    return {
      words: {
        fast,
        table: loops
          .map(
            ({ name, period, deadline, work }) =>
              `${name.padEnd(10)}  ${period} ms    ${String(deadline).padStart(2)} ms      ${work} ms`,
          )
          .join("\n"),
      },
      files,
      edits: ["system.toml"],
      runs: "1 s",
      predictions: [
        {
          name: "share",
          question: "How much of the core do the three need in all, in per cent (the kernel left out, rounded down)?",
          points: 2,
          takes: "number",
          answer: () => Math.floor(loops.reduce((sum, { work, period }) => sum + (100 * work) / period, 0)),
          because: "The work of each, divided by its period, and added up.",
        },
        {
          name: "missed",
          question: `How many deadlines does ${fast} miss in the first second with the windows as they are?`,
          points: 2,
          takes: "number",
          answer: () => misses(files)[0],
          because: `${fast} is released four times a frame but runs only in its one window. Three releases wait there for the next frame, where they are late, and are caught up first: so the fourth is late, too. Only the first frame begins well.`,
        },
      ],
      tasks: [
        ...loops.map(({ name }, index) => ({
          what: `${name} misses no deadline in a second`,
          points: 3,
          /** @param {import("../../dist/lab/index.js").LabFiles} work */
          judge(work) {
            refuseOtherLoops(kit, work, loops);
            const missed = misses(work)[index];
            return missed === 0 ? { earned: 3, says: "None." } : { earned: 0, says: `It misses ${missed}.` };
          },
        })),
        {
          what: "At least a fifth of the frame is left free, for what comes later",
          points: 2,
          judge(work) {
            const [core] = refuseOtherLoops(kit, work, loops).cores;
            if (core.kind !== "windows") return { earned: 0, says: "Core 0 has no windows any more." };
            const used = core.windows.reduce((sum, { lengthCycles }) => sum + lengthCycles, 0) / core.frameCycles;
            const says = `${Math.round(100 * (1 - used))} % of the frame is free.`;
            if (misses(work).some((count) => count > 0))
              return { earned: 0, says: `${says} But deadlines are missed.` };
            return { earned: used <= 0.8 ? 2 : 0, says };
          },
        },
      ],
    };
  },
});

/**
 * Only windows and frame are the learner's: periods, deadlines and programs must be as they were.
 *
 * @param {import("../../dist/lab/index.js").LabKit} kit
 * @param {import("../../dist/lab/index.js").LabFiles} work
 * @param {readonly { name: string, period: number, deadline: number }[]} loops
 */
function refuseOtherLoops(kit, work, loops) {
  const plan = kit.resolve(work);
  for (const { name, period, deadline } of loops) {
    const partition = plan.partitions.find((one) => one.name === name);
    const thread = partition?.threads[0];
    const millisecond = 10_000;
    if (
      plan.machine.frequencyHz !== 10e6 ||
      partition?.core !== 0 ||
      partition.program !== `${name}.elf` ||
      thread?.periodCycles !== period * millisecond ||
      thread.deadlineCycles !== deadline * millisecond
    )
      throw kit.refusal(`${name} must keep its program, core, period (${period} ms) and deadline (${deadline} ms)`);
  }
  return plan;
}
