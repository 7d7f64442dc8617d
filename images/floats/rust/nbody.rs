//! As nbody.c, to the last bit. Exit code 41.
#![no_std]
#![no_main]
#![allow(dead_code)]
include!("guest.rs");

const STEPS: usize = 200;

#[derive(Clone, Copy)]
struct Body {
    place: [f64; 3],
    speed: [f64; 3],
    mass: f64,
}

const fn body(place: [f64; 3], speed: [f64; 3], mass: f64) -> Body {
    Body { place, speed, mass }
}

static START: [Body; 5] = [
    body([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], 40.0),
    body([1.0, 0.0, 0.1], [0.0, 6.3, 0.0], 1e-4),
    body([0.0, 2.5, 0.0], [-4.0, 0.0, 0.2], 0.03),
    body([-5.2, 0.5, -0.1], [0.1, -2.7, 0.0], 0.04),
    body([0.3, -9.5, 0.2], [2.0, 0.0, -0.05], 0.01),
];

fn attract(bodies: &mut [Body; 5], time: f64) {
    for i in 0..5 {
        for j in i + 1..5 {
            let mut way = [0.0; 3];
            let mut square = 0.0;
            for k in 0..3 {
                way[k] = bodies[i].place[k] - bodies[j].place[k];
                square += way[k] * way[k];
            }
            let pull = time / (square * sqrt(square));
            for k in 0..3 {
                bodies[i].speed[k] -= way[k] * (bodies[j].mass * pull);
                bodies[j].speed[k] += way[k] * (bodies[i].mass * pull);
            }
        }
    }
}

fn advance(bodies: &mut [Body; 5], time: f64) {
    for body in bodies {
        for k in 0..3 {
            body.place[k] += time * body.speed[k];
        }
    }
}

fn energy(bodies: &[Body; 5]) -> f64 {
    let mut total = 0.0;
    for (i, one) in bodies.iter().enumerate() {
        let square = one.speed.iter().fold(0.0, |sum, speed| sum + speed * speed);
        total += 0.5 * one.mass * square;
        for other in &bodies[i + 1..] {
            let mut distance = 0.0;
            for k in 0..3 {
                let way = one.place[k] - other.place[k];
                distance += way * way;
            }
            total -= one.mass * other.mass / sqrt(distance);
        }
    }
    total
}

#[no_mangle]
extern "C" fn main() -> c_int {
    let time = 0.001;
    let mut bodies = START;
    print!(c"energy %.12f\n", energy(&bodies));
    for _ in 0..STEPS {
        advance(&mut bodies, time / 2.0);
        attract(&mut bodies, time);
        advance(&mut bodies, time / 2.0);
    }
    print!(c"energy %.12f\n", energy(&bodies));
    for Body { place: [x, y, z], .. } in bodies {
        print!(c"%11.6f %11.6f %11.6f  %016lx %016lx %016lx\n", x, y, z, x.to_bits(), y.to_bits(), z.to_bits());
    }
    41
}
