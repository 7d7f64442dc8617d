/**
 * Rows: packed integers, string comparison and CRC32.
 *
 * Spec: SDM volume 2, tables, groups 12 to 14 of table A-6. Memory operands of 128 bits must be aligned, but
 * for those of the string comparisons: #GP(0). The MMX forms are not part of this processor.
 */
export const VECTOR_INTEGER_ROWS = `
  // ---- addition and subtraction ----
  66 0F FC | PADDB Vdq,Wdq   | paddb   |
  66 0F FD | PADDW Vdq,Wdq   | paddw   |
  66 0F FE | PADDD Vdq,Wdq   | paddd   |
  66 0F D4 | PADDQ Vdq,Wdq   | paddq   |
  66 0F EC | PADDSB Vdq,Wdq  | paddsb  |
  66 0F ED | PADDSW Vdq,Wdq  | paddsw  |
  66 0F DC | PADDUSB Vdq,Wdq | paddusb |
  66 0F DD | PADDUSW Vdq,Wdq | paddusw |
  66 0F F8 | PSUBB Vdq,Wdq   | psubb   |
  66 0F F9 | PSUBW Vdq,Wdq   | psubw   |
  66 0F FA | PSUBD Vdq,Wdq   | psubd   |
  66 0F FB | PSUBQ Vdq,Wdq   | psubq   |
  66 0F E8 | PSUBSB Vdq,Wdq  | psubsb  |
  66 0F E9 | PSUBSW Vdq,Wdq  | psubsw  |
  66 0F D8 | PSUBUSB Vdq,Wdq | psubusb |
  66 0F D9 | PSUBUSW Vdq,Wdq | psubusw |
  66 0F E0 | PAVGB Vdq,Wdq   | pavgb   |
  66 0F E3 | PAVGW Vdq,Wdq   | pavgw   |
  66 0F F6 | PSADBW Vdq,Wdq  | psadbw  |
  66 0F 38 01 | PHADDW Vdq,Wdq  | phaddw  | feature=SSSE3
  66 0F 38 02 | PHADDD Vdq,Wdq  | phaddd  | feature=SSSE3
  66 0F 38 03 | PHADDSW Vdq,Wdq | phaddsw | feature=SSSE3
  66 0F 38 05 | PHSUBW Vdq,Wdq  | phsubw  | feature=SSSE3
  66 0F 38 06 | PHSUBD Vdq,Wdq  | phsubd  | feature=SSSE3
  66 0F 38 07 | PHSUBSW Vdq,Wdq | phsubsw | feature=SSSE3
  66 0F 38 08 | PSIGNB Vdq,Wdq  | psignb  | feature=SSSE3
  66 0F 38 09 | PSIGNW Vdq,Wdq  | psignw  | feature=SSSE3
  66 0F 38 0A | PSIGND Vdq,Wdq  | psignd  | feature=SSSE3
  66 0F 38 1C | PABSB Vdq,Wdq   | pabsb   | feature=SSSE3
  66 0F 38 1D | PABSW Vdq,Wdq   | pabsw   | feature=SSSE3
  66 0F 38 1E | PABSD Vdq,Wdq   | pabsd   | feature=SSSE3
  66 0F 3A 42 | MPSADBW Vdq,Wdq,Ib | mpsadbw | feature=SSE4.1
  66 0F 38 41 | PHMINPOSUW Vdq,Wdq | phminposuw | feature=SSE4.1

  // ---- products ----
  66 0F D5 | PMULLW Vdq,Wdq  | pmullw  |
  66 0F E4 | PMULHUW Vdq,Wdq | pmulhuw |
  66 0F E5 | PMULHW Vdq,Wdq  | pmulhw  |
  66 0F F4 | PMULUDQ Vdq,Wdq | pmuludq |
  66 0F F5 | PMADDWD Vdq,Wdq | pmaddwd |
  66 0F 38 04 | PMADDUBSW Vdq,Wdq | pmaddubsw | feature=SSSE3
  66 0F 38 0B | PMULHRSW Vdq,Wdq  | pmulhrsw  | feature=SSSE3
  66 0F 38 28 | PMULDQ Vdq,Wdq    | pmuldq    | feature=SSE4.1
  66 0F 38 40 | PMULLD Vdq,Wdq    | pmulld    | feature=SSE4.1

  // ---- comparison ----
  66 0F 74 | PCMPEQB Vdq,Wdq | pcmpeqb |
  66 0F 75 | PCMPEQW Vdq,Wdq | pcmpeqw |
  66 0F 76 | PCMPEQD Vdq,Wdq | pcmpeqd |
  66 0F 38 29 | PCMPEQQ Vdq,Wdq | pcmpeqq | feature=SSE4.1
  66 0F 64 | PCMPGTB Vdq,Wdq | pcmpgtb |
  66 0F 65 | PCMPGTW Vdq,Wdq | pcmpgtw |
  66 0F 66 | PCMPGTD Vdq,Wdq | pcmpgtd |
  66 0F 38 37 | PCMPGTQ Vdq,Wdq | pcmpgtq | feature=SSE4.2
  66 0F 38 38 | PMINSB Vdq,Wdq  | pminsb  | feature=SSE4.1
  66 0F EA | PMINSW Vdq,Wdq  | pminsw  |
  66 0F 38 39 | PMINSD Vdq,Wdq  | pminsd  | feature=SSE4.1
  66 0F DA | PMINUB Vdq,Wdq  | pminub  |
  66 0F 38 3A | PMINUW Vdq,Wdq  | pminuw  | feature=SSE4.1
  66 0F 38 3B | PMINUD Vdq,Wdq  | pminud  | feature=SSE4.1
  66 0F 38 3C | PMAXSB Vdq,Wdq  | pmaxsb  | feature=SSE4.1
  66 0F EE | PMAXSW Vdq,Wdq  | pmaxsw  |
  66 0F 38 3D | PMAXSD Vdq,Wdq  | pmaxsd  | feature=SSE4.1
  66 0F DE | PMAXUB Vdq,Wdq  | pmaxub  |
  66 0F 38 3E | PMAXUW Vdq,Wdq  | pmaxuw  | feature=SSE4.1
  66 0F 38 3F | PMAXUD Vdq,Wdq  | pmaxud  | feature=SSE4.1

  // ---- shifts ----
  66 0F F1 | PSLLW Vdq,Wdq   | psllw |
  66 0F F2 | PSLLD Vdq,Wdq   | pslld |
  66 0F F3 | PSLLQ Vdq,Wdq   | psllq |
  66 0F D1 | PSRLW Vdq,Wdq   | psrlw |
  66 0F D2 | PSRLD Vdq,Wdq   | psrld |
  66 0F D3 | PSRLQ Vdq,Wdq   | psrlq |
  66 0F E1 | PSRAW Vdq,Wdq   | psraw |
  66 0F E2 | PSRAD Vdq,Wdq   | psrad |
  66 0F 71 /2 | PSRLW Udq,Ib  | psrlw  |
  66 0F 71 /4 | PSRAW Udq,Ib  | psraw  |
  66 0F 71 /6 | PSLLW Udq,Ib  | psllw  |
  66 0F 72 /2 | PSRLD Udq,Ib  | psrld  |
  66 0F 72 /4 | PSRAD Udq,Ib  | psrad  |
  66 0F 72 /6 | PSLLD Udq,Ib  | pslld  |
  66 0F 73 /2 | PSRLQ Udq,Ib  | psrlq  |
  66 0F 73 /3 | PSRLDQ Udq,Ib | psrldq |
  66 0F 73 /6 | PSLLQ Udq,Ib  | psllq  |
  66 0F 73 /7 | PSLLDQ Udq,Ib | pslldq |

  // ---- strings and CRC ----
  66 0F 3A 60 | PCMPESTRM Vdq,Wdq,Ib   | pcmpestrm | W0 w:oszapc feature=SSE4.2 | any address; gives XMM0
  66 0F 3A 60 | PCMPESTRM64 Vdq,Wdq,Ib | pcmpestrm | W1 w:oszapc feature=SSE4.2 | any address; gives XMM0; lengths in RAX and RDX
  66 0F 3A 61 | PCMPESTRI Vdq,Wdq,Ib   | pcmpestri | W0 w:oszapc feature=SSE4.2 | any address; gives ECX
  66 0F 3A 61 | PCMPESTRI64 Vdq,Wdq,Ib | pcmpestri | W1 w:oszapc feature=SSE4.2 | any address; gives ECX; lengths in RAX and RDX
  66 0F 3A 62 | PCMPISTRM Vdq,Wdq,Ib   | pcmpistrm | w:oszapc feature=SSE4.2 | any address; gives XMM0
  66 0F 3A 63 | PCMPISTRI Vdq,Wdq,Ib   | pcmpistri | w:oszapc feature=SSE4.2 | any address; gives ECX
  F2 0F 38 F0 | CRC32 Gy,Eb | crc32 | dword feature=SSE4.2
  F2 0F 38 F1 | CRC32 Gy,Ev | crc32 | default feature=SSE4.2
`;
