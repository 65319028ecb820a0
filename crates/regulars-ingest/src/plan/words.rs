//! What the words of a column's name mean, in the languages that shops export in.
//!
//! A name is cut into words (`Kundennummer` into `kunden` and `nummer`), and each word stands for
//! one or more concepts. What a column *is* by its concepts is decided in `names`; here is only the
//! vocabulary.

use std::collections::HashMap;
use std::sync::LazyLock;

use regulars_core::letters::plain_letter;

/// A set of concepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Concepts(u64);

impl Concepts {
    const fn bit(n: u32) -> Self {
        Self(1 << n)
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any of `other` is in the set.
    pub(crate) const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing but `other` is in the set.
    pub(crate) const fn only(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

macro_rules! concepts {
    ($($name:ident = $bit:literal),* $(,)?) => {
        $(pub(crate) const $name: Concepts = Concepts::bit($bit);)*
    };
}

concepts! {
    CUSTOMER = 0, ORDER = 1, ID = 2, DATE = 3, WHEN = 4, AMOUNT = 5, TOTAL = 6, REVENUE = 7, PAID = 8,
    PRICE = 9, UNIT = 10, QUANTITY = 11, PRODUCT = 12, CATEGORY = 13, PAYMENT = 14, KIND = 15, STATUS = 16,
    EVENT = 17, LINE = 18, DOCUMENT = 19, REFUND = 20, CANCEL = 21, VOID = 22, DELETE = 23, TEST = 24,
    DISCOUNT = 25, TAX = 26, SHIPPING = 27, COST = 28, NET = 29, GROSS = 30, CURRENCY = 31, EMAIL = 32,
    PLACE = 33, MINOR = 34, COUNT = 35, STATISTIC = 36, OTHER_DATE = 37, ORIGINAL = 38, SHOP = 39,
    INCLUDED = 40, EXCLUDED = 41, PERSON = 42, NAME = 43, RATE = 44, FLAG = 45, FILLER = 46, TRACKING = 47,
    ATTRIBUTE = 48, SUBTOTAL = 49, CARD = 50, BASE = 51, FEE = 52, PART = 53,
}

/// Words by what they stand for; a word may stand in several lists.
const VOCABULARY: &[(Concepts, &str)] = &[
    (
        CUSTOMER,
        "customer customers cust client clients buyer shopper user member account household kunde kunden klant \
         cliente klient klienta klienci consumer purchaser contact patron acheteur comprador acquirente koper nabywca kupujacy kupujacego \
         musteri muesteri alici besteller kaeufer kunder zakaznik ugyfel vasarlo guest subscriber \
         顧客 客户 客戶 顾客 会员 會員 会員 买家 買家 用户 用戶 お客様 購入者 покупатель клиент",
    ),
    (PERSON, "person party visitor loyalty cardholder bill_to sold_to"),
    (CARD, "card karte tarjeta carte cartao"),
    (
        ORDER,
        "order orders invoice transaction receipt basket sale purchase trans txn tx bill bestellung bestell rechnung \
         rechnungs commande facture pedido factura fattura ordine bestelling auftrag auftrags beleg bon bons ticket \
         checkout document einkauf kauf verkauf vente venta compra compras vendita acquisto aankoop verkoop zamowienie \
         zamowienia faktura faktury paragon paragonu siparis fatura encomenda ordini acquisti transaktion transaktions \
         transaccion transacao transazione transactie transakcja transakcji islem objednavka objednavky rendeles ordre \
         kvitto quittung recibo recu ricevuta factuur bestel kvittering 订单 訂單 注文 交易 заказ заказа чек voucher",
    ),
    (
        ID,
        "id ids no nr num number nummer numero key code ref reference uuid guid identifier hash n numara numarasi \
         numer numery numar kod kodu kennung codigo codice referencia referenz referentie cislo szam № 编号 編號 番号 \
         单号 號 号 номер increment",
    ),
    (
        DATE,
        "date datetime timestamp time ts day datum fecha data dato jour dia giorno dag dzien tarih tarihi zeitpunkt zeit \
         heure hora ora czas saat zaman uhrzeit datums kelte 日期 时间 時間 日時 日 дата",
    ),
    (
        WHEN,
        "when at on created placed ordered purchased processed erstellt creado creee cree criado creato aangemaakt \
         utworzenia utworzono olusturma zlozenia completed closed paid captured issued",
    ),
    (
        AMOUNT,
        "amount value spend spent betrag summe importe montant valor bedrag importo sum monto belopp valore waarde wert \
         kwota wartosc wartosci tutar tutari deger castka osszeg beloeb belob 金额 金額 总额 價格總計 сумма",
    ),
    (
        TOTAL,
        "total totals gesamt endbetrag totale totaal razem suma toplam totaux celkem osszesen totalt 合计 合計 总计 总价 итого",
    ),
    (
        REVENUE,
        "revenue sales sale turnover umsatz ventas ventes vendite omzet sprzedaz obrot satis gelir ciro receita ingresos \
         ricavo faturamento recette 売上 销售额 выручка",
    ),
    (
        PAID,
        "paid bezahlt pagado paye pago pagato betaald zaplacono odenen charged charge 实付 实际支付 支付金额",
    ),
    (
        PRICE,
        "price preis prix precio prezzo prijs preco cena ceny fiyat fiyati pris prices ar 单价 單價 価格 单品价格 价格 цена",
    ),
    (UNIT, "unit per each piece einzel stueck unitario unitaire stuk jednostkowa birim apiece stykpris"),
    (
        QUANTITY,
        "quantity qty units pieces menge anzahl cantidad quantite aantal quant stueck pcs quantita quantidade ilosc adet \
         miktar antal stueckzahl qnt cds mnozstvi mennyiseg 数量 количество",
    ),
    (
        PRODUCT,
        "product sku item items article artikel produkt stock producto produit asin ean upc isbn prodotto produto produktu \
         urun articolo artikkel goods variant merchandise vare zbozi termek 商品 产品 宝贝 товар lineitem description \
         stockcode articolo bezeichnung beschreibung descripcion descrizione opis omschrijving",
    ),
    (
        CATEGORY,
        "category categorie kategorie categoria department genre warengruppe cat kategoria kategori subcategory dept \
         category_name productline 分类 类目 カテゴリ категория",
    ),
    (
        PAYMENT,
        "payment pay zahlungsart zahlart zahlungs zahlung paiement pagamento tender betaling betaal platnosc platnosci odeme \
         gateway instalment installment installments sequential pago 支付 付款 支払 оплата",
    ),
    (
        KIND,
        "type kind art typ tipo soort rodzaj tur turu typo class action movement 类型 種別 タイプ тип mode method",
    ),
    (
        STATUS,
        "status state zustand statut estado stato durum durumu situacao stav allapot statusu staat 状态 狀態 ステータス статус",
    ),
    (EVENT, "event events ereignis evento evenement zdarzenie olay 事件 イベント событие"),
    (
        LINE,
        "line lines item items lineitem position pos row ligne linea riga zeile regel pozycja posten satir detail sequence 行",
    ),
    (DOCUMENT, "document doc invoice voucher dokument documento belegart record entry journal"),
    (
        REFUND,
        "refund refunded refunds return returned returns credit credited chargeback erstattet erstattung rueckerstattung \
         gutschrift retoure remboursement rembourse reembolso reembolsado devolucion devuelto rimborso rimborsato resi \
         terugbetaald retour zwrot zwrotu zwrocono iade devolvido 退款 返金 возврат",
    ),
    (
        CANCEL,
        "cancel cancelled canceled cancellation storno storniert annule annulee annulation cancelado cancelada anulado \
         annullato geannuleerd anulowano iptal 取消 отмена",
    ),
    (VOID, "void voided ungueltig"),
    (DELETE, "delete deleted removed geloescht supprime eliminado trashed archived"),
    (TEST, "test tests sandbox demo fake"),
    (
        DISCOUNT,
        "discount discounts rabatt remise descuento sconto korting rabat indirim desconto coupon coupons promo promotion \
         nachlass reduction 折扣 优惠 割引 скидка",
    ),
    (
        TAX,
        "tax taxes vat mwst ust tva iva btw gst hst pst kdv podatek moms steuer taxe impuesto imposta impot 税 税额 税金 ндс",
    ),
    (
        SHIPPING,
        "shipping freight postage delivery versand versandkosten livraison envio spedizione verzending wysylka kargo frete \
         porto expedition shipment handling ship shipped versendet dostawa teslimat 运费 送料 доставка",
    ),
    (COST, "cost costs cogs kosten koszt maliyet costo coste cout profit margin gewinn marge einkaufspreis"),
    (FEE, "fee fees gebuehr frais commission provision tip tips trinkgeld payout"),
    (NET, "net netto netto netta neto nett ht"),
    (GROSS, "gross brutto ttc bruto lordo brut"),
    (SUBTOTAL, "subtotal sub zwischensumme"),
    (
        CURRENCY,
        "currency waehrung devise moneda valuta waluta doviz moeda valuutta iso_currency 币种 通貨 валюта para",
    ),
    (EMAIL, "email mail emails emailaddress eposta correo courriel 邮箱 メール e_mail"),
    (
        PLACE,
        "city country province region zip postcode postal address street county town stadt land plz pays ville ciudad pais \
         provincia citta paese miasto kraj sehir ulke estado state shipping billing us bundesland canton district area \
         latitude longitude location shipto",
    ),
    (
        SHOP,
        "store shop branch warehouse channel seller vendor merchant filiale tienda magasin negozio winkel sklep magaza outlet supplier rep staff employee register terminal pos device cashier salesperson",
    ),
    (
        MINOR,
        "cents cent pence penny pennies minor centimes centavos centesimi groszy groszach kurus oere kopecks minor_units",
    ),
    (COUNT, "count orders items lines number_of distinct times cnt"),
    (
        STATISTIC,
        "average avg mean max min lifetime ltv clv cumulative running goal target budget points balance outstanding \
         forecast expected predicted limit score rank share percent pct percentage rate ratio msrp list rrp compare \
         due owed owing open remaining original_price retail",
    ),
    (RATE, "rate percent pct percentage prozent satz porcentaje pourcentage percentuale"),
    (
        OTHER_DATE,
        "ship shipped shipping delivery delivered due birth birthday update updated modified registration registered signup \
         join joined estimated approved expiry expires limit carrier zone last dob review first renewal valid refund \
         refunded return returned cancelled canceled fulfilled settled available received deadline faellig payout \
         versand liefer livraison entrega consegna levering dostawy teslimat geburts geburt start end ended arrival \
         deleted voided archived scheduled promised latest earliest",
    ),
    (
        ORIGINAL,
        "original parent related source linked corrected against applied urspruenglich ursprung origine vorgaenger",
    ),
    (INCLUDED, "incl including inclusive inkl with mit ttc inc compris dahil"),
    (EXCLUDED, "excl excluding exclusive ex exkl without ohne before ht hors haric"),
    (
        NAME,
        "name names nom nombre nome naam nazwa isim adi first last full vorname nachname firstname lastname surname title 姓名 名称 名 имя",
    ),
    (
        ATTRIBUTE,
        "age gender sex segment group since rating phone tel marital income company vip note notes newsletter language tags tag browser device weight height size color colour colour brand image url ip agent referrer source medium campaign loyalty_status membership subscription risk barcode",
    ),
    (FLAG, "is has flag was"),
    (
        FILLER,
        "the of de la le du des der die das d del di da van o do a und and et y e by for in from to mon my s utc gmt local usd eur gbp brl pln try incl 　 的 の",
    ),
    (TRACKING, "tracking shipment parcel carrier consignment fulfillment fulfilment"),
    (BASE, "base shop_money presentment local settle settlement"),
    (PART, "page session cart wishlist basket_size"),
];

static WORDS: LazyLock<HashMap<&'static str, Concepts>> = LazyLock::new(|| {
    let mut words: HashMap<&'static str, Concepts> = HashMap::new();
    for (concept, list) in VOCABULARY {
        for word in list.split_whitespace() {
            let known = words.entry(word).or_default();
            *known = known.and(*concept);
        }
    }
    words
});

/// A column's name, cut into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// In normal form (see [`normal_form`]).
    pub(crate) normal: String,
    /// Its words, compounds cut up.
    pub(crate) words: Vec<String>,
    concepts: Vec<Concepts>,
    /// What any of its words stands for.
    pub(crate) all: Concepts,
}

impl Name {
    pub(crate) fn new(name: &str) -> Self {
        let normal = normal_form(name);
        let mut words = Vec::new();
        for word in normal.split('_').filter(|w| !w.is_empty()) {
            match compound(word) {
                Some(parts) => words.extend(parts.into_iter().map(str::to_owned)),
                None => words.push(word.to_owned()),
            }
        }
        let concepts: Vec<Concepts> = words.iter().map(|word| concepts_of(word)).collect();
        let all = concepts.iter().fold(Concepts::default(), |all, c| all.and(*c));
        Self { normal, words, concepts, all }
    }

    /// Whether any word stands for one of `concepts`.
    pub(crate) fn has(&self, concepts: Concepts) -> bool {
        self.all.any(concepts)
    }

    /// Whether one of its words is `word`.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.words.iter().any(|w| w == word)
    }

    /// Whether every word that is no filler stands for one of `concepts`; false without any word.
    pub(crate) fn is_only(&self, concepts: Concepts) -> bool {
        let mut told = self.concepts.iter().filter(|c| !(c.any(FILLER) && c.only(FILLER))).peekable();
        told.peek().is_some() && told.all(|c| c.any(concepts))
    }

    /// Its words that are no fillers, joined by `_`.
    pub(crate) fn told(&self) -> String {
        let told = self.words.iter().zip(&self.concepts).filter(|(_, c)| !(c.any(FILLER) && c.only(FILLER)));
        told.map(|(word, _)| word.as_str()).collect::<Vec<_>>().join("_")
    }

    /// How many words it has that are no fillers.
    pub(crate) fn told_words(&self) -> usize {
        self.concepts.iter().filter(|c| !(c.any(FILLER) && c.only(FILLER))).count()
    }
}

fn concepts_of(word: &str) -> Concepts {
    if let Some(known) = WORDS.get(word) {
        return *known;
    }
    // `quantity2`, `date_1`.
    let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
    WORDS.get(stem).copied().unwrap_or_default()
}

/// Shortest part of a compound, in letters; `id`, `no` and `nr` may end one.
const SHORTEST_PART: usize = 3;

/// The known words that an unknown word is put together of, if it is: `ordernumber`,
/// `kundennummer`, `订单编号`.
fn compound(word: &str) -> Option<Vec<&str>> {
    if WORDS.contains_key(word) || word.chars().count() < 2 {
        return None;
    }
    let ideographs = !word.is_ascii() && word.chars().any(|c| c as u32 >= 0x3040);
    let least = if ideographs { 1 } else { SHORTEST_PART };
    let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).skip(1).chain([word.len()]).collect();
    // The longest first part whose rest can be cut up, too.
    for &end in ends.iter().rev() {
        let (head, rest) = word.split_at(end);
        if head.chars().count() < least || !WORDS.contains_key(head) {
            continue;
        }
        if rest.is_empty() {
            return Some(vec![head]);
        }
        let joined = rest.strip_prefix('s').filter(|r| r.chars().count() >= least);
        for rest in [Some(rest), joined].into_iter().flatten() {
            let ending = matches!(rest, "id" | "no" | "nr" | "ids" | "at" | "on");
            let single = WORDS.contains_key(rest) && (ending || rest.chars().count() >= least);
            if single {
                return Some(vec![head, rest]);
            }
            if let Some(mut parts) = compound(rest) {
                parts.insert(0, head);
                return Some(parts);
            }
        }
    }
    // Chinese and Japanese names have words in between that say nothing here.
    if ideographs {
        let skipped = word.char_indices().nth(1).map(|(at, _)| at)?;
        return match &word[skipped..] {
            rest if WORDS.contains_key(rest) => Some(vec![rest]),
            rest => compound(rest),
        };
    }
    None
}

/// A column's name in lowercase words joined by `_`: `CustomerID`, `Customer ID` and
/// `customer-id` are all `customer_id`.
pub fn normal_form(name: &str) -> String {
    let characters: Vec<char> = name.trim().chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (i, &c) in characters.iter().enumerate() {
        // The dot that lowercase İ leaves behind.
        if c == '\u{307}' {
            continue;
        }
        if !c.is_alphanumeric() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            continue;
        }
        let before = if i > 0 { characters[i - 1] } else { ' ' };
        let after = characters.get(i + 1).copied().unwrap_or(' ');
        let starts_word =
            c.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && after.is_lowercase()));
        if starts_word && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        for lower in c.to_lowercase().filter(|c| *c != '\u{307}') {
            match plain_letter(lower) {
                Some(plain) => out.push_str(plain),
                None => out.push(lower),
            }
        }
    }
    out.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_normal_form() {
        for (name, expected) in [
            ("CustomerID", "customer_id"),
            ("Customer ID", "customer_id"),
            (" customer-id ", "customer_id"),
            ("InvoiceNo", "invoice_no"),
            ("Order #", "order"),
            ("N. Revenue", "n_revenue"),
            ("Lineitem quantity", "lineitem_quantity"),
            ("Annual Income (k$)", "annual_income_k"),
            ("Bestellnr", "bestellnr"),
            ("ID", "id"),
            ("orderTotalUSD", "order_total_usd"),
            ("Référence client", "reference_client"),
            ("N° commande", "n_commande"),
            ("Stückpreis", "stueckpreis"),
            ("Müşteri No", "muesteri_no"),
            ("Zamówienie", "zamowienie"),
            ("İşlem", "islem"),
        ] {
            assert_eq!(normal_form(name), expected, "{name}");
        }
    }

    #[test]
    fn compounds_are_cut_into_known_words() {
        for (name, expected) in [
            ("ORDERNUMBER", "order number"),
            ("Kundennummer", "kunden nummer"),
            ("Bestelldatum", "bestell datum"),
            ("Rechnungsbetrag", "rechnungs betrag"),
            ("Gesamtbetrag", "gesamt betrag"),
            ("Bestellstatus", "bestell status"),
            ("CUSTOMERID", "customer id"),
            ("orderid", "order id"),
            ("Transaktionsnummer", "transaktions nummer"),
            ("订单编号", "订单 编号"),
            ("买家会员名", "买家 会员 名"),
            ("订单付款时间", "订单 付款 时间"),
            ("Invoice No", "invoice no"),
            ("Recnum", "recnum"),
            ("household_id", "household id"),
        ] {
            assert_eq!(Name::new(name).words.join(" "), expected, "{name}");
        }
    }
}
