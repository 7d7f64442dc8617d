/** Moves that happen at once, made one after the other: no place is written before it was read. */

export interface Move {
  readonly to: string;
  /** A register, memory, or an immediate. */
  readonly from: string | bigint;
}

/** Where the value of one place waits while the others of its circle move. No move may name it. */
const SCRATCH = "rax";

export function moveAll(moves: readonly Move[], emit: (to: string, from: string | bigint) => void): void {
  let left = moves.filter(({ to, from }) => to !== from);
  while (left.length > 0) {
    const free = left.find(({ to }) => left.every(({ from }) => from !== to));
    if (free !== undefined) {
      emit(free.to, free.from);
      left = left.filter((move) => move !== free);
      continue;
    }
    const { to } = left[0];
    emit(SCRATCH, to);
    left = left.map((move) => (move.from === to ? { ...move, from: SCRATCH } : move));
  }
}
