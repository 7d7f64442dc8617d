/**
 * How a block ends, as its SSA says it.
 */
import type { Terminator } from "../../ssa/index.js";

/** Where control goes behind a block that runs to its end. */
export type BlockEnd =
  | { readonly kind: "next"; readonly target: bigint }
  /** `target` is null where it is computed. */
  | { readonly kind: "jump"; readonly target: bigint | null }
  | { readonly kind: "branch"; readonly target: bigint; readonly next: bigint }
  | { readonly kind: "systemCall" };

export function endOf(terminator: Terminator): BlockEnd {
  switch (terminator.kind) {
    case "next":
      return { kind: "next", target: terminator.address };
    case "jump": {
      const { detail } = terminator.target;
      return { kind: "jump", target: detail.kind === "constant" ? detail.value : null };
    }
    case "branch": {
      const { detail } = terminator.target;
      if (detail.kind !== "constant") throw new TypeError("a conditional branch goes to a constant");
      return { kind: "branch", target: detail.value, next: terminator.next };
    }
    case "systemCall":
      return { kind: "systemCall" };
    case "trap":
      throw new TypeError("a block in translated code doesn't end with a trap");
  }
}
