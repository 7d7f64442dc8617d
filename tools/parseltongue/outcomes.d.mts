export interface ProgramOutcome {
  readonly output: string;
  readonly exitCode: number | null;
  readonly fault: string | null;
}
export function allOutcomes(text: string): {
  readonly meaning: ProgramOutcome;
  readonly reference: ProgramOutcome;
  readonly wasm: ProgramOutcome;
};
