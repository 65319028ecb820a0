//! Converts stored bytes to UTF-8 text: decompression, byte order marks, decoding, line ends.
//!
//! Deliberately not here: detecting the encoding ([`super::text_form`]).

use std::io::{Cursor, Read};
use std::path::Path;

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::kinds::{self, Stored};
use super::line_ends::{CrToLf, LineEnds};
use super::text_form::TextForm;
use crate::error::{Error, Kind, Result};

/// A stream of bytes or text.
pub(crate) type TextStream = Box<dyn Read + Send>;

/// Bytes to examine to detect the format of a file.
pub(super) const HEAD_BYTES: usize = 64 * 1024;

/// Reads up to `limit` bytes; fewer only at the end.
pub(super) fn read_head(source: &mut dyn Read, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    source.take(limit as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Decompresses stored bytes, if they are compressed.
///
/// Errors: [`Kind::Io`] if they cannot be read.
pub(super) fn decompress(mut raw: TextStream, shown: &str) -> Result<TextStream> {
    let unreadable = |e: std::io::Error| Error::io("read", shown, &e);
    let head = read_head(&mut raw, HEAD_BYTES).map_err(unreadable)?;
    let stored = kinds::detect_stored(&head);
    let whole = Cursor::new(head).chain(raw);
    Ok(match stored {
        Stored::Gzip => Box::new(flate2::read::MultiGzDecoder::new(whole)),
        Stored::Zstd => Box::new(zstd::stream::read::Decoder::new(whole).map_err(unreadable)?),
        _ => Box::new(whole),
    })
}

/// Opens and decompresses a local file, without hashing.
pub(super) fn open_plain(path: &Path, shown: &str) -> Result<TextStream> {
    let file = fs_err::File::open(path).map_err(|e| Error::io("open", shown, &e))?;
    decompress(Box::new(file), shown)
}

/// The first bytes of a decompressed stream.
///
/// Errors: [`Kind::Unreadable`] if decompression fails or the stream is empty.
pub(super) fn plain_head(plain: &mut TextStream, shown: &str) -> Result<Vec<u8>> {
    let head = read_head(plain, HEAD_BYTES).map_err(|e| {
        Error::new(Kind::Unreadable, format!("`{shown}` cannot be decompressed: {e}"))
            .hint("the file may be cut off; copy or export it again")
    })?;
    if head.is_empty() {
        return Err(Error::new(Kind::Unreadable, format!("`{shown}` is empty")).hint("export it again"));
    }
    Ok(head)
}

/// Converts stored bytes to UTF-8 text without a byte order mark, with LF line ends.
pub(crate) fn text_of(raw: TextStream, form: &TextForm, shown: &str) -> Result<TextStream> {
    decode(decompress(raw, shown)?, form, shown)
}

/// The same for decompressed bytes.
pub(super) fn decode(mut plain: TextStream, form: &TextForm, shown: &str) -> Result<TextStream> {
    let mut head = read_head(&mut plain, HEAD_BYTES).map_err(|e| Error::io("read", shown, &e))?;
    head.drain(..mark(&head).map_or(0, |(_, bytes)| bytes));
    let rest = Cursor::new(head).chain(plain);
    let text: TextStream = if form.encoding == UTF_8 {
        Box::new(rest)
    } else {
        Box::new(Transcoder::new(rest, form.encoding.new_decoder_without_bom_handling()))
    };
    Ok(match form.line_ends {
        LineEnds::Lf => text,
        LineEnds::Cr => Box::new(CrToLf::new(text)),
    })
}

/// The encoding of a byte order mark, and the mark's length.
pub(super) fn mark(head: &[u8]) -> Option<(&'static Encoding, usize)> {
    match head {
        [0xef, 0xbb, 0xbf, ..] => Some((UTF_8, 3)),
        [0xff, 0xfe, ..] => Some((UTF_16LE, 2)),
        [0xfe, 0xff, ..] => Some((UTF_16BE, 2)),
        _ => None,
    }
}

/// Decodes a stream chunk by chunk; malformed input becomes the replacement character.
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

#[cfg(test)]
mod tests {
    use encoding_rs::{SHIFT_JIS, WINDOWS_1250, WINDOWS_1252};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Decoding restores what was encoded, for chunks of any size.
        #[test]
        fn decoding_loses_nothing(
            text in prop::collection::vec(prop::sample::select(vec![
                "a", "1", ",", ";", "\n", "é", "ł", "Ş", "Ж", "注", "文", "ア", "金", " ", "~",
            ]), 1..200),
            piece in 1_usize..9,
            which in 0_usize..7,
        ) {
            struct Drops(Vec<u8>, usize);
            impl Read for Drops {
                fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                    let n = self.1.min(buffer.len()).min(self.0.len());
                    buffer[..n].copy_from_slice(&self.0[..n]);
                    self.0.drain(..n);
                    Ok(n)
                }
            }
            let text: String = text.concat();
            let (encoding, bytes): (_, Vec<u8>) = match which {
                0 => (UTF_16LE, text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
                1 => (UTF_16BE, text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
                2 => (UTF_8, text.clone().into_bytes()),
                other => {
                    let encoding = [WINDOWS_1250, WINDOWS_1252, SHIFT_JIS, encoding_rs::GB18030][other - 3];
                    (encoding, encoding.encode(&text).0.into_owned())
                }
            };
            // Characters missing from the encoding are written as ASCII references.
            let expected = if which > 2 {
                encoding.decode_without_bom_handling(&bytes).0.into_owned()
            } else {
                text.clone()
            };
            prop_assert!(!expected.contains(char::REPLACEMENT_CHARACTER));
            let mut out = Vec::new();
            let mut decoder = Transcoder::new(Drops(bytes, piece), encoding.new_decoder_without_bom_handling());
            decoder.read_to_end(&mut out).expect("in memory");
            prop_assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
        }
    }
}
