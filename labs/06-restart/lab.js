// @ts-check
/**
 * Lab 6: a service that fails after some requests; the learner chooses what happens then.
 *
 * @param {import("../../dist/lab/index.js").LabKit} kit
 * @returns {import("../../dist/lab/index.js").Lab}
 */
export default (kit) => ({
  title: "Fail, and come back: a restart policy",
  teaches: "Choose a restart policy from a mistake's rate, and count what it costs.",
  minutes: 15,
  create(random) {
    const served = random.integer(3, 9);
    const wanted = served * random.integer(3, 6) + random.integer(1, served - 1);
    const description = `# Lab 6. A service with a mistake, and a neighbour on another core.
name = "lab-restart"

[machine]
memory = "16 MiB"
frequency = "10 MHz"

[partition.service]
class = "realtime"
program = "lives.elf"
core = 0
period = "10 ms"
restart = "stop"

[partition.loop]
class = "realtime"
program = "work.elf"
core = 1
period = "10 ms"
`;
    const files = {
      "system.toml": kit.text(description),
      "lives.elf": kit.withValues(kit.program("lives"), { served }),
      "work.elf": kit.withValues(kit.program("work"), { work: 5000 }),
    };
    /** @param {string} restart */
    const withRestart = (restart) => ({
      ...files,
      "system.toml": kit.text(description.replace('restart = "stop"', `restart = ${restart}`)),
    });
    /** Long enough for all lives that a policy allows here. */
    const time = "1 s";
    /** @param {import("../../dist/lab/index.js").LabFiles} work */
    const requests = (work) => kit.run(work, time).lines("service").length;
    const fewest = Math.ceil(wanted / served) - 1;
    return {
      words: { served, wanted },
      files,
      edits: ["system.toml"],
      runs: "500 ms",
      predictions: [
        {
          name: "served",
          question: "How many requests are served in all, with the policy as it is?",
          points: 1,
          takes: "number",
          answer: () => requests(files),
          because: 'With restart = "stop" the first fault is the last.',
        },
        {
          name: "twice",
          question: "And with a limit of two restarts?",
          points: 2,
          takes: "number",
          answer: () => requests(withRestart('{ action = "restart", limit = 2 }')),
          because: "Two restarts are three lives.",
        },
        {
          name: "neighbour",
          question: "Does loop's hash change when service fails and is restarted?",
          points: 2,
          takes: ["yes", "no"],
          answer: () =>
            kit.run(files, time).partition("loop").hash ===
            kit.run(withRestart('"restart"'), time).partition("loop").hash
              ? "no"
              : "yes",
          because: "A fault is contained in its partition: another one that shares no channel with it can't notice.",
        },
      ],
      tasks: [
        {
          what: `service serves at least ${wanted} requests within a second`,
          points: 3,
          judge(work) {
            refuseOtherService(kit, work);
            const count = requests(work);
            return { earned: count >= wanted ? 3 : 0, says: `It serves ${count}.` };
          },
        },
        {
          what: "a mistake that never ends is stopped: with the fewest restarts that are enough, the next fault is the last",
          points: 3,
          judge(work) {
            refuseOtherService(kit, work);
            const { restarts, state } = kit.run(work, time).partition("service");
            const says = `${restarts} restarts, then it is ${state}; the fewest that are enough are ${fewest}.`;
            return { earned: restarts === fewest && state === "stopped" ? 3 : restarts < fewest ? 0 : 1, says };
          },
        },
        {
          what: "loop does not notice",
          points: 1,
          judge(work) {
            const same = kit.run(work, time).partition("loop").hash === kit.run(files, time).partition("loop").hash;
            return { earned: same ? 1 : 0, says: same ? "Its hash is the same." : "Its hash is another." };
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
function refuseOtherService(kit, work) {
  const service = kit.resolve(work).partitions.find(({ name }) => name === "service");
  if (service?.program !== "lives.elf" || service.threads[0].periodCycles !== 100_000)
    throw kit.refusal("service must keep its program and its period, 10 ms");
}
