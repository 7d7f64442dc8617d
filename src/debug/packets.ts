/**
 * Packets of gdb's remote serial protocol ("Debugging with GDB", appendix E): `$text#checksum`, with acknowledgements
 * around them, and the byte 3 for an interrupt. Bytes come in pieces of any size, and are taken to be hostile.
 *
 * Texts have one character a byte.
 */

/** Bytes of a packet's text; told to gdb, which keeps to it. */
export const MOST_PACKET_BYTES = 16 * 1024;

export type Arrival =
  | { readonly kind: "packet"; readonly text: string }
  | { readonly kind: "interrupt" }
  /** Of what we sent: it came, or is to be sent again. */
  | { readonly kind: "ack" }
  | { readonly kind: "nack" }
  /** A packet that is too long, or with a wrong checksum. */
  | { readonly kind: "broken" };

export interface PacketReader {
  push(bytes: Uint8Array): Arrival[];
}

const START = 0x24;
const END = 0x23;
const ESCAPE = 0x7d;
const ESCAPED = 0x20;
const INTERRUPT = 3;
const ACK = 0x2b;
const NACK = 0x2d;

const enum Reading {
  /** Between packets. */
  Nothing,
  Text,
  FirstDigit,
  SecondDigit,
}

export function createPacketReader(): PacketReader {
  let reading = Reading.Nothing;
  let bytes: number[] = [];
  let isTooLong = false;
  let sum = 0;
  let told = 0;

  function begin(): void {
    reading = Reading.Text;
    bytes = [];
    isTooLong = false;
    sum = 0;
  }

  function take(byte: number): Arrival | null {
    if (byte === START && reading !== Reading.FirstDigit) {
      begin();
      return null;
    }
    switch (reading) {
      case Reading.Nothing:
        if (byte === INTERRUPT) return { kind: "interrupt" };
        if (byte === ACK) return { kind: "ack" };
        return byte === NACK ? { kind: "nack" } : null;
      case Reading.Text:
        if (byte === END) {
          reading = Reading.FirstDigit;
          return null;
        }
        sum = (sum + byte) & 255;
        // mutant packets-have-no-limit: bytes.push(byte);
        if (bytes.length < MOST_PACKET_BYTES) bytes.push(byte);
        else isTooLong = true;
        return null;
      case Reading.FirstDigit:
        told = 16 * hexDigit(byte);
        reading = Reading.SecondDigit;
        return null;
      case Reading.SecondDigit:
        reading = Reading.Nothing;
        if (isTooLong || told + hexDigit(byte) !== sum) return { kind: "broken" };
        return { kind: "packet", text: unescape(bytes) };
    }
  }

  return {
    push: (arrived) => [...arrived].map(take).filter((arrival) => arrival !== null),
  };
}

function hexDigit(byte: number): number {
  const value = parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(value) ? 256 : value;
}

function unescape(bytes: readonly number[]): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++)
    text += String.fromCharCode(bytes[i] === ESCAPE && i + 1 < bytes.length ? bytes[++i] ^ ESCAPED : bytes[i]);
  return text;
}

/** A packet with this text, ready to be sent. */
export function packetOf(text: string): Uint8Array {
  const bytes = [START];
  let sum = 0;
  const add = (byte: number): void => {
    bytes.push(byte);
    sum = (sum + byte) & 255;
  };
  for (const character of text) {
    const byte = character.charCodeAt(0) & 255;
    if (byte === START || byte === END || byte === ESCAPE || byte === 0x2a) {
      add(ESCAPE);
      add(byte ^ ESCAPED);
    } else add(byte);
  }
  const digits = sum.toString(16).padStart(2, "0");
  return Uint8Array.from([...bytes, END, digits.charCodeAt(0), digits.charCodeAt(1)]);
}

/** Two digits a byte. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Null for what is not an even number of digits. */
export function bytesOfHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** Of a text in UTF-8. */
export function hexOfText(text: string): string {
  return hexOf(new TextEncoder().encode(text));
}
