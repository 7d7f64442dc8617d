/** Text of a difference: everything that is needed to repeat it and to see what ran. */

const EXITS_SHOWN = 6;
const REGISTERS = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 rip rflags fsbase gsbase".split(" ");

function disassemble(plan, isa, end, near) {
  const lines = [];
  for (const { address, length } of plan.placed.toSorted((one, other) => one.address - other.address)) {
    if (address > end) break;
    const code = plan.bytes.subarray(address - 0x400000, address - 0x400000 + length);
    const { kind, instruction } = isa.decode(code, 0, code.length);
    const text = kind === "instruction" ? isa.formatInstruction(instruction, BigInt(address)) : `(${kind})`;
    const mark = address === near ? ">" : " ";
    lines.push(`${mark} ${address.toString(16)}  ${Buffer.from(code).toString("hex").padEnd(24)} ${text}`);
  }
  return lines.join("\n");
}

function stateOf(side, id) {
  const { CORE_STRIDE } = side.build.machine;
  const core = side.machine.state.cores[id];
  const words = REGISTERS.map(
    (name, i) => `${name}=${side.machine.state.view.getBigUint64(id * CORE_STRIDE + 8 * i, true).toString(16)}`,
  );
  return `now=${core.now} retired=${core.retired} ${core.activity} block=${core.blockStart.toString(16)}+${core.blockIndex}\n    ${words.slice(0, 8).join(" ")}\n    ${words.slice(8, 16).join(" ")}\n    ${words.slice(16).join(" ")}`;
}

export function formatDifference(difference, isa) {
  const { program, piece, limits, lines, logs, names, sides } = difference;
  const parts = [
    `seed ${program.seed}, program ${program.index} (${program.kind}, ${program.profile}${program.storeBuffer ? ", store buffer" : ""}, timer ${program.events.timer}), piece ${piece} ${limits}`,
    `${names[0]} | ${names[1]}`,
    ...lines.map((line) => `  ${line}`),
  ];
  program.cores.forEach((plan, id) => {
    const rip = Number(sides[0].machine.state.view.getBigUint64(id * sides[0].build.machine.CORE_STRIDE + 128, true));
    const last = Math.max(...plan.placed.map(({ address, length }) => address + length));
    const first = Math.min(...plan.placed.map(({ address }) => address));
    parts.push(`core ${id}`);
    names.forEach((name, i) => {
      parts.push(`  ${name}: ${stateOf(sides[i], id)}`);
      parts.push(...logs[i][id].slice(-EXITS_SHOWN).map((exit) => `    ${exit}`));
    });
    parts.push(
      `  bytes from ${first.toString(16)}: ${Buffer.from(plan.bytes.subarray(first - 0x400000, last - 0x400000)).toString("hex")}`,
    );
    parts.push(disassemble(plan, isa, last, rip));
  });
  return parts.join("\n");
}
