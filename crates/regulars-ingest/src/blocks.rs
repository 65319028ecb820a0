//! Splits a text stream into blocks of whole records with line numbers, so that records can be read on
//! several threads. Memory is bounded, whatever the file contains.
//!
//! Deliberately not here: splitting records into fields (see `records`).

use std::io::Read;

use memchr::{memchr, memchr2, memrchr};

use crate::byte_masks::{WINDOW, marks};

/// Target size of a block in bytes.
pub(crate) const BLOCK_BYTES: usize = 16 << 20;
/// Bytes at the end of a block that are searched first for its last line.
const LAST_LINES_BYTES: usize = 64 << 10;

/// Whole records and their position in the file.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) data: Vec<u8>,
    /// The line number of the first byte.
    pub(crate) first_line: u64,
    /// Lines too long to be a record, removed from the stream before this block.
    pub(crate) overlong: Vec<Overlong>,
    /// Whether this is the last block.
    pub(crate) last: bool,
}

/// A line longer than the maximum length of a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Overlong {
    pub(crate) line: u64,
    pub(crate) bytes: u64,
    pub(crate) beginning: Vec<u8>,
}

/// Splits `source` into blocks.
pub(crate) struct BlockReader<R> {
    source: R,
    quote: u8,
    delimiter: u8,
    block_bytes: usize,
    carry: Vec<u8>,
    next_line: u64,
    ended: bool,
}

impl<R: Read> BlockReader<R> {
    /// `first_line` is the number of the first line that is not skipped.
    pub(crate) fn new(source: R, delimiter: u8, first_line: u64, block_bytes: usize) -> Self {
        Self {
            source,
            quote: b'"',
            delimiter,
            block_bytes,
            carry: Vec::new(),
            next_line: first_line,
            ended: false,
        }
    }

    /// Skips lines at the beginning of the source.
    pub(crate) fn skip_lines(&mut self, mut lines: u64) -> std::io::Result<()> {
        while lines > 0 && !self.ended {
            let mut data = std::mem::take(&mut self.carry);
            self.fill(&mut data)?;
            let mut at = 0;
            while lines > 0 {
                let Some(newline) = memchr(b'\n', &data[at..]) else {
                    at = data.len();
                    break;
                };
                at += newline + 1;
                lines -= 1;
            }
            data.drain(..at);
            self.carry = data;
        }
        Ok(())
    }

    /// The next block; `None` at the end.
    pub(crate) fn next_block(&mut self) -> std::io::Result<Option<Block>> {
        let mut overlong = Vec::new();
        let mut data = std::mem::take(&mut self.carry);
        loop {
            self.fill(&mut data)?;
            if data.is_empty() {
                let done = Block { data, first_line: self.next_line, overlong, last: true };
                return Ok((!done.overlong.is_empty()).then_some(done));
            }
            let cut = if self.ended { data.len() } else { self.record_end(&data) };
            if cut > 0 {
                self.carry = data[cut..].to_vec();
                data.truncate(cut);
                let first_line = self.next_line;
                self.next_line += memchr::memchr_iter(b'\n', &data).count() as u64;
                let last = self.ended && self.carry.is_empty();
                return Ok(Some(Block { data, first_line, overlong, last }));
            }
            // No record ends here: either a quote was never closed, or there is no line break at all.
            let line_end = match memchr(b'\n', &data) {
                // The worker sees an unclosed quote, rejects only that line and continues after it.
                Some(newline) => {
                    self.carry = data[newline + 1..].to_vec();
                    data.truncate(newline + 1);
                    let first_line = self.next_line;
                    self.next_line += 1;
                    return Ok(Some(Block { data, first_line, overlong, last: false }));
                }
                None => self.skip_line(&mut data)?,
            };
            overlong.push(line_end);
            self.next_line += 1;
        }
    }

    fn fill(&mut self, data: &mut Vec<u8>) -> std::io::Result<()> {
        let wanted = self.block_bytes.saturating_sub(data.len());
        if self.ended || wanted == 0 {
            return Ok(());
        }
        data.reserve_exact(wanted);
        let n = self.source.by_ref().take(wanted as u64).read_to_end(data)?;
        self.ended = n < wanted;
        Ok(())
    }

    /// The end of the last complete record in `data`, which starts with a record; 0 if there is none.
    fn record_end(&self, data: &[u8]) -> usize {
        if memchr(self.quote, data).is_none() {
            return memrchr(b'\n', data).map_or(0, |at| at + 1);
        }
        // Scanning from near the end suffices, unless the last lines are inside quotes.
        let outside = self.first_outside(data, data.len().saturating_sub(LAST_LINES_BYTES));
        match self.record_end_after(data, outside) {
            0 if outside > 0 => self.record_end_after(data, 0),
            end => end,
        }
    }

    /// The first position at or after `near` outside quotes, or the end.
    fn first_outside(&self, data: &[u8], near: usize) -> usize {
        let mut next = 0;
        let mut inside = false;
        for window in (0..data.len()).step_by(WINDOW) {
            if window >= near && !inside {
                return window.max(next);
            }
            let mut quotes = marks(&data[window..], [self.quote]);
            while quotes != 0 {
                let here = window + quotes.trailing_zeros() as usize;
                quotes &= quotes - 1;
                if here < next {
                    continue;
                }
                if !inside {
                    inside = self.opens_field(data, here);
                } else if data.get(here + 1) == Some(&self.quote) {
                    next = here + 2;
                } else {
                    inside = false;
                }
            }
        }
        data.len()
    }

    /// A quote opens a field only at the beginning of the field.
    fn opens_field(&self, data: &[u8], quote: usize) -> bool {
        quote == 0 || data[quote - 1] == self.delimiter || data[quote - 1] == b'\n'
    }

    /// The end of the last record in `data` that ends after `at`, which is outside quotes.
    fn record_end_after(&self, data: &[u8], mut at: usize) -> usize {
        let mut end = 0;
        while let Some(found) = memchr2(self.quote, b'\n', &data[at..]) {
            let here = at + found;
            at = here + 1;
            if data[here] == b'\n' {
                end = at;
                continue;
            }
            if !self.opens_field(data, here) {
                continue;
            }
            loop {
                match memchr(self.quote, &data[at..]) {
                    None => return end,
                    Some(quote) => {
                        at += quote + 1;
                        if data.get(at) == Some(&self.quote) {
                            at += 1;
                        } else {
                            break;
                        }
                    }
                }
            }
        }
        end
    }

    /// Removes an overlong line from `data` and the stream; what follows it stays in `data`.
    fn skip_line(&mut self, data: &mut Vec<u8>) -> std::io::Result<Overlong> {
        let beginning = data[..data.len().min(200)].to_vec();
        let mut bytes = 0;
        loop {
            if let Some(newline) = memchr(b'\n', data) {
                bytes += newline as u64;
                data.drain(..=newline);
                break;
            }
            bytes += data.len() as u64;
            data.clear();
            if self.ended {
                break;
            }
            self.fill(data)?;
        }
        Ok(Overlong { line: self.next_line, bytes, beginning })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn blocks(text: &str, block_bytes: usize) -> Vec<Block> {
        let mut reader = BlockReader::new(text.as_bytes(), b',', 1, block_bytes);
        std::iter::from_fn(|| reader.next_block().expect("in memory")).collect()
    }

    #[test]
    fn blocks_end_with_records_and_know_their_lines() {
        let text = "a,b\n1,\"x\ny\"\n2,\"say \"\"hi\"\"\"\n3,5\" disk\n4,z";
        for size in 24..60 {
            let found = blocks(text, size);
            let joined: Vec<u8> = found.iter().flat_map(|b| b.data.clone()).collect();
            assert_eq!(joined, text.as_bytes(), "block size {size}");
            for block in &found {
                let offset = text.find(str::from_utf8(&block.data).expect("text")).expect("part");
                let line = text[..offset].matches('\n').count() as u64 + 1;
                assert_eq!(block.first_line, line, "block size {size}");
                assert!(
                    block.data.ends_with(b"\n") || text.ends_with(str::from_utf8(&block.data).expect("text"))
                );
            }
        }
    }

    #[test]
    fn lines_are_skipped_and_the_last_block_knows_it() {
        let text = "title\n\nheader\na,b\nc,d\n";
        for size in [4, 16, 100] {
            let mut reader = BlockReader::new(text.as_bytes(), b',', 4, size);
            reader.skip_lines(3).expect("in memory");
            let found: Vec<Block> = std::iter::from_fn(|| reader.next_block().expect("in memory")).collect();
            let joined: Vec<u8> = found.iter().flat_map(|b| b.data.clone()).collect();
            assert_eq!(joined, b"a,b\nc,d\n", "block size {size}");
            assert_eq!(found[0].first_line, 4);
            assert!(found.iter().rev().skip(1).all(|b| !b.last));
        }
        let mut reader = BlockReader::new(text.as_bytes(), b',', 9, 100);
        reader.skip_lines(9).expect("in memory");
        assert!(reader.next_block().expect("in memory").is_none());
    }

    #[test]
    fn a_line_without_end_is_cut_out_and_counted() {
        let text = format!("a,b\n{}\nc,d\n", "x".repeat(1000));
        let found = blocks(&text, 64);
        let overlong: Vec<&Overlong> = found.iter().flat_map(|b| &b.overlong).collect();
        assert_eq!(overlong.len(), 1);
        assert_eq!((overlong[0].line, overlong[0].bytes), (2, 1000));
        let last = found.last().expect("some");
        assert_eq!((last.data.as_slice(), last.first_line), (&b"c,d\n"[..], 3));
    }

    #[test]
    fn an_unclosed_quote_costs_no_more_than_its_line() {
        let text = format!("a,\"b\n{}", "c,d\n".repeat(100));
        let found = blocks(&text, 64);
        assert_eq!(found[0].data, b"a,\"b\n");
        let joined: Vec<u8> = found.iter().flat_map(|b| b.data.clone()).collect();
        assert_eq!(joined, text.as_bytes());
    }

    proptest! {
        #[test]
        fn the_last_lines_alone_tell_where_the_last_record_ends(text in "[a,\"\n]{1,400}", near in 0_usize..400) {
            let reader = BlockReader::new(&[][..], b',', 1, 0);
            let outside = reader.first_outside(text.as_bytes(), near);
            let (all, last) =
                (reader.record_end_after(text.as_bytes(), 0), reader.record_end_after(text.as_bytes(), outside));
            prop_assert!(last == all || last == 0 && all <= outside);
        }

        #[test]
        fn nothing_is_lost(text in "[a,\"\n]{0,300}", block_bytes in 4_usize..80) {
            let found = blocks(&text, block_bytes);
            let kept: usize = found.iter().map(|b| b.data.len()).sum();
            let cut: u64 = found.iter().flat_map(|b| &b.overlong).map(|o| o.bytes + 1).sum();
            // A line cut off at the very end has no newline.
            prop_assert!(kept as u64 + cut == text.len() as u64 || kept as u64 + cut == text.len() as u64 + 1);
        }
    }
}
