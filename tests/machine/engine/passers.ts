/**
 * Programs for cores that pass a token round through a shared page, or talk in it all the time.
 */
import { assemble } from "../../../dist/machine/isa/assemble.js";
import { SHARED } from "../bare.js";

export const ROUNDS = 120;
export const LINE = 64;
export const NOTES = 0x200;
export const COUNTER = 0x400;

/** Of each core a word with the token, and a line of notes. `pause` turns of private work before it is handed on. */
export function passer(core: number, cores: number, pause: number, rounds = ROUNDS): Uint8Array {
  const next = (core + 1) % cores;
  const isFirst = core === 0;
  const own = NOTES + core * LINE;
  return assemble(`
          mov edi, ${SHARED}
          mov eax, ${isFirst ? 0 : 1}               # the first token
    poll: cmp [rdi+${core * LINE}], eax
          jne poll
          mov [rdi+${own}], eax
          mov [rdi+${own + 4}], cx
          mov [rdi+${own + 7}], cl
          mov [rdi+${own + 60}], rcx                # on two lines
          mov edx, ${pause}
    turn: dec edx
          jne turn
          add ecx, [rdi+${NOTES + next * LINE}]
          mov esi, ${core + 1}
          lock xadd [rdi+${COUNTER}], esi
          add ecx, esi
          ${isFirst ? "inc eax" : ""}
          mov [rdi+${next * LINE}], eax
          ${isFirst ? "" : "inc eax"}
          cmp eax, ${isFirst ? rounds : rounds + 1} # the last
          jne poll
          syscall`);
}

const nops = (count: number): string => "nop;".repeat(count);

/**
 * Adds up the word of the next core and stores its own, again and again, with `pause` instructions between two rounds;
 * a round may have a system call, in the block of the store or behind it.
 */
export function talker(
  core: number,
  cores: number,
  pause: number,
  calls: "never" | "at once" | "later" = "never",
): Uint8Array {
  return assemble(`
          mov edi, ${SHARED}
          mov eax, 1
    turn: add edx, [rdi+${((core + 1) % cores) * LINE}]
          mov [rdi+${core * LINE}], eax
          ${nops(pause)}
          ${calls === "later" ? "jmp short next" : ""}  # ends the block of the store
    next: ${calls === "never" ? "" : "syscall"}
          inc eax
          cmp eax, 2000
          jne turn
          syscall`);
}

/** As a talker, with 16 bytes at a time: adds those of the next core to its own. */
export function vectorTalker(core: number, cores: number, pause: number): Uint8Array {
  const next = ((core + 1) % cores) * LINE;
  return assemble(`
          mov edi, ${SHARED}
          mov eax, 1
    turn: movdqu xmm0, [rdi+${next + 16}]
          paddd xmm1, xmm0
          movd xmm2, eax
          pslldq xmm2, 12
          paddd xmm1, xmm2
          movdqu [rdi+${core * LINE + 16}], xmm1
          mov [rdi+${core * LINE}], eax
          movdqu xmm3, [rdi+${next + 56}]           # on two lines
          paddd xmm1, xmm3
          ${nops(pause)}
          inc eax
          cmp eax, 2000
          jne turn
          syscall`);
}

/** Stores and never loads, with `pause` instructions between two rounds: to a word of its own and to one of core 0. */
export function streamer(pause = 0, own = COUNTER + LINE): Uint8Array {
  return assemble(`
          mov edi, ${SHARED}
          mov eax, 1
    turn: mov [rdi+${own}], eax
          mov [rdi+${NOTES}], eax
          ${nops(pause)}
          inc eax
          cmp eax, 4000
          jne turn
          syscall`);
}

/**
 * Changes pairs of words that all cores change, by CMPXCHG16B until it succeeds and by CMPXCHG8B once, and has ENTER
 * look at its stack, which lies in the shared page too.
 */
export function pairChanger(core: number, pause: number): Uint8Array {
  return assemble(`
          mov edi, ${SHARED}
          lea rsp, [rdi+${0xf00 - core * LINE}]
          mov r15d, 300
    turn: mov rax, [rdi+0x800]
          mov rdx, [rdi+0x808]
          ${nops(pause)}
          lea rbx, [rax+1]
          lea rcx, [rdx+rax]
          lock cmpxchg16b xmmword ptr [rdi+0x800]
          jne turn
          mov eax, [rdi+0x83c]                      # on two lines
          lea ebx, [rax+3]
          mov ecx, r15d
          cmpxchg8b qword ptr [rdi+0x83c]
          adc r14, rdx
          enter 16, 0
          leave
          dec r15d
          jne turn
          syscall`);
}
