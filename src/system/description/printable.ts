/** Text of a file that is to be shown: control characters would reach the terminal. At most 60 characters. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, "?");
  return clean.length <= 60 ? clean : `${clean.slice(0, 57)}...`;
}
