//! As fft.cpp, to the last bit. Exit code 43.
#![no_std]
#![no_main]
#![allow(dead_code)]
include!("guest.rs");

use core::f64::consts::PI;

const BITS: u32 = 8;
const SIZE: usize = 1 << BITS;

#[derive(Clone, Copy)]
struct Complex {
    re: f64,
    im: f64,
}

impl core::ops::Add for Complex {
    type Output = Complex;
    fn add(self, other: Complex) -> Complex {
        Complex { re: self.re + other.re, im: self.im + other.im }
    }
}
impl core::ops::Sub for Complex {
    type Output = Complex;
    fn sub(self, other: Complex) -> Complex {
        Complex { re: self.re - other.re, im: self.im - other.im }
    }
}
impl core::ops::Mul for Complex {
    type Output = Complex;
    fn mul(self, other: Complex) -> Complex {
        Complex { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }
}

type Signal = [Complex; SIZE];

fn forward(values: &mut Signal, roots: &[Complex; SIZE / 2]) {
    for i in 0..SIZE {
        let mirrored = i.reverse_bits() >> (usize::BITS - BITS);
        if i < mirrored {
            values.swap(i, mirrored);
        }
    }
    let mut half = 1;
    while half < SIZE {
        let stride = SIZE / 2 / half;
        for block in values.chunks_exact_mut(2 * half) {
            let (uppers, lowers) = block.split_at_mut(half);
            for (i, (upper, lower)) in uppers.iter_mut().zip(lowers).enumerate() {
                let turned = *lower * roots[i * stride];
                *lower = *upper - turned;
                *upper = *upper + turned;
            }
        }
        half *= 2;
    }
}

fn inverse(values: &mut Signal, roots: &[Complex; SIZE / 2]) {
    forward(values, roots);
    values[1..].reverse();
    for value in values {
        *value = Complex { re: value.re / SIZE as f64, im: value.im / SIZE as f64 };
    }
}

fn digest_of(values: &Signal) -> u64 {
    let parts = values.iter().flat_map(|value| [value.re, value.im]);
    parts.fold(0, |digest: u64, part| digest.wrapping_mul(31).wrapping_add(part.to_bits()))
}

#[no_mangle]
extern "C" fn main() -> c_int {
    let (sine, cosine) = (|x| unsafe { sin(x) }, |x| unsafe { cos(x) });
    let mut roots = [Complex { re: 0.0, im: 0.0 }; SIZE / 2];
    for (i, root) in roots.iter_mut().enumerate() {
        let angle = -2.0 * PI * i as f64 / SIZE as f64;
        *root = Complex { re: cosine(angle), im: sine(angle) };
    }
    let mut signal = [Complex { re: 0.0, im: 0.0 }; SIZE];
    for (i, value) in signal.iter_mut().enumerate() {
        let t = i as f64 / SIZE as f64;
        let (first, second) = (sine(2.0 * PI * 5.0 * t), cosine(2.0 * PI * 20.0 * t));
        value.re = first + 0.5 * second + 0.25 * sine(2.0 * PI * 77.0 * t + 1.0);
    }
    let mut values = signal;
    forward(&mut values, &roots);
    for (i, value) in values[..SIZE / 2].iter().enumerate() {
        let magnitude = 2.0 * sqrt(value.re * value.re + value.im * value.im) / SIZE as f64;
        if magnitude > 1e-9 {
            print!(c"wave %2d: %.12f, phase %9.6f\n", i as c_int, magnitude, atan2(value.im, value.re));
        }
    }
    print!(c"digest %016lx\n", digest_of(&values));
    inverse(&mut values, &roots);
    let mut furthest = 0.0;
    for (value, before) in values.iter().zip(&signal) {
        let difference = (value.re - before.re).abs() + value.im.abs();
        if difference > furthest {
            furthest = difference;
        }
    }
    print!(c"back to within %.3e, digest %016lx\n", furthest, digest_of(&values));
    43
}
