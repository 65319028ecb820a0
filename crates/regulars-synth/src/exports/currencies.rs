//! Currencies: decimals, symbols, and price levels.

/// A currency that exports use.
#[derive(Debug)]
pub(super) struct Currency {
    /// ISO 4217.
    pub(super) code: &'static str,
    /// Decimals of the minor unit.
    pub(super) decimals: u8,
    /// Its symbol; shared with other currencies if `sign_is_clear` is false.
    pub(super) sign: &'static str,
    pub(super) sign_is_clear: bool,
    /// Price of a cheap and of an expensive product, in whole units.
    pub(super) low: i64,
    pub(super) high: i64,
}

const fn currency(
    code: &'static str,
    decimals: u8,
    sign: &'static str,
    sign_is_clear: bool,
    low: i64,
    high: i64,
) -> Currency {
    Currency { code, decimals, sign, sign_is_clear, low, high }
}

/// All currencies.
pub(super) static CURRENCIES: &[Currency] = &[
    currency("EUR", 2, "€", true, 2, 90),
    currency("USD", 2, "$", false, 2, 90),
    currency("USD", 2, "US$", true, 2, 90),
    currency("GBP", 2, "£", true, 2, 80),
    currency("AUD", 2, "A$", true, 3, 120),
    currency("CAD", 2, "CA$", true, 3, 120),
    currency("MXN", 2, "MX$", true, 40, 1_900),
    currency("BRL", 2, "R$", true, 9, 400),
    currency("INR", 2, "₹", true, 90, 9_000),
    currency("CHF", 2, "CHF", true, 3, 140),
    currency("SEK", 2, "kr", false, 25, 1_200),
    currency("DKK", 2, "kr.", false, 20, 900),
    currency("PLN", 2, "zł", true, 9, 400),
    currency("TRY", 2, "TL", true, 60, 3_500),
    currency("TRY", 2, "₺", true, 60, 3_500),
    currency("RUB", 2, "₽", true, 150, 9_000),
    currency("IDR", 0, "Rp", true, 15_000, 900_000),
    currency("JPY", 0, "¥", false, 300, 19_000),
    currency("CNY", 2, "¥", false, 12, 600),
    currency("KWD", 3, "KD", true, 1, 40),
    currency("TND", 3, "DT", true, 3, 140),
];

/// All entries with this ISO code: a currency may have several symbols.
pub(super) fn with_code(code: &str) -> Vec<&'static Currency> {
    CURRENCIES.iter().filter(|currency| currency.code == code).collect()
}
