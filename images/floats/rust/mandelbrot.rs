//! As mandelbrot.c, to the last bit. Exit code 44.
#![no_std]
#![no_main]
#![allow(dead_code)]
include!("guest.rs");

const WIDTH: usize = 64;
const HEIGHT: usize = 24;
const MOST: usize = 48;

fn escape_time(re: f64, im: f64) -> usize {
    let (mut x, mut y) = (0.0, 0.0);
    for time in 0..MOST {
        let (xx, yy) = (x * x, y * y);
        if xx + yy > 4.0 {
            return time;
        }
        y = 2.0 * x * y + im;
        x = xx - yy + re;
    }
    MOST
}

#[no_mangle]
extern "C" fn main() -> c_int {
    let mut digest = 0u32;
    for row in 0..HEIGHT {
        let mut line = [0u8; WIDTH + 1];
        for column in 0..WIDTH {
            let re = -2.2 + column as f64 * (3.2 / WIDTH as f64);
            let im = -1.2 + (row as f64 + 0.5) * (2.4 / HEIGHT as f64);
            let time = escape_time(re, im);
            digest = digest.wrapping_mul(31).wrapping_add(time as u32);
            line[column] = b" .:-=+*#%@"[time * 9 / MOST];
        }
        print!(c"%s\n", line.as_ptr());
    }
    print!(c"digest %08x\n", digest);
    44
}
