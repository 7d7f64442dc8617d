/**
 * Rows that have no meaning to compute because ring 3 gets an exception: privileged instructions, port I/O, what our
 * control registers bar, and what this processor leaves undefined on purpose.
 *
 * Spec: SDM volume 3, 5.9 (privileged instructions); volume 1, 19.5 (I/O); volume 3, 2.5 (control registers). The
 * machine has IOPL 0, CR4.UMIP set, CR4.PCE, CR4.OSXSAVE and CR4.PVI clear, and fixed flat descriptors.
 */
export const RING3_ROWS = `
  // ---- port I/O ----
  6C    | INSB         | | byte #GP    | IOPL is 0, no I/O bitmap
  6D    | INS          | | default #GP | IOPL is 0, no I/O bitmap
  6E    | OUTSB        | | byte #GP    | IOPL is 0, no I/O bitmap
  6F    | OUTS         | | default #GP | IOPL is 0, no I/O bitmap
  E4    | IN AL,Ib     | | byte #GP    | IOPL is 0, no I/O bitmap
  E5    | IN eAX,Ib    | | default #GP | IOPL is 0, no I/O bitmap
  E6    | OUT Ib,AL    | | byte #GP    | IOPL is 0, no I/O bitmap
  E7    | OUT Ib,eAX   | | default #GP | IOPL is 0, no I/O bitmap
  EC    | IN AL,DX     | | byte #GP    | IOPL is 0, no I/O bitmap
  ED    | IN eAX,DX    | | default #GP | IOPL is 0, no I/O bitmap
  EE    | OUT DX,AL    | | byte #GP    | IOPL is 0, no I/O bitmap
  EF    | OUT DX,eAX   | | default #GP | IOPL is 0, no I/O bitmap

  // ---- interrupts, halting, far transfers ----
  F4    | HLT          | | #GP         | privileged
  FA    | CLI          | | #GP         | IOPL is 0, CR4.PVI is clear
  FB    | STI          | | #GP         | IOPL is 0, CR4.PVI is clear
  CA    | RETF Iw      | | default #GP | inter-segment control transfer is refused
  CB    | RETF         | | default #GP | inter-segment control transfer is refused
  CF    | IRET         | | default #GP | inter-segment control transfer is refused
  FF /3 | CALLF Mp     | | #GP         | inter-segment control transfer is refused
  FF /5 | JMPF Mp      | | #GP         | inter-segment control transfer is refused

  // ---- system tables and control registers ----
  0F 00 /0 | SLDT RMw  | | #GP         | CR4.UMIP is set
  0F 00 /1 | STR RMw   | | #GP         | CR4.UMIP is set
  0F 00 /2 | LLDT Ew   | | #GP         | privileged
  0F 00 /3 | LTR Ew    | | #GP         | privileged
  0F 01 /0 | SGDT M    | | #GP         | CR4.UMIP is set
  0F 01 /1 | SIDT M    | | #GP         | CR4.UMIP is set
  0F 01 /2 | LGDT M    | | #GP         | privileged
  0F 01 /3 | LIDT M    | | #GP         | privileged
  0F 01 /4 | SMSW RMw  | | #GP         | CR4.UMIP is set
  0F 01 /6 | LMSW Ew   | | #GP         | privileged
  0F 01 /7 | INVLPG M  | | #GP         | privileged
  0F 01 =F8 | SWAPGS   | | #GP         | privileged
  0F 06    | CLTS      | | #GP         | privileged
  0F 07    | SYSRET    | | default #GP | privileged
  0F 35    | SYSEXIT   | | default #GP | privileged
  0F 08    | INVD      | | #GP         | privileged
  F3 0F 09 | WBNOINVD  | | #GP         | privileged; processors without it execute WBINVD
  0F 09    | WBINVD    | | #GP         | privileged
  0F 20    | MOV Rq,Cq | | 64 #GP      | privileged; #UD for registers other than CR0, 2, 3, 4 and 8
  0F 21    | MOV Rq,Dq | | 64 #GP      | privileged; #UD for registers above DR7
  0F 22    | MOV Cq,Rq | | 64 #GP      | privileged; #UD for registers other than CR0, 2, 3, 4 and 8
  0F 23    | MOV Dq,Rq | | 64 #GP      | privileged; #UD for registers above DR7
  0F 30    | WRMSR     | | #GP         | privileged
  0F 32    | RDMSR     | | #GP         | privileged
  0F 33    | RDPMC     | | #GP         | CR4.PCE is clear

  // ---- far pointers ----
  0F B2    | LSS Gv,Mp | | #GP         | loading a far pointer is refused
  0F B4    | LFS Gv,Mp | | #GP         | loading a far pointer is refused
  0F B5    | LGS Gv,Mp | | #GP         | loading a far pointer is refused

  // ---- undefined ----
  0F 0B    | UD2       | ud | #UD         | on purpose
  0F B9    | UD1 Gv,Ev | ud | #UD         | on purpose
  0F FF    | UD0 Gv,Ev | ud | #UD         | on purpose; AMD and old Intel processors read no ModRM byte
  0F 34    | SYSENTER  | | #UD         | AMD's rule in 64-bit mode; Intel: #GP(0) while IA32_SYSENTER_CS is 0
  0F AA    | RSM       | | #UD         | outside system management mode
`;
