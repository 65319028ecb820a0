//! Determines the encoding of a text: by name, byte order mark, or the evidence of its words.
//!
//! Deliberately not here: decoding ([`super::streams`]), and single lines in another encoding
//! ([`super::non_utf8`]).

use std::collections::HashSet;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, ISO_2022_JP, ISO_8859_2, ISO_8859_4, ISO_8859_5, ISO_8859_15,
    KOI8_R, MACINTOSH, REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1251,
    WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1257,
};
use regulars_core::config;

use crate::error::{Error, Kind, Result};

mod words;

/// Maximum bytes of distinct fields kept as evidence.
const EVIDENCE_BYTES: usize = 1 << 20;
/// Distinct fields that suffice as evidence.
const MIN_FIELDS: usize = 12;

/// A chosen encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) encoding: &'static Encoding,
    /// Whether other encodings are ruled out.
    pub(crate) sure: bool,
}

/// The encoding that a configuration names; `None` for `utf-16`, whose byte order the file determines.
///
/// Errors: [`Kind::Config`] for an unknown name.
pub(super) fn by_label(label: &config::Encoding) -> Result<Option<&'static Encoding>> {
    let name = label.label().trim().to_ascii_lowercase().replace([' ', '_'], "-");
    // Names used by Python, Java and databases besides the standard labels.
    let standard = match name.as_str() {
        "utf-16" | "utf16" => return Ok(None),
        "utf-8-sig" | "utf8mb4" => "utf-8",
        "latin-1" => "latin1",
        "latin-9" => "iso-8859-15",
        "cp932" | "shiftjis" => "shift_jis",
        "shift-jis" => "shift_jis",
        "cp936" | "gb-18030" => "gb18030",
        "cp949" | "uhc" => "euc-kr",
        "cp950" => "big5",
        "mac-roman" | "macroman" => "macintosh",
        other => other,
    };
    let standard = if standard.strip_prefix("cp").is_some_and(|n| n.starts_with("125")) {
        standard.replace("cp", "windows-")
    } else {
        standard.to_owned()
    };
    match Encoding::for_label(standard.as_bytes()).or_else(|| Encoding::for_label(label.label().as_bytes())) {
        Some(encoding) if encoding != REPLACEMENT => Ok(Some(encoding)),
        _ => Err(Error::new(
            Kind::Config,
            format!("source.encoding = \"{}\" is not an encoding that can be read", label.label()),
        )
        .hint("use a name such as utf-8, utf-16, windows-1250, windows-1252, shift_jis, gbk, big5 or euc-kr; leave it out to have it detected")),
    }
}

/// The name of an encoding in configurations and notes.
pub(super) fn name(encoding: &'static Encoding) -> String {
    if encoding == UTF_8 { "utf-8".to_owned() } else { encoding.name().to_owned() }
}

/// Detects UTF-16 without a byte order mark: nearly every other byte is zero.
pub(super) fn unmarked_utf16(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    if pairs < 2 {
        return None;
    }
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    // Delimiters, digits and line ends have a zero byte in every language.
    let told = |zero: usize, other: usize| zero * 4 > pairs && other * 50 < pairs;
    if told(second, first) {
        Some(UTF_16LE)
    } else if told(first, second) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Whether 7-bit text switches character sets by escape sequences.
pub(super) fn is_iso_2022_jp(head: &[u8]) -> bool {
    let switches = [&b"\x1b$B"[..], b"\x1b$@", b"\x1b(J"];
    head.is_ascii() && switches.iter().any(|s| memchr::memmem::find(head, s).is_some())
}

/// Distinct fields with bytes beyond ASCII: a thousand repetitions of a name are no more evidence than one
/// occurrence.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    seen: HashSet<Vec<u8>>,
    fields: Vec<Vec<u8>>,
    bytes: usize,
}

impl Evidence {
    /// Adds the fields of a line; false once the evidence is full.
    pub(super) fn add_line(&mut self, line: &[u8]) -> bool {
        // None of these bytes is part of a multi-byte character in the candidate encodings.
        for field in line.split(|b| matches!(b, b',' | b';' | b'\t' | b'"' | b'\n' | b'\r')) {
            if !field.is_ascii() && !self.seen.contains(field) {
                self.bytes += field.len();
                self.seen.insert(field.to_vec());
                self.fields.push(field.to_vec());
            }
        }
        self.bytes < EVIDENCE_BYTES
    }

    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// The encoding that best explains the fields; windows-1252 without evidence.
    ///
    /// `old_mac`: lines end in a lone CR, as on old Macs.
    pub(super) fn decide(&self, old_mac: bool) -> Decision {
        if self.fields.is_empty() {
            return Decision { encoding: WINDOWS_1252, sure: false };
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        for field in &self.fields {
            detector.feed(field, false);
            detector.feed(b"\n", false);
        }
        detector.feed(b"", true);
        // Latin-4 was superseded by windows-1257; text that looks like it is short Western text.
        let guess = match detector.guess(None, Utf8Detection::Deny) {
            rare if rare == ISO_8859_4 => WINDOWS_1252,
            guess => guess,
        };
        if old_mac && guess.is_single_byte() && self.looks_like_macintosh() {
            return Decision { encoding: MACINTOSH, sure: self.fields.len() >= MIN_FIELDS };
        }
        if guess.is_single_byte() && self.has_euro_of_latin_9() {
            return Decision { encoding: ISO_8859_15, sure: true };
        }
        // With few letters, known business words are better evidence than letter pairs.
        let known = |encoding: &'static Encoding| self.known_words(encoding);
        let best = CANDIDATES.into_iter().max_by_key(|c| (known(c), *c == guess)).unwrap_or(guess);
        let encoding = if known(best) > known(guess) { best } else { guess };
        let by_words = known(encoding) > 0
            && CANDIDATES.into_iter().all(|c| known(c) < known(encoding) || self.decode_alike(c, encoding));
        // The detector accepts a country hint; evidence that overrules all hints is clear.
        let clear = [&b"de"[..], b"pl", b"tr", b"ru", b"lt"]
            .into_iter()
            .all(|country| detector.guess(Some(country), Utf8Detection::Deny) == encoding);
        let sure = by_words
            || (self.fields.len() >= MIN_FIELDS && clear)
            || (!encoding.is_single_byte() && self.characters(encoding).is_some_and(|n| n >= 8));
        Decision { encoding, sure }
    }

    /// Whether both encodings decode every field to the same text.
    fn decode_alike(&self, one: &'static Encoding, other: &'static Encoding) -> bool {
        let read = |encoding: &'static Encoding, field| {
            encoding.decode_without_bom_handling_and_without_replacement(field)
        };
        one == other || self.fields.iter().all(|field| read(one, field) == read(other, field))
    }

    /// Number of characters beyond ASCII; none if a field cannot be decoded.
    fn characters(&self, encoding: &'static Encoding) -> Option<usize> {
        let mut characters = 0;
        for field in &self.fields {
            let text = encoding.decode_without_bom_handling_and_without_replacement(field)?;
            characters += text.chars().filter(|c| !c.is_ascii()).count();
        }
        Some(characters)
    }

    /// Number of known words in the fields when decoded by `encoding`.
    fn known_words(&self, encoding: &'static Encoding) -> usize {
        // Headers come first.
        self.fields
            .iter()
            .take(200)
            .filter_map(|field| encoding.decode_without_bom_handling_and_without_replacement(field))
            .filter(|text| words::is_known(text))
            .count()
    }

    /// Whether amounts end in the byte that is the euro sign in Latin-9 and rarely used otherwise.
    fn has_euro_of_latin_9(&self) -> bool {
        let is_amount = |field: &Vec<u8>| {
            let amount = field.trim_ascii().strip_suffix(b"\xa4").map(<[u8]>::trim_ascii_end);
            amount.is_some_and(|amount| amount.last().is_some_and(u8::is_ascii_digit))
        };
        self.fields.iter().any(is_amount)
    }

    /// Whether words contain bytes that are letters in Mac Roman and symbols elsewhere.
    fn looks_like_macintosh(&self) -> bool {
        let (mut mac, mut other) = (0, 0);
        for field in &self.fields {
            for (i, byte) in field.iter().enumerate().filter(|(_, b)| !b.is_ascii()) {
                let beside_letter = field.get(i + 1).is_some_and(u8::is_ascii_alphabetic)
                    || (i > 0 && field[i - 1].is_ascii_alphabetic());
                if beside_letter {
                    // In Mac Roman, 0x80 to 0x9F are ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü, and 0xA7 is ß.
                    if matches!(byte, 0x80..=0x9f | 0xa7) {
                        mac += 1;
                    } else {
                        other += 1;
                    }
                }
            }
        }
        mac > other
    }
}

/// Encodings that are compared by known words.
const CANDIDATES: [&Encoding; 15] = [
    WINDOWS_1252,
    WINDOWS_1250,
    WINDOWS_1251,
    WINDOWS_1253,
    WINDOWS_1254,
    WINDOWS_1257,
    ISO_8859_2,
    ISO_8859_5,
    KOI8_R,
    GBK,
    SHIFT_JIS,
    EUC_JP,
    EUC_KR,
    BIG5,
    MACINTOSH,
];

/// The encoding with escape sequences; named here so that [`super::streams`] needs no list of its own.
pub(super) const ESCAPED: &Encoding = ISO_2022_JP;

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(fields: &[&str], encoding: &'static Encoding) -> Decision {
        let mut evidence = Evidence::default();
        for field in fields {
            let (bytes, _, lossy) = encoding.encode(field);
            assert!(!lossy, "{field} in {}", encoding.name());
            evidence.add_line(&bytes);
        }
        evidence.decide(false)
    }

    #[test]
    fn the_words_tell_the_encoding() {
        for (encoding, fields) in [
            (WINDOWS_1250, &["Łukasz"][..]),
            (WINDOWS_1250, &["Agnieszka Wróbel", "Żaneta Śliwa", "Gdańsk", "Łódź"]),
            (WINDOWS_1250, &["Číslo objednávky", "Zákazník", "Částka"]),
            (WINDOWS_1250, &["Rendelés száma", "Vásárló", "Összeg"]),
            (WINDOWS_1252, &["Müller"]),
            (WINDOWS_1252, &["Größe", "Straße"]),
            (WINDOWS_1252, &["N° commande", "Référence", "Prénom"]),
            (WINDOWS_1252, &["Número de pedido", "Descrição", "Preço"]),
            (WINDOWS_1252, &["Código do cliente", "Venda à vista", "Valor unitário"]),
            (WINDOWS_1252, &["Nº do pedido", "Código do produto"]),
            (WINDOWS_1252, &["lunedì 21 novembre 2016", "Niccolò Nicolò", "Simona Marà"]),
            (WINDOWS_1254, &["4 Şubat 2024", "12 Ağustos 2024"]),
            (ISO_8859_15, &["Œuvre", "10,00 €"]),
            (WINDOWS_1254, &["Müşteri No", "Sipariş Tarihi", "Sipariş No"]),
            (WINDOWS_1254, &["Ayşe Yıldız", "Çağlar Şahin", "İstanbul"]),
            (WINDOWS_1251, &["Номер заказа", "Клиент", "Сумма"]),
            (WINDOWS_1253, &["Παραγγελία", "Πελάτης"]),
            (GBK, &["订单编号", "买家会员名", "订单付款时间", "买家实际支付金额", "会员甲"]),
            (SHIFT_JIS, &["注文番号", "顧客", "金額"]),
            (SHIFT_JIS, &["ご注文者名", "カテゴリー", "東京都"]),
            (EUC_JP, &["注文番号", "顧客名", "お支払い金額"]),
            (EUC_KR, &["주문번호", "고객", "결제금액"]),
            (BIG5, &["訂單編號", "顧客姓名", "訂單金額"]),
        ] {
            let found = decide(fields, encoding);
            assert_eq!(found.encoding.name(), encoding.name(), "{fields:?}");
        }
    }

    #[test]
    fn one_odd_name_is_not_sure_and_known_words_are() {
        assert!(!decide(&["Łukasz"], WINDOWS_1250).sure);
        assert!(decide(&["Müşteri No", "Sipariş Tarihi"], WINDOWS_1254).sure);
        assert!(decide(&["订单编号", "买家会员名"], GBK).sure);
    }

    #[test]
    fn labels_of_all_kinds_are_understood() {
        let label = |name: &str| by_label(&config::Encoding::new(name));
        for (name, expected) in [
            ("utf-8", UTF_8),
            ("UTF8", UTF_8),
            ("latin-1", WINDOWS_1252),
            ("latin1", WINDOWS_1252),
            ("cp1252", WINDOWS_1252),
            ("windows-1250", WINDOWS_1250),
            ("Shift_JIS", SHIFT_JIS),
            ("cp932", SHIFT_JIS),
            ("gb2312", GBK),
            ("euc-kr", EUC_KR),
            ("utf-16le", UTF_16LE),
        ] {
            assert_eq!(label(name).expect("known"), Some(expected), "{name}");
        }
        assert_eq!(label("utf-16").expect("known"), None);
        for name in ["klingon", "", "iso-2022-kr"] {
            assert_eq!(label(name).expect_err("unknown").kind, Kind::Config, "{name}");
        }
    }

    #[test]
    fn sixteen_bits_are_seen_without_a_mark() {
        let bytes = |text: &str, big: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
        };
        let text = "订单,客户,日期,金额\n1,会员甲,2024-03-01,10.00\n";
        assert_eq!(unmarked_utf16(&bytes(text, false)), Some(UTF_16LE));
        assert_eq!(unmarked_utf16(&bytes(text, true)), Some(UTF_16BE));
        assert_eq!(unmarked_utf16(b"customer,date\n"), None);
        assert_eq!(unmarked_utf16(&[0; 64]), None);
    }
}
