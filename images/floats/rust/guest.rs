// What each Rust program begins with: no standard library, the C library's printf and maths (the SDK's in a partition,
// the host's on the host), and what is left of a panic. Included, not a module, so that each program is one crate.

use core::ffi::{c_char, c_int};

extern "C" {
    fn printf(format: *const c_char, ...) -> c_int;
    fn putchar(character: c_int) -> c_int;
    fn abort() -> !;
    fn sin(x: f64) -> f64;
    fn cos(x: f64) -> f64;
    fn atan2(y: f64, x: f64) -> f64;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    unsafe { abort() }
}

/// The compiled core library names it; nothing unwinds.
#[no_mangle]
extern "C" fn rust_eh_personality() {}

/// print!(c"format", values): as in C.
macro_rules! print {
    ($format:expr $(, $value:expr)*) => { unsafe { printf($format.as_ptr() $(, $value)*) } };
}

// Square roots are not in the core library.
fn sqrt(x: f64) -> f64 {
    use core::arch::x86_64::*;
    unsafe { _mm_cvtsd_f64(_mm_sqrt_pd(_mm_set1_pd(x))) }
}
fn sqrtf(x: f32) -> f32 {
    use core::arch::x86_64::*;
    unsafe { _mm_cvtss_f32(_mm_sqrt_ps(_mm_set1_ps(x))) }
}
