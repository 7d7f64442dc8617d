import { describe, expect, it } from "vitest";
import { CallStack, createCallTree, type CallNode } from "../../dist/system/profile/call-tree.js";
import { createGuestFunctions, type GuestFunctions } from "../../dist/system/profile/guest-functions.js";

/** Functions of 0x100 bytes each, from 0x1000 on. */
const NAMES = ["start", "a", "b", "c"];
const [START, A, B, C] = [0x1000, 0x1100, 0x1200, 0x1300];
const REGION = { at: 0x1000n, sizeBytes: 0x4000 } as never;

function functionsOf(symbols: readonly { name: string; at: number; sizeBytes: number }[]): GuestFunctions {
  return createGuestFunctions({ symbols: symbols.map((row) => ({ ...row, at: BigInt(row.at) })), regions: [REGION] });
}

interface Followed {
  readonly stack: CallStack;
  readonly tree: ReturnType<typeof createCallTree>;
  step(rip: number, next?: number, flow?: string): void;
  call(from: number, to: number): void;
  ret(from: number, to: number): void;
  jump(from: number, to: number): void;
  /** Names from the thread's first function to the present one. */
  path(): string;
}

function follow(
  functions = functionsOf(NAMES.map((name, i) => ({ name, at: START + 0x100 * i, sizeBytes: 0x100 }))),
): Followed {
  const tree = createCallTree("test");
  const stack = new CallStack(tree, functions, tree.child(tree.root, "thread", "thread"), START);
  stack.restart();
  const step = (rip: number, next = rip + 5, flow = "mov"): void => stack.retire(rip, next, 5, flow, 1);
  return {
    stack,
    tree,
    step,
    call: (from, to) => step(from, to, "call"),
    ret: (from, to) => step(from, to, "ret"),
    jump: (from, to) => step(from, to, "jmp"),
    path() {
      const names: string[] = [];
      for (let node: CallNode | null = stack.node; node?.kind === "function"; node = node.parent)
        names.unshift(node.name);
      return names.join(" ");
    },
  };
}

function sumOf(node: CallNode): { cycles: number; instructions: number; nodes: number; depth: number } {
  let { cycles, instructions } = node;
  let nodes = 1;
  let depth = 0;
  for (const child of node.children.values()) {
    const sum = sumOf(child);
    cycles += sum.cycles;
    instructions += sum.instructions;
    nodes += sum.nodes;
    depth = Math.max(depth, sum.depth);
  }
  return { cycles, instructions, nodes, depth: depth + 1 };
}

describe("the stack of calls", () => {
  it("follows calls and returns", () => {
    const { call, ret, step, path } = follow();
    call(START, A);
    call(A + 8, B);
    step(B);
    expect(path()).toBe("start a b");
    ret(B + 5, A + 13);
    expect(path()).toBe("start a");
    ret(A + 20, START + 5);
    step(START + 5);
    expect(path()).toBe("start");
  });

  it("books a CALL on the caller, and a RET on the one that returns", () => {
    const { call, ret, stack } = follow();
    call(START, A);
    const callee = stack.node;
    ret(A, START + 5);
    expect([stack.node.name, stack.node.cycles, callee.cycles, callee.calls]).toEqual(["start", 1, 1, 1]);
  });

  it("returns from each recursion once", () => {
    const { call, ret, path } = follow();
    call(START, A);
    for (let i = 0; i < 3; i++) call(A + 8, A);
    expect(path()).toBe("start a a a a");
    for (let i = 0; i < 3; i++) ret(A + 50, A + 13);
    expect(path()).toBe("start a");
  });

  it("puts a tail call in the place of its caller, and returns to whom that would have returned", () => {
    const { call, jump, step, ret, path } = follow();
    call(START, A);
    jump(A + 8, B);
    step(B);
    expect(path()).toBe("start b");
    ret(B + 5, START + 5);
    expect(path()).toBe("start");
  });

  it("notices when one function runs into the next", () => {
    const { call, step, path } = follow();
    call(START, A);
    step(A + 0xfb);
    step(B);
    expect(path()).toBe("start b");
  });

  it("unwinds when a jump leads into the middle of a function that is on it, as longjmp does", () => {
    const { call, jump, step, path, ret } = follow();
    call(START, A);
    call(A + 8, B);
    call(B + 8, C);
    jump(C + 8, A + 40);
    step(A + 40);
    expect(path()).toBe("start a");
    ret(A + 45, START + 5);
    expect(path()).toBe("start");
  });

  it("skips calls that never returned", () => {
    const { call, ret, path } = follow();
    call(START, A);
    call(A + 8, B);
    call(B + 8, C);
    ret(C + 8, START + 5);
    expect(path()).toBe("start");
  });

  it("takes a RET to an address that was pushed for a jump", () => {
    const { call, ret, step, path } = follow();
    call(START, A);
    ret(A + 8, B);
    step(B);
    expect(path()).toBe("start b");
  });

  it("takes no CALL of the next instruction for a call", () => {
    const { call, step, path } = follow();
    for (let i = 0; i < 10; i++) {
      call(START, START + 5);
      step(START + 5, START);
    }
    expect(path()).toBe("start");
  });

  it("begins again at the entry of its thread", () => {
    const { call, stack, step, path } = follow();
    call(START, A);
    stack.restart();
    step(START);
    expect([path(), stack.node.calls]).toEqual(["start", 2]);
  });

  it("loses no cycle to a recursion without end, and stays small", () => {
    const { call, tree } = follow();
    call(START, A);
    for (let i = 0; i < 200_000; i++) call([A, B, C][i % 3] + 8, [A, B, C][(i + 1) % 3]);
    const { cycles, instructions, nodes, depth } = sumOf(tree.root);
    expect([cycles, instructions]).toEqual([200_001, 200_001]);
    expect(nodes).toBeLessThan(1000);
    expect(depth).toBeLessThan(410);
  });

  it("loses no cycle to paths without number, and stays small", () => {
    const { call, ret, tree, stack } = follow();
    let random = 1;
    const returns: number[] = [];
    let count = 0;
    let from = START;
    for (; count < 400_000; count++) {
      random = (Math.imul(random, 1103515245) + 12345) >>> 0;
      const choice = (random >>> 16) % 5;
      if ((choice < 2 || returns.length > 60) && returns.length > 0) {
        const to = returns.pop() as number;
        ret(from, to);
        from = to;
      } else {
        call(from, [A, B, C][(random >>> 20) % 3]);
        returns.push(from + 5);
        from = [A, B, C][(random >>> 20) % 3];
      }
    }
    const { cycles, nodes } = sumOf(tree.root);
    expect(cycles).toBe(count);
    expect(nodes).toBeLessThanOrEqual(100_005);
    expect(nodes).toBeGreaterThan(50_000);
    expect(stack.node.kind).toBe("function");
  });
});

describe("which function an address belongs to", () => {
  it("takes the cold part of a function for the function", () => {
    const functions = functionsOf([
      { name: "main.cold", at: 0x1000, sizeBytes: 0x20 },
      { name: "main", at: 0x1100, sizeBytes: 0x80 },
    ]);
    expect(functions.find(0x1008).function).toBe(functions.find(0x1108).function);
    expect(functions.find(0x1008).function).toEqual({ name: "main", at: 0x1100 });
  });

  it("keeps functions of one name apart", () => {
    const functions = functionsOf([
      { name: "emit", at: 0x1000, sizeBytes: 0x20 },
      { name: "emit", at: 0x1100, sizeBytes: 0x20 },
    ]);
    expect(functions.find(0x1010).function).not.toBe(functions.find(0x1110).function);
  });

  it("lets a symbol without a size reach to the next, and takes no label in a function for one", () => {
    const functions = functionsOf([
      { name: "_start", at: 0x1000, sizeBytes: 0 },
      { name: "alias", at: 0x1040, sizeBytes: 0 },
      { name: "main", at: 0x1040, sizeBytes: 0x40 },
      { name: "label", at: 0x1050, sizeBytes: 0 },
    ]);
    const names = [0x1000, 0x103f, 0x1040, 0x105f].map((at) => functions.find(at).function.name);
    expect(names).toEqual(["_start", "_start", "main", "main"]);
  });

  it("names code without symbols after where it was entered", () => {
    const functions = functionsOf([{ name: "main", at: 0x1100, sizeBytes: 0x100 }]);
    expect(functions.find(0x1010).function.name).toBe("0x1010");
    expect(functions.find(0x1080).function.name).toBe("0x1010");
    expect(functions.findCalled(0x1080).function.name).toBe("0x1080");
    expect([0x1010, 0x107f, 0x1080, 0x10ff, 0x1100].map((at) => functions.find(at).function.name)).toEqual([
      "0x1010",
      "0x1010",
      "0x1080",
      "0x1080",
      "main",
    ]);
    expect(functions.findCalled(0x1180).function.name).toBe("main");
  });

  it("takes a program that enters everything everywhere", () => {
    const functions = functionsOf([]);
    for (let at = 0; at < 20_000; at++) functions.findCalled(at);
    expect(functions.find(15_000).function.name).not.toBe("");
  });
});
