//! Words of headers and statuses in many languages that hold letters beyond ASCII: a reading that
//! gives one of them is the right one.
//!
//! Deliberately not here: what a column means (see [`crate::detect`]).

/// Parts of words, lowercase.
const WORDS: &[&str] = &[
    // Turkish
    "müşteri",
    "sipariş",
    "ödeme",
    "ürün",
    "tutarı",
    "satış",
    "ücret",
    "şehir",
    "fiyatı",
    // Polish
    "zamówieni",
    "płatnoś",
    "wartość",
    "ilość",
    "imię",
    "wysłan",
    "zapłacon",
    "złożen",
    // Czech and Slovak
    "číslo",
    "částka",
    "objednávk",
    "zákazní",
    "množství",
    "množstvo",
    "měna",
    "příjmení",
    "celková",
    // Hungarian
    "rendelés",
    "vásárló",
    "összeg",
    "vevő",
    "dátum",
    "fizetés",
    // Romanian, Croatian, Slovene
    "comandă",
    "număr",
    "plată",
    "narudžb",
    "naročil",
    "količin",
    "plaćan",
    "plačil",
    // German
    "größe",
    "straße",
    "käufer",
    "währung",
    "rückgabe",
    "stückzahl",
    "stückpreis",
    // French
    "référence",
    "prénom",
    "numéro",
    "quantité",
    "libellé",
    "société",
    "expédi",
    "annulé",
    "remboursé",
    "n° ",
    // Spanish, Portuguese, Italian
    "número",
    "descripción",
    "dirección",
    "país",
    "descrição",
    "endereço",
    "preço",
    "código",
    "situação",
    "cartão",
    "quantità",
    "città",
    "artículo",
    "envío",
    // Scandinavian
    "beløb",
    "beställning",
    "kjøp",
    // Russian, Ukrainian, Bulgarian, Greek
    "заказ",
    "клиент",
    "сумма",
    "покупател",
    "дата",
    "замовлен",
    "поръчк",
    "товар",
    "παραγγελί",
    "πελάτ",
    "ποσό",
    "ημερομηνία",
    // Japanese, Chinese, Korean
    "注文",
    "顧客",
    "金額",
    "購入",
    "支払",
    "订单",
    "客户",
    "买家",
    "付款",
    "会员",
    "訂單",
    "주문",
    "고객",
    "금액",
    "결제",
];

/// Whether the text has one of them.
pub(super) fn is_known(text: &str) -> bool {
    let lower = text.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}
