/**
 * Rows: moves of XMM registers, inserting and extracting, logic, shuffles, and the state of SSE.
 *
 * Spec: SDM volume 2, tables, groups 12 to 15 of table A-6. Memory operands of 128 bits must be aligned, but
 * for those of rows that say "any address": #GP(0).
 */
export const VECTOR_MOVE_ROWS = `
  // ---- whole registers ----
  NP 0F 28 | MOVAPS Vps,Wps     | movaps |
  NP 0F 29 | MOVAPS Wps,Vps     | movaps |
  66 0F 28 | MOVAPD Vpd,Wpd     | movaps |
  66 0F 29 | MOVAPD Wpd,Vpd     | movaps |
  66 0F 6F | MOVDQA Vdq,Wdq     | movaps |
  66 0F 7F | MOVDQA Wdq,Vdq     | movaps |
  NP 0F 10 | MOVUPS Vps,Wps     | movups |             | any address
  NP 0F 11 | MOVUPS Wps,Vps     | movups |             | any address
  66 0F 10 | MOVUPD Vpd,Wpd     | movups |             | any address
  66 0F 11 | MOVUPD Wpd,Vpd     | movups |             | any address
  F3 0F 6F | MOVDQU Vdq,Wdq     | movups |             | any address
  F3 0F 7F | MOVDQU Wdq,Vdq     | movups |             | any address
  F2 0F F0 | LDDQU Vdq,Mdq      | movups | feature=SSE3 | any address
  NP 0F 2B | MOVNTPS Mps,Vps    | movaps |             | an ordinary store
  66 0F 2B | MOVNTPD Mpd,Vpd    | movaps |             | an ordinary store
  66 0F E7 | MOVNTDQ Mdq,Vdq    | movaps |             | an ordinary store
  66 0F 38 2A | MOVNTDQA Vdq,Mdq | movaps | feature=SSE4.1 | an ordinary load
  66 0F F7 | MASKMOVDQU Vdq,Udq | maskmovdqu |         | all 16 bytes at rDI are checked for writing

  // ---- parts of registers ----
  F3 0F 10 | MOVSS Vss,Wss      | movss |
  F3 0F 11 | MOVSS Wss,Vss      | movss |
  F2 0F 10 | MOVSD Vsd,Wsd      | movsd |
  F2 0F 11 | MOVSD Wsd,Vsd      | movsd |
  66 0F 6E | MOVD Vdq,Ed        | movd  | W0
  66 0F 7E | MOVD Ed,Vdq        | movd  | W0
  66 0F 6E | MOVQ Vdq,Eq        | movd  | W1
  66 0F 7E | MOVQ Eq,Vdq        | movd  | W1
  F3 0F 7E | MOVQ Vq,Wq         | movq  |
  66 0F D6 | MOVQ Wq,Vq         | movq  |
  NP 0F 12 | MOVLPS Vq,Mq       | movlps |
  NP 0F 13 | MOVLPS Mq,Vq       | movlps |
  66 0F 12 | MOVLPD Vq,Mq       | movlps |
  66 0F 13 | MOVLPD Mq,Vq       | movlps |
  NP 0F 16 | MOVHPS Vq,Mq       | movhps |
  NP 0F 17 | MOVHPS Mq,Vq       | movhps |
  66 0F 16 | MOVHPD Vq,Mq       | movhps |
  66 0F 17 | MOVHPD Mq,Vq       | movhps |
  NP 0F 12 | MOVHLPS Vq,Uq      | movhlps |
  NP 0F 16 | MOVLHPS Vq,Uq      | movlhps |
  F3 0F 12 | MOVSLDUP Vps,Wps   | movsldup | feature=SSE3
  F3 0F 16 | MOVSHDUP Vps,Wps   | movshdup | feature=SSE3
  F2 0F 12 | MOVDDUP Vq,Wq      | movddup  | feature=SSE3
  NP 0F 50 | MOVMSKPS Gy,Ups    | movmskps |
  66 0F 50 | MOVMSKPD Gy,Upd    | movmskpd |
  66 0F D7 | PMOVMSKB Gy,Udq    | pmovmskb |
  66 0F C4 | PINSRW Vdq,RMw,Ib  | pinsrw | dword
  66 0F C5 | PEXTRW Gy,Udq,Ib   | pextrw |
  66 0F 3A 14 | PEXTRB RMb,Vdq,Ib    | pextrb | dword feature=SSE4.1
  66 0F 3A 15 | PEXTRW RMw,Vdq,Ib    | pextrw | dword feature=SSE4.1
  66 0F 3A 16 | PEXTRD Ed,Vdq,Ib     | pextrd | W0 feature=SSE4.1
  66 0F 3A 16 | PEXTRQ Eq,Vdq,Ib     | pextrq | W1 feature=SSE4.1
  66 0F 3A 17 | EXTRACTPS RMd,Vps,Ib | pextrd | dword feature=SSE4.1
  66 0F 3A 20 | PINSRB Vdq,RMb,Ib    | pinsrb | dword feature=SSE4.1
  66 0F 3A 21 | INSERTPS Vps,Wss,Ib  | insertps | feature=SSE4.1
  66 0F 3A 22 | PINSRD Vdq,Ed,Ib     | pinsrd | W0 feature=SSE4.1
  66 0F 3A 22 | PINSRQ Vdq,Eq,Ib     | pinsrq | W1 feature=SSE4.1
  66 0F 38 20 | PMOVSXBW Vdq,Wq | pmovsxbw | feature=SSE4.1
  66 0F 38 21 | PMOVSXBD Vdq,Wd | pmovsxbd | feature=SSE4.1
  66 0F 38 22 | PMOVSXBQ Vdq,Ww | pmovsxbq | feature=SSE4.1
  66 0F 38 23 | PMOVSXWD Vdq,Wq | pmovsxwd | feature=SSE4.1
  66 0F 38 24 | PMOVSXWQ Vdq,Wd | pmovsxwq | feature=SSE4.1
  66 0F 38 25 | PMOVSXDQ Vdq,Wq | pmovsxdq | feature=SSE4.1
  66 0F 38 30 | PMOVZXBW Vdq,Wq | pmovzxbw | feature=SSE4.1
  66 0F 38 31 | PMOVZXBD Vdq,Wd | pmovzxbd | feature=SSE4.1
  66 0F 38 32 | PMOVZXBQ Vdq,Ww | pmovzxbq | feature=SSE4.1
  66 0F 38 33 | PMOVZXWD Vdq,Wq | pmovzxwd | feature=SSE4.1
  66 0F 38 34 | PMOVZXWQ Vdq,Wd | pmovzxwq | feature=SSE4.1
  66 0F 38 35 | PMOVZXDQ Vdq,Wq | pmovzxdq | feature=SSE4.1

  // ---- logic ----
  NP 0F 54 | ANDPS Vps,Wps  | pand  |
  66 0F 54 | ANDPD Vpd,Wpd  | pand  |
  66 0F DB | PAND Vdq,Wdq   | pand  |
  NP 0F 55 | ANDNPS Vps,Wps | pandn |
  66 0F 55 | ANDNPD Vpd,Wpd | pandn |
  66 0F DF | PANDN Vdq,Wdq  | pandn |
  NP 0F 56 | ORPS Vps,Wps   | por   |
  66 0F 56 | ORPD Vpd,Wpd   | por   |
  66 0F EB | POR Vdq,Wdq    | por   |
  NP 0F 57 | XORPS Vps,Wps  | pxor  |
  66 0F 57 | XORPD Vpd,Wpd  | pxor  |
  66 0F EF | PXOR Vdq,Wdq   | pxor  |
  66 0F 38 17 | PTEST Vdq,Wdq | ptest | w:oszapc feature=SSE4.1

  // ---- unpacking and packing ----
  NP 0F 14 | UNPCKLPS Vps,Wps   | punpckldq  |
  66 0F 14 | UNPCKLPD Vpd,Wpd   | punpcklqdq |
  NP 0F 15 | UNPCKHPS Vps,Wps   | punpckhdq  |
  66 0F 15 | UNPCKHPD Vpd,Wpd   | punpckhqdq |
  66 0F 60 | PUNPCKLBW Vdq,Wdq  | punpcklbw  |
  66 0F 61 | PUNPCKLWD Vdq,Wdq  | punpcklwd  |
  66 0F 62 | PUNPCKLDQ Vdq,Wdq  | punpckldq  |
  66 0F 6C | PUNPCKLQDQ Vdq,Wdq | punpcklqdq |
  66 0F 68 | PUNPCKHBW Vdq,Wdq  | punpckhbw  |
  66 0F 69 | PUNPCKHWD Vdq,Wdq  | punpckhwd  |
  66 0F 6A | PUNPCKHDQ Vdq,Wdq  | punpckhdq  |
  66 0F 6D | PUNPCKHQDQ Vdq,Wdq | punpckhqdq |
  66 0F 63 | PACKSSWB Vdq,Wdq   | packsswb   |
  66 0F 6B | PACKSSDW Vdq,Wdq   | packssdw   |
  66 0F 67 | PACKUSWB Vdq,Wdq   | packuswb   |
  66 0F 38 2B | PACKUSDW Vdq,Wdq | packusdw  | feature=SSE4.1

  // ---- shuffles and blends ----
  NP 0F C6 | SHUFPS Vps,Wps,Ib  | shufps  |
  66 0F C6 | SHUFPD Vpd,Wpd,Ib  | shufpd  |
  66 0F 70 | PSHUFD Vdq,Wdq,Ib  | pshufd  |
  F3 0F 70 | PSHUFHW Vdq,Wdq,Ib | pshufhw |
  F2 0F 70 | PSHUFLW Vdq,Wdq,Ib | pshuflw |
  66 0F 38 00 | PSHUFB Vdq,Wdq     | pshufb   | feature=SSSE3
  66 0F 3A 0F | PALIGNR Vdq,Wdq,Ib | palignr  | feature=SSSE3
  66 0F 3A 0C | BLENDPS Vps,Wps,Ib | blendps  | feature=SSE4.1
  66 0F 3A 0D | BLENDPD Vpd,Wpd,Ib | blendpd  | feature=SSE4.1
  66 0F 3A 0E | PBLENDW Vdq,Wdq,Ib | pblendw  | feature=SSE4.1
  66 0F 38 10 | PBLENDVB Vdq,Wdq   | pblendvb | feature=SSE4.1 | by XMM0
  66 0F 38 14 | BLENDVPS Vps,Wps   | blendvps | feature=SSE4.1 | by XMM0
  66 0F 38 15 | BLENDVPD Vpd,Wpd   | blendvpd | feature=SSE4.1 | by XMM0

  // ---- state ----
  NP 0F AE /2 mem | LDMXCSR Md | ldmxcsr |     | a reserved bit is #GP(0)
  NP 0F AE /3 mem | STMXCSR Md | stmxcsr |
  NP 0F AE /0 mem | FXSAVE M    | fxsave  | W0 dword | aligned to 16; the x87 part is as after FNINIT
  NP 0F AE /0 mem | FXSAVE64 M  | fxsave  | W1 dword | aligned to 16; the x87 part is as after FNINIT
  NP 0F AE /1 mem | FXRSTOR M   | fxrstor | W0 dword | aligned to 16; the x87 part is not looked at
  NP 0F AE /1 mem | FXRSTOR64 M | fxrstor | W1 dword | aligned to 16; the x87 part is not looked at
`;
