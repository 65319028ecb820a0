//! Finds the positions of a few byte values in a text, 64 bytes at a time.
//!
//! The delimiters, quotes and line ends of a CSV file are only a few bytes apart. Restarting a search after
//! each of them would take several times as long.

/// Bytes scanned at once.
pub(crate) const WINDOW: usize = 64;

/// A bit mask of the first 64 bytes of `text` that are in `wanted`; bit 0 is the first byte.
#[inline]
pub(crate) fn marks<const N: usize>(text: &[u8], wanted: [u8; N]) -> u64 {
    match text.first_chunk() {
        Some(window) => marks_of_window(window, wanted),
        None => {
            let mut window = [0; WINDOW];
            window[..text.len()].copy_from_slice(text);
            marks_of_window(&window, wanted) & ((1 << text.len()) - 1)
        }
    }
}

#[inline]
fn marks_of_window<const N: usize>(window: &[u8; WINDOW], wanted: [u8; N]) -> u64 {
    // Two simple loops, so that the compiler vectorises them.
    let mut found = [0_u8; WINDOW];
    for (found, byte) in found.iter_mut().zip(window) {
        *found = wanted.iter().fold(0, |is, wanted| is | u8::from(byte == wanted));
    }
    let (words, _) = found.as_chunks::<8>();
    // The multiplication gathers the lowest bit of each byte in the highest byte.
    let gather = |word: &[u8; 8]| u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    words.iter().rev().fold(0, |marks, word| marks << 8 | gather(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_wanted_byte_is_marked(text in "[a,\"\n]{0,80}") {
            let marked = marks(text.as_bytes(), [b',', b'\n']);
            for (at, byte) in text.bytes().take(WINDOW).enumerate() {
                proptest::prop_assert_eq!(marked >> at & 1 == 1, byte == b',' || byte == b'\n');
            }
            proptest::prop_assert!(text.len() >= WINDOW || marked >> text.len() == 0);
        }
    }
}
