//! Customers and products of a shop.

use super::super::draw::Draw;
use super::super::languages::Vocabulary;
use super::ShopSpec;

/// A customer, with every identifier that an export may use.
#[derive(Debug, Clone)]
pub(in crate::exports) struct Customer {
    pub(in crate::exports) number: i64,
    pub(in crate::exports) name: String,
    pub(in crate::exports) email: String,
    /// Hexadecimal digits.
    pub(in crate::exports) hash: String,
}

/// A product with a single price.
#[derive(Debug, Clone)]
pub(in crate::exports) struct Product {
    pub(in crate::exports) name: String,
    pub(in crate::exports) sku: String,
    pub(in crate::exports) number: i64,
    pub(in crate::exports) price: i64,
}

const MAIL_HOSTS: [&str; 4] = ["example.com", "example.org", "example.net", "mail.example"];

/// Customers with distinct numbers, names and addresses. `before` is the number of customers drawn earlier.
pub(super) fn customers(draw: &mut Draw, count: usize, before: usize, words: &Vocabulary) -> Vec<Customer> {
    let (given, family) = (words.given_names, words.family_names);
    let pairs = given.len() * family.len();
    let base = 10_000 + 100 * draw.between(0, 300);
    let mut number = base + before as i64 * 13;
    // A step coprime to the 256 pairs visits each pair once.
    let step = 2 * draw.below(60) + 61;
    (before..before + count)
        .map(|place| {
            number += draw.between(1, 9);
            let pair = (place * step) % pairs;
            let (first, last) = (given[pair / family.len()], family[pair % family.len()]);
            let round = place / pairs;
            let separator = if first.is_ascii() || words.decimal_comma { " " } else { "" };
            let mut name = if separator.is_empty() {
                format!("{last}{first}")
            } else {
                format!("{first}{separator}{last}")
            };
            if round > 0 {
                name.push_str(&format!(" {}", round + 1));
            }
            let host = draw.pick(&MAIL_HOSTS);
            let email = format!("{}{}@{host}", latin(first, last), number);
            let hash = draw.hex(16);
            Customer { number, name, email, hash }
        })
        .collect()
}

/// A name in lowercase ASCII letters, as used in email addresses.
fn latin(first: &str, last: &str) -> String {
    let letters: String = format!("{first}.{last}")
        .chars()
        .filter(|c| c.is_ascii_alphabetic() || *c == '.')
        .collect::<String>()
        .to_lowercase();
    if letters.len() < 3 { "mail".to_owned() } else { letters.trim_matches('.').to_owned() }
}

/// Products with distinct prices.
pub(super) fn products(draw: &mut Draw, spec: &ShopSpec, words: &Vocabulary) -> Vec<Product> {
    let count = draw.between(10, 40) as usize;
    let unit = 10_i64.pow(u32::from(spec.decimals));
    let (low, high) = if spec.decimals == 4 {
        // Prices far below one make the smallest unit matter.
        (40, 900)
    } else {
        (spec.currency.low * unit * spec.price_factor, spec.currency.high * unit * spec.price_factor)
    };
    let mut prices = std::collections::BTreeSet::new();
    while prices.len() < count {
        // Cheap products are more frequent than expensive ones.
        let top = draw.between(low, high);
        prices.insert(draw.between(low, top));
    }
    let mut prices: Vec<i64> = prices.into_iter().collect();
    draw.shuffle(&mut prices);
    let first = draw.between(1_000, 9_000);
    prices
        .into_iter()
        .enumerate()
        .map(|(place, price)| {
            let word = words.products[place % words.products.len()];
            let name = match place / words.products.len() {
                0 => word.to_owned(),
                round => format!("{word} {}", ["XL", "S", "M"][(round - 1) % 3]),
            };
            let number = first + 7 * place as i64;
            let letter = char::from(b'A' + (place % 26) as u8);
            Product { name, sku: format!("{letter}-{number}"), number, price }
        })
        .collect()
}
