//! Detects the encoding and the line ends of a text.
//!
//! The beginning decides between UTF-8 and UTF-16; for legacy encodings, the whole file is examined.
//! Deliberately not here: decoding ([`super::streams`]), and the evidence of words ([`super::encodings`]).

use std::path::Path;
use std::sync::Arc;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use regulars_core::config;

use super::encodings::{self, Evidence};
use super::line_ends::LineEnds;
use super::non_utf8::{self, NonUtf8Lines};
use super::streams::mark;
use crate::error::{Error, Kind, Result};

/// How stored bytes are decoded to lines of UTF-8.
#[derive(Debug, Clone)]
pub(crate) struct TextForm {
    pub(crate) encoding: &'static Encoding,
    pub(crate) line_ends: LineEnds,
    /// How non-UTF-8 lines of an otherwise UTF-8 file are decoded.
    pub(crate) non_utf8: Arc<NonUtf8Lines>,
}

impl TextForm {
    /// The encoding's name, for a configuration.
    pub(crate) fn encoding_name(&self) -> String {
        encodings::name(self.encoding)
    }
}

/// What the bytes of a text showed.
#[derive(Debug)]
pub(super) struct DetectedForm {
    pub(super) form: TextForm,
    /// What the user should know.
    pub(super) notes: Vec<String>,
    /// Why values may be misread.
    pub(super) doubts: Vec<String>,
}

/// Detects the encoding and line ends from the beginning of a text and, if it is not UTF-8, from all of it;
/// `path` is where it can be read again.
///
/// Errors: [`Kind::Unreadable`] for data that are not text; [`Kind::Config`] for an encoding that is unknown
/// or clearly wrong.
pub(super) fn detect(
    head: &[u8],
    given: Option<&config::Encoding>,
    path: &Path,
    shown: &str,
) -> Result<DetectedForm> {
    let (mut notes, mut doubts) = (Vec::new(), Vec::new());
    let asked = given.map(encodings::by_label).transpose()?;
    let told = |encoding| {
        let line_ends = LineEnds::of(&beginning(head, encoding));
        TextForm { encoding, line_ends, non_utf8: Arc::new(NonUtf8Lines::of(path, shown, line_ends)) }
    };
    if let [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] = head {
        return Err(Error::new(Kind::Unreadable, format!("`{shown}` is UTF-32 text, which is not read"))
            .hint("save it as UTF-8: iconv -f UTF-32 -t UTF-8 FILE > NEW"));
    }
    let form = match (mark(head), asked) {
        (Some((encoding, _)), _) => told(encoding),
        (None, Some(None)) => told(encodings::unmarked_utf16(head).unwrap_or(UTF_16LE)),
        (None, Some(Some(encoding))) => {
            check_given(head, encoding, path, shown)?;
            told(encoding)
        }
        (None, None) => match guess(head, shown)? {
            Guess::Known(encoding) => told(encoding),
            Guess::Legacy => {
                let form = told(UTF_8);
                let old_mac = form.line_ends == LineEnds::Cr;
                let (mut good, mut bad) = (0_u64, 0_u64);
                let evidence = non_utf8::evidence(path, shown, |line| {
                    if line.is_ascii() {
                        return false;
                    }
                    *(if str::from_utf8(line).is_ok() { &mut good } else { &mut bad }) += 1;
                    true
                })?;
                if good > bad {
                    // Only a few lines at the beginning are not UTF-8; the file is.
                    return Ok(DetectedForm { form, notes, doubts });
                }
                let mut of_head = Evidence::default();
                of_head.add_line(head);
                let of_head = of_head.decide(old_mac);
                let decided = evidence.decide(old_mac);
                let name = encodings::name(decided.encoding);
                if !decided.sure {
                    let fields = evidence.len();
                    doubts.push(format!(
                        "`{shown}` was read as {name}, which {} with non-ASCII letters cannot confirm; set `encoding` under [source] if names look wrong",
                        if fields == 1 { "one field".to_owned() } else { format!("{fields} fields") }
                    ));
                } else if of_head.encoding != decided.encoding {
                    notes.push(format!(
                        "{shown}: the beginning looked like {}, the whole file is {name}",
                        encodings::name(of_head.encoding)
                    ));
                }
                TextForm { encoding: decided.encoding, ..form }
            }
        },
    };
    if form.encoding != UTF_8 {
        notes.insert(0, format!("{shown}: encoding {}", encodings::name(form.encoding)));
    }
    if form.line_ends == LineEnds::Cr {
        notes.push(format!("{shown}: lines end in CR only (classic Mac OS)"));
    }
    notes.extend(doubts.iter().cloned());
    Ok(DetectedForm { form, notes, doubts })
}

/// The beginning as text, to detect line ends.
fn beginning(head: &[u8], encoding: &'static Encoding) -> Vec<u8> {
    if encoding == UTF_16LE || encoding == UTF_16BE {
        encoding.decode_without_bom_handling(head).0.into_owned().into_bytes()
    } else {
        head.to_vec()
    }
}

enum Guess {
    Known(&'static Encoding),
    /// A legacy encoding.
    Legacy,
}

fn guess(head: &[u8], shown: &str) -> Result<Guess> {
    if let Some(utf16) = encodings::unmarked_utf16(head) {
        return Ok(Guess::Known(utf16));
    }
    if encodings::is_iso_2022_jp(head) {
        return Ok(Guess::Known(encodings::ESCAPED));
    }
    let control = head.iter().filter(|b| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0c)).count();
    if head.contains(&0) || control * 100 > head.len() {
        return Err(Error::new(
            Kind::Unreadable,
            format!("`{shown}` looks like binary data, not CSV, a spreadsheet or Parquet"),
        )
        .hint("export the orders as CSV (UTF-8), .xlsx or Parquet"));
    }
    // The head may end inside a character, and a UTF-8 file may contain other lines.
    let (mut good, mut bad) = (0, 0);
    for line in head.split_inclusive(|b| matches!(b, b'\n' | b'\r')).filter(|line| !line.is_ascii()) {
        match str::from_utf8(line) {
            Ok(_) => good += 1,
            Err(error) if error.error_len().is_none() && !line.ends_with(b"\n") => good += 1,
            Err(_) => bad += 1,
        }
    }
    Ok(if bad > good { Guess::Legacy } else { Guess::Known(UTF_8) })
}

/// Rejects a configured encoding that does not decode the beginning.
fn check_given(head: &[u8], encoding: &'static Encoding, path: &Path, shown: &str) -> Result<()> {
    if encoding == UTF_8 {
        // Lines that are not UTF-8 are repaired and reported.
        return Ok(());
    }
    let text = encoding.decode_without_bom_handling(head).0;
    let lost = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    let unsupported = text.chars().filter(|c| !c.is_ascii()).count();
    if lost * 10 <= unsupported || lost < 2 {
        return Ok(());
    }
    let line = text
        .split('\n')
        .position(|line| line.contains(char::REPLACEMENT_CHARACTER))
        .map_or(1, |lines| lines + 1);
    let better = if str::from_utf8(head).is_ok() {
        UTF_8
    } else {
        non_utf8::evidence(path, shown, |line| !line.is_ascii())?.decide(false).encoding
    };
    Err(Error::new(
        Kind::Config,
        format!(
            "`{shown}` is not in the encoding {} that source.encoding names: line {line} is not valid in it",
            encodings::name(encoding)
        ),
    )
    .hint(format!("it looks like {}; set that, or leave source.encoding out", encodings::name(better))))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use encoding_rs::WINDOWS_1250;

    use super::*;
    use crate::files::streams::{HEAD_BYTES, open_plain, plain_head, text_of};

    /// Detects the encoding of a file, and returns its text and the encoding's name.
    fn read(bytes: &[u8], given: Option<&str>) -> Result<(String, String)> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.csv");
        fs_err::write(&path, bytes).expect("written");
        let mut plain = open_plain(&path, "x")?;
        let head = plain_head(&mut plain, "x")?;
        let told = detect(&head, given.map(config::Encoding::new).as_ref(), &path, "x")?;
        let raw = fs_err::File::open(&path).expect("there");
        let mut out = Vec::new();
        text_of(Box::new(raw), &told.form, "x")?.read_to_end(&mut out).expect("in memory");
        told.form.non_utf8.repair(&mut out);
        Ok((String::from_utf8(out).expect("UTF-8"), told.form.encoding_name()))
    }

    fn check(bytes: &[u8], given: Option<&str>, text: &str, encoding: &str) {
        let (found, name) = read(bytes, given).expect("readable");
        assert_eq!((found.as_str(), name.as_str()), (text, encoding));
    }

    #[test]
    fn every_encoding_becomes_utf8() {
        check("\u{feff}Müller".as_bytes(), None, "Müller", "utf-8");
        check(b"M\xfcller", None, "Müller", "windows-1252");
        check(b"\xff\xfeM\0\xfc\0", None, "Mü", "UTF-16LE");
        check(b"\xfe\xff\0M\0\xfc", None, "Mü", "UTF-16BE");
        check(b"a\0,\0b\0\n\0", None, "a,b\n", "UTF-16LE");
        check(b"\0a\0,\0b\0\n", None, "a,b\n", "UTF-16BE");
        check(b"a\0,\0b\0\n\0", Some("utf-16"), "a,b\n", "UTF-16LE");
        check(b"M\xfc", Some("latin-1"), "Mü", "windows-1252");
        check(b"\xa3\xf3d\x9f", Some("windows-1250"), "Łódź", "windows-1250");
        check(b"a\rb\r", None, "a\nb\n", "utf-8");
        let long = "ü".repeat(HEAD_BYTES) + "!";
        check(long.as_bytes(), None, &long, "utf-8");
    }

    #[test]
    fn the_whole_file_decides_and_not_its_beginning() {
        // The beginning has one French word; the rest is Polish.
        let mut text = String::from("klient,data\nCafé,2024-01-01\n");
        while text.len() < HEAD_BYTES {
            text.push_str("abc,2024-01-01\n");
        }
        text.push_str("Małgorzata Wiśniewska,x\nŁukasz Żak,x\nŚwiętosława Gołąb,x\nGrażyna Dąbrowska,x\nZdzisław Wąs,x\n");
        let (bytes, ..) = WINDOWS_1250.encode(&text);
        check(&bytes, None, &text, "windows-1250");
    }

    #[test]
    fn strays_at_the_beginning_make_no_old_file() {
        let mut text = b"name\nM\xfcller\n".to_vec();
        for _ in 0..3 {
            text.extend_from_slice("Łukasz\n".as_bytes());
        }
        assert_eq!(read(&text, None).expect("readable").1, "utf-8");
        text = b"name\nM\xfcller\n".to_vec();
        text.resize(text.len() + HEAD_BYTES, b'x');
        text.extend_from_slice("\nŁukasz\nŻaneta\n".as_bytes());
        assert_eq!(read(&text, None).expect("readable").1, "utf-8");
    }

    #[test]
    fn compression_is_told_by_content() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"a,b\n").expect("in memory");
        let mut two = gz.finish().expect("in memory");
        two.extend(two.clone());
        check(&two, None, "a,b\na,b\n", "utf-8");
        check(&zstd::encode_all(&b"a,b\n"[..], 1).expect("in memory"), None, "a,b\n", "utf-8");
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        for (bytes, given, expected) in [
            (&b""[..], None, "is empty"),
            (b"\x89\x01\x02\x03\r\n\x1a\n\0\0\0\rIHDR", None, "binary"),
            (b"\x1f\x8b\x08\x00garbage", None, "cannot be decompressed"),
            (b"\xff\xfe\0\0a\0\0\0", None, "UTF-32"),
            (b"a,b\n", Some("klingon"), "not an encoding"),
            (b"name\nM\xfcller\nJos\xe9\n\xdcnal\n", Some("shift_jis"), "line 2 is not valid"),
        ] {
            let error = read(bytes, given).expect_err("refused");
            assert!(error.message.contains(expected), "{}", error.message);
        }
    }
}
