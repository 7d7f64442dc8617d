/**
 * Bugs put into copies of the ring code by hand. Each has to be found: `honest` names the scenario that shows it, or
 * `hostile` a scenario and the side that stays honest. `onlyBuffered`: without store buffers nothing is wrong.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const IMAGES = fileURLToPath(new URL("../../images/", import.meta.url));
const [CHANNEL, QUEUE, CALL] = ["hallows_channel.h", "hallows_queue.h", "source/call.c"];

export const RING_MUTANTS = {
  "no barrier between publishing and looking for a wish": {
    file: CHANNEL,
    from: "  hallows_fence(); /* 1 */\n",
    to: '  __asm__ volatile("" ::: "memory");\n',
    honest: "queue, block",
    onlyBuffered: true,
  },
  "no barrier between a wish and the look behind it": {
    file: CHANNEL,
    from: "  hallows_fence(); /* 2 */\n",
    to: '  __asm__ volatile("" ::: "memory");\n',
    honest: "queue, block",
    onlyBuffered: true,
  },
  "no look behind a wish": {
    file: CHANNEL,
    from: "  return hallows_refresh(channel) != 0 || channel->broken;",
    to: "  return channel->broken;",
    honest: "queue, block",
  },
  "wishes compared without wrapping": {
    file: CHANNEL,
    from: "  return (uint32_t)(new_index - *channel->peer_event - 1) < (uint32_t)(new_index - old_index);",
    to: "  return new_index > *channel->peer_event && *channel->peer_event >= old_index;",
    honest: "queue, block",
  },
  "published before the data is there": {
    file: "source/queue.c",
    from: "  memcpy(slot, message, length);\n  hallows_commit(channel, length);\n  hallows_publish(channel);\n",
    to: "  hallows_commit(channel, length);\n  hallows_publish(channel);\n  memcpy(slot, message, length);\n",
    honest: "queue, block",
  },
  "off by one in full": {
    file: QUEUE,
    from: "channel->local - channel->opposite >= channel->slots && !hallows_make_room",
    to: "channel->local - channel->opposite > channel->slots && !hallows_make_room",
    honest: "queue, block",
  },
  "an index that is not masked": {
    file: QUEUE,
    from: "  uint32_t slot = channel->local & (channel->slots - 1);\n  uint64_t copy",
    to: "  uint32_t slot = channel->local;\n  uint64_t copy",
    honest: "queue, block",
  },
  "a batch of releases kept back while sleeping": {
    file: "source/channel.c",
    from: "      hallows_publish(channels[index]);\n",
    to: "",
    honest: "queue, batches",
  },
  "overwritten messages believed": {
    file: QUEUE,
    from: "  return channel->full_policy != HALLOWS_FULL_DROP_OLDEST ||",
    to: "  return channel->full_policy == HALLOWS_FULL_DROP_OLDEST ||",
    honest: "queue, drop-oldest",
  },
  "a claim of a former life taken back": {
    file: "source/channel.c",
    from: "    if (channel->claimed - own->tail > channel->slots) own->claimed",
    to: "    own->claimed",
    honest: "sampling, restarts",
  },
  "overwritten values believed": {
    file: "source/sampling.c",
    from: "    if ((uint32_t)(channel->theirs->claimed - tail) >= channel->slots) continue;\n",
    to: "",
    honest: "sampling",
  },
  "a listener that is not rung": {
    file: "source/broadcast.c",
    from: "    if (!consumer->broken && (uint32_t)",
    to: "    if (link == 0 && !consumer->broken && (uint32_t)",
    honest: "broadcast, block",
  },
  "generations of replies ignored": {
    file: CALL,
    from: "ticket.generation != call->replies.generation",
    to: "ticket.generation == 0",
    honest: "call, restarts",
  },
  "a length that is fetched twice": {
    file: "source/queue.c",
    from: "    if (fits) memcpy(buffer, slot, *length);",
    to: "    if (fits) memcpy(buffer, slot, (uint32_t)channel->descriptors[channel->local & (channel->slots - 1)]);",
    hostile: ["queue, block", "receiver"],
  },
  "a record believed beyond the ring's end": {
    file: "source/bytes.c",
    from: "    if (record > filled || record > ahead || (is_skip && record != ahead)) {",
    to: "    if (record > filled) {",
    hostile: ["bytes, block", "receiver"],
  },
};

/** Builds a program with a mistake in a copy of the SDK. Returns the ELF file. */
export function buildMutant({ file, from, to }, program) {
  const folder = mkdtempSync(join(tmpdir(), "hallows-rings-"));
  try {
    for (const part of ["build.sh", "sdk", "rings"])
      cpSync(join(IMAGES, part), join(folder, part), { recursive: true });
    const path = join(folder, "sdk", file);
    const text = readFileSync(path, "utf8");
    if (text.split(from).length !== 2) throw new Error(`${file} has not one place for the mutant: ${from}`);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
    execFileSync(join(folder, "build.sh"), [folder, join(folder, "rings", `${program}.c`)], { stdio: "pipe" });
    return readFileSync(join(folder, `${program}.elf`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
