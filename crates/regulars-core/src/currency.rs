//! Currency signs and codes in amounts.
//!
//! Deliberately not here: exchange rates. Amounts in different currencies are never added up.

/// Signs with their ISO 4217 code, or without one if several currencies share the sign. A longer sign stands
/// before its prefixes.
const SIGNS: &[(&str, Option<&str>)] = &[
    ("US$", Some("USD")),
    ("AU$", Some("AUD")),
    ("CA$", Some("CAD")),
    ("NZ$", Some("NZD")),
    ("HK$", Some("HKD")),
    ("NT$", Some("TWD")),
    ("MX$", Some("MXN")),
    ("R$", Some("BRL")),
    ("A$", Some("AUD")),
    ("C$", Some("CAD")),
    ("S$", Some("SGD")),
    ("CN¥", Some("CNY")),
    ("JP¥", Some("JPY")),
    ("SFr.", Some("CHF")),
    ("SFr", Some("CHF")),
    ("Fr.", Some("CHF")),
    ("S/.", Some("PEN")),
    ("S/", Some("PEN")),
    ("Rs.", Some("INR")),
    ("Rs", Some("INR")),
    ("Rp.", Some("IDR")),
    ("Rp", Some("IDR")),
    ("RM", Some("MYR")),
    ("kr.", None),
    ("Kr.", None),
    ("kr", None),
    ("Kr", None),
    ("zł", Some("PLN")),
    ("zl", Some("PLN")),
    ("KD", Some("KWD")),
    ("BD", Some("BHD")),
    ("JD", Some("JOD")),
    ("DT", Some("TND")),
    ("LD", Some("LYD")),
    ("RO", Some("OMR")),
    ("QR", Some("QAR")),
    ("SR", Some("SAR")),
    ("DH", Some("MAD")),
    ("Dhs", Some("AED")),
    ("KSh", Some("KES")),
    ("FCFA", Some("XAF")),
    ("Kč", Some("CZK")),
    ("Ft", Some("HUF")),
    ("lei", Some("RON")),
    ("Lei", Some("RON")),
    ("лв", Some("BGN")),
    ("руб.", Some("RUB")),
    ("руб", Some("RUB")),
    ("р.", Some("RUB")),
    ("TL", Some("TRY")),
    ("元", Some("CNY")),
    ("円", Some("JPY")),
    ("원", Some("KRW")),
    ("€", Some("EUR")),
    ("$", None),
    ("£", Some("GBP")),
    ("¥", None),
    ("￥", None),
    ("₹", Some("INR")),
    ("₽", Some("RUB")),
    ("₺", Some("TRY")),
    ("₩", Some("KRW")),
    ("₫", Some("VND")),
    ("₴", Some("UAH")),
    ("₪", Some("ILS")),
    ("₱", Some("PHP")),
    ("฿", Some("THB")),
    ("₦", Some("NGN")),
    ("₡", Some("CRC")),
    ("₲", Some("PYG")),
];

/// Codes of the currencies that share a sign.
const SHARED: &[(&str, &[&str])] = &[
    ("$", &["USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD", "TWD", "CLP", "COP", "ARS", "UYU"]),
    ("¥", &["JPY", "CNY"]),
    ("￥", &["JPY", "CNY"]),
    ("kr", &["SEK", "NOK", "DKK", "ISK"]),
];

/// Removes the sign or code from one end of an amount.
///
/// Shape: the amount without it, and the sign or code as written.
pub fn strip(text: &str) -> (&str, Option<&str>) {
    for (sign, _) in SIGNS {
        if let Some(rest) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
            // The `kr` in `krone` is not a sign.
            let letters = sign.ends_with(char::is_alphabetic) || sign.starts_with(char::is_alphabetic);
            if !(letters && rest.chars().any(char::is_alphabetic)) {
                return (rest, Some(sign));
            }
        }
    }
    // A three-letter code such as EUR, and never the letters of "NaN" or "inf".
    let is_code = |s: &str| {
        s.len() == 3
            && s.bytes().all(|b| b.is_ascii_alphabetic())
            && (s.bytes().all(|b| b.is_ascii_uppercase()) || is_known(&s.to_ascii_uppercase()))
            && !s.eq_ignore_ascii_case("nan")
            && !s.eq_ignore_ascii_case("inf")
    };
    if text.len() > 3 {
        if text.is_char_boundary(3) && is_code(&text[..3]) {
            return (&text[3..], Some(&text[..3]));
        }
        let end = text.len() - 3;
        if text.is_char_boundary(end) && is_code(&text[end..]) {
            return (&text[..end], Some(&text[end..]));
        }
    }
    (text, None)
}

fn is_known(code: &str) -> bool {
    SIGNS.iter().any(|(_, known)| *known == Some(code))
        || SHARED.iter().any(|(_, codes)| codes.contains(&code))
        || matches!(
            code,
            "CHF" | "ZAR" | "AED" | "SAR" | "EGP" | "MAD" | "KES" | "BHD" | "KWD" | "TND" | "JOD"
        )
}

/// The currency of a sign or code: its code, or the sign itself if several currencies share it.
pub fn canonical(mark: &str) -> String {
    let mark = mark.trim();
    if let Some((sign, code)) = SIGNS.iter().find(|(sign, _)| *sign == mark) {
        return code
            .map_or_else(|| sign.trim_end_matches('.').to_lowercase().replace('￥', "¥"), str::to_owned);
    }
    mark.to_uppercase()
}

/// Whether two [`canonical`] currencies may be the same one.
pub fn may_be_same(one: &str, other: &str) -> bool {
    let shares = |sign: &str, code: &str| SHARED.iter().any(|(s, codes)| *s == sign && codes.contains(&code));
    one == other || shares(one, other) || shares(other, one)
}

/// Decimals of a currency by ISO 4217: 0 (JPY, KRW, ...), 3 (KWD, BHD, OMR, ...), else 2.
pub fn decimals(code: &str) -> u8 {
    match code {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "PYG" | "XAF" | "XOF" | "UGX" | "RWF" => 0,
        "BHD" | "KWD" | "TND" | "JOD" | "OMR" | "IQD" | "LYD" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_codes_come_off_at_either_end() {
        for (text, rest, currency) in [
            ("R$ 10.00", " 10.00", Some("BRL")),
            ("10,00 zł", "10,00 ", Some("PLN")),
            ("US$5", "5", Some("USD")),
            ("kr 99", " 99", Some("kr")),
            ("99 kr.", "99 ", Some("kr")),
            ("€5", "5", Some("EUR")),
            ("5 EUR", "5 ", Some("EUR")),
            ("5 eur", "5 ", Some("EUR")),
            ("Rp 10.000", " 10.000", Some("IDR")),
            ("NaN", "NaN", None),
            ("12.50", "12.50", None),
            ("abc", "abc", None),
            ("12 TL", "12 ", Some("TRY")),
        ] {
            let (found, mark) = strip(text);
            assert_eq!((found, mark.map(canonical).as_deref()), (rest, currency), "{text}");
        }
    }

    #[test]
    fn a_shared_sign_agrees_with_its_currencies() {
        assert!(may_be_same("$", "CAD") && may_be_same("EUR", "EUR") && may_be_same("kr", "SEK"));
        assert!(!may_be_same("$", "EUR") && !may_be_same("EUR", "USD") && !may_be_same("USD", "CAD"));
    }
}
