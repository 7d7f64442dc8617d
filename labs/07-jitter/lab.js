// @ts-check
/**
 * Lab 7: how late a thread wakes, what of it is the kernel's constant path, and what a peer adds by its doorbells.
 *
 * @param {import("../../dist/lab/index.js").LabKit} kit
 * @returns {import("../../dist/lab/index.js").Lab}
 */
export default (kit) => ({
  title: "Measure jitter, and defend the number",
  teaches: "Tell a constant latency from jitter, name who causes it, and take the cause away.",
  minutes: 25,
  create(random) {
    const period = 1000 * random.integer(80, 120);
    const pause = 2 * random.integer(300, 900);
    const samples = 300;
    /** @param {string} to @param {string} more */
    const describe = (to, more) => `# Lab 7. A thread that measures when it wakes, and a partition that rings it.
name = "lab-jitter"

[machine]
memory = "16 MiB"
frequency = "1 GHz"

[partition.measured]
class = "realtime"
program = "wake.elf"
core = 0
period = "${period} cycles"

[partition.ringer]
class = "backend"
program = "ringer.elf"
core = 1

[partition.ringer.thread.main]
entry = "ring"
${more}
[[channel]]
name = "bell"
from = "ringer"
to = "${to}"
slots = 4
`;
    const files = {
      "system.toml": kit.text(describe("measured", "")),
      "wake.elf": kit.withValues(kit.program("wake"), { period, samples }),
      "ringer.elf": kit.withValues(kit.program("ringer"), { pause }),
    };
    const sink = `
[partition.sink]
class = "backend"
program = "ringer.elf"
core = 2

[partition.sink.thread.main]
entry = "sink"
`;
    const quiet = { ...files, "system.toml": kit.text(describe("sink", sink)) };
    const time = `${(samples + 5) * period} cycles`;
    /** @param {import("../../dist/lab/index.js").LabFiles} work */
    const measure = (work) => {
      const line = kit.run(work, time).lines("measured")[0] ?? "";
      const [, min, max] = /^min ([0-9]+) max ([0-9]+) cycles$/.exec(line) ?? [];
      return { min: Number(min), max: Number(max) };
    };
    const { max: best } = measure(quiet);
    return {
      words: { period, samples, pause },
      files,
      edits: ["system.toml"],
      runs: time,
      predictions: [
        {
          name: "constant",
          question: "A core of its own and nobody who rings: do the least and the greatest latency differ?",
          points: 2,
          takes: ["yes", "no"],
          answer() {
            const { min, max } = measure(quiet);
            return min === max ? "no" : "yes";
          },
          because:
            "The timer comes at the same cycle of each period, and the kernel's path from there to the thread is always the same.",
        },
        {
          name: "rung",
          question: "Rung by a partition on another core: is the greatest latency larger than without?",
          points: 2,
          takes: ["yes", "no"],
          answer: () => (measure(files).max > best ? "yes" : "no"),
          because:
            "A doorbell is an interrupt on the core of who is rung; one that comes just before the timer is handled first.",
        },
      ],
      tasks: [
        {
          what: `measured never wakes later than ${best} cycles after its release`,
          points: 4,
          judge(work) {
            refuseOtherNumbers(kit, work, period);
            const { min, max } = measure(work);
            if (!(max > 0)) return { earned: 0, says: "It does not say how late it was." };
            return { earned: max <= best ? 4 : 0, says: `It wakes ${min} to ${max} cycles after its release.` };
          },
        },
        {
          what: "ringer still rings somebody, who is there to hear it",
          points: 4,
          judge(work) {
            const plan = refuseOtherNumbers(kit, work, period);
            const bell = plan.channels.find(({ name }) => name === "bell");
            const heard = bell?.ends.find(({ role }) => role === "consumer")?.owner;
            if (heard?.kind !== "partition") return { earned: 0, says: "The channel bell leads to no partition." };
            const { name } = plan.partitions[heard.partition];
            const run = kit.run(work, time);
            const { notifications } =
              run.session.account().partitions[plan.partitions.findIndex((one) => one.name === "ringer")];
            const { state, dispatches } = {
              ...run.partition(name),
              ...run.session.account().partitions[heard.partition],
            };
            const rung = notifications > 1000 && (name === "measured" || (state !== "stopped" && dispatches > 100));
            return {
              earned: rung ? 4 : 0,
              says: `It has rung ${name} ${notifications} times, which was run ${dispatches} times.`,
            };
          },
        },
      ],
    };
  },
});

/**
 * @param {import("../../dist/lab/index.js").LabKit} kit
 * @param {import("../../dist/lab/index.js").LabFiles} work
 * @param {number} period
 */
function refuseOtherNumbers(kit, work, period) {
  const plan = kit.resolve(work);
  const measured = plan.partitions.find(({ name }) => name === "measured");
  const ringer = plan.partitions.find(({ name }) => name === "ringer");
  if (measured?.program !== "wake.elf" || measured.threads[0].periodCycles !== period)
    throw kit.refusal(`measured must keep its program and its period, ${period} cycles`);
  if (ringer?.program !== "ringer.elf") throw kit.refusal("ringer must keep its program");
  return plan;
}
