//! Long numeric columns as base64-encoded typed arrays, which plotly.js reads fastest.

use serde_json::{Value, json};

/// A column for plotly.js.
pub(super) struct Typed;

impl Typed {
    /// 32-bit floats: seven digits are more than a screen can show.
    pub(super) fn floats(values: impl Iterator<Item = f64>) -> Value {
        json!({ "dtype": "f4", "bdata": base64(values.flat_map(|value| (value as f32).to_le_bytes())) })
    }

    /// 32-bit integers.
    pub(super) fn integers(values: impl Iterator<Item = i32>) -> Value {
        json!({ "dtype": "i4", "bdata": base64(values.flat_map(i32::to_le_bytes)) })
    }
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding (RFC 4648).
pub(crate) fn base64(bytes: impl Iterator<Item = u8>) -> String {
    let mut out = String::new();
    let mut bytes = bytes.peekable();
    while bytes.peek().is_some() {
        let mut group = 0_u32;
        let mut taken = 0;
        for shift in [16, 8, 0] {
            if let Some(byte) = bytes.next() {
                group |= u32::from(byte) << shift;
                taken += 1;
            }
        }
        for digit in 0..4 {
            let place = (group >> (18 - 6 * digit)) & 63;
            out.push(if digit <= taken { char::from(DIGITS[place as usize]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_the_letters_of_the_standard() {
        for (bytes, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.bytes()), expected);
        }
        assert_eq!(Typed::floats([1.0].into_iter())["bdata"], "AACAPw==");
        assert_eq!(Typed::integers([-2].into_iter())["bdata"], "/v///w==");
    }
}
