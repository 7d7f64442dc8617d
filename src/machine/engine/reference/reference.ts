/**
 * The reference engine: the interpreter alone. It is the judge of every other engine.
 */
import { Bug } from "../../../errors.js";
import { guardFrame, tlbOf } from "../../memory/tlb.js";
import { createCodeCache } from "../code/code-cache.js";
import type { Engine, EngineOptions } from "../engine.js";
import { createInterpreter } from "./interpreter.js";

export function createReferenceEngine(options: EngineOptions): Engine {
  const { state, profile, mostCodeBytes } = options;
  const tlbs = state.cores.map(({ id }) => tlbOf(state, id));
  const code = createCodeCache({
    state,
    profile,
    mostCodeBytes,
    decoded: (frame) => guardFrame(state, tlbs, frame),
    dropped: () => {},
    standing: () => state.cores.map(({ id }) => interpreter.blockOf(id)),
  });
  const interpreter = createInterpreter(options, code, null);
  return {
    run(core, slice) {
      const end = interpreter.run(core, slice);
      if (end.kind === "hand-over") throw new Bug("a block is handed over, and there is no other engine");
      return end;
    },
    load: interpreter.load,
    store: interpreter.store,
    invalidate: code.invalidate,
    mappingChanged: () => {},
    codeBytes: code.heldBytes,
  };
}
