//! Lines that are not UTF-8 in an otherwise UTF-8 file. All of them are read in one encoding, chosen by their
//! joint evidence, so that a name is spelled consistently.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use encoding_rs::WINDOWS_1252;

use super::encodings::{self, Decision, Evidence};
use super::line_ends::LineEnds;
use super::streams::{self, TextStream};
use crate::error::{Error, Result};

/// Bytes to examine at once.
const PIECE: usize = 1 << 20;

/// How the non-UTF-8 lines of a file are decoded; determined when the first one is found.
#[derive(Debug)]
pub(crate) struct NonUtf8Lines {
    path: PathBuf,
    shown: String,
    old_mac: bool,
    decided: OnceLock<Decision>,
}

/// Repaired lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repaired {
    pub(crate) lines: u64,
    /// The encoding they were read in.
    pub(crate) encoding: String,
}

impl NonUtf8Lines {
    pub(super) fn of(path: &Path, shown: &str, line_ends: LineEnds) -> Self {
        Self {
            path: path.to_owned(),
            shown: shown.to_owned(),
            old_mac: line_ends == LineEnds::Cr,
            decided: OnceLock::new(),
        }
    }

    /// The encoding of these lines; reads the file again on the first call.
    fn decision(&self) -> Decision {
        *self.decided.get_or_init(|| {
            evidence(&self.path, &self.shown, |line| str::from_utf8(line).is_err()).map_or(
                // The caller reads the file itself, and will report the I/O error.
                Decision { encoding: WINDOWS_1252, sure: false },
                |evidence| evidence.decide(self.old_mac),
            )
        })
    }

    /// Converts the non-UTF-8 lines of `data`; returns how many there were.
    pub(crate) fn repair(&self, data: &mut Vec<u8>) -> Option<Repaired> {
        if str::from_utf8(data).is_ok() {
            return None;
        }
        let encoding = self.decision().encoding;
        let mut repaired = Vec::with_capacity(data.len() + data.len() / 16);
        let mut lines = 0;
        for line in data.split_inclusive(|b| *b == b'\n') {
            if str::from_utf8(line).is_ok() {
                repaired.extend_from_slice(line);
            } else {
                lines += 1;
                repaired.extend_from_slice(encoding.decode_without_bom_handling(line).0.as_bytes());
            }
        }
        *data = repaired;
        Some(Repaired { lines, encoding: encodings::name(encoding) })
    }
}

/// A text whose non-UTF-8 lines are repaired while reading, for conversion to a table.
pub(super) struct RepairedText {
    text: TextStream,
    non_utf8: Arc<NonUtf8Lines>,
    /// Complete lines, repaired.
    lines: Vec<u8>,
    given: usize,
    /// The beginning of an incomplete line.
    carry: Vec<u8>,
    ended: bool,
}

impl RepairedText {
    pub(super) fn new(text: TextStream, non_utf8: Arc<NonUtf8Lines>) -> Self {
        Self { text, non_utf8, lines: Vec::new(), given: 0, carry: Vec::new(), ended: false }
    }
}

impl Read for RepairedText {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.lines.len() && !self.ended {
            let mut data = std::mem::take(&mut self.carry);
            let n = self.text.by_ref().take(PIECE as u64).read_to_end(&mut data)?;
            self.ended = n < PIECE;
            if !self.ended {
                let end = memchr::memrchr(b'\n', &data).map_or(0, |at| at + 1);
                self.carry = data.split_off(end);
            }
            self.non_utf8.repair(&mut data);
            self.lines = data;
            self.given = 0;
        }
        let n = (self.lines.len() - self.given).min(buffer.len());
        buffer[..n].copy_from_slice(&self.lines[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

/// The evidence of the lines that `wanted` selects; stops when there is enough.
pub(super) fn evidence(path: &Path, shown: &str, mut wanted: impl FnMut(&[u8]) -> bool) -> Result<Evidence> {
    let unreadable = |e: std::io::Error| Error::io("read", shown, &e);
    let mut plain = streams::open_plain(path, shown)?;
    let mut evidence = Evidence::default();
    let mut data = Vec::new();
    loop {
        let n = plain.by_ref().take(PIECE as u64).read_to_end(&mut data).map_err(unreadable)?;
        // A line cut off by the chunk is examined with the next one.
        let end = memchr::memrchr2(b'\n', b'\r', &data).map_or(data.len(), |at| at + 1);
        let end = if n < PIECE { data.len() } else { end };
        let piece = &data[..end];
        let more = piece.is_ascii()
            || piece
                .split_inclusive(|b| matches!(b, b'\n' | b'\r'))
                .all(|line| !wanted(line) || evidence.add_line(line));
        if n < PIECE || !more {
            return Ok(evidence);
        }
        data.drain(..end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repair(text: &[u8]) -> (Vec<u8>, Option<Repaired>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.csv");
        fs_err::write(&path, text).expect("written");
        let mut data = text.to_vec();
        let repaired = NonUtf8Lines::of(&path, "x", LineEnds::Lf).repair(&mut data);
        (data, repaired)
    }

    #[test]
    fn one_stray_line_is_repaired_alone() {
        let mut text = "Müller\n".as_bytes().to_vec();
        text.extend(b"M\xfcller\nend\n");
        let (data, repaired) = repair(&text);
        assert_eq!(data, "Müller\nMüller\nend\n".as_bytes());
        assert_eq!(repaired, Some(Repaired { lines: 1, encoding: "windows-1252".to_owned() }));
        assert_eq!(repair("Müller\n".as_bytes()).1, None);
    }

    #[test]
    fn all_strays_of_a_file_are_read_alike() {
        // `Café` alone would be Western; among Polish names, it is decoded like them.
        let mut text = b"klient\nCaf\xe9\n".to_vec();
        for name in ["Małgorzata Wiśniewska", "Łukasz Żak", "Świętosława Gołąb", "Grażyna Dąbrowska"]
        {
            text.extend_from_slice(&encoding_rs::WINDOWS_1250.encode(name).0);
            text.push(b'\n');
        }
        let (data, repaired) = repair(&text);
        assert!(
            String::from_utf8(data).expect("UTF-8").contains("Café\nMałgorzata Wiśniewska\nŁukasz Żak\n")
        );
        assert_eq!(repaired, Some(Repaired { lines: 5, encoding: "windows-1250".to_owned() }));
    }
}
