#!/bin/sh
# Builds guest programs. Reproducible: the same compiler gives the same bytes anywhere.
#
#   images/build.sh                      all programs, each beside its source, as committed; and what the plain ones
#                                        print on the host, to programs/expected/
#   images/build.sh --check              the same in a temporary folder; says which committed files differ
#   images/build.sh OUTDIR SOURCE...     these C files, to OUTDIR/<name>.elf
#
# CC (gcc), OPT (-O2) and PIE (empty; 1 for static-PIE) choose how.
set -eu
images=$(cd "$(dirname "$0")" && pwd)
sdk=$images/sdk
CC=${CC:-gcc}
OPT=${OPT:--O2}
PIE=${PIE:-}

# General registers only: vector instructions run, but only in the reference engine. A red zone is fine: the kernel
# never touches a guest's stack.
flags="-std=gnu11 -Wall -Wextra $OPT -ffreestanding -mgeneral-regs-only -isystem $sdk/include -I $sdk
  -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -fno-ident -fno-common
  -ffile-prefix-map=$images=images
  -nostdlib -Wl,--strip-debug -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,norelro -Wl,-z,max-page-size=4096 -Wl,-T,$sdk/hallows.ld"

# build SOURCE OUTPUT [flag...]
build() {
  source=$1 output=$2
  shift 2
  if [ -n "$PIE" ]; then
    kind="-fPIE -static-pie -Wl,-Ttext-segment=0 -Wl,--no-dynamic-linker"
  else
    kind="-fno-pie -static"
  fi
  # shellcheck disable=SC2086
  "$CC" $flags $kind "$@" "$source" "$sdk/hallows.c" -o "$output"
  chmod 644 "$output"
}

# Programs that use only the C library: they run on the host too, and must print the same there.
plain="text quicksort sha256 hashmap json bigint"

# build_all TARGET: into the same folders below TARGET
build_all() {
  for folder in programs hostile tour; do
    mkdir -p "$1/$folder"
    for source in "$images/$folder"/*.c; do
      build "$source" "$1/$folder/$(basename "$source" .c).elf"
    done
  done
  build "$images/programs/ping.c" "$1/programs/ping-doorbell.elf" -DDOORBELL
  build "$images/programs/pong.c" "$1/programs/pong-doorbell.elf" -DDOORBELL
  PIE=1 build "$images/programs/hello.c" "$1/programs/hello-pie.elf"
  mkdir -p "$1/programs/expected"
  for name in $plain; do
    "$CC" -O2 -w "$images/programs/$name.c" -o "$1/programs/$name.native"
    "$1/programs/$name.native" > "$1/programs/expected/$name.txt" || true # their exit codes are their own
    rm "$1/programs/$name.native"
  done
}

case "${1:-}" in
  "") build_all "$images" ;;
  --check)
    target=$(mktemp -d)
    trap 'rm -rf "$target"' EXIT
    build_all "$target"
    differing=0
    for file in $(cd "$target" && find . -name '*.elf' -o -name '*.txt'); do
      cmp -s "$target/$file" "$images/$file" || { echo "differs: images/${file#./}"; differing=1; }
    done
    exit $differing
    ;;
  *)
    out=$1
    shift
    mkdir -p "$out"
    for source in "$@"; do build "$source" "$out/$(basename "$source" .c).elf"; done
    ;;
esac
