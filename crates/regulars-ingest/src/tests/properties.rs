//! Any mutation of a valid file either is read with counts that add up, or is refused.

use proptest::prelude::*;

use super::shop::{Shop, counts};

const VALID: &str = "order_id,customer_id,order_date,total,status\n\
    1,a,2024-01-31 14:05,12.50,completed\n2,b,2024-02-01,\"1,234.00\",completed\n3,a,2024-02-03,7,refunded\n\
    4,\"c \"\"x\"\"\",2024-02-04,8.25,completed\n5,b,2024-02-05,-3,completed\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn mutated_files_lose_nothing(
        edits in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(vec![
            &b""[..], b"\"", b"\n", b",", b";", b"\r", b"\0", b"\xff", b"x", b"-", b"99999999999999999999", b"NaN", b"\"\"", b"\xef\xbb\xbf", b" ",
        ]), 0_usize..4), 0..8),
        threads in 1_usize..3,
    ) {
        let mut text = VALID.as_bytes().to_vec();
        for (at, insert, remove) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + remove).min(text.len());
            text.splice(at..end, insert.iter().copied());
        }
        let mut shop = Shop::new();
        shop.threads = threads;
        match shop.read_text(&text) {
            Ok(found) => {
                let (clean, rejected, excluded) = counts(&found);
                prop_assert_eq!(shop.rows("transactions", &["customer_id"]).len() as u64, clean);
                prop_assert_eq!(shop.rows("rejected", &["line"]).len() as u64, rejected);
                prop_assert_eq!(shop.rows("excluded", &["line"]).len() as u64, excluded);
            }
            Err(error) => prop_assert!(!error.message.is_empty()),
        }
    }
}
