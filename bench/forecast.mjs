/** Says on stderr what is measured, and how long the rest will take: by the parts that are done, all alike. */

/**
 * @param {string} what is measured
 * @param {number} parts
 */
export function createForecast(what, parts) {
  const began = performance.now();
  const isTerminal = process.stderr.isTTY;
  let done = 0;
  const rest = () => {
    if (done === 0) return "";
    const minutes = ((performance.now() - began) / done) * (parts - done);
    return `, about ${Math.ceil(minutes / 60_000)} min left of ${what}`;
  };
  return {
    /** On a terminal only: one line, written over. @param {string} text */
    now(text) {
      if (isTerminal) process.stderr.write(`\r\x1b[K${text}${rest()}`);
    },
    /** @param {string} part that is done */
    done(part) {
      done++;
      if (isTerminal) process.stderr.write("\r\x1b[K");
      else process.stderr.write(`${what}: ${part}, ${done} of ${parts}${done < parts ? rest() : ""}\n`);
    },
  };
}
