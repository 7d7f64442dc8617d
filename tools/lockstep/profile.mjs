/**
 * A timing profile that shows mistakes which `flat` hides: what an instruction costs depends on the one before it in
 * its cost block and on its place there. A block that was cut in the wrong place, or left and taken up again wrongly,
 * then costs something else. `leastCycles`: what an instruction costs at least. With 0, several instructions may start
 * in one cycle; a polling loop that is skipped then ends its last pass where one that runs would not have begun the
 * instructions that cost nothing, so programs that poll use 1.
 */
const NAMES = new Map();

function weightOf(row) {
  let weight = NAMES.get(row.name);
  if (weight === undefined) {
    weight = 0;
    for (let i = 0; i < row.name.length; i++) weight = (Math.imul(weight, 31) + row.name.charCodeAt(i)) | 0;
    NAMES.set(row.name, (weight = (weight >>> 8) & 0xff));
  }
  return weight;
}

export function createUnevenProfile(flatProfile, leastCycles) {
  return {
    ...flatProfile,
    leastLatencyCycles: 300,
    blockPrefixCycles(instructions) {
      const prefix = [0];
      let before = 1;
      instructions.forEach(({ row }, i) => {
        const weight = weightOf(row);
        // The first instruction costs something, so that time always passes.
        const cost = i === 0 ? 1 + (weight & 1) : leastCycles + (((weight ^ before) + i) % 3);
        before = weight;
        prefix.push(prefix[i] + cost);
      });
      return prefix;
    },
    repeatIterationCycles: 2,
  };
}

/** What a miss of the model below takes. */
export const MISS_CYCLES = 7;
const LINE_BYTES = 64;

/** A profile on which memory costs something: each core has a cache of one line. */
export function createLineProfile(flatProfile) {
  return {
    ...flatProfile,
    leastLatencyCycles: 300,
    memory: {
      stateBytes: 8,
      access(words, _kind, physical, sizeBytes) {
        let cycles = 0;
        for (let line = Math.floor(physical / LINE_BYTES); line * LINE_BYTES < physical + sizeBytes; line++) {
          // The state is 0 at power-on: no line.
          if (words[0] === line + 1) continue;
          words[0] = line + 1;
          cycles += MISS_CYCLES;
        }
        return cycles;
      },
    },
  };
}
