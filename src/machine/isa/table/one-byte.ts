/**
 * Rows: moves, stack, strings and branches in the one-byte map.
 *
 * Spec: SDM volume 2, table A-2. Vendors differ on 66h in front of near branches in 64-bit mode: Intel ignores it, AMD
 * takes a 16-bit displacement or target. We do as Intel does, and the rows say so.
 */
export const ONE_BYTE_ROWS = `
  // ---- moves ----
  63    | MOVSXD Gv,Ez | movsxd |      | with 66h it reads 2 bytes, as on Intel (AMD: 4)
  86    | XCHG Eb,Gb   | xchg   | lock | locks by itself when an operand is memory
  87    | XCHG Ev,Gv   | xchg   | lock | locks by itself when an operand is memory
  88    | MOV Eb,Gb    | mov    |
  89    | MOV Ev,Gv    | mov    |
  8A    | MOV Gb,Eb    | mov    |
  8B    | MOV Gv,Ev    | mov    |
  8C    | MOV RMw,Sw   | movseg |
  8E    | MOV Sw,Ew    | movseg | system | a null selector or one of the flat ones; another is #GP(selector)
  8D    | LEA Gv,M     | lea    |
  F3 90 | PAUSE        | nop    | B0
  90    | NOP          | nop    | B0 default
  90    | XCHG Zv,rAX  | xchg   |
  A0    | MOV AL,Ob    | mov    |
  A1    | MOV rAX,Ov   | mov    |
  A2    | MOV Ob,AL    | mov    |
  A3    | MOV Ov,rAX   | mov    |
  B0    | MOV Zb,Ib    | mov    |
  B8    | MOV Zv,Iv    | mov    |
  C6 /0 | MOV Eb,Ib    | mov    |
  C7 /0 | MOV Ev,Iz    | mov    |
  D7    | XLAT         | xlat   | byte

  // ---- stack ----
  50    | PUSH Zv      | push   | stack
  58    | POP Zv       | pop    | stack
  68    | PUSH Iz      | push   | stack
  6A    | PUSH sIb     | push   | stack
  8F /0 | POP Ev       | pop    | stack
  FF /6 | PUSH Ev      | push   | stack
  9C    | PUSHF        | pushf  | r:oszapcd stack
  9D    | POPF         | popf   | w:oszapcd stack system | IF and IOPL keep their value
  C8    | ENTER Iw,Ib  | enter  | stack
  C9    | LEAVE        | leave  | stack

  // ---- strings ----
  A4    | MOVSB        | movs   | r:d byte repeat
  A5    | MOVS         | movs   | r:d default repeat
  A6    | CMPSB        | cmps   | r:d w:oszapc byte repeat
  A7    | CMPS         | cmps   | r:d w:oszapc default repeat
  AA    | STOSB        | stos   | r:d byte repeat
  AB    | STOS         | stos   | r:d default repeat
  AC    | LODSB        | lods   | r:d byte repeat
  AD    | LODS         | lods   | r:d default repeat
  AE    | SCASB        | scas   | r:d w:oszapc byte repeat
  AF    | SCAS         | scas   | r:d w:oszapc default repeat

  // ---- branches ----
  70    | Jcc Jb       | jcc    | r:cc 64 branch | 66h is ignored (AMD: 16 bits)
  C2    | RET Iw       | ret    | 64 branch      | 66h is ignored (AMD: 16 bits)
  C3    | RET          | ret    | 64 branch      | 66h is ignored (AMD: 16 bits)
  E0    | LOOPNE Jb    | loopne | r:z 64 branch  | 66h is ignored (AMD: 16 bits)
  E1    | LOOPE Jb     | loope  | r:z 64 branch  | 66h is ignored (AMD: 16 bits)
  E2    | LOOP Jb      | loop   | 64 branch      | 66h is ignored (AMD: 16 bits)
  E3    | JRCXZ Jb     | jrcxz  | 64 branch      | 66h is ignored (AMD: 16 bits)
  E8    | CALL Jz      | call   | 64 branch      | 66h is ignored (AMD: 16 bits)
  E9    | JMP Jz       | jmp    | 64 branch      | 66h is ignored (AMD: 16 bits)
  EB    | JMP Jb       | jmp    | 64 branch      | 66h is ignored (AMD: 16 bits)
  FF /2 | CALL Ev      | call   | 64 branch      | 66h is ignored (AMD: 16 bits)
  FF /4 | JMP Ev       | jmp    | 64 branch      | 66h is ignored (AMD: 16 bits)

  // ---- traps on purpose ----
  CC    | INT3         | int3   | trap system | #BP
  CD    | INT Ib       | int    | trap system | #GP(8n+2), but #BP for n = 3: no other gate is open to ring 3
  F1    | INT1         | int1   | trap system | #DB
`;
