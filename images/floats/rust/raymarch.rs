//! As raymarch.cpp, to the last bit. Exit code 46.
#![no_std]
#![no_main]
#![allow(dead_code)]
include!("guest.rs");

use core::ops::{Add, Mul, Sub};

#[derive(Clone, Copy)]
struct Vector {
    x: f32,
    y: f32,
    z: f32,
}

const fn vector(x: f32, y: f32, z: f32) -> Vector {
    Vector { x, y, z }
}

impl Add for Vector {
    type Output = Vector;
    fn add(self, b: Vector) -> Vector {
        vector(self.x + b.x, self.y + b.y, self.z + b.z)
    }
}
impl Sub for Vector {
    type Output = Vector;
    fn sub(self, b: Vector) -> Vector {
        vector(self.x - b.x, self.y - b.y, self.z - b.z)
    }
}
impl Mul<f32> for Vector {
    type Output = Vector;
    fn mul(self, factor: f32) -> Vector {
        vector(self.x * factor, self.y * factor, self.z * factor)
    }
}

impl Vector {
    fn dot(self, b: Vector) -> f32 {
        self.x * b.x + self.y * b.y + self.z * b.z
    }
    fn length(self) -> f32 {
        sqrtf(self.dot(self))
    }
    fn unit(self) -> Vector {
        self * (1.0 / self.length())
    }
}

fn least(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

fn distance(at: Vector) -> f32 {
    let ball = (at - vector(-0.9, 0.1, 0.3)).length() - 1.0;
    let p = at - vector(1.1, 0.0, 0.0);
    let round = sqrtf(p.x * p.x + p.y * p.y) - 0.8;
    let ring = sqrtf(round * round + p.z * p.z) - 0.3;
    least(least(ball, ring), at.y + 1.0)
}

fn march(from: Vector, direction: Vector, most: f32) -> f32 {
    let mut length = 0.02;
    for _ in 0..24 {
        if length >= most {
            break;
        }
        let room = distance(from + direction * length);
        if room < 0.004 {
            return length;
        }
        length += room;
    }
    most
}

fn brightness(eye: Vector, direction: Vector) -> f32 {
    const FAR: f32 = 9.0;
    const STEP: f32 = 0.004;
    let length = march(eye, direction, FAR);
    if length >= FAR {
        return 0.0;
    }
    let at = eye + direction * length;
    let here = distance(at);
    let slope = |way| distance(at + way) - here;
    let normal = vector(slope(vector(STEP, 0.0, 0.0)), slope(vector(0.0, STEP, 0.0)), slope(vector(0.0, 0.0, STEP))).unit();
    let light = vector(-0.5, 0.8, -0.6).unit();
    let mut shine = normal.dot(light);
    if !(shine > 0.0) {
        shine = 0.0;
    }
    if shine > 0.0 && march(at + normal * 0.02, light, 4.0) < 4.0 {
        shine *= 0.3;
    }
    0.15 + 0.85 * shine
}

const WIDTH: usize = 40;
const HEIGHT: usize = 14;

#[no_mangle]
extern "C" fn main() -> c_int {
    let mut digest = 0u32;
    let eye = vector(0.0, 0.6, -4.0);
    for row in 0..HEIGHT {
        let mut line = [0u8; WIDTH + 1];
        for column in 0..WIDTH {
            let across = (column as f32 + 0.5 - (WIDTH / 2) as f32) * (2.6 / WIDTH as f32);
            let up = ((HEIGHT / 2) as f32 - row as f32 - 0.5) * (1.9 / HEIGHT as f32) - 0.15;
            let value = brightness(eye, vector(across, up, 1.6).unit());
            digest = digest.wrapping_mul(31).wrapping_add((value * 65536.0) as u32);
            line[column] = b" .,:;+=xX#@"[(value * 10.0) as usize];
        }
        print!(c"%s\n", line.as_ptr());
    }
    print!(c"digest %08x\n", digest);
    46
}
