/**
 * `npm test` runs a sample of what takes long, always the same; with HALLOWS_WHOLE=1 (`npm run test:whole`, and CI
 * on one Node) all of it.
 */
export const IS_WHOLE = process.env["HALLOWS_WHOLE"] === "1";

/** One of so many, the first among them. */
export function sampleOf<T>(list: readonly T[], oneOf: number): readonly T[] {
  return IS_WHOLE ? list : list.filter((_, index) => index % oneOf === 0);
}

/** `whole` of something, or a part. */
export function sampleSize(whole: number, part: number): number {
  return IS_WHOLE ? whole : part;
}
