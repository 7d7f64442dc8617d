/** Characters of the pictures for terminals whose locale has no Unicode: one of ASCII for each. */

const STAND_INS: Readonly<Record<string, string>> = {
  "─": "-",
  "│": "|",
  "┬": "+",
  "▸": ">",
  "→": ">",
  "←": "<",
  "↑": "^",
  "↓": "v",
  "⏎": "<",
  "…": "~",
  "×": "x",
  "·": ".",
  " ": " ",
};

export function inAscii(character: string): string {
  if (character < "\x7f") return character;
  const standIn = STAND_INS[character];
  if (standIn !== undefined) return standIn;
  // Blocks of eighths, from the bottom and from the left.
  if (character >= "▁" && character <= "▏") return character > "▃" && character < "▍" ? "#" : ":";
  return "?";
}
