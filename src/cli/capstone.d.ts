/** The part of capstone-js that disassemble.ts uses; the package has no types of its own. */
declare module "@alexaltea/capstone-js" {
  interface Instruction {
    /** Signed 64-bit. */
    readonly address: bigint;
    readonly size: number;
    readonly bytes: readonly number[];
    readonly mnemonic: string;
    readonly op_str: string;
  }
  interface Disassembler {
    /** Throws a string when nothing decodes. */
    disasm(bytes: Uint8Array, address: number | bigint): Instruction[];
    option(option: number, value: number): void;
    close(): void;
  }
  interface Capstone {
    readonly ARCH_X86: number;
    readonly MODE_64: number;
    readonly OPT_SKIPDATA: number;
    readonly OPT_ON: number;
    readonly Capstone: new (architecture: number, mode: number) => Disassembler;
  }
  export default function load(): Promise<Capstone>;
}
