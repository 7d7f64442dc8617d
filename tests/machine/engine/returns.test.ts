import { describe, expect, it } from "vitest";
import { matchReturns } from "../../../dist/machine/engine/wasm/plan/returns.js";
import { addressInBlock, type BlockPlan } from "../../../dist/machine/engine/wasm/plan/plan.js";

/** A block of one instruction of 2 bytes, as far as return prediction looks at it. */
function block(semanticKey: string): BlockPlan {
  const entries = [{ instruction: { row: { semanticKey } }, lengthBytes: 2n }];
  return { isWhole: true, first: 0, count: 1, block: { entries } } as unknown as BlockPlan;
}

describe("return prediction", () => {
  // 0: call 3; 1: jmp 2; 2: call 3; 3: jcc 4, 5; 4: ret; 5: call 7; 6: ret; 7: ret; 8: ret, which nothing calls
  const kinds = ["call", "jmp", "call", "jcc", "ret", "call", "ret", "ret", "ret"];
  const targets = [[3], [2], [3], [4, 5], [], [7], [], [], []];
  const blocks = kinds.map((kind) => block(kind));
  const returns = matchReturns(blocks, [1, undefined, undefined, undefined, undefined, 6], (at) => targets[at]);

  it("finds what is behind the calls that lead to a RET, and past calls that return in between", () => {
    expect(returns.get(4)).toEqual([1]);
    expect(returns.get(6)).toEqual([1]);
    expect(returns.get(7)).toEqual([6]);
  });

  it("says nothing of a RET whose calls are elsewhere", () => {
    expect(returns.has(8)).toBe(false);
  });

  it("says nothing of a RET with many callers", () => {
    const callers = Array.from({ length: 6 }, () => block("call"));
    const behind = callers.map((_, index) => index);
    expect(matchReturns([...callers, block("ret")], behind, () => [6]).size).toBe(0);
  });

  it("knows where an instruction at the end of the address space returns to", () => {
    expect(addressInBlock(block("call").block, 0xffff_ffff_ffff_fffen, 1)).toBe(0n);
  });
});
