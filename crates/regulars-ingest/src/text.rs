//! From stored bytes to UTF-8 text: decompression, byte order marks, encodings.

use std::io::{Cursor, Read};

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};
use regulars_core::config::Encoding;

use crate::error::{Error, Kind, Result};

/// Text of one object, as it comes.
pub(crate) type TextStream = Box<dyn Read + Send>;

/// Bytes looked at to tell what an object is.
const HEAD_BYTES: usize = 64 * 1024;

/// What an object is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Parquet,
    Text { gzip: bool, zstd: bool },
}

/// Tells what an object is by its first bytes; `shown` names it in errors.
///
/// Errors: [`Kind::Unreadable`] for an empty object and for well-known formats that are neither.
pub(crate) fn recognise(head: &[u8], shown: &str) -> Result<Format> {
    let not = |what: &str, hint: &str| {
        Err(Error::new(Kind::Unreadable, format!("`{shown}` is {what}, not CSV or Parquet")).hint(hint))
    };
    match head {
        [] => Err(Error::new(Kind::Unreadable, format!("`{shown}` is empty"))
            .hint("export it again; a CSV file needs a header line and at least one row")),
        [b'P', b'A', b'R', b'1', ..] => Ok(Format::Parquet),
        [0x1f, 0x8b, ..] => Ok(Format::Text { gzip: true, zstd: false }),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Format::Text { gzip: false, zstd: true }),
        [b'P', b'K', 3, 4, ..] => {
            not("a zip archive or an Excel workbook", "unpack it, or save the sheet as CSV")
        }
        [0xd0, 0xcf, 0x11, 0xe0, ..] => not("an old Excel workbook", "save the sheet as CSV"),
        [b'S', b'Q', b'L', b'i', b't', b'e', ..] => {
            not("an SQLite database", "export the table: sqlite3 -csv -header FILE 'SELECT * FROM orders'")
        }
        [b'%', b'P', b'D', b'F', ..] => not("a PDF", "export the orders as CSV"),
        [b'O', b'R', b'C', ..] | [b'O', b'b', b'j', 1, ..] => {
            not("an ORC or Avro file", "convert it to Parquet")
        }
        _ => Ok(Format::Text { gzip: false, zstd: false }),
    }
}

/// Reads up to `limit` bytes, fewer only at the end.
pub(crate) fn read_head(source: &mut dyn Read, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    source.take(limit as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Turns stored bytes into UTF-8 text without a byte order mark.
///
/// Shape: the encoding used is returned with the text. Without `encoding` it is told from the byte
/// order mark, else UTF-8 if the first 64 KiB are valid, else Latin-1 (as Windows-1252).
/// Errors: [`Kind::Unreadable`] for binary content.
pub(crate) fn decode(
    mut raw: Box<dyn Read + Send>,
    encoding: Option<Encoding>,
    shown: &str,
) -> Result<(TextStream, Encoding)> {
    let unreadable = |e: std::io::Error| Error::io("read", shown, &e);
    let head = read_head(&mut raw, HEAD_BYTES).map_err(unreadable)?;
    let stored = Cursor::new(head.clone()).chain(raw);
    let mut plain: TextStream = match recognise(&head, shown)? {
        Format::Text { gzip: true, .. } => Box::new(flate2::read::MultiGzDecoder::new(stored)),
        Format::Text { zstd: true, .. } => {
            Box::new(zstd::stream::read::Decoder::new(stored).map_err(unreadable)?)
        }
        Format::Text { .. } | Format::Parquet => Box::new(stored),
    };
    let head = read_head(&mut plain, HEAD_BYTES).map_err(|e| {
        Error::new(Kind::Unreadable, format!("`{shown}` cannot be decompressed: {e}"))
            .hint("the file may be cut off; copy or export it again")
    })?;
    if head.is_empty() {
        return Err(Error::new(Kind::Unreadable, format!("`{shown}` is empty")).hint("export it again"));
    }
    let (mark, encoding) = match (&head[..], encoding) {
        ([0xef, 0xbb, 0xbf, ..], _) => (3, Encoding::Utf8),
        ([0xff, 0xfe, ..] | [0xfe, 0xff, ..], _) => (2, Encoding::Utf16),
        (_, Some(given)) => (0, given),
        (head, None) => (0, guess(head, shown)?),
    };
    let big_endian = head.starts_with(&[0xfe, 0xff]);
    let rest = Cursor::new(head[mark..].to_vec()).chain(plain);
    let text: TextStream = match encoding {
        Encoding::Utf8 => Box::new(rest),
        Encoding::Latin1 => Box::new(Transcoder::new(rest, WINDOWS_1252.new_decoder_without_bom_handling())),
        Encoding::Utf16 => {
            let from = if big_endian { UTF_16BE } else { UTF_16LE };
            Box::new(Transcoder::new(rest, from.new_decoder_without_bom_handling()))
        }
    };
    Ok((text, encoding))
}

fn guess(head: &[u8], shown: &str) -> Result<Encoding> {
    let control = head.iter().filter(|b| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0c)).count();
    if head.contains(&0) || control * 100 > head.len() {
        return Err(Error::new(
            Kind::Unreadable,
            format!("`{shown}` looks like binary data, not CSV or Parquet"),
        )
        .hint("export the orders as CSV (UTF-8) or Parquet"));
    }
    match str::from_utf8(head) {
        Ok(_) => Ok(Encoding::Utf8),
        // The head may end inside a character.
        Err(error) if error.error_len().is_none() => Ok(Encoding::Utf8),
        Err(_) => Ok(Encoding::Latin1),
    }
}

/// Decodes a stream piece by piece; what is malformed becomes the replacement character.
struct Transcoder<R> {
    source: R,
    decoder: Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Transcoder<R> {
    fn new(source: R, decoder: Decoder) -> Self {
        Self { source, decoder, input: vec![0; HEAD_BYTES], output: Vec::new(), given: 0, ended: false }
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.output.len() && !self.ended {
            let n = self.source.read(&mut self.input)?;
            self.ended = n == 0;
            let needed = self.decoder.max_utf8_buffer_length(n).unwrap_or(n * 3 + 16);
            self.output.resize(needed, 0);
            let (result, _read, written, _replaced) =
                self.decoder.decode_to_utf8(&self.input[..n], &mut self.output, self.ended);
            debug_assert!(matches!(result, CoderResult::InputEmpty));
            self.output.truncate(written);
            self.given = 0;
        }
        let n = (self.output.len() - self.given).min(buffer.len());
        buffer[..n].copy_from_slice(&self.output[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

/// Mends lines that are not UTF-8 by reading them as Windows-1252; returns how many there were.
///
/// A file is called UTF-8 by its beginning; one stray Latin-1 name further down must cost no row.
pub(crate) fn mend_lines(data: &mut Vec<u8>) -> u64 {
    if str::from_utf8(data).is_ok() {
        return 0;
    }
    let mut mended = Vec::with_capacity(data.len() + data.len() / 16);
    let mut lines = 0;
    for line in data.split_inclusive(|b| *b == b'\n') {
        if str::from_utf8(line).is_ok() {
            mended.extend_from_slice(line);
        } else {
            lines += 1;
            mended.extend_from_slice(WINDOWS_1252.decode_without_bom_handling(line).0.as_bytes());
        }
    }
    *data = mended;
    lines
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: Vec<u8>, encoding: Option<Encoding>) -> (String, Encoding) {
        let (mut text, used) = decode(Box::new(Cursor::new(bytes)), encoding, "x").expect("readable");
        let mut out = String::new();
        text.read_to_string(&mut out).expect("UTF-8");
        (out, used)
    }

    #[test]
    fn every_encoding_becomes_utf8() {
        assert_eq!(read("\u{feff}Müller".into(), None), ("Müller".to_owned(), Encoding::Utf8));
        assert_eq!(read(b"M\xfcller".to_vec(), None), ("Müller".to_owned(), Encoding::Latin1));
        assert_eq!(read(b"\xff\xfeM\0\xfc\0".to_vec(), None), ("Mü".to_owned(), Encoding::Utf16));
        assert_eq!(read(b"\xfe\xff\0M\0\xfc".to_vec(), None), ("Mü".to_owned(), Encoding::Utf16));
        assert_eq!(read(b"M\xfc".to_vec(), Some(Encoding::Latin1)).0, "Mü");
        let long = "ü".repeat(HEAD_BYTES) + "!";
        assert_eq!(read(long.clone().into_bytes(), None), (long, Encoding::Utf8));
    }

    #[test]
    fn compression_is_told_by_content() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"a,b\n").expect("in memory");
        let mut two = gz.finish().expect("in memory");
        two.extend(two.clone());
        assert_eq!(read(two, None).0, "a,b\na,b\n");
        assert_eq!(read(zstd::encode_all(&b"a,b\n"[..], 1).expect("in memory"), None).0, "a,b\n");
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        for (bytes, expected) in [
            (&b""[..], "is empty"),
            (b"PK\x03\x04...", "Excel"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
            (b"\x1f\x8b\x08\x00garbage", "cannot be decompressed"),
            (b"%PDF-1.7", "PDF"),
        ] {
            let error = decode(Box::new(Cursor::new(bytes.to_vec())), None, "x").err().expect("refused");
            assert!(error.message.contains(expected), "{}", error.message);
        }
    }

    #[test]
    fn one_stray_line_is_mended_alone() {
        let mut data = "Müller\n".as_bytes().to_vec();
        data.extend(b"M\xfcller\nend\n");
        assert_eq!(mend_lines(&mut data), 1);
        assert_eq!(data, "Müller\nMüller\nend\n".as_bytes());
    }
}
