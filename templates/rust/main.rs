//! A partition that counts its periods: Rust without its standard library, linked with the SDK of Hallows.
#![no_std]
#![no_main]

use core::arch::asm;
use core::ffi::{c_char, c_int};

extern "C" {
    fn printf(format: *const c_char, ...) -> c_int;
    fn abort() -> !;
}

/// The system call `periodic_wait`: 0 and the number of periods since the start.
fn periodic_wait() -> u64 {
    let periods: u64;
    unsafe {
        asm!("syscall", inout("rax") 5u64 => _, in("rdi") 0u64, in("rsi") 0u64, inout("rdx") 0u64 => periods,
            out("rcx") _, out("r11") _);
    }
    periods
}

#[no_mangle]
pub extern "C" fn main() -> c_int {
    loop {
        let periods = periodic_wait();
        unsafe { printf(c"period %lu\n".as_ptr(), periods) };
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    unsafe { abort() }
}

/// The compiled core library names it; nothing unwinds.
#[no_mangle]
extern "C" fn rust_eh_personality() {}
