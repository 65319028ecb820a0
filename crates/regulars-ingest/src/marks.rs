//! Where a few bytes stand in a text, found 64 bytes at a time.
//!
//! Delimiters, quotes and line ends of a CSV are a few bytes apart. To start a new search after each of
//! them takes several times as long.

/// The bytes looked at together.
pub(crate) const WINDOW: usize = 64;

/// Which of the first 64 bytes of `text` are among `wanted`: bit 0 for the first byte.
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
    // Two plain loops, which the compiler turns into vector instructions.
    let mut found = [0_u8; WINDOW];
    for (found, byte) in found.iter_mut().zip(window) {
        *found = wanted.iter().fold(0, |is, wanted| is | u8::from(byte == wanted));
    }
    let (words, _) = found.as_chunks::<8>();
    // The product gathers the lowest bit of each byte in the highest byte.
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
