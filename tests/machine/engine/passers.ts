/**
 * Programs for cores that pass a token round through a shared page, or talk in it all the time.
 */
import { imm32, SHARED } from "../bare.js";

export const ROUNDS = 120;
export const LINE = 64;
export const NOTES = 0x200;
export const COUNTER = 0x400;

/** Of each core a word with the token, and a line of notes. `pause` turns of private work before it is handed on. */
export function passer(core: number, cores: number, pause: number, rounds = ROUNDS): number[] {
  const next = (core + 1) % cores;
  const isFirst = core === 0;
  const step = [0xff, 0xc0]; // inc eax
  const body = [
    ...[0x39, 0x87, ...imm32(core * LINE)], //                  poll: cmp [rdi+own], eax
    ...[0x75, 0xf8], //                                               jne poll
    ...[0x89, 0x87, ...imm32(NOTES + core * LINE)], //                mov [rdi+notes], eax
    ...[0x66, 0x89, 0x8f, ...imm32(NOTES + core * LINE + 4)], //      mov [rdi+notes+4], cx
    ...[0x88, 0x8f, ...imm32(NOTES + core * LINE + 7)], //            mov [rdi+notes+7], cl
    ...[0x48, 0x89, 0x8f, ...imm32(NOTES + core * LINE + 60)], //     mov [rdi+notes+60], rcx (two lines)
    ...[0xba, ...imm32(pause)], //                                    mov edx, pause
    ...[0xff, 0xca, 0x75, 0xfc], //                             turn: dec edx; jne turn
    ...[0x03, 0x8f, ...imm32(NOTES + next * LINE)], //                add ecx, [rdi+the next one's notes]
    ...[0xbe, ...imm32(core + 1)], //                                 mov esi, core + 1
    ...[0xf0, 0x0f, 0xc1, 0xb7, ...imm32(COUNTER)], //                lock xadd [rdi+counter], esi
    ...[0x01, 0xf1], //                                               add ecx, esi
    ...(isFirst ? step : []),
    ...[0x89, 0x87, ...imm32(next * LINE)], //                        mov [rdi+the next one's], eax
    ...(isFirst ? [] : step),
    ...[0x3d, ...imm32(isFirst ? rounds : rounds + 1)], //            cmp eax, the last
  ];
  return [
    ...[0xbf, ...imm32(Number(SHARED))], // mov edi, SHARED
    ...[0xb8, ...imm32(isFirst ? 0 : 1)], // mov eax, the first token
    ...body,
    ...[0x0f, 0x85, ...imm32(-body.length - 6)], // jne poll
    ...[0x0f, 0x05], //                             syscall
  ];
}

/**
 * Adds up the word of the next core and stores its own, again and again, with `pause` instructions between two rounds; a round may
 * have a system call, in the block of the store or behind it.
 */
export function talker(
  core: number,
  cores: number,
  pause: number,
  calls: "never" | "at once" | "later" = "never",
): number[] {
  const body = [
    ...[0x03, 0x97, ...imm32(((core + 1) % cores) * LINE)], // turn: add edx, [rdi+the next one's]
    ...[0x89, 0x87, ...imm32(core * LINE)], //                    mov [rdi+own], eax
    ...Array.from({ length: pause }, () => 0x90), //              nop
    ...(calls === "later" ? [0xeb, 0] : []), //                   jmp, which ends the block of the store
    ...(calls === "never" ? [] : [0x0f, 0x05]), //                syscall
    ...[0xff, 0xc0], //                                           inc eax
    ...[0x3d, ...imm32(2000)], //                                 cmp eax, 2000
  ];
  return [
    ...[0xbf, ...imm32(Number(SHARED))], // mov edi, SHARED
    ...[0xb8, ...imm32(1)], //              mov eax, 1
    ...body,
    ...[0x0f, 0x85, ...imm32(-body.length - 6)], // jne turn
    ...[0x0f, 0x05], //                          syscall
  ];
}

/** As a talker, with 16 bytes at a time: adds those of the next core to its own. */
export function vectorTalker(core: number, cores: number, pause: number): number[] {
  const next = ((core + 1) % cores) * LINE;
  const body = [
    ...[0xf3, 0x0f, 0x6f, 0x87, ...imm32(next + 16)], //        turn: movdqu xmm0, [rdi+the next one's]
    ...[0x66, 0x0f, 0xfe, 0xc8], //                                   paddd xmm1, xmm0
    ...[0x66, 0x0f, 0x6e, 0xd0], //                                   movd xmm2, eax
    ...[0x66, 0x0f, 0x73, 0xfa, 0x0c], //                             pslldq xmm2, 12
    ...[0x66, 0x0f, 0xfe, 0xca], //                                   paddd xmm1, xmm2
    ...[0xf3, 0x0f, 0x7f, 0x8f, ...imm32(core * LINE + 16)], //       movdqu [rdi+own], xmm1
    ...[0x89, 0x87, ...imm32(core * LINE)], //                        mov [rdi+own's first], eax
    ...[0xf3, 0x0f, 0x6f, 0x9f, ...imm32(next + 56)], //              movdqu xmm3, [rdi+the next one's end] (two lines)
    ...[0x66, 0x0f, 0xfe, 0xcb], //                                   paddd xmm1, xmm3
    ...Array.from({ length: pause }, () => 0x90), //                  nop
    ...[0xff, 0xc0], //                                               inc eax
    ...[0x3d, ...imm32(2000)], //                                     cmp eax, 2000
  ];
  return [
    ...[0xbf, ...imm32(Number(SHARED))], // mov edi, SHARED
    ...[0xb8, ...imm32(1)], //              mov eax, 1
    ...body,
    ...[0x0f, 0x85, ...imm32(-body.length - 6)], // jne turn
    ...[0x0f, 0x05], //                          syscall
  ];
}

/** Stores and never loads, with `pause` instructions between two rounds: to a word of its own and to one of core 0. */
export function streamer(pause = 0, own = COUNTER + LINE): number[] {
  const body = [
    ...[0x89, 0x87, ...imm32(own)], //            turn: mov [rdi+own], eax
    ...[0x89, 0x87, ...imm32(NOTES)], //          mov [rdi+notes of core 0], eax
    ...Array.from({ length: pause }, () => 0x90), // nop
    ...[0xff, 0xc0], //                           inc eax
    ...[0x3d, ...imm32(4000)], //                 cmp eax, 4000
  ];
  return [
    ...[0xbf, ...imm32(Number(SHARED))], // mov edi, SHARED
    ...[0xb8, ...imm32(1)], //              mov eax, 1
    ...body,
    ...[0x0f, 0x85, ...imm32(-body.length - 6)], // jne turn
    ...[0x0f, 0x05], //                          syscall
  ];
}
