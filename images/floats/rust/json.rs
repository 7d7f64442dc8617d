//! As json.cpp, to the last bit; numbers are read by Rust's core library, so two readers agree. Exit code 47.
#![no_std]
#![no_main]
#![allow(dead_code)]
include!("guest.rs");

static DOCUMENT: &str = concat!(
    "{\"name\": \"measurements\", \"unit\": 1e-6, \"rows\": [\n",
    " [0.1, 0.2, 0.3, 1e23, 9007199254740993, 5e-324, -0.0],\n",
    " [1.7976931348623157e308, 2.2250738585072014e-308, 2.2250738585072011e-308, 4.9406564584124654e-324],\n",
    " [3.141592653589793238462643383279502884, 2.718281828459045, 6.02214076e23, -1.602176634e-19],\n",
    " [123456789012345678901234567890, 0.000001, 1E+2, 12.5e-1, 7.0e0],\n",
    " [9007199254740992.5, 9007199254740993.5, 1.00000000000000011102230246251565, 1.00000000000000011102230246251566]\n",
    "], \"nested\": {\"empty\": [], \"none\": null, \"yes\": true, \"no\": false, \"text\": \"a \\\"b\\\" c\"}}"
);

extern "C" {
    fn snprintf(buffer: *mut c_char, capacity: usize, format: *const c_char, ...) -> c_int;
}

struct Reader<'a> {
    rest: &'a str,
    is_well: bool,
    numbers: c_int,
    sum: f64,
    largest: f64,
    digest: u64,
}

fn write(text: &str) {
    print!(c"%.*s", text.len() as c_int, text.as_ptr());
}

/// As C's %g with so many digits; the text ends with a zero.
fn show(number: f64, digits: c_int, buffer: &mut [u8; 32]) -> usize {
    unsafe { snprintf(buffer.as_mut_ptr().cast(), 32, c"%.*g".as_ptr(), digits, number) as usize }
}

impl<'a> Reader<'a> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\n']);
    }

    fn take(&mut self, character: char) -> bool {
        self.skip();
        let rest = self.rest.strip_prefix(character);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, character: char) {
        if self.take(character) {
            unsafe { putchar(character as c_int) };
        } else {
            self.is_well = false;
        }
    }

    fn cut(&mut self, length: usize) -> &'a str {
        let (token, rest) = self.rest.split_at(length);
        self.rest = rest;
        token
    }

    fn text(&mut self) {
        let mut is_escaped = false;
        let end = self.rest.bytes().skip(1).position(|byte| {
            let is_end = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            is_end
        });
        match end {
            Some(end) => write(self.cut(end + 2)),
            None => self.is_well = false,
        }
    }

    fn number(&mut self) {
        let is_part = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
        let length = self.rest.bytes().take_while(|byte| is_part(*byte)).count();
        let Ok(number) = self.cut(length).parse::<f64>() else {
            self.is_well = false;
            return;
        };
        self.numbers += 1;
        if number < 1e100 {
            self.sum += number;
        }
        if number > self.largest {
            self.largest = number;
        }
        self.digest = self.digest.wrapping_mul(31).wrapping_add(number.to_bits());
        let mut buffer = [0; 32];
        for digits in 15..=17 {
            let length = show(number, digits, &mut buffer);
            let text = unsafe { core::str::from_utf8_unchecked(&buffer[..length]) };
            if text.parse() == Ok(number) {
                break;
            }
        }
        print!(c"%s", buffer.as_ptr());
    }

    fn word(&mut self, expected: &str) {
        if self.rest.starts_with(expected) {
            self.cut(expected.len());
        } else {
            self.is_well = false;
        }
        write(expected);
    }

    fn list(&mut self, open: char, close: char, has_names: bool) {
        self.expect(open);
        let mut is_first = true;
        while self.is_well && !self.take(close) {
            if !is_first {
                self.expect(',');
            }
            is_first = false;
            self.skip();
            if has_names {
                self.text();
                self.expect(':');
            }
            self.value();
        }
        unsafe { putchar(close as c_int) };
        if close == ']' {
            unsafe { putchar('\n' as c_int) };
        }
    }

    fn value(&mut self) {
        self.skip();
        match self.rest.as_bytes().first() {
            Some(b'{') => self.list('{', '}', true),
            Some(b'[') => self.list('[', ']', false),
            Some(b'"') => self.text(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => self.number(),
        }
    }
}

#[no_mangle]
extern "C" fn main() -> c_int {
    let mut reader = Reader { rest: DOCUMENT, is_well: true, numbers: 0, sum: 0.0, largest: 0.0, digest: 0 };
    reader.value();
    reader.skip();
    let verdict = if reader.is_well && reader.rest.is_empty() { c"fine" } else { c"wrong" };
    print!(
        c"\n%s: %d numbers, sum %.17g, largest %.17g, digest %016lx\n",
        verdict.as_ptr(), reader.numbers, reader.sum, reader.largest, reader.digest
    );
    47
}
