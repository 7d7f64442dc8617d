/**
 * What becomes of a block of a pool when a member gives, takes, seals or releases it: the rules of each mode as pure
 * functions over the block's plain state, and what has to happen to pages then. Nothing here touches page tables.
 *
 *   move   held by a member ── give ──> given to another ── take ──> held by it
 *   copy   free ── give, by the owner ──> given ── take ──> held ── release ──> free        one for each member
 *   seal   held by the owner ── seal ──> sealed, read by those who took it ── release, once nobody reads ──> held
 *
 * Invariant: at any time a block's frames are mapped writable at most once, and where they are, they are mapped nowhere
 * else. So accesses need no order between cores: who may read what another wrote has got it by two calls, which have.
 */
import { POOL_OWNER, Status, type PoolModeWord } from "../../abi/index.js";

export interface BlockState {
  /** Counts what the block has been through, so that old references are told from new ones. Never 0. */
  generation: number;
  /** The member that it is mapped in, or was given to. */
  holder: number;
  /** Only "held" is mapped writable; only "sealed" is mapped for reading. */
  stage: "free" | "held" | "given" | "sealed";
  /** Members that have taken a sealed block, one bit each. */
  readers: number;
}

/** What has to happen to the pages of a block in the address space of who called. */
export type BlockChange = "none" | "map" | "map-read-only" | "unmap" | "make-read-only" | "make-writable" | "copy";

export interface Decision {
  readonly status: Status;
  readonly change: BlockChange;
}

/** The rules of a mode. A rule that is not there is not a call of the mode. `me` and `to` are members. */
export interface ModeRules {
  give?(block: BlockState, me: number, to: number): Decision;
  seal?(block: BlockState, me: number): Decision;
  take?(block: BlockState, me: number, generation: number): Decision;
  release?(block: BlockState, me: number): Decision;
  /** The life of a member has ended: what has to happen to its pages, and what it held is let go of. */
  leave(block: BlockState, me: number): BlockChange;
}

const REFUSED: Decision = { status: Status.NotAvailable, change: "none" };
const NOTHING: Decision = { status: Status.NoAction, change: "none" };
const done = (change: BlockChange): Decision => ({ status: Status.NoError, change });

/** 32 bits, and never 0. */
function advance(block: BlockState): void {
  block.generation = block.generation === 0xffff_ffff ? 1 : block.generation + 1;
}

function passTo(block: BlockState, member: number): BlockChange {
  // mutant given-block-stays-mapped: const change = "none";
  const change = block.stage === "held" ? "unmap" : "none";
  block.holder = member;
  block.stage = "given";
  // mutant old-references-stay-good:
  advance(block);
  return change;
}

const MOVE: ModeRules = {
  give(block, me, to) {
    // mutant others-give-what-is-mine: if (block.stage !== "held") return REFUSED;
    if (block.holder !== me || block.stage !== "held") return REFUSED;
    return done(passTo(block, to));
  },
  take(block, me, generation) {
    // mutant others-take-what-is-given-to-me: if (false) return REFUSED;
    if (block.holder !== me) return REFUSED;
    const isRight = generation === block.generation || (generation === 0 && me === POOL_OWNER);
    // mutant generations-do-not-matter:
    if (!isRight) return REFUSED;
    if (block.stage === "held") return NOTHING;
    block.stage = "held";
    return done("map");
  },
  release(block, me) {
    if (block.holder !== me || me === POOL_OWNER) return NOTHING;
    return done(passTo(block, POOL_OWNER));
  },
  leave(block, me) {
    if (block.holder !== me) return "none";
    if (me !== POOL_OWNER) return passTo(block, POOL_OWNER);
    advance(block);
    return "none";
  },
};

const COPY: ModeRules = {
  give(block, me, to) {
    if (me !== POOL_OWNER) return REFUSED;
    // mutant copies-are-overwritten:
    if (block.stage !== "free") return REFUSED;
    block.holder = to;
    block.stage = "given";
    advance(block);
    return done("copy");
  },
  take(block, me, generation) {
    if (me === POOL_OWNER || block.stage === "free" || generation !== block.generation) return REFUSED;
    if (block.stage === "held") return NOTHING;
    block.stage = "held";
    return done("map");
  },
  release(block, me) {
    return me === POOL_OWNER || block.stage === "free" ? NOTHING : done(free(block));
  },
  leave: (block, me) => (me === POOL_OWNER ? "none" : free(block)),
};

function free(block: BlockState): BlockChange {
  const change = block.stage === "held" ? "unmap" : "none";
  block.stage = "free";
  return change;
}

const SEAL: ModeRules = {
  seal(block, me) {
    // mutant anybody-seals: if (false) return REFUSED;
    if (me !== POOL_OWNER) return REFUSED;
    if (block.stage === "sealed") return NOTHING;
    block.stage = "sealed";
    advance(block);
    return done("make-read-only");
  },
  take(block, me, generation) {
    if (block.stage !== "sealed" || generation !== block.generation) return REFUSED;
    if (me === POOL_OWNER || hasReader(block, me)) return NOTHING;
    block.readers = (block.readers | (1 << me)) >>> 0;
    return done("map-read-only");
  },
  release(block, me) {
    if (me !== POOL_OWNER) return dropReader(block, me) ? done("unmap") : NOTHING;
    if (block.stage !== "sealed") return NOTHING;
    // mutant read-blocks-are-unsealed:
    if (block.readers !== 0) return REFUSED;
    return done(unseal(block));
  },
  leave(block, me) {
    if (me !== POOL_OWNER) return dropReader(block, me) ? "unmap" : "none";
    // Who reads it has it until it lets go; the owner's next life releases it then.
    return block.stage === "sealed" && block.readers === 0 ? unseal(block) : "none";
  },
};

function hasReader({ readers }: BlockState, member: number): boolean {
  return ((readers >>> member) & 1) !== 0;
}

function dropReader(block: BlockState, member: number): boolean {
  if (!hasReader(block, member)) return false;
  block.readers = (block.readers & ~(1 << member)) >>> 0;
  return true;
}

function unseal(block: BlockState): BlockChange {
  block.stage = "held";
  advance(block);
  return "make-writable";
}

/** By mode. Mode share has page rights that never change. */
export const MODE_RULES: Readonly<Record<PoolModeWord, ModeRules>> = {
  share: { leave: () => "none" },
  move: MOVE,
  copy: COPY,
  seal: SEAL,
};
