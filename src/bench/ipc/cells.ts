/** What `hallows bench ipc` measures: cells, and each as the system description that is booted for it. */

export const PATTERNS = {
  "ping-pong": { letter: "p", peers: 1 },
  "one way": { letter: "t", peers: 1 },
  "fan-in": { letter: "t", peers: 4 },
  "fan-out": { letter: "b", peers: 4 },
  bytes: { letter: "y", peers: 1 },
} as const;

export type Pattern = keyof typeof PATTERNS;

export interface IpcCell {
  readonly pattern: Pattern;
  /** Whether who has nothing to do looks again and again, or sleeps until a doorbell. */
  readonly way: "polled" | "woken";
  readonly where: "across cores" | "same core";
  /** Messages a publication, at most. */
  readonly batch: number;
  readonly bytes: number;
}

export const FREQUENCY_HZ = 1_000_000_000;

export function ipcCellName({ pattern, way, where, batch, bytes }: IpcCell): string {
  return `${pattern}, ${sizeText(bytes)}, batch ${batch}, ${way}, ${where}`;
}

export function sizeText(bytes: number): string {
  if (bytes >= 2 ** 20) return `${bytes / 2 ** 20} MiB`;
  return bytes >= 1024 ? `${bytes / 1024} KiB` : `${bytes} B`;
}

const BATCHES = [1, 2, 4, 8, 16, 32, 64];
const SIZES = [8, 64, 256, 1024, 4096, 16384, 65536];
const LARGE = [4096, 16384, 65536, 262144, 1048576];

/** All cells, or with `quick` some. */
export function ipcCells(quick: boolean): IpcCell[] {
  const across = { where: "across cores", batch: 1, bytes: 64 } as const;
  const some = <Value>(values: readonly Value[], every: number): readonly Value[] =>
    quick ? values.filter((_, index) => index % every === 0) : values;
  const cells: IpcCell[] = [];
  for (const way of ["polled", "woken"] as const) {
    cells.push({ ...across, pattern: "ping-pong", way, bytes: 8 });
    if (way === "woken") cells.push({ ...across, pattern: "ping-pong", way, bytes: 8, where: "same core" });
    for (const batch of some(BATCHES, 2)) cells.push({ ...across, pattern: "one way", way, batch });
    if (way === "woken") cells.push({ ...across, pattern: "one way", way, batch: 32, where: "same core" });
    for (const bytes of some(SIZES, 3)) cells.push({ ...across, pattern: "one way", way, bytes });
    for (const pattern of ["fan-in", "fan-out"] as const)
      for (const batch of quick ? [1] : [1, 32]) cells.push({ ...across, pattern, way, batch });
  }
  for (const bytes of some(LARGE, 2)) cells.push({ ...across, pattern: "bytes", way: "woken", bytes });
  const seen = new Set<string>();
  return cells.filter((cell) => !seen.has(ipcCellName(cell)) && seen.add(ipcCellName(cell)));
}

/** The system of a cell in which each sender sends `count` messages. */
export function describeIpcCell(cell: IpcCell, count: number, seed: number): string {
  const { pattern, way, where, batch, bytes } = cell;
  const { letter, peers } = PATTERNS[pattern];
  const several = Array.from({ length: peers }, (_, index) => `peer${index}`);
  const [one, many] = [["hub"], several];
  const from = pattern === "fan-out" || peers === 1 ? one : many;
  const to = from === one ? many : one;
  const partitions = [...one, ...many].map((name, index) => {
    const share =
      where === "same core" ? `core = 0\nreserve = { budget = "400 us", period = "1 ms" }` : `core = ${index}`;
    return `[partition.${name}]\nclass = "backend"\nprogram = "ipc.elf"\nmemory = "4 MiB"\n${share}`;
  });
  const kind = { "fan-out": 'kind = "broadcast"', bytes: 'kind = "bytes"' }[pattern as string] ?? "";
  const room =
    pattern === "bytes" ? 'size = "256 KiB"' : `slots = ${bytes > 4096 ? 16 : 256}\nslot_size = "${bytes} B"`;
  const name = (prefix: string): string => `${prefix}-${way[0]}-${batch}-${bytes}-${count}`;
  const channel = (prefix: string, ends: readonly [readonly string[], readonly string[]]): string =>
    `[[channel]]\nname = "${name(prefix)}"\n${kind}\n${ends.map((end, i) => `${i === 0 ? "from" : "to"} = ${endText(end)}`).join("\n")}\n${room}`;
  return [
    `[machine]\nmemory = "${2 + 6 * (peers + 1) + 8} MiB"\nfrequency = "1 GHz"\nseed = ${seed}`,
    ...partitions,
    channel(letter, [from, to]),
    ...(pattern === "ping-pong" ? [channel("q", [to, from])] : []),
  ].join("\n\n");
}

function endText(names: readonly string[]): string {
  return names.length === 1 ? `"${names[0]}"` : JSON.stringify(names);
}
