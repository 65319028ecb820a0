//! Rows as the server sends them, and what comes of truncated or unexpected bytes.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Field, Float32Type, Float64Type, Int64Type, Schema, TimestampMicrosecondType,
};
use proptest::prelude::*;

use super::*;

const INFINITE: i64 = i64::MAX;

/// A decoder for columns `c0`, `c1`, …
fn decoder(codecs: &[Codec]) -> Decoder {
    let field = |(at, codec): (usize, &Codec)| Field::new(format!("c{at}"), codec.data_type(), true);
    let schema = Schema::new(codecs.iter().enumerate().map(field).collect::<Vec<_>>());
    Decoder::new(Arc::new(schema), codecs)
}

/// Rows as COPY sends them.
fn copied(rows: &[Vec<Option<Vec<u8>>>]) -> Vec<u8> {
    let mut out = SIGNATURE.to_vec();
    out.extend([0; 8]);
    for row in rows {
        out.extend((row.len() as i16).to_be_bytes());
        for value in row {
            match value {
                None => out.extend((-1_i32).to_be_bytes()),
                Some(value) => {
                    out.extend((value.len() as i32).to_be_bytes());
                    out.extend(value);
                }
            }
        }
    }
    out.extend((-1_i16).to_be_bytes());
    out
}

/// Decodes pieces of a size.
fn decode(codecs: &[Codec], bytes: &[u8], piece: usize) -> Result<Vec<Batch>, DecodeError> {
    let mut decoder = decoder(codecs);
    let mut batches = Vec::new();
    for piece in bytes.chunks(piece.max(1)) {
        decoder.push(piece)?;
        batches.extend(std::iter::from_fn(|| decoder.pop()));
    }
    batches.extend(decoder.finish()?);
    Ok(batches)
}

/// One value of one column.
fn value(codec: Codec, bytes: &[u8]) -> Result<(ArrayRef, Option<&'static str>), DecodeError> {
    let batches = decode(&[codec], &copied(&[vec![Some(bytes.to_vec())]]), usize::MAX)?;
    let what = batches[0].unsupported.first().map(|value| value.what);
    Ok((Arc::clone(batches[0].rows.column(0)), what))
}

/// A numeric as it is sent.
fn numeric(groups: &[u16], weight: i16, sign: u16, scale: u16) -> Vec<u8> {
    let head = [groups.len() as u16, weight as u16, sign, scale];
    head.iter().chain(groups).flat_map(|half| half.to_be_bytes()).collect()
}

/// The numeric of `minor` in units of 10^-`scale`.
fn numeric_of(minor: i128, scale: u16) -> Vec<u8> {
    let digits = minor.unsigned_abs().to_string();
    let digits = format!("{digits:0>width$}", width = usize::from(scale) + 1);
    let (whole, decimals) = digits.split_at(digits.len() - usize::from(scale));
    let width = whole.len().div_ceil(4) * 4;
    let all = format!("{whole:0>width$}{decimals:0<after$}", after = usize::from(scale).div_ceil(4) * 4);
    let mut groups: Vec<u16> = all
        .as_bytes()
        .chunks(4)
        .map(|g| str::from_utf8(g).expect("digits").parse().expect("digits"))
        .collect();
    let mut weight = (width / 4) as i16 - 1;
    while groups.first() == Some(&0) {
        groups.remove(0);
        weight -= 1;
    }
    while groups.last() == Some(&0) {
        groups.pop();
    }
    numeric(&groups, if groups.is_empty() { 0 } else { weight }, if minor < 0 { 0x4000 } else { 0 }, scale)
}

#[test]
fn every_type_becomes_its_arrow_type() {
    let one = |codec: Codec, bytes: &[u8]| value(codec, bytes).expect("decoded").0;
    assert!(one(Codec::Bool, &[1]).as_boolean().value(0));
    let int = |codec, bytes: &[u8]| one(codec, bytes).as_primitive::<Int64Type>().value(0);
    assert_eq!(int(Codec::Int(2), &(-7_i16).to_be_bytes()), -7);
    assert_eq!(int(Codec::Int(4), &i32::MIN.to_be_bytes()), i64::from(i32::MIN));
    assert_eq!(int(Codec::Int(8), &i64::MAX.to_be_bytes()), i64::MAX);
    assert_eq!(int(Codec::Oid, &u32::MAX.to_be_bytes()), i64::from(u32::MAX));
    let float = one(Codec::Float32, &1.5_f32.to_be_bytes()).as_primitive::<Float32Type>().value(0);
    assert_eq!(float.to_bits(), 1.5_f32.to_bits());
    assert!(one(Codec::Float64, &f64::NAN.to_be_bytes()).as_primitive::<Float64Type>().value(0).is_nan());
    let text = |codec, bytes: &[u8]| one(codec, bytes).as_string::<i32>().value(0).to_owned();
    assert_eq!(text(Codec::Text, "Zürich".as_bytes()), "Zürich");
    assert_eq!(text(Codec::Jsonb, b"\x01{\"a\": 1}"), "{\"a\": 1}");
    let uuid = 0x0123_4567_89ab_cdef_0011_2233_4455_6677_u128.to_be_bytes();
    assert_eq!(text(Codec::Uuid, &uuid), "01234567-89ab-cdef-0011-223344556677");
    // 31 December 1999 is a day before PostgreSQL's own epoch.
    assert_eq!(one(Codec::Date, &(-1_i32).to_be_bytes()).as_primitive::<Date32Type>().value(0), 10_956);
    let zone = Some(Arc::from("Europe/Berlin"));
    let time = one(Codec::Timestamp(zone), &1_i64.to_be_bytes());
    assert_eq!(time.as_primitive::<TimestampMicrosecondType>().value(0), 946_684_800_000_001);
    assert_eq!(time.data_type(), &Codec::Timestamp(Some(Arc::from("Europe/Berlin"))).data_type());
    let decimal = one(Codec::Decimal(12, 2), &numeric_of(-123_456_789, 2));
    assert_eq!(decimal.as_primitive::<Decimal128Type>().value(0), -123_456_789);
}

#[test]
fn numbers_are_written_as_postgresql_writes_them() {
    for (bytes, expected) in [
        (numeric(&[], 0, 0, 0), "0"),
        (numeric(&[], 0, 0, 2), "0.00"),
        (numeric(&[12, 5000], 0, 0, 1), "12.5"),
        (numeric(&[12, 3450], 0, 0x4000, 4), "-12.3450"),
        (numeric(&[1], 1, 0, 0), "10000"),
        (numeric(&[1, 2], 2, 0, 3), "100020000.000"),
        (numeric(&[5], -2, 0, 8), "0.00000005"),
        (numeric(&[1234, 5678], 0, 0, 6), "1234.567800"),
    ] {
        let text = value(Codec::NumericText, &bytes).expect("decoded").0;
        assert_eq!(text.as_string::<i32>().value(0), expected);
    }
}

#[test]
fn unsupported_values_are_null_and_reported() {
    let days = |days: i32| days.to_be_bytes().to_vec();
    let micros = |micros: i64| micros.to_be_bytes().to_vec();
    for (codec, bytes, what) in [
        (Codec::Decimal(9, 2), numeric(&[], 0, NAN_SIGN, 0), "NaN"),
        (Codec::NumericText, numeric(&[], 0, NAN_SIGN, 0), "NaN"),
        (Codec::NumericText, numeric(&[], 0, 0xD000, 0), "infinity"),
        (Codec::Decimal(9, 2), numeric(&[], 0, 0xF000, 0), "infinity"),
        (Codec::Decimal(9, 2), numeric_of(1_000_000_000, 2), "a number with too many digits"),
        (Codec::Decimal(38, 0), numeric(&[1], 9, 0, 0), ""),
        (Codec::Decimal(38, 2), numeric(&[1], i16::MAX, 0, 0), "a number with too many digits"),
        (Codec::Decimal(38, 2), numeric(&[9999; 12], 11, 0, 0), "a number with too many digits"),
        (Codec::Decimal(9, 2), numeric_of(12_345, 3), "a number with more decimals than its column"),
        (Codec::Decimal(9, 2), numeric(&[1], i16::MIN, 0, 2), "a number with more decimals than its column"),
        (Codec::NumericText, numeric(&[1], i16::MAX, 0, 0), "a number with too many digits"),
        (Codec::Date, days(i32::MAX), "infinity"),
        (Codec::Date, days(-730_120), "a time BC"),
        (Codec::Date, days(-730_119), ""),
        (Codec::Date, days(2_921_940), "a time after the year 9999"),
        (Codec::Date, days(2_921_939), ""),
        (Codec::Timestamp(None), micros(INFINITE), "infinity"),
        (Codec::Timestamp(None), micros(i64::MIN), "infinity"),
        (Codec::Timestamp(None), micros(i64::MIN + 1), "a time BC"),
        (Codec::Timestamp(None), micros(INFINITE - 1), "a time after the year 9999"),
        (Codec::Text, vec![b'a', 0xff], "text that is not UTF-8"),
    ] {
        let (array, found) = value(codec.clone(), &bytes).expect("decoded");
        assert_eq!(found.unwrap_or_default(), what, "{codec:?} {bytes:?}");
        assert_eq!(array.is_null(0), !what.is_empty());
    }
}

const NAN_SIGN: u16 = 0xC000;

#[test]
fn unsupported_values_name_the_first_row_and_count_the_others() {
    let one = Some(numeric_of(100, 2));
    let nan = Some(numeric(&[], 0, NAN_SIGN, 0));
    let rows: Vec<_> = [&one, &nan, &None, &nan].into_iter().map(|v| vec![v.clone(), one.clone()]).collect();
    let batches = decode(&[Codec::Decimal(9, 2), Codec::Decimal(9, 2)], &copied(&rows), 7).expect("decoded");
    assert_eq!(batches[0].unsupported, [UnsupportedValue { column: 0, row: 1, what: "NaN", rows: 2 }]);
    assert_eq!((batches[0].rows.column(0).null_count(), batches[0].rows.column(1).null_count()), (3, 0));
}

#[test]
fn malformed_data_are_errors() {
    let good = copied(&[vec![Some(vec![0, 0, 0, 1])]]);
    let with = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        decode(&[Codec::Int(4)], &bad, usize::MAX).map(|batches| batches.len())
    };
    assert_eq!(with(0, b"P"), Ok(1));
    assert_eq!(with(0, b"Q"), Err(DecodeError::Signature));
    assert_eq!(with(12, &[1]), Err(DecodeError::Flags));
    assert_eq!(with(15, &[0xff]), Err(DecodeError::TooLong));
    assert_eq!(with(19, &[0, 2]), Err(DecodeError::Width { found: 2, expected: 1 }));
    let length = |found| Err(DecodeError::Length { column: "c0".to_owned(), found });
    assert_eq!(with(21, &[0xff, 0xff, 0xff, 0xfe]), length(0xffff_fffe));
    assert_eq!(with(21, &[0x7f, 0xff, 0xff, 0xff]), length(0x7fff_ffff));
    // The row does not end, so all further bytes belong to it.
    assert_eq!(with(21, &[0, 0, 1, 0]), Err(DecodeError::Truncated));
    let short = copied(&[vec![Some(vec![0, 0, 1])]]);
    assert_eq!(decode(&[Codec::Int(4)], &short, usize::MAX).map(|b| b.len()), length(3));
    let mut longer = good.clone();
    longer.push(0);
    assert_eq!(decode(&[Codec::Int(4)], &longer, usize::MAX).map(|b| b.len()), Err(DecodeError::AfterEnd));
    for (codec, bytes) in [
        (Codec::Bool, vec![2]),
        (Codec::Jsonb, b"\x02{}".to_vec()),
        (Codec::Jsonb, Vec::new()),
        (Codec::NumericText, numeric(&[10_000], 0, 0, 0)),
        (Codec::NumericText, numeric(&[1], 0, 1, 0)),
        (Codec::NumericText, numeric(&[1], 0, 0, 0x4000)),
    ] {
        assert_eq!(value(codec, &bytes).map(drop), Err(DecodeError::Value { column: "c0".to_owned() }));
    }
    for end in 0..good.len() {
        assert_eq!(decode(&[Codec::Int(4)], &good[..end], 3).map(|b| b.len()), Err(DecodeError::Truncated));
    }
}

#[test]
fn batches_end_by_rows_and_by_bytes() {
    let rows = |count: usize, bytes: usize| vec![vec![Some(vec![b'x'; bytes])]; count];
    let sizes = |rows: &[Vec<Option<Vec<u8>>>]| -> Vec<usize> {
        let batches = decode(&[Codec::Text], &copied(rows), 1 << 16).expect("decoded");
        batches.iter().map(|batch| batch.rows.num_rows()).collect()
    };
    assert_eq!(sizes(&rows(BATCH_ROWS + 3, 1)), [BATCH_ROWS, 3]);
    assert_eq!(sizes(&rows(5, BATCH_BYTES / 2)), [2, 2, 1]);
    assert!(sizes(&[]).is_empty());
}

fn codecs() -> impl Strategy<Value = Vec<Codec>> {
    let codec = prop_oneof![
        Just(Codec::Bool),
        Just(Codec::Int(2)),
        Just(Codec::Int(4)),
        Just(Codec::Int(8)),
        Just(Codec::Float64),
        Just(Codec::Text),
        Just(Codec::Jsonb),
        Just(Codec::Uuid),
        Just(Codec::Date),
        Just(Codec::Timestamp(None)),
        Just(Codec::Decimal(12, 2)),
        Just(Codec::NumericText),
    ];
    prop::collection::vec(codec, 0..4)
}

proptest! {
    /// Any number is exact, and pieces of any size give the same rows.
    #[test]
    fn numbers_are_exact(minor in -10_i128.pow(20)..10_i128.pow(20), scale in 0_u16..9, piece in 1_usize..40) {
        let sent = Some(numeric_of(minor, scale));
        let codecs = [Codec::Decimal(38, scale as i8), Codec::NumericText];
        let batches = decode(&codecs, &copied(&[vec![sent.clone(), sent]]), piece).expect("decoded");
        let rows = &batches[0].rows;
        prop_assert_eq!(rows.column(0).as_primitive::<Decimal128Type>().value(0), minor);
        let digits = format!("{:0width$}", minor.unsigned_abs(), width = usize::from(scale) + 1);
        let (whole, decimals) = digits.split_at(digits.len() - usize::from(scale));
        let text = format!("{}{whole}{}{decimals}", if minor < 0 { "-" } else { "" }, if scale > 0 { "." } else { "" });
        prop_assert_eq!(rows.column(1).as_string::<i32>().value(0), text);
    }

    /// Garbage is an error or rows, never a panic, and takes no more memory than its own size and one number's text.
    #[test]
    fn garbage_is_bounded(codecs in codecs(), bytes in prop::collection::vec(any::<u8>(), 0..400), piece in 1_usize..60) {
        let mut sent = copied(&[]);
        sent.truncate(sent.len() - 2);
        sent.extend(&bytes);
        if let Ok(batches) = decode(&codecs, &sent, piece) {
            let rows: usize = batches.iter().map(|batch| batch.rows.num_rows()).sum();
            prop_assert!(rows <= bytes.len() / 2);
        }
        drop(decode(&codecs, &bytes, piece));
    }

    /// A valid answer with some bytes changed, or cut off anywhere.
    #[test]
    fn damage_is_bounded(
        codecs in codecs(),
        values in prop::collection::vec(prop::collection::vec(prop::option::of(prop::collection::vec(any::<u8>(), 0..20)), 4), 0..6),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        end in any::<prop::sample::Index>(),
        piece in 1_usize..60,
    ) {
        let rows: Vec<_> = values.iter().map(|row| row[..codecs.len()].to_vec()).collect();
        let mut sent = copied(&rows);
        for (at, byte) in changes {
            let at = at.index(sent.len());
            sent[at] = byte;
        }
        let read = |piece| {
            let batches = decode(&codecs, &sent, piece);
            batches.map(|batches| batches.iter().map(|batch| format!("{batch:?}")).collect::<Vec<_>>())
        };
        prop_assert_eq!(read(piece), read(usize::MAX));
        sent.truncate(end.index(sent.len()));
        drop(decode(&codecs, &sent, piece));
    }
}
