/**
 * Rows: the integer part of the maps 0F and 0F 38.
 *
 * Spec: SDM volume 2, tables, groups 6 to 16 of table A-6. Opcodes 0F 18 to 0F 1F are hints: what a
 * processor does not know there is a NOP with a ModRM operand, which is why prefetch variants, CLDEMOTE, ENDBR and
 * RDSSP need no feature to run.
 */
export const TWO_BYTE_ROWS = `
  // ---- conditions ----
  0F 40    | CMOVcc Gv,Ev   | cmovcc | r:cc
  0F 80    | Jcc Jz         | jcc    | r:cc 64 branch | 66h is ignored (AMD: 16 bits)
  0F 90    | SETcc Eb       | setcc  | r:cc

  // ---- moves ----
  0F B6    | MOVZX Gv,Eb    | movzx  |
  0F B7    | MOVZX Gv,Ew    | movzx  |
  0F BE    | MOVSX Gv,Eb    | movsx  |
  0F BF    | MOVSX Gv,Ew    | movsx  |
  NP 0F C3 | MOVNTI My,Gy   | mov    |                 | an ordinary store
  0F C8    | BSWAP Zv       | bswap  |                 | the result of the 16-bit form is undefined
  NP 0F 38 F0 | MOVBE Gv,Mv | movbe  | feature=MOVBE
  NP 0F 38 F1 | MOVBE Mv,Gv | movbe  | feature=MOVBE
  0F A0    | PUSH FS        | push   | stack
  0F A8    | PUSH GS        | push   | stack
  0F A1    | POP FS         | pop    | stack system | selectors as for MOV
  0F A9    | POP GS         | pop    | stack system | selectors as for MOV

  // ---- arithmetic and bits ----
  0F AF    | IMUL Gv,Ev     | imul   | w:oc u:szap
  0F A3    | BT Ev,Gv       | bt     | w:c u:osap
  0F AB    | BTS Ev,Gv      | bts    | w:c u:osap lock
  0F B3    | BTR Ev,Gv      | btr    | w:c u:osap lock
  0F BB    | BTC Ev,Gv      | btc    | w:c u:osap lock
  0F BA /4 | BT Ev,Ib       | bt     | w:c u:osap
  0F BA /5 | BTS Ev,Ib      | bts    | w:c u:osap lock
  0F BA /6 | BTR Ev,Ib      | btr    | w:c u:osap lock
  0F BA /7 | BTC Ev,Ib      | btc    | w:c u:osap lock
  0F A4    | SHLD Ev,Gv,Ib  | shld   | w:szpc u:oa | CF and the result are undefined when the count exceeds the width
  0F A5    | SHLD Ev,Gv,CL  | shld   | w:szpc u:oa | CF and the result are undefined when the count exceeds the width
  0F AC    | SHRD Ev,Gv,Ib  | shrd   | w:szpc u:oa | CF and the result are undefined when the count exceeds the width
  0F AD    | SHRD Ev,Gv,CL  | shrd   | w:szpc u:oa | CF and the result are undefined when the count exceeds the width
  F3 0F B8 | POPCNT Gv,Ev   | popcnt | w:oszapc feature=POPCNT
  F3 0F BC | TZCNT Gv,Ev    | tzcnt  | w:zc u:osap feature=BMI1
  F3 0F BD | LZCNT Gv,Ev    | lzcnt  | w:zc u:osap feature=LZCNT
  0F BC    | BSF Gv,Ev      | bsf    | w:z u:osapc | of 0: the destination keeps its value (AMD's rule; Intel: undefined)
  0F BD    | BSR Gv,Ev      | bsr    | w:z u:osapc | of 0: the destination keeps its value (AMD's rule; Intel: undefined)
  66 0F 38 F6 | ADCX Gy,Ey  | adcx   | r:c w:c feature=ADX
  F3 0F 38 F6 | ADOX Gy,Ey  | adox   | r:o w:o feature=ADX

  // ---- atomic ----
  0F B0    | CMPXCHG Eb,Gb  | cmpxchg | w:oszapc lock
  0F B1    | CMPXCHG Ev,Gv  | cmpxchg | w:oszapc lock
  0F C0    | XADD Eb,Gb     | xadd    | w:oszapc lock
  0F C1    | XADD Ev,Gv     | xadd    | w:oszapc lock
  0F C7 /1 | CMPXCHG8B Mq   | cmpxchg8b  | w:z lock dword W0
  0F C7 /1 | CMPXCHG16B Mdq | cmpxchg16b | w:z lock dword W1 feature=CMPXCHG16B | #GP(0) when not aligned to 16 bytes

  // ---- hints, fences, caches ----
  0F 0D /0 | PREFETCH Mb    | nop |
  0F 0D /1 | PREFETCHW Mb   | nop |
  0F 0D /2 | PREFETCHWT1 Mb | nop |
  0F 0D mem | PREFETCH Mb   | nop |        | /3 to /7 are reserved and act as PREFETCH
  0F 0D reg | NOP Ev        | nop |        | as Intel; AMD: #UD
  0F 18 /0 | PREFETCHNTA Mb | nop |
  0F 18 /1 | PREFETCHT0 Mb  | nop |
  0F 18 /2 | PREFETCHT1 Mb  | nop |
  0F 18 /3 | PREFETCHT2 Mb  | nop |
  0F 18 /6 | PREFETCHIT1 Mb | nop |
  0F 18 /7 | PREFETCHIT0 Mb | nop |
  0F 18    | NOP Ev         | nop |
  0F 19    | NOP Ev         | nop |
  0F 1A    | NOP Ev         | nop |        | hints that mean something elsewhere (MPX in 0F 1A and 0F 1B) are NOPs
  0F 1B    | NOP Ev         | nop |        | hints that mean something elsewhere (MPX in 0F 1A and 0F 1B) are NOPs
  NP 0F 1C /0 | CLDEMOTE Mb | nop |        | a hint
  0F 1C    | NOP Ev         | nop |
  0F 1D    | NOP Ev         | nop |
  F3 0F 1E =FA   | ENDBR64  | nop |        | CR4.CET is clear
  F3 0F 1E =FB   | ENDBR32  | nop |        | CR4.CET is clear
  F3 0F 1E /1    | RDSSP Ry | nop |        | CR4.CET is clear: a NOP
  0F 1E    | NOP Ev         | nop |
  0F 1F    | NOP Ev         | nop |
  NP 0F AE /5 reg | LFENCE  | fence | fence
  NP 0F AE /6 reg | MFENCE  | fence | fence
  NP 0F AE /7 reg | SFENCE  | fence | fence
  NP 0F AE /7     | CLFLUSH Mb | clflush |   | checks its address as a load of one byte does

  // ---- time, identity, bases ----
  0F 31    | RDTSC          | rdtsc  | time | CR4.TSD is clear
  0F 01 =F9 | RDTSCP        | rdtscp | time feature=RDTSCP
  F3 0F C7 /7 | RDPID Rq    | rdpid  | 64 feature=RDPID
  0F A2    | CPUID          | cpuid  | system
  F3 0F AE /0 | RDFSBASE Ry | rdfsbase | feature=FSGSBASE | CR4.FSGSBASE is set
  F3 0F AE /1 | RDGSBASE Ry | rdgsbase | feature=FSGSBASE | CR4.FSGSBASE is set
  F3 0F AE /2 | WRFSBASE Ry | wrfsbase | feature=FSGSBASE | CR4.FSGSBASE is set
  F3 0F AE /3 | WRGSBASE Ry | wrgsbase | feature=FSGSBASE | CR4.FSGSBASE is set
  0F 05    | SYSCALL        | syscall | r:oszapcd trap system | enters the kernel; RCX and R11 are overwritten

  // ---- selectors ----
  0F 00 /4 | VERR Ew        | verr | w:z
  0F 00 /5 | VERW Ew        | verw | w:z
  0F 02    | LAR Gv,Ew      | lar  | w:z
  0F 03    | LSL Gv,Ew      | lsl  | w:z
`;
