// @ts-check
/**
 * Lab 2: the walk of an address through four levels of tables, and the page fault that its rights lead to.
 *
 * @param {import("../../dist/lab/index.js").LabKit} kit
 * @returns {import("../../dist/lab/index.js").Lab}
 */
export default (kit) => ({
  title: "A page, its walk, and a fault",
  teaches: "Take an address apart, tell from rights whether an access faults, and size a stack.",
  minutes: 25,
  create(random) {
    const depth = random.integer(20, 60);
    const frame = 256 * random.integer(3, 8);
    const description = `# Lab 2. Two programs, each on a core of its own: one touches an address, one needs a deep stack.
name = "lab-pages"

[machine]
memory = "16 MiB"
frequency = "10 MHz"

[partition.touch]
class = "backend"
program = "touch.elf"
core = 0

[partition.depth]
class = "backend"
program = "depth.elf"
core = 1
stack = "4 KiB"
`;
    const programs = {
      "touch.elf": kit.program("touch"),
      "depth.elf": kit.withValues(kit.program("depth"), { depth, frame }),
    };
    const plan = kit.resolve({ "system.toml": kit.text(description), ...programs });
    /** Pages of the program, by what may be done with them. */
    const regions = plan.partitions[0].regions.filter(({ at }) => at >= 0x400000n && at < 0x10000000n);
    const region = random.pick(regions);
    const address = Number(region.at) + random.integer(0, Math.min(region.sizeBytes, 0x800) - 1);
    // Code is not jumped into at a random place: nobody could say what it does there.
    const access = random.integer(0, region.rights.execute ? 1 : 2);
    const kind = ["read", "write", "execute"][access];
    const files = {
      "system.toml": kit.text(description),
      "touch.elf": kit.withValues(programs["touch.elf"], { address, access }),
      "depth.elf": programs["depth.elf"],
    };
    const rights = [region.rights.write ? "written" : "", region.rights.execute ? "executed" : ""].filter(
      (word) => word !== "",
    );
    /** @param {number} level */
    const indexAt = (level) => Math.floor(address / 2 ** (12 + 9 * level)) % 512;
    /** @param {string} size */
    const withStack = (size) => ({ ...files, "system.toml": kit.text(description.replace("4 KiB", size)) });
    /** @param {import("../../dist/lab/index.js").LabFiles} work */
    const comesUp = (work) =>
      kit
        .run(work, "100 ms")
        .lines("depth")
        .some((line) => line === `came down ${depth} calls and up again`);
    return {
      words: {
        address: `0x${address.toString(16)}`,
        kind,
        depth,
        frame,
        rights: rights.length === 0 ? "read only" : `read and ${rights.join(" and ")}`,
      },
      files,
      edits: ["system.toml"],
      runs: "100 ms",
      predictions: [
        {
          name: "pt",
          question: `Which entry of the page table, the last of the four levels, does 0x${address.toString(16)} select?`,
          points: 2,
          takes: "number",
          answer: () => indexAt(0),
          because: "Bits 20 to 12 of the address.",
        },
        {
          name: "pd",
          question: "And of the page directory, the level above?",
          points: 1,
          takes: "number",
          answer: () => indexAt(1),
          because: "Bits 29 to 21.",
        },
        {
          name: "fault",
          question: `Does it fault, if touch is to ${kind} there?`,
          points: 2,
          takes: ["yes", "no"],
          answer: () => (kit.run(files, "100 ms").partition("touch").faults > 0 ? "yes" : "no"),
          because: `The page may be ${rights.length === 0 ? "read, and nothing else" : `read and ${rights.join(" and ")}`}.`,
        },
      ],
      tasks: [
        {
          what: `depth comes down ${depth} calls and up again`,
          points: 3,
          judge(work) {
            const { lastFault } = kit.run(work, "100 ms").partition("depth");
            return comesUp(work)
              ? { earned: 3, says: "It does." }
              : { earned: 0, says: `It does not: ${lastFault?.text ?? "it is still busy"}.` };
          },
        },
        {
          what: "its stack is no larger than it must be",
          points: 3,
          judge(work) {
            const depthPlan = kit.resolve(work).partitions.find(({ name }) => name === "depth");
            const stack = depthPlan?.regions.find((one) => one.kind === "stack");
            if (stack === undefined || !comesUp(work)) return { earned: 0, says: "It does not come up again yet." };
            const kibibytes = stack.sizeBytes / 1024;
            if (kibibytes === 4 || !comesUp(withStack(`${kibibytes - 4} KiB`)))
              return { earned: 3, says: `With ${kibibytes - 4} KiB it would fault.` };
            const halfIsEnough = comesUp(withStack(`${4 * Math.ceil(kibibytes / 8)} KiB`));
            return { earned: halfIsEnough ? 0 : 1, says: `${kibibytes} KiB are more than it needs.` };
          },
        },
      ],
    };
  },
});
