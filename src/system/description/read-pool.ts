/** Tables [pool.NAME]: memory in blocks that partitions pass to each other. */
import { POOL_MODES } from "../../abi/index.js";
import { builtWords } from "../../vocabulary.js";
import { BLOCK, blockProblem, POOL } from "../limits.js";
import { DEFAULTS, type PoolDescription } from "./description.js";
import type { KeyPath } from "./locator.js";
import { readNames } from "./read-names.js";
import type { SystemDocument } from "./schema.js";
import { formatSize } from "./units.js";
import type { ValueReader } from "./value-reader.js";

const BLOCK_HINT = `It is a power of two from "${formatSize(BLOCK.least)}" to "${formatSize(BLOCK.most)}".`;
const SIZE_HINT = `It is from "${formatSize(POOL.least)}" to "${formatSize(POOL.most)}".`;

export function readPool(
  reader: ValueReader,
  name: string,
  table: NonNullable<SystemDocument["pool"]>[string],
): PoolDescription {
  const path: KeyPath = ["pool", name];
  const blockPath = [...path, "block"];
  let blockBytes = reader.size(blockPath, table.block, DEFAULTS.blockBytes, BLOCK, BLOCK_HINT);
  if (blockProblem(blockBytes)) {
    reader.fail(blockPath, `block can't be "${table.block}"`, BLOCK_HINT);
    blockBytes = DEFAULTS.blockBytes;
  }
  return {
    path,
    name,
    mode: reader.choose([...path, "mode"], "pool mode", table.mode, builtWords(POOL_MODES), []),
    members: [...readNames([...path, "owner"], table.owner), ...readNames([...path, "members"], table.members)],
    sizeBytes: reader.size([...path, "size"], table.size, blockBytes, POOL, SIZE_HINT),
    blockBytes,
  };
}
