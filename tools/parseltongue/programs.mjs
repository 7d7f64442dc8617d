/**
 * Random programs of Parseltongue, as text, by a seed: they are well-typed and end. Some fault on the way, which is an
 * outcome like others.
 */

/** Numbers at which arithmetic changes its ways. */
const EDGES = ["0", "1", "-1", "2", "7", "255", "256", "4294967296", "9223372036854775807", "-9223372036854775808"];
const CAPACITY = 6;

/** mulberry32 */
function createRandom(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export function randomProgram(seed) {
  const random = createRandom(seed);
  const pick = (list) => list[random(list.length)];
  const functions = [];
  let names = 0;

  function randomFunction(index) {
    const parameters = Array.from({ length: random(5) }, (_, at) => `p${at}`);
    const scope = { fixed: [...parameters], variables: [], lists: ["items"], changed: ["items"] };
    const body = statements(scope, 2, 4);
    const named = ["change items: list(i64, 6)", ...parameters.map((name) => `${name}: i64`)].join(", ");
    return {
      parameters,
      text: `function f${index}(${named}) gives i64 {\n${body}  give ${number(scope, 2)}\n}\n`,
    };
  }

  function number(scope, depth) {
    const leaves = [...scope.fixed, ...scope.variables];
    const kind = random(depth <= 0 ? 3 : 10);
    if (kind === 0) return pick(EDGES);
    if (kind <= 2) return leaves.length === 0 || random(3) === 0 ? String(random(20) - 5) : pick(leaves);
    if (kind === 3) return `${pick(scope.lists)}[${number(scope, depth - 1)} % 3 + 2]`;
    if (kind === 4) return `${pick(scope.lists)}.count`;
    if (kind === 5 && functions.length > 0) return call(scope, depth);
    if (kind === 6) return `-(${number(scope, depth - 1)})`;
    const operator = pick(["+", "+", "-", "-", "*", "/", "%"]);
    return `(${number(scope, depth - 1)} ${operator} ${number(scope, depth - 1)})`;
  }

  function call(scope, depth) {
    const index = random(functions.length);
    const { parameters } = functions[index];
    const list = pick(scope.changed);
    if (parameters.length === 0) return `f${index}(change ${list})`;
    const given = parameters.map((name) => `${name}: ${number(scope, depth - 2)}`);
    return `f${index}(${[`items: change ${list}`, ...given].join(", ")})`;
  }

  function truth(scope, depth) {
    const kind = random(depth <= 0 ? 2 : 5);
    if (kind <= 1)
      return `${number(scope, depth - 1)} ${pick(["<", "<=", ">", ">=", "==", "!="])} ${number(scope, depth - 1)}`;
    if (kind === 2) return `not (${truth(scope, depth - 1)})`;
    if (kind === 3) return pick(["true", "false"]);
    return `(${truth(scope, depth - 1)} ${pick(["and", "or"])} ${truth(scope, depth - 1)})`;
  }

  /** What a block declares ends with it. */
  function inner(scope, depth, fixed = []) {
    const copy = {
      fixed: [...scope.fixed, ...fixed],
      variables: [...scope.variables],
      lists: [...scope.lists],
      changed: [...scope.changed],
    };
    return statements(copy, depth - 1, 3);
  }

  function statements(scope, depth, most) {
    return Array.from({ length: 1 + random(most) }, () => `${statement(scope, depth)}\n`).join("");
  }

  function statement(scope, depth) {
    const name = `v${names++}`;
    switch (random(depth <= 0 ? 6 : 10)) {
      case 0: {
        const text = `var ${name} = ${number(scope, 2)}`;
        scope.variables.push(name);
        return text;
      }
      case 1:
        return scope.variables.length === 0 ? `print "none"` : `${pick(scope.variables)} = ${number(scope, 3)}`;
      case 2:
        return `${pick(scope.changed)}[${random(6)}] = ${number(scope, 2)}`;
      case 3:
        return `print "${name} {${number(scope, 1).replaceAll('"', "")}} {${truth(scope, 1)}}"`;
      case 4:
        return random(4) === 0
          ? `append(item: ${number(scope, 1)}, to: ${pick(scope.changed)})`
          : `let ${name} = ${truth(scope, 2)}`;
      case 5: {
        const text = `var ${name}: list(i64, ${CAPACITY}) = filled(${number(scope, 1)})`;
        scope.lists.push(name);
        scope.changed.push(name);
        return text;
      }
      case 6:
        return `for ${name} from ${random(4)} to ${random(7)} {\n${inner(scope, depth, [name])}}`;
      case 7:
        return `for each ${name} in ${pick(scope.lists)} {\n${inner(scope, depth, [name])}}`;
      case 8:
        return `if ${truth(scope, 2)} {\n${inner(scope, depth)}} else {\n${inner(scope, depth)}}`;
      default: {
        const bound = 1 + random(5);
        return `var ${name} = 0\nrepeat at_most ${bound} times while ${name} < ${random(6)} {\n${name} = ${name} + 1\n${inner(scope, depth, [name])}}`;
      }
    }
  }

  const count = 1 + random(3);
  for (let index = 0; index < count; index++) functions.push(randomFunction(index));
  const scope = { fixed: [], variables: [], lists: ["items"], changed: ["items"] };
  const body = statements(scope, 3, 6);
  return `${functions.map(({ text }) => text).join("\n")}
function main() gives i64 {
var items: list(i64, ${CAPACITY}) = filled(${random(9)})
${body}let result = ${number(scope, 3)}
print "result {result}"
give result
}
`;
}
