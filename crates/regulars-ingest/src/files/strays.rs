//! Lines that are not UTF-8 in a file that otherwise is: read in the encoding that all such lines of
//! the file together speak for, so that one name is one name throughout.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use encoding_rs::WINDOWS_1252;

use super::encodings::{self, Decision, Evidence};
use super::line_ends::LineEnds;
use super::streams::{self, TextStream};
use crate::error::{Error, Result};

/// Bytes looked at in one piece.
const PIECE: usize = 1 << 20;

/// What becomes of the lines of one file that are not UTF-8; found out when the first one is met.
#[derive(Debug)]
pub(crate) struct NonUtf8Lines {
    path: PathBuf,
    shown: String,
    old_mac: bool,
    decided: OnceLock<Decision>,
}

/// Lines that were repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repaired {
    pub(crate) lines: u64,
    /// What they were read as.
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

    /// The encoding of all of them; reads the file once more when it is first asked for.
    fn decision(&self) -> Decision {
        *self.decided.get_or_init(|| {
            evidence(&self.path, &self.shown, |line| str::from_utf8(line).is_err()).map_or(
                // Whoever reads the file itself reports that it cannot be read.
                Decision { encoding: WINDOWS_1252, sure: false },
                |evidence| evidence.decide(self.old_mac),
            )
        })
    }

    /// Turns the lines of `data` that are not UTF-8 into it, and says how many there were.
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

/// A text whose lines that are not UTF-8 are repaired on the way, for turning it into a table.
pub(super) struct RepairedText {
    text: TextStream,
    strays: Arc<NonUtf8Lines>,
    /// Whole lines, repaired.
    lines: Vec<u8>,
    given: usize,
    /// The beginning of a line.
    carry: Vec<u8>,
    ended: bool,
}

impl RepairedText {
    pub(super) fn new(text: TextStream, strays: Arc<NonUtf8Lines>) -> Self {
        Self { text, strays, lines: Vec::new(), given: 0, carry: Vec::new(), ended: false }
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
            self.strays.repair(&mut data);
            self.lines = data;
            self.given = 0;
        }
        let n = (self.lines.len() - self.given).min(buffer.len());
        buffer[..n].copy_from_slice(&self.lines[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

/// The evidence of the lines of a file that `wanted` chooses; stops when there is enough.
pub(super) fn evidence(path: &Path, shown: &str, mut wanted: impl FnMut(&[u8]) -> bool) -> Result<Evidence> {
    let unreadable = |e: std::io::Error| Error::io("read", shown, &e);
    let mut plain = streams::open_plain(path, shown)?;
    let mut evidence = Evidence::default();
    let mut data = Vec::new();
    loop {
        let n = plain.by_ref().take(PIECE as u64).read_to_end(&mut data).map_err(unreadable)?;
        // A line that the piece cuts off is looked at with the next one.
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
        // `Café` alone would be Western, beside Polish names it is one of them.
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
