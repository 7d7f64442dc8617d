//! As intrinsics.c, to the last bit, from the same lines. Exit code 48.
#![no_std]
#![no_main]
#![allow(dead_code, unused_unsafe)]
include!("guest.rs");

use core::arch::x86_64::*;
use core::hint::black_box;

/// Aligned to 16 bytes.
#[repr(C, align(16))]
struct Aligned<T>(T);

static NARROW: Aligned<[[u32; 8]; 4]> = Aligned([
    [0x3fc00000, 0xc0490fdb, 0x42280000, 0x3dcccccd, 0x40200000, 0x3f9d70a4, 0xc1200000, 0x447a0000],
    [0x7149f2ca, 0x0da24260, 0x4b800001, 0xc9742400, 0x33d6bf95, 0x71c9f2ca, 0x3f000000, 0x2edbe6ff],
    [0x40200000, 0x4f000000, 0xcf000000, 0x3effffff, 0xbfc00000, 0x5f000000, 0x3f000001, 0x4b000001],
    [0x00000000, 0x7f800000, 0x00000003, 0x7fc12345, 0x80000000, 0xff800000, 0x80400000, 0x3f800000],
]);
static WIDE: Aligned<[[u64; 4]; 4]> = Aligned([
    [0x3ff8000000000000, 0xc00921fb54442d18, 0x4004000000000000, 0x3ff3ae147ae147ae],
    [0x7e37e43c8800759c, 0x01a56e1fc2f8f359, 0x433fffffffffffff, 0x3e7ad7f29abcaf48],
    [0x41dfffffffe00000, 0xc1e0000000200000, 0x3fe0000000000001, 0x43e0000000000000],
    [0xfff0000000000000, 0x000000000000000b, 0x7ff0000000000000, 0x8008000000000000],
]);
static WHOLE: Aligned<[[u64; 4]; 4]> = Aligned([
    [0x0011223344556677, 0x8899aabbccddeeff, 0xfedcba9876543210, 0x0f1e2d3c4b5a6978],
    [0x7fff8000ffff0001, 0x8000000000000000, 0x0001ffff80007fff, 0x7fffffffffffffff],
    [0x8080808080808080, 0x7f7f7f7f7f7f7f7f, 0x0102030405060708, 0x808182838485868f],
    [0, 0xffffffffffffffff, 0xffffffffffffffff, 0x00000000000000ff],
]);
static TEXTS: [&[u8; 16]; 4] = [b"hallows, machine", b"aeiou, lol\0\0\0\0\0\0", b"a\0b\0\0\0\0\0\0\0\0\0\0\0\0\0", &[0; 16]];

static mut DIGEST: u64 = 0;
static mut COUNT: c_int = 0;
static mut CURRENT: &str = "";

#[inline(never)]
unsafe fn mix(low: u64, high: u64) {
    DIGEST = (DIGEST.rotate_left(7) ^ low).wrapping_mul(0x9e3779b97f4a7c15).wrapping_add(high);
    COUNT += 1;
}
#[inline(never)]
unsafe fn si(value: __m128i) {
    let mut words = [0u64; 2];
    _mm_storeu_si128(words.as_mut_ptr().cast(), value);
    mix(words[0], words[1]);
}
unsafe fn ps(value: __m128) {
    si(_mm_castps_si128(value));
}
unsafe fn pd(value: __m128d) {
    si(_mm_castpd_si128(value));
}
unsafe fn n32(value: i32) {
    mix(value as i64 as u64, 0);
}
unsafe fn n64(value: i64) {
    mix(value as u64, 0);
}
unsafe fn w32(value: u32) {
    mix(value.into(), 0);
}
unsafe fn w64(value: u64) {
    mix(value, 0);
}

unsafe fn show() {
    let name = CURRENT;
    if !name.is_empty() {
        print!(c"%.*s%*s %3d %016lx\n", name.len() as c_int, name.as_ptr(), 34 - name.len() as c_int, c"".as_ptr(), COUNT, DIGEST);
    }
}
unsafe fn family(name: &'static str) {
    show();
    CURRENT = name;
    DIGEST = 0;
    COUNT = 0;
}

/// The same value, which the compiler no longer knows: nothing that uses it is computed earlier.
unsafe fn keep_ps(value: __m128) -> __m128 {
    let mut kept = value;
    core::arch::asm!("/* {} */", inout(xmm_reg) kept);
    kept
}
unsafe fn keep_pd(value: __m128d) -> __m128d {
    let mut kept = value;
    core::arch::asm!("/* {} */", inout(xmm_reg) kept);
    kept
}

// Other names in Rust.
#[target_feature(enable = "popcnt")]
unsafe fn _mm_popcnt_u32(value: u32) -> i32 {
    _popcnt32(value as i32)
}
#[target_feature(enable = "popcnt")]
unsafe fn _mm_popcnt_u64(value: u64) -> i32 {
    _popcnt64(value as i64)
}

/// The host may be built for less: these functions say what they use.
#[target_feature(enable = "sse3,ssse3,sse4.1,sse4.2,popcnt")]
#[allow(deprecated, unused_assignments)]
unsafe fn run(set: usize) {
    let f32_from: *const f32 = NARROW.0[set].as_ptr().cast();
    let f64_from: *const f64 = WIDE.0[set].as_ptr().cast();
    let si_from: *const __m128i = WHOLE.0[set].as_ptr().cast();
    let mut room = Aligned([0u8; 16]);
    let f32_to: *mut f32 = room.0.as_mut_ptr().cast();
    let f64_to: *mut f64 = f32_to.cast();
    let si_to: *mut __m128i = f32_to.cast();
    let bytes_to: *mut i8 = f32_to.cast();
    let (mut ps_a, ps_b) = (keep_ps(_mm_loadu_ps(f32_from)), keep_ps(_mm_loadu_ps(f32_from.add(4))));
    let (mut pd_a, pd_b) = (keep_pd(_mm_loadu_pd(f64_from)), keep_pd(_mm_loadu_pd(f64_from.add(2))));
    let (si_a, si_b) = (black_box(_mm_loadu_si128(si_from)), black_box(_mm_loadu_si128(si_from.add(1))));
    let si_text = black_box(_mm_loadu_si128(TEXTS[set].as_ptr().cast()));
    let si_part = black_box(_mm_loadu_si128(b"lo\0wxyzalh, mine".as_ptr().cast()));
    let si_count = black_box(_mm_set_epi64x(0, 7 + 9 * set as i64));
    let ps_plain = keep_ps(_mm_set_ps(0.7, 12.5, 3e-9, 1.5e12));
    let (ps_ones, ps_signs, ps_bound) = (_mm_set1_ps(1.0), _mm_set1_ps(-0.0), _mm_set1_ps(0.0008));
    include!("../intrinsics.inc");
}

#[no_mangle]
extern "C" fn main() -> c_int {
    for set in 0..4 {
        unsafe {
            CURRENT = "";
            print!(c"set %d\n", set as c_int);
            run(set);
            show();
        }
    }
    48
}
