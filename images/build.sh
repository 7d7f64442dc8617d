#!/bin/sh
# Builds guest programs. Reproducible: the same compiler gives the same bytes anywhere.
#
#   images/build.sh                      all programs, each beside its source, as committed; and what the plain ones
#                                        print on the host, to programs/expected/ and floats/expected/
#   images/build.sh --check              the same in a temporary folder; says which committed files differ
#   images/build.sh OUTDIR SOURCE...     these files (.c, .cpp, .rs), to OUTDIR/<name>.elf
#   images/build.sh --native OUTDIR SOURCE...
#                                        programs of floats/ for the host, with its printf and the SDK's maths, to
#                                        OUTDIR/<name>
#
# CC (gcc), CXX (g++, or clang++ where CC is clang), RUSTC (rustc), OPT (-O2; -O3 with floats) and PIE (empty; 1 for
# static-PIE) choose how. FLOATS=1 lets C programs use SSE; C++, Rust and --native always may.
set -eu
images=$(cd "$(dirname "$0")" && pwd)
sdk=$images/sdk
CC=${CC:-gcc}
case "$CC" in *clang*) CXX=${CXX:-clang++} ;; *) CXX=${CXX:-g++} ;; esac
RUSTC=${RUSTC:-rustc}
PIE=${PIE:-}
FLOATS=${FLOATS:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A red zone is fine: the kernel never touches a guest's stack.
common="-Wall -Wextra -ffreestanding -isystem $sdk/include -I $sdk
  -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -fno-ident -fno-common
  -ffunction-sections -fdata-sections
  -ffile-prefix-map=$images=images"
link="-nostdlib -Wl,--gc-sections -Wl,--strip-debug -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,norelro -Wl,-z,max-page-size=4096 -Wl,-T,$sdk/hallows.ld"
[ -n "$PIE" ] && relocation=pie || relocation=static
# General registers only, so that a program without floats stays small; or all that x86-64-v2 has.
plain_flags="-std=gnu11 ${OPT:--O2} -mgeneral-regs-only"
sse="${OPT:--O3} -march=x86-64-v2 -mlong-double-64 -fno-math-errno"
rust="--edition 2021 --crate-type=staticlib -C panic=abort -C opt-level=3 -C target-cpu=x86-64-v2
  -C relocation-model=$relocation -C codegen-units=1 --remap-path-prefix $images=images"

if [ -n "$PIE" ]; then
  compile_kind="-fPIE"
  kind="-fPIE -static-pie -Wl,-Ttext-segment=0 -Wl,--no-dynamic-linker"
else
  compile_kind="-fno-pie"
  kind="-fno-pie -static"
fi

# build SOURCE OUTPUT [flag...]: a C program without floats
build() {
  source=$1 output=$2
  shift 2
  # shellcheck disable=SC2086
  "$CC" $plain_flags $common $link $kind "$@" "$source" "$sdk/hallows.c" -o "$output"
  chmod 644 "$output"
}

# The SDK with floats, compiled once by each compiler, to $library: a program takes what it uses.
sdk_library() {
  library=$work/sdk-$(basename "$CC").a
  [ ! -e "$library" ] || return 0
  for part in hallows hallows_float hallows_math; do
    # shellcheck disable=SC2086
    "$CC" -std=gnu11 $sse $common $compile_kind -c "$sdk/$part.c" -o "$work/$part.o"
  done
  ar rcsD "$library" "$work/hallows.o" "$work/hallows_float.o" "$work/hallows_math.o"
}

# compile_floats SOURCE OUTPUT FLAGS...: to an object file, or an archive of Rust
compile_floats() {
  source=$1 output=$2
  shift 2
  # shellcheck disable=SC2086
  case "$source" in
    *.c) "$CC" -std=gnu11 $sse "$@" -c "$source" -o "$output" ;;
    *.cpp) "$CXX" -std=gnu++17 -fno-exceptions -fno-rtti -fno-threadsafe-statics $sse "$@" -c "$source" -o "$output" ;;
    *.rs) "$RUSTC" $rust "$source" -o "$output" ;;
  esac
}

# build_floats SOURCE OUTPUT
build_floats() {
  sdk_library
  # shellcheck disable=SC2086
  compile_floats "$1" "$work/program.a" $common $compile_kind
  # From an archive comes what is asked for, and the SDK asks for main only weakly.
  case "$1" in *.rs) wanted=-Wl,-u,main ;; *) wanted= ;; esac
  # shellcheck disable=SC2086
  "$CC" $link $kind -Wl,-u,_start $wanted "$work/program.a" "$library" -o "$2"
  chmod 644 "$2"
}

# build_native SOURCE OUTPUT: the host's headers and C library, but the SDK's maths, whose last bits are its own
build_native() {
  # shellcheck disable=SC2086
  "$CC" -std=gnu11 -w $sse -fno-builtin -fno-pie -c "$sdk/hallows_math.c" -o "$work/native-math.o"
  compile_floats "$1" "$work/native.a" -w -fno-builtin -fno-pie
  "$CC" -no-pie "$work/native.a" "$work/native-math.o" -o "$2"
}

# build_any SOURCE OUTPUT
build_any() {
  case "$1:$FLOATS" in
    *.c:) build "$1" "$2" ;;
    *) build_floats "$1" "$2" ;;
  esac
}

name_of() { basename "${1%.*}"; }

# Programs that use only the C library: they run on the host too, and must print the same there.
plain="text quicksort sha256 hashmap json bigint"

# build_all TARGET: into the same folders below TARGET
build_all() {
  for folder in programs hostile tour store labs shell bench/jitter net display rings bench/ipc campaign; do
    mkdir -p "$1/$folder"
    for source in "$images/$folder"/*.c; do
      build "$source" "$1/$folder/$(name_of "$source").elf"
    done
  done
  build "$images/programs/ping.c" "$1/programs/ping-doorbell.elf" -DDOORBELL
  build "$images/programs/pong.c" "$1/programs/pong-doorbell.elf" -DDOORBELL
  (PIE=1 "$images/build.sh" "$work/pie" "$images/programs/hello.c")
  cp "$work/pie/hello.elf" "$1/programs/hello-pie.elf"
  mkdir -p "$1/programs/expected"
  for name in $plain; do
    "$CC" -O2 -w "$images/programs/$name.c" -o "$work/native"
    "$work/native" > "$1/programs/expected/$name.txt" || true # their exit codes are their own
  done

  for compiler in gcc clang rust; do mkdir -p "$1/floats/$compiler"; done
  mkdir -p "$1/floats/expected"
  for source in "$images/floats"/*.c "$images/floats"/*.cpp; do
    name=$(name_of "$source")
    build_floats "$source" "$1/floats/gcc/$name.elf"
    (CC=clang CXX=clang++; build_floats "$source" "$1/floats/clang/$name.elf")
    build_native "$source" "$work/native"
    "$work/native" > "$1/floats/expected/$name.txt" || true
  done
  for source in "$images/floats/rust"/[!g]*.rs; do
    build_floats "$source" "$1/floats/rust/$(name_of "$source").elf"
  done
}

case "${1:-}" in
  "") build_all "$images" ;;
  --check)
    build_all "$work/check"
    differing=0
    for file in $(cd "$work/check" && find . -name '*.elf' -o -name '*.txt'); do
      cmp -s "$work/check/$file" "$images/$file" || { echo "differs: images/${file#./}"; differing=1; }
    done
    exit $differing
    ;;
  --native)
    out=$2
    shift 2
    mkdir -p "$out"
    for source in "$@"; do build_native "$source" "$out/$(name_of "$source")"; done
    ;;
  *)
    out=$1
    shift
    mkdir -p "$out"
    for source in "$@"; do build_any "$source" "$out/$(name_of "$source").elf"; done
    ;;
esac
