//! Line ends: LF and CRLF are read as they are; a lone CR is converted to LF.

use std::io::Read;

/// How the lines of a text end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineEnds {
    /// LF, with or without a preceding CR.
    Lf,
    /// Most or all lines end in a lone CR, as on old Macs.
    Cr,
}

impl LineEnds {
    /// Detects the line ends from the beginning of a text.
    pub(crate) fn of(head: &[u8]) -> Self {
        let after_cr = |at: usize| head.get(at + 1);
        // A CR at the very end is ambiguous: its LF may follow.
        let alone =
            memchr::memchr_iter(b'\r', head).filter(|at| after_cr(*at).is_some_and(|b| *b != b'\n')).count();
        let feeds = memchr::memchr_iter(b'\n', head).count();
        let only = feeds == 0 && head.ends_with(b"\r");
        if alone > feeds || only { Self::Cr } else { Self::Lf }
    }
}

/// Converts every CR or CRLF to LF.
pub(crate) struct CrToLf<R> {
    source: R,
    after_cr: bool,
}

impl<R> CrToLf<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, after_cr: false }
    }
}

impl<R: Read> Read for CrToLf<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let n = self.source.read(buffer)?;
            let mut kept = 0;
            for at in 0..n {
                let byte = buffer[at];
                let second_half = byte == b'\n' && self.after_cr;
                self.after_cr = byte == b'\r';
                if !second_half {
                    buffer[kept] = if byte == b'\r' { b'\n' } else { byte };
                    kept += 1;
                }
            }
            // Nothing is left if the chunk was only the second half of a CRLF: continue reading.
            if kept > 0 || n == 0 {
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn line_ends_are_told() {
        for (text, expected) in [
            ("a,b\nc,d\n", LineEnds::Lf),
            ("a,b\r\nc,d\r\n", LineEnds::Lf),
            ("a,b\rc,d\r", LineEnds::Cr),
            ("a,b\r", LineEnds::Cr),
            ("a,b\rc,d\re,f\ng,h\r", LineEnds::Cr),
            ("a,\"x\ry\"\nc,d\n", LineEnds::Lf),
            ("a,b", LineEnds::Lf),
            ("", LineEnds::Lf),
        ] {
            assert_eq!(LineEnds::of(text.as_bytes()), expected, "{text:?}");
        }
    }

    /// Returns a few bytes per read.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let n = self.1.min(buffer.len()).min(self.0.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    proptest! {
        #[test]
        fn nothing_but_line_ends_changes(text in "[ab\r\n]{0,60}", piece in 1_usize..7) {
            let mut out = String::new();
            CrToLf::new(Drops(text.as_bytes(), piece)).read_to_string(&mut out).expect("in memory");
            prop_assert_eq!(out, text.replace("\r\n", "\n").replace('\r', "\n"));
        }
    }
}
