/**
 * Rows: floating-point arithmetic, comparison and conversion.
 *
 * Spec: SDM volume 2, tables. All but RCPPS, RSQRTPS and their scalar forms set flags in MXCSR and raise #XM
 * where one of them is unmasked. Memory operands of 128 bits must be aligned: #GP(0).
 */
export const FLOAT_ROWS = `
  // ---- arithmetic ----
  NP 0F 58    | ADDPS Vps,Wps        | addps     |
  66 0F 58    | ADDPD Vpd,Wpd        | addpd     |
  F3 0F 58    | ADDSS Vss,Wss        | addss     |
  F2 0F 58    | ADDSD Vsd,Wsd        | addsd     |
  NP 0F 5C    | SUBPS Vps,Wps        | subps     |
  66 0F 5C    | SUBPD Vpd,Wpd        | subpd     |
  F3 0F 5C    | SUBSS Vss,Wss        | subss     |
  F2 0F 5C    | SUBSD Vsd,Wsd        | subsd     |
  NP 0F 59    | MULPS Vps,Wps        | mulps     |
  66 0F 59    | MULPD Vpd,Wpd        | mulpd     |
  F3 0F 59    | MULSS Vss,Wss        | mulss     |
  F2 0F 59    | MULSD Vsd,Wsd        | mulsd     |
  NP 0F 5E    | DIVPS Vps,Wps        | divps     |
  66 0F 5E    | DIVPD Vpd,Wpd        | divpd     |
  F3 0F 5E    | DIVSS Vss,Wss        | divss     |
  F2 0F 5E    | DIVSD Vsd,Wsd        | divsd     |
  NP 0F 5D    | MINPS Vps,Wps        | minps     |
  66 0F 5D    | MINPD Vpd,Wpd        | minpd     |
  F3 0F 5D    | MINSS Vss,Wss        | minss     |
  F2 0F 5D    | MINSD Vsd,Wsd        | minsd     |
  NP 0F 5F    | MAXPS Vps,Wps        | maxps     |
  66 0F 5F    | MAXPD Vpd,Wpd        | maxpd     |
  F3 0F 5F    | MAXSS Vss,Wss        | maxss     |
  F2 0F 5F    | MAXSD Vsd,Wsd        | maxsd     |
  NP 0F 51    | SQRTPS Vps,Wps       | sqrtps    |
  66 0F 51    | SQRTPD Vpd,Wpd       | sqrtpd    |
  F3 0F 51    | SQRTSS Vss,Wss       | sqrtss    |
  F2 0F 51    | SQRTSD Vsd,Wsd       | sqrtsd    |
  NP 0F 53    | RCPPS Vps,Wps        | rcpps     | | our own table, within the bound of 1.5 / 4096
  F3 0F 53    | RCPSS Vss,Wss        | rcpss     | | our own table, within the bound of 1.5 / 4096
  NP 0F 52    | RSQRTPS Vps,Wps      | rsqrtps   | | our own table, within the bound of 1.5 / 4096
  F3 0F 52    | RSQRTSS Vss,Wss      | rsqrtss   | | our own table, within the bound of 1.5 / 4096
  F2 0F D0    | ADDSUBPS Vps,Wps     | addsubps  | feature=SSE3
  66 0F D0    | ADDSUBPD Vpd,Wpd     | addsubpd  | feature=SSE3
  F2 0F 7C    | HADDPS Vps,Wps       | haddps    | feature=SSE3
  66 0F 7C    | HADDPD Vpd,Wpd       | haddpd    | feature=SSE3
  F2 0F 7D    | HSUBPS Vps,Wps       | hsubps    | feature=SSE3
  66 0F 7D    | HSUBPD Vpd,Wpd       | hsubpd    | feature=SSE3
  66 0F 3A 08 | ROUNDPS Vps,Wps,Ib   | roundps   | feature=SSE4.1
  66 0F 3A 09 | ROUNDPD Vpd,Wpd,Ib   | roundpd   | feature=SSE4.1
  66 0F 3A 0A | ROUNDSS Vss,Wss,Ib   | roundss   | feature=SSE4.1
  66 0F 3A 0B | ROUNDSD Vsd,Wsd,Ib   | roundsd   | feature=SSE4.1
  66 0F 3A 40 | DPPS Vps,Wps,Ib      | dpps      | feature=SSE4.1
  66 0F 3A 41 | DPPD Vpd,Wpd,Ib      | dppd      | feature=SSE4.1

  // ---- comparison ----
  NP 0F C2    | CMPPS Vps,Wps,Ib     | cmpps     |
  66 0F C2    | CMPPD Vpd,Wpd,Ib     | cmppd     |
  F3 0F C2    | CMPSS Vss,Wss,Ib     | cmpss     |
  F2 0F C2    | CMPSD Vsd,Wsd,Ib     | cmpsd     |
  NP 0F 2E    | UCOMISS Vss,Wss      | ucomiss   | w:oszapc
  66 0F 2E    | UCOMISD Vsd,Wsd      | ucomisd   | w:oszapc
  NP 0F 2F    | COMISS Vss,Wss       | comiss    | w:oszapc
  66 0F 2F    | COMISD Vsd,Wsd       | comisd    | w:oszapc

  // ---- conversion ----
  NP 0F 5A    | CVTPS2PD Vpd,Wq      | cvtps2pd  |
  66 0F 5A    | CVTPD2PS Vps,Wpd     | cvtpd2ps  |
  F3 0F 5A    | CVTSS2SD Vsd,Wss     | cvtss2sd  |
  F2 0F 5A    | CVTSD2SS Vss,Wsd     | cvtsd2ss  |
  NP 0F 5B    | CVTDQ2PS Vps,Wdq     | cvtdq2ps  |
  66 0F 5B    | CVTPS2DQ Vdq,Wps     | cvtps2dq  |
  F3 0F 5B    | CVTTPS2DQ Vdq,Wps    | cvttps2dq |
  F3 0F E6    | CVTDQ2PD Vpd,Wq      | cvtdq2pd  |
  F2 0F E6    | CVTPD2DQ Vdq,Wpd     | cvtpd2dq  |
  66 0F E6    | CVTTPD2DQ Vdq,Wpd    | cvttpd2dq |
  F3 0F 2A    | CVTSI2SS Vss,Ey      | cvtsi2ss  |
  F2 0F 2A    | CVTSI2SD Vsd,Ey      | cvtsi2sd  |
  F3 0F 2C    | CVTTSS2SI Gy,Wss     | cvttss2si |
  F2 0F 2C    | CVTTSD2SI Gy,Wsd     | cvttsd2si |
  F3 0F 2D    | CVTSS2SI Gy,Wss      | cvtss2si  |
  F2 0F 2D    | CVTSD2SI Gy,Wsd      | cvtsd2si  |
`;
