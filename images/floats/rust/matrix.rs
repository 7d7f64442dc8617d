//! As matrix.c, to the last bit. Exit code 42.
#![no_std]
#![no_main]
#![allow(dead_code)]
include!("guest.rs");

use core::ops::{AddAssign, Mul};

const SIZE: usize = 32;
const UNKNOWNS: usize = 12;
type Matrix<T> = [[T; SIZE]; SIZE];

struct Numbers(u32);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(1664525).wrapping_add(1013904223);
        f64::from(self.0 >> 8) / 16777216.0 - 0.5
    }
}

fn multiply<T: Copy + Mul<Output = T> + AddAssign>(a: &Matrix<T>, b: &Matrix<T>, c: &mut Matrix<T>) {
    for (row, sums) in a.iter().zip(c) {
        for (factor, others) in row.iter().zip(b) {
            for (sum, other) in sums.iter_mut().zip(others) {
                *sum += *factor * *other;
            }
        }
    }
}

fn solve(rows: &mut [[f64; UNKNOWNS + 1]; UNKNOWNS]) -> [f64; UNKNOWNS] {
    for column in 0..UNKNOWNS {
        let mut best = column;
        for i in column + 1..UNKNOWNS {
            if rows[i][column].abs() > rows[best][column].abs() {
                best = i;
            }
        }
        rows.swap(column, best);
        for i in column + 1..UNKNOWNS {
            let factor = rows[i][column] / rows[column][column];
            for j in column..=UNKNOWNS {
                rows[i][j] -= factor * rows[column][j];
            }
        }
    }
    let mut unknowns = [0.0; UNKNOWNS];
    for i in (0..UNKNOWNS).rev() {
        let mut rest = rows[i][UNKNOWNS];
        for j in i + 1..UNKNOWNS {
            rest -= rows[i][j] * unknowns[j];
        }
        unknowns[i] = rest / rows[i][i];
    }
    unknowns
}

#[no_mangle]
extern "C" fn main() -> c_int {
    let mut numbers = Numbers(12345);
    let (mut a, mut b, mut c) = ([[0.0f64; SIZE]; SIZE], [[0.0f64; SIZE]; SIZE], [[0.0f64; SIZE]; SIZE]);
    let (mut narrow_a, mut narrow_b, mut narrow_c) = ([[0.0f32; SIZE]; SIZE], [[0.0f32; SIZE]; SIZE], [[0.0f32; SIZE]; SIZE]);
    for i in 0..SIZE {
        for j in 0..SIZE {
            a[i][j] = numbers.next();
            b[i][j] = numbers.next();
            narrow_a[i][j] = a[i][j] as f32;
            narrow_b[i][j] = b[i][j] as f32;
        }
    }
    multiply(&a, &b, &mut c);
    multiply(&narrow_a, &narrow_b, &mut narrow_c);
    let (mut trace, mut furthest) = (0.0, 0.0);
    let (mut digest, mut narrow_digest) = (0u64, 0u32);
    for i in 0..SIZE {
        trace += c[i][i];
        for j in 0..SIZE {
            let difference = (c[i][j] - f64::from(narrow_c[i][j])).abs();
            if difference > furthest {
                furthest = difference;
            }
            digest = digest.wrapping_mul(31).wrapping_add(c[i][j].to_bits());
            narrow_digest = narrow_digest.wrapping_mul(31).wrapping_add(narrow_c[i][j].to_bits());
        }
    }
    print!(c"trace %.15g, digests %016lx %08x, precisions differ by %.3e\n", trace, digest, narrow_digest, furthest);

    let mut rows = [[0.0; UNKNOWNS + 1]; UNKNOWNS];
    for row in &mut rows {
        for j in 0..UNKNOWNS {
            row[j] = numbers.next();
            row[UNKNOWNS] += row[j] * (j + 1) as f64;
        }
    }
    for (i, unknown) in solve(&mut rows).into_iter().enumerate() {
        print!(c"%.17g%s", unknown, if i % 4 == 3 { c"\n" } else { c" " }.as_ptr());
    }
    42
}
