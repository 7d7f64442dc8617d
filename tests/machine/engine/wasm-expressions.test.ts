/**
 * Typed expressions of WebAssembly: functions are written of them, instantiated and called. What tsc refuses is marked
 * as an error that is expected, and tests are type-checked in CI.
 */
import { describe, expect, it } from "vitest";
import {
  call,
  encodeRoutines,
  type ExpressionType,
  type Expression,
  F32,
  F64,
  functionOf,
  FunctionWriter,
  i32,
  I32,
  i64,
  I64,
  load16,
  load32,
  load64,
  load8,
  loadBytes,
  loadVector,
  localOf,
  select,
  selectBits,
  shuffle,
  splat,
  stacked,
  tee,
  V128,
  vector,
  written,
} from "../../../dist/machine/engine/wasm/assembler/index.js";
import { BINARY, COMPARISON, CONVERSION, UNARY } from "../../../dist/machine/engine/wasm/assembler/operators.js";
import { SIMD, type SimdName } from "../../../dist/machine/engine/wasm/assembler/simd.js";

type TypeList = readonly ExpressionType<Expression>[];

interface Built {
  readonly run: (...args: readonly (number | bigint)[]) => unknown;
  /** Of the memory that it has, 64 KiB. */
  readonly view: DataView;
}

/** The function that `write` writes, by number 1, and before it number 0: a - b, of 32 bits. */
function build<const Parameters extends TypeList>(
  parameters: Parameters,
  results: TypeList,
  write: Parameters1<Parameters>,
): Built {
  const difference = functionOf(DIFFERENCE, (writer, a, b) => writer.push(a.sub(b)));
  const body = functionOf({ index: 1, parameters, results }, write);
  const numbers = (list: TypeList): number[] => list.map(({ type }) => type);
  const bytes = encodeRoutines(
    [],
    [
      { name: "difference", parameters: numbers([I32, I32]), results: numbers([I32]), body: difference },
      { name: "run", parameters: numbers(parameters), results: numbers(results), body },
    ],
    1,
  );
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { memory } });
  return { run: exports["run"] as Built["run"], view: new DataView(memory.buffer) };
}
type Parameters1<List extends TypeList> = Parameters<typeof functionOf<List>>[1];

const DIFFERENCE = { index: 0, parameters: [I32, I32], results: [I32] } as const;

describe("expressions", () => {
  it("nest: operands from left to right, each operator behind its own", () => {
    const { run } = build([I64, I64], [I64], (write, a, b) => write.push(a.sub(b).mul(a.sub(7).sub(b.add(2)))));
    expect(run(20n, 5n)).toBe(15n * (13n - 7n));
  });

  it("take numbers as constants of their type", () => {
    const { run } = build([I32, I64], [I64], (write, a, b) =>
      write.push(
        a
          .shl(4)
          .extendU()
          .add(b.and(0xffff_ffff))
          .xor((1n << 63n) - 1n)
          .sub(-1),
      ),
    );
    expect(run(3, 0x5_0000_0001n)).toBe(BigInt.asIntN(64, ((48n + 1n) ^ ((1n << 63n) - 1n)) + 1n));
  });

  it("may be written more than once", () => {
    const { run } = build([I32], [I32], (write, a) => {
      const square = a.mul(a);
      write.push(square.add(square));
    });
    expect(run(7)).toBe(98);
  });

  it("choose by a condition that is computed last", () => {
    const { run } = build([I32, I32], [I32], (write, a, b) => write.push(select(tee(a, a.sub(1)).gtS(0), a, b)));
    expect([run(3, 9), run(1, 9)]).toEqual([3, 9]);
  });

  it("call functions, with their arguments in order", () => {
    const { run } = build([I32], [I32], (write, a) => write.push(call(DIFFERENCE, a, call(DIFFERENCE, i32(1), a))));
    expect(run(10)).toBe(19);
  });

  it("load with zeros above", () => {
    const { run, view } = build([I32], [I32, I32, I32, I64, I64, I64], (write, at) => {
      for (const load of [load8, load16, load32]) write.push(load(at, 8));
      for (const bytes of [1, 4] as const) write.push(loadBytes(bytes, at, 8));
      write.push(load64(0, 8));
    });
    view.setBigUint64(8, 0xf7f6_f5f4_f3f2_f1f0n, true);
    const words = [0xf0, 0xf1f0, 0xf3f2_f1f0 | 0, 0xf0n, 0xf3f2_f1f0n, BigInt.asIntN(64, 0xf7f6_f5f4_f3f2_f1f0n)];
    expect(run(0)).toEqual(words);
  });

  it("convert between all five types", () => {
    const { run } = build([F64], [I64], (write, a) => {
      const narrow = a.toF32().asI32().asF32().toF64();
      write.push(narrow.asI64().asF64().truncToI32().extendS().toF64().truncToI64().wrap().extendU());
    });
    expect(run(-5.25)).toBe(0xffff_fffbn);
  });

  it("work on lanes", () => {
    const { run } = build([I64, F64], [I64, I32, F64], (write, a, b) => {
      const lanes = splat("i64x2", a).withLane("i64x2", 1, i64(5));
      const swapped = shuffle(lanes, lanes, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]);
      write.push(selectBits(vector(0xffn), lanes, swapped).lane("i64x2", 0));
      write.push(swapped.shift("i64x2.shl", 1).simd("i64x2.eq", vector(10n)).test("i64x2.bitmask"));
      write.push(splat("f64x2", b).simd("f64x2.sqrt").lane("f64x2", 1));
    });
    expect(run(0x1234n, 16)).toEqual([0x34n, 1, 4]);
  });
});

describe("statements", () => {
  it("set locals, of the types in the order of declaration", () => {
    const { run } = build([I32], [I64, F64, I32], (write, a) => {
      const [x, y] = write.locals(I64, 2);
      const float = write.local(F64);
      const vectorLocal = write.local(V128);
      const word = write.local(I32);
      write.set(x, a.extendS());
      write.set(y, tee(x, x.mul(2)).add(x));
      write.set(float, y.toF64());
      write.set(vectorLocal, splat("i32x4", a));
      write.set(word, vectorLocal.lane("i32x4", 3));
      for (const result of [y, float, word]) write.push(result);
    });
    expect(run(-3)).toEqual([-12n, -12, -3]);
  });

  it("store the lowest bits of numbers", () => {
    const { run, view } = build([I64], [], (write, value) => {
      write.store64(0, 0, i64(-1));
      write.store8(0, 0, value);
      write.store16(0, 2, value.wrap());
      write.store32(0, 4, value);
      for (const bytes of [1, 2, 4, 8] as const) write.storeBytes(bytes, 0, 8 * bytes, value);
      write.storeVector(0, 80, splat("i64x2", value));
      write.copyMemory(i32(96), i32(80), i32(8));
      write.fillMemory(i32(104), value.wrap(), i32(3));
    });
    run(0x1122_3344_5566_7788n);
    expect(view.getBigUint64(0, true)).toBe(0x5566_7788_7788_ff88n);
    expect([8, 16, 32, 64, 88, 96, 104].map((at) => view.getBigUint64(at, true).toString(16))).toEqual([
      ...["88", "7788", "55667788", "1122334455667788", "1122334455667788", "1122334455667788", "888888"],
    ]);
  });

  it("branch to the ends of blocks and ifs, and to the starts of loops, however deep", () => {
    // Adds up a to 1, without 3 and its like, and ends early at 100.
    const { run } = build([I32], [I32], (write, a) => {
      const sum = write.local(I32);
      write.block((done) =>
        write.loop((again) => {
          write.if(a.eqz(), () => write.br(done));
          write.if(a.eq(100), (end) => {
            write.brIf(end, sum.eqz());
            write.br(done);
          });
          write.if(
            a.and(3).eq(3),
            () => {},
            () => write.set(sum, sum.add(a)),
          );
          write.set(a, a.sub(1));
          write.br(again);
        }),
      );
      write.return(sum);
      write.unreachable();
    });
    expect(run(5)).toBe(5 + 4 + 2 + 1);
    expect(run(101)).toBe(101);
  });

  it("give values of one branch or the other, and of blocks", () => {
    const { run } = build([I32], [I64], (write, a) => {
      const sign = write.choose(
        I64,
        a.ltS(0),
        () => i64(-1),
        () =>
          write.chooseUnlikely(
            I64,
            a.eqz(),
            () => i64(0),
            () => i64(1),
          ),
      );
      const least = write.valueOf(I64, (end) => {
        write.if(a.gtS(10), () => write.brWith(end, i64(10)));
        return a.extendS();
      });
      write.push(sign.mul(1000).add(least));
    });
    expect([run(-2), run(0), run(4), run(40)]).toEqual([-1002n, 0n, 1004n, 1010n]);
  });

  it("take several results of a call, and what is on the stack", () => {
    const { run } = build([I32], [I32], (write, a) => {
      const [x, y] = write.locals(I32, 2);
      write.push(a);
      write.push(a.add(1));
      write.setAll(x, y);
      write.call(DIFFERENCE, x, y);
      write.push(stacked(I32).mul(y));
      write.push(written(I32, () => write.push(x)).add(stacked(I32)));
    });
    // The last adds x to what was on the stack under it.
    expect(run(6)).toBe(-7 + 6);
  });

  it("note where branches are unlikely", () => {
    const write = new FunctionWriter(1);
    const a = localOf(I32, 0);
    write.ifUnlikely(a, (end) => write.brIfUnlikely(end, a.eqz()));
    // local.get 0, if; local.get 0, i32.eqz, br_if.
    expect(write.unlikely).toEqual([2, 7]);
  });
});

/** Whether a function of these parameters that leaves the value on the stack is valid. */
function isValid(parameters: TypeList, result: ExpressionType<Expression>, value: Expression): boolean {
  const results = [result];
  const body = functionOf({ index: 0, parameters, results }, (write) => write.push(value));
  const numbers = (list: TypeList): number[] => list.map(({ type }) => type);
  const routine = { name: "run", parameters: numbers(parameters), results: numbers(results), body };
  try {
    return new WebAssembly.Module(encodeRoutines([], [routine], 1)) instanceof WebAssembly.Module;
  } catch {
    return false;
  }
}

const TYPES = { i32: I32, i64: I64, f32: F32, f64: F64, v128: V128 } as const;
type Untyped = Record<string, (...args: unknown[]) => Expression>;
const local = (type: ExpressionType<Expression>, index: number): Untyped => localOf(type, index) as unknown as Untyped;

describe("operators are WebAssembly's, with its types", () => {
  const cases = Object.entries({ ...UNARY, ...BINARY, ...COMPARISON, ...CONVERSION }).flatMap(([name, row]) =>
    Object.keys(row)
      .filter((type): type is keyof typeof TYPES => type in TYPES)
      .map((type) => [name, type] as const),
  );
  it.each(cases)("%s of %s", (name, typeName) => {
    const type = TYPES[typeName];
    const value = local(type, 0)[name](local(type, 1));
    const result = Object.values(TYPES).find(({ type: number }) => number === value.type) as ExpressionType<Expression>;
    expect(isValid([type, type], result, value)).toBe(true);
    expect(name in CONVERSION || name in COMPARISON || result === type).toBe(true);
  });

  it("those of SIMD are what their types say", () => {
    const [a, b] = [localOf(V128, 0), localOf(V128, 1)];
    const valueOf = (name: SimdName): readonly [ExpressionType<Expression>, Expression] => {
      const [shape, operation] = name.split(".") as ["i32x4", string];
      if (name.startsWith("v128.load")) return [V128, loadVector(0, 16, name as "v128.load")];
      if (/^(shl|shr_[su])$/.test(operation)) return [V128, a.shift(name as "i64x2.shl", 3)];
      if (/_true$|^bitmask$/.test(operation)) return [I32, a.test(name as "v128.any_true")];
      if (operation.startsWith("extract")) return [TYPE_OF_LANE[shape], a.lane(shape, 1)];
      if (operation === "replace_lane") return [V128, a.withLane(shape, 1, a.lane(shape, 0))];
      if (operation === "splat") return [V128, splat(shape, a.lane(shape, 1))];
      if (name === "v128.const") return [V128, vector(1n << 127n)];
      if (name === "i8x16.shuffle")
        return [
          V128,
          shuffle(
            a,
            b,
            Array.from({ length: 16 }, (_, i) => 31 - i),
          ),
        ];
      if (name === "v128.bitselect") return [V128, selectBits(a, a, b)];
      const isUnary = /abs|neg|sqrt|ceil|floor|nearest|trunc|^not$|extend_|convert|mote/.test(operation);
      return [V128, isUnary ? a.simd(name as "v128.not") : a.simd(name as "v128.and", b)];
    };
    const names = Object.keys(SIMD).filter((name) => name !== "v128.store") as SimdName[];
    expect(names.filter((name) => !isValid([V128, V128], ...valueOf(name)))).toEqual([]);
  });
});

const TYPE_OF_LANE = { i8x16: I32, i16x8: I32, i32x4: I32, i64x2: I64, f32x4: F32, f64x2: F64 } as const;

/** Never run: each line has to be refused by the compiler. */
export function refused(write: FunctionWriter): void {
  const a = write.local(I32);
  const b = write.local(I64);
  const f = write.local(F32);
  const d = write.local(F64);
  const v = write.local(V128);
  // @ts-expect-error an operand of another type
  a.add(b);
  // @ts-expect-error a big number for 32 bits
  a.add(1n);
  // @ts-expect-error a number for a float
  d.add(1);
  // @ts-expect-error formats mixed
  d.add(f);
  // @ts-expect-error an operator that the type hasn't
  a.extend32S();
  // @ts-expect-error integers are divided with or without a sign
  b.div(b);
  // @ts-expect-error a vector is no number
  v.add(v);
  // @ts-expect-error an instruction of one operand with two
  v.simd("f64x2.abs", v);
  // @ts-expect-error an instruction of two operands with one
  v.simd("f64x2.add");
  // @ts-expect-error a test is no vector
  v.simd("v128.any_true");
  // @ts-expect-error a lane of another type
  v.withLane("i64x2", 0, a);
  // @ts-expect-error an address of 64 bits
  load32(b, 0);
  // @ts-expect-error a value of another type
  write.set(a, b);
  // @ts-expect-error not a local
  write.set(a.add(1), a);
  // @ts-expect-error not a local
  tee(a.add(1), a);
  // @ts-expect-error a condition of 64 bits
  write.if(b, () => {});
  // @ts-expect-error branches of two types
  write.set(a, select(a, b, a));
  // @ts-expect-error an argument too few
  call(DIFFERENCE, a);
  // @ts-expect-error an argument of another type
  call(DIFFERENCE, a, b);
  // @ts-expect-error a result of another type
  write.set(b, call(DIFFERENCE, a, a));
  // @ts-expect-error no label
  write.br(0);
  // @ts-expect-error a store of half a vector
  write.store64(a, 0, v);
}
