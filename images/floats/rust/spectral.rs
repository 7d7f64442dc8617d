//! As spectral.c, to the last bit. Exit code 45.
#![no_std]
#![no_main]
#![allow(dead_code)]
include!("guest.rs");

const SIZE: usize = 32;
const ROUNDS: usize = 6;
type Vector = [f64; SIZE];

fn entry(row: usize, column: usize) -> f64 {
    1.0 / ((row + column) * (row + column + 1) / 2 + row + 1) as i32 as f64
}

fn times_matrix(from: &Vector) -> Vector {
    core::array::from_fn(|i| (0..SIZE).fold(0.0, |sum, j| sum + entry(i, j) * from[j]))
}

fn times_transposed(from: &Vector) -> Vector {
    core::array::from_fn(|i| (0..SIZE).fold(0.0, |sum, j| sum + entry(j, i) * from[j]))
}

fn product(a: &Vector, b: &Vector) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (x, y)| sum + x * y)
}

#[no_mangle]
extern "C" fn main() -> c_int {
    let (mut u, mut v) = ([1.0; SIZE], [0.0; SIZE]);
    for _ in 0..ROUNDS {
        v = times_transposed(&times_matrix(&u));
        u = times_transposed(&times_matrix(&v));
    }
    let norm = sqrt(product(&u, &v) / product(&v, &v));
    print!(c"%.9f %016lx\n", norm, norm.to_bits());
    45
}
