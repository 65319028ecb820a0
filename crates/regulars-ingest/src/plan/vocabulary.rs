//! Words in column names by concept, in the languages of shop exports.
//!
//! Letters have no diacritics: as in [`super::words::normal_form`], or replaced by one letter each (`osszeg`
//! for `összeg`).

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

    /// Whether the sets have a concept in common.
    pub(crate) const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the set is a subset of `other`.
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
    ATTRIBUTE = 48, SUBTOTAL = 49, CARD = 50, BASE = 51, FEE = 52, PART = 53, CONFIRMED = 54,
    DOUBTFUL = 55, FAILED = 56,
}

/// Words by concept; a word may be in several lists.
pub(super) const VOCABULARY: &[(Concepts, &str)] = &[
    (
        CUSTOMER,
        "customer customers cust client clients buyer shopper user member account household kunde kunden \
         klant cliente klient klienta klienci consumer purchaser contact patron acheteur comprador \
         acquirente koper nabywca kupujacy kupujacego musteri muesteri alici besteller kaeufer kunder \
         zakaznik ugyfel vasarlo guest subscriber 顧客 客户 客戶 顾客 会员 會員 会員 买家 買家 用户 用戶 お客様 購入者 покупатель \
         клиент debitor debitoren debiteur relatie mitglied mitglieds kund zakaznika vevo kontrahent \
         kontrahenta nabywcy odberatel kjoper kober kopare auftraggeber rechnungsempfaenger billto soldto \
         contactname клиента покупателя заказчик заказчика контрагент контрагента фио 得意先 注文者 收货人 氏名 姓名 \
         fullname company companies nutzer benutzer cari partner stranka acct 구매자 고객 고객번호 주문자 회원 회원번호 昵称 \
         买家昵称 pelanggan",
    ),
    (PERSON, "person party visitor loyalty cardholder bill_to sold_to"),
    (CARD, "card karte tarjeta carte cartao"),
    (
        ORDER,
        "order orders invoice transaction receipt basket sale purchase trans txn tx bill bestellung bestell \
         rechnung rechnungs commande facture pedido factura fattura ordine bestelling auftrag auftrags \
         beleg bon bons ticket checkout document einkauf kauf verkauf vente venta compra compras vendita \
         acquisto aankoop verkoop zamowienie zamowienia faktura faktury paragon paragonu siparis fatura \
         encomenda ordini acquisti transaktion transaktions transaccion transacao transazione transactie \
         transakcja transakcji islem objednavka objednavky rendeles ordre kvitto quittung recibo recu \
         ricevuta factuur bestel kvittering 订单 訂單 注文 交易 заказ заказа чек voucher vorgang vorgangs scontrino \
         scontrini notafiscal nf fis belge dokumentu doklad dokladu uctenka uctenky rendelesi szamla \
         bizonylat bestallning bestallnings bestilling bestillings kop kjop kob vasarlas счета счет чека \
         документа 发票 单据 受注 請求書 伝票 領収書 レシート 取引 покупки booking bookings docket comprobante pratica 주문번호 주문 \
         ",
    ),
    (
        ID,
        "id ids no nr num number nummer numero key code ref reference uuid guid identifier hash n numara \
         numarasi numer numery numar kod kodu kennung codigo codice referencia referenz referentie cislo \
         szam № 编号 編號 番号 单号 號 号 номер increment nº identifiant identificador identyfikator azonosito szama \
         sorszama c cod 代码 编码 号码 コード код nro numeru nummern stevilka 번호",
    ),
    (
        DATE,
        "date datetime timestamp time ts day datum fecha data dato jour dia giorno dag dzien tarih tarihi \
         zeitpunkt zeit heure hora ora czas saat zaman uhrzeit datums kelte 日期 时间 時間 日時 日 дата dt datuma \
         ideje 日付 время 주문일시 주문일 결제일 วันที่ ",
    ),
    (
        WHEN,
        "when at on created placed ordered purchased processed erstellt creado creee cree criado creato \
         aangemaakt utworzenia utworzono olusturma zlozenia completed closed paid captured issued vytvoreno \
         buchung buchungs bestellt gekauft booked gebucht am",
    ),
    (
        AMOUNT,
        "amount value spend spent betrag summe importe montant valor bedrag importo sum monto belopp valore \
         waarde wert kwota wartosc wartosci tutar tutari deger castka osszeg beloeb belob 金额 金額 总额 價格總計 \
         сумма montante varde summa osszege стоимость 额 額 货款 warenwert оплате zaplaty belop tutarlari amt \
         znesek 금액 결제금액 실결제금액",
    ),
    (
        TOTAL,
        "total totals gesamt endbetrag totale totaal razem suma toplam totaux celkem osszesen totalt 合计 合計 \
         总计 总价 итого calkowita celkova lacznie vegosszeg всего eindtotaal fizetendo totalsumma ialt 税込 \
         toplami payable grandtotal",
    ),
    (
        REVENUE,
        "revenue sales sale turnover umsatz ventas ventes vendite omzet sprzedaz obrot satis gelir ciro \
         receita ingresos ricavo faturamento recette 売上 销售额 выручка fatturato chiffredaffaires vendas \
         vendido",
    ),
    (
        PAID,
        "paid bezahlt pagado paye pago pagato betaald zaplacono odenen charged charge 实付 实际支付 支付金额 应付 \
         оплачено ispaid oplacone oplacono zaplacone odendi payee pagada betaalt",
    ),
    (
        PRICE,
        "price preis prix precio prezzo prijs preco cena ceny fiyat fiyati pris prices ar 单价 單價 価格 单品价格 价格 \
         цена egysegar pvp pu 単価",
    ),
    (
        UNIT,
        "unit per each einzel unitario unitaire jednostkowa birim apiece eenheid eenheids styck \
         stykk styk enhet enhets enhed enheds единицу единицы ед einheit einheits",
    ),
    (
        QUANTITY,
        "quantity qty units pieces menge anzahl cantidad quantite aantal quant stueck pcs quantita \
         quantidade ilosc adet miktar antal stueckzahl qnt cds mnozstvi mennyiseg 数量 количество stk qte \
         unites unidades uds cant qtd qtde qta pezzi pz hoeveelheid stuks szt sztuk liczba adedi kvantitet \
         mangde antall mengde pocet kusu ks darab darabszam кол шт 件数 個数 点数 число ",
    ),
    (
        PRODUCT,
        "product sku item items article artikel produkt stock producto produit asin ean upc isbn prodotto \
         produto produktu urun articolo artikkel goods variant merchandise vare zbozi termek 商品 产品 宝贝 товар \
         lineitem description stockcode articolo bezeichnung beschreibung descripcion descrizione opis \
         omschrijving articulo artigo descricao towar towaru productgroep urunu barkod stok benamning \
         cikkszam megnevezes артикул номенклатура товара 货号 品番 型番 наименование designation libelle \
         denominacion denominazione designacao ",
    ),
    (
        CATEGORY,
        "category categorie kategorie categoria department genre warengruppe cat kategoria kategori \
         subcategory dept category_name productline 分类 类目 カテゴリ категория famille familia groep productgroep \
         gruppe gruppo grupa grup 分類 部門 类别 категории",
    ),
    (
        PAYMENT,
        "payment pay zahlungsart zahlart zahlungs zahlung paiement pagamento tender betaling betaal \
         platnosc platnosci odeme gateway instalment installment installments sequential pago 支付 付款 支払 \
         оплата zahl zahlungsweise fizetes betalnings betalings оплаты",
    ),
    (
        KIND,
        "type kind art typ tipo soort rodzaj tur turu typo class action movement 类型 種別 タイプ тип mode method \
         metodo forma medio moyen sposob способ methode wijze yontemi yontem metoda rodzaju dokumenttype \
         belegart",
    ),
    (
        STATUS,
        "status state zustand statut estado stato durum durumu situacao stav allapot statusu staat 状态 狀態 \
         ステータス статус etat stan statusz allapota состояние 状態 状況 situacion situazione sytuacja stage \
         dealstage stufe etape fase etapa asama phase result outcome sts stat",
    ),
    (
        EVENT,
        "event events ereignis evento evenement zdarzenie olay 事件 イベント событие behavior behaviour verhalten \
         comportement acao accion azione aktion akcja actie eylem step schritt paso passo stap krok \
         adim 行为 行動",
    ),
    (
        LINE,
        "line lines item items lineitem position pos row ligne linea riga zeile regel pozycja posten satir \
         detail sequence 行 wiersza wiersz позиции позиция linha renglon zeilen",
    ),
    (DOCUMENT, "document doc invoice voucher dokument documento belegart record entry journal"),
    (
        REFUND,
        "rueckgabe rueckgaben refund refunded refunds return returned returns credit credited chargeback chargebacks erstattet erstattung \
         rueckerstattung gutschrift retoure remboursement rembourse reembolso reembolsado devolucion \
         devuelto rimborso rimborsato resi terugbetaald retour zwrot zwrotu zwrocono iade devolvido 退款 返金 \
         возврат avoir estorno terugbetaling zwrocona zwroconej zwrotow возврата возвращено 退货 退貨 払戻 \
         aterbetalning aterbetalt refusion refundert refunderet refusjon tilbagebetaling tilbakebetaling \
         vraceni vracena dobropis visszaterites visszateritett erstatteter retouren isrefunded isreturned \
         isreturn isrefund estornado estornada estornos rimborsata rimborsati reembolsada reembolsos \
         devoluciones devoluciones devolucoes zwroty iadeler rembourses remboursee erstattungen \
         terugbetalingen devuelta devueltas retournee retournees retourne resa rese zwrocone retourniert \
         retournierte",
    ),
    (
        CANCEL,
        "stornogrund stornierungsgrund cancel cancelled canceled cancellation storno storniert annule annulee annulation cancelado \
         cancelada anulado annullato geannuleerd anulowano iptal 取消 отмена キャンセル 取消し 取り消し 已取消 cancelou \
         annulata annullata annulato zrusena zruseno zrusen stornovano stornierung stornert anulowane \
         anulowana anulada avbestalt annulleret kansellert отменен отменена отменено отменён аннулирован \
         sztorno lemondva gecancelled gecanceld iscancelled iscanceled isstorniert geannulleerd iptaledildi \
         cancelacion anulacion cancelamento anulacji anulowania annullamento annulerings annuleringsdatum skasowane \
         vernietigd anulado_em cancelaciones stornierungsdatum",
    ),
    (
        VOID,
        "void voided ungueltig isvoid isvoided nulo nietig niewazny gecersiz недействителен 無効 作废 作廢 \
         vernietigd",
    ),
    (
        DELETE,
        "delete deleted deletion removed geloescht loesch loeschen supprime eliminado trashed isdeleted isremoved istrashed \
         supprimee supprimees eliminata eliminato borrado borrada excluido excluida apagado verwijderd \
         usuniete usuniety usunieta silindi silinmis удален удалено удалён 削除 已删除 smazano smazana torolve \
         slettet raderad cancellato",
    ),
    (
        TEST,
        "test tests sandbox demo fake istest testbestellung testauftrag dummy sample issample testmodus \
         testmode training istraining prova prueba probe deneme teste",
    ),
    (
        CONFIRMED,
        "valid isvalid success successful succeeded successfully approved accepted confirmed captured settled \
         completed complete finalized finalised posted livemode live production won current latest iscurrent islatest received authorised authorized gueltig erfolgreich bestaetigt genehmigt \
         valide validee confirme approuve reussi valido confirmado aprobado exitoso confermato approvato riuscito \
         aprovado geldig bevestigd geslaagd goedgekeurd wazny potwierdzone zatwierdzone gecerli onaylandi \
         basarili ispaid iscompleted isconfirmed",
    ),
    (
        FAILED,
        "failed failure declined rejected aborted annulled reversed abandoned duplicate duplicated draft quote \
         invalid isinvalid unpaid refused expired blocked entwurf fehlgeschlagen abgelehnt dubletten dublette \
         brouillon echoue refuse rejete borrador fallido rechazado bozza fallito rifiutato rascunho falhou \
         recusado concept mislukt geweigerd szkic odrzucone taslak basarisiz reddedildi unconfirmed",
    ),
    (
        DOUBTFUL,
        "active isactive enabled fraud isfraud fraudulent spam suspicious internal betrug fraude interno aktiv \
         activo attivo ativo actif active_flag aktywne aktywny aktywna archived archiviert disputed dispute",
    ),
    (
        DISCOUNT,
        "discount discounts rabatt remise descuento sconto korting rabat indirim desconto coupon coupons \
         promo promotion nachlass reduction 折扣 优惠 割引 скидка rabatu rabais cupon cupom cupao abatimento \
         buono znizka upust kupon iskonto avdrag sleva slevy kedvezmeny engedmeny скидки купон 优惠券 優惠 値引 \
         クーポン gutschein skonto rebate markdown bonificacion rebaja indirimi 値引率 割引率 折扣率 disc",
    ),
    (
        TAX,
        "tax taxes vat mwst ust tva iva btw gst hst pst kdv podatek moms steuer taxe impuesto imposta impot \
         税 税额 税金 ндс dph mva afa 税费 稅費 税費",
    ),
    (
        SHIPPING,
        "shipping freight postage delivery versand versandkosten livraison envio spedizione verzending \
         wysylka kargo frete porto expedition shipment handling ship shipped versendet dostawa teslimat 运费 \
         送料 доставка dopravy doprava frakt fragt szallitas wysylki доставки",
    ),
    (COST, "cost costs cogs kosten koszt maliyet costo coste cout profit margin gewinn marge einkaufspreis"),
    (FEE, "fee fees gebuehr frais commission provision tip tips trinkgeld payout 费 费用 費用 手续费 手数料"),
    (NET, "net netto netto netta neto nett ht nettó liquido 净 净额 нетто"),
    (GROSS, "gross brutto ttc bruto lordo brut брутто 毛"),
    (
        SUBTOTAL,
        "subtotal sub zwischensumme subtotale subtotaal subtotaux delsumma mezisoucet reszosszeg подытог 小计 \
         小計 imponibile imponible matrah tributavel tributable sottototale soustotal промежуточный aratoplam",
    ),
    (
        CURRENCY,
        "currency waehrung devise moneda valuta waluta doviz moeda valuutta iso_currency 币种 通貨 валюта para \
         ccy monnaie divisa munteenheid waluty parabirimi mena penznem deviza 货币 валюты ",
    ),
    (
        EMAIL,
        "email mail emails emailaddress eposta correo courriel 邮箱 メール e_mail mailadres mailadresse epost \
         epostadress epostadresse emailadres emailadresse emailova mejl correio почта 电子邮件 メールアドレス",
    ),
    (
        PLACE,
        "city country province region zip postcode postal address street county town stadt land plz pays \
         ville ciudad pais provincia citta paese miasto kraj sehir ulke estado state shipping billing us \
         bundesland canton district area latitude longitude location shipto cap cep postleitzahl postnummer \
         postnr psc iranyitoszam postkode postakodu 邮编 郵便番号 индекс codicepostale codpostal kodpocztowy \
         pocztowy zipcode",
    ),
    (
        SHOP,
        "store shop branch warehouse channel seller vendor merchant filiale tienda magasin negozio winkel \
         sklep magaza outlet supplier rep staff employee register terminal pos device cashier salesperson \
         till tills kasse caisse caja cassa kassa kasa caixa sucursal succursale sede oddzial sube",
    ),
    (
        MINOR,
        "cents cent pence penny pennies minor centimes centavos centesimi groszy groszach kurus oere \
         kopecks minor_units paise paisa centimo centimos kopeek kopiyka haler halere halerz fillér filler \
         fils sen sentimo grosze ct subunit subunits ore",
    ),
    (COUNT, "count orders items lines number_of distinct times cnt"),
    (
        STATISTIC,
        "average avg mean max min lifetime ltv clv cumulative running goal target budget points balance \
         outstanding forecast expected predicted limit score rank share percent pct percentage rate ratio \
         msrp list rrp compare due owed owing open remaining original_price retail regular listenpreis uvp",
    ),
    (
        RATE,
        "rate percent pct percentage prozent satz porcentaje pourcentage percentuale 率 taxa oran orani \
         tasso tipo_porc",
    ),
    (
        OTHER_DATE,
        "ship shipped shipping delivery delivered due birth birthday update updated modified registration \
         registered signup join joined estimated approved expiry expires limit carrier zone last dob review \
         first renewal valid refund refunded return returned cancelled canceled fulfilled settled available \
         received deadline faellig payout versand liefer livraison entrega consegna levering dostawy \
         teslimat geburts geburt start end ended arrival deleted voided archived scheduled promised latest \
         earliest travel pickup abholung checkin checkout departure reise anreise abreise wedding faelligkeit verval expedition echeance vencimiento vencimento scadenza termin sevk teslim \
         отгрузки 出荷 发货 配送 livre wysylki lieferung fulfillment envoi enviado wysłania wyslania",
    ),
    (
        ORIGINAL,
        "original parent related source linked corrected against applied urspruenglich ursprung origine \
         vorgaenger asil ilgili bagli origen relacionado relacionada rectificada rectificado initiale \
         originale collegato collegata origem relacionada oryginalny oryginalne oryginalna powiazane \
         powiazany powiazana korygowany korygowana korygowanego korygowanej urspruengliche urspruenglicher \
         urspruenglichen bezugsbeleg zugehoerige zugehoeriger oorspronkelijke oorspronkelijk gerelateerde \
         gekoppelde hoort исходный исходного исходной основание основания 元 原 关联 關聯 puvodni ursprunglig \
         oprindelig opprinnelig eredeti",
    ),
    (
        INCLUDED,
        "incl including inclusive inkl with mit ttc inc compris dahil inclusa incluso incluse incluido \
         incluida inclus com con s 含税 с",
    ),
    (
        EXCLUDED,
        "excl excluding exclusive ex exkl without ohne before ht hors haric esclusa escluso sin sem bez без \
         ekskl 未税 不含税 税抜",
    ),
    (
        NAME,
        "name names nom nombre nome naam nazwa isim adi first last full vorname nachname firstname lastname \
         surname title 姓名 名称 名 имя namn navn nazev neve название imie nazwisko vezeteknev jmeno",
    ),
    (
        ATTRIBUTE,
        "age gender sex segment group since rating phone tel marital income company vip note notes newsletter language tags tag browser device weight height size color colour colour brand image url ip agent referrer source medium campaign loyalty_status membership subscription risk barcode",
    ),
    (FLAG, "is has flag flg yn kz soft was est フラグ 标志 标记 kennzeichen merker"),
    (
        FILLER,
        "the of de la le du des der die das d del di da van o do a und and et y e by for in from to mon my \
         s utc gmt local usd eur gbp brl pln try incl 的 の с chf sek nok dkk czk huf ron bgn jpy cny inr mxn \
         aud cad nzd zar aed sar ils krw twd thb idr myr sgd hkd vnd clp cop ars pen rub uah kwd bhd tnd jod omr iqd lyd \
         qar egp mad kes ngn ghs tzs ugx pkr lkr bdt npr kzt gel amd azn isk rsd mkd bam uyu bob pyg php dop gtq crc",
    ),
    (TRACKING, "tracking shipment parcel carrier consignment fulfillment fulfilment"),
    (BASE, "base shop_money presentment local settle settlement"),
    (PART, "page session cart wishlist basket_size"),
];

/// Phrases whose meaning differs from that of their words, and the word that replaces each.
pub(super) const PHRASES: &[(&str, &str)] = &[
    ("e_mail", "email"),
    ("y_n", "yn"),
    ("j_n", "yn"),
    ("e_post", "epost"),
    ("e_posta", "eposta"),
    ("e_postadress", "epostadress"),
    ("e_postadresse", "epostadresse"),
    ("e_mailadres", "emailadres"),
    ("e_mailadresse", "emailadresse"),
    ("return_for", "original"),
    ("return_of", "original"),
    ("refund_for", "original"),
    ("refund_of", "original"),
    ("credit_for", "original"),
    ("applies_to", "original"),
    ("bill_to", "billto"),
    ("sold_to", "soldto"),
    ("nota_fiscal", "notafiscal"),
    ("chiffre_d_affaires", "chiffredaffaires"),
    ("para_birimi", "parabirimi"),
    ("q_ta", "qta"),
    ("q_te", "qte"),
    ("type_de_piece", "belegart"),
    ("kwota_gr", "kwota_grosze"),
    ("cena_gr", "cena_grosze"),
    ("total_c", "total_cents"),
    ("amount_e2", "amount_cents"),
    ("billing_type", "document_type"),
    ("n_piece", "belegnummer"),
    ("no_piece", "belegnummer"),
    ("numero_piece", "belegnummer"),
    ("num_piece", "belegnummer"),
    ("ara_toplam", "aratoplam"),
    ("sous_total", "soustotal"),
    ("i_alt", "ialt"),
    ("full_name", "fullname"),
    ("imie_i_nazwisko", "fullname"),
    ("ragione_sociale", "fullname"),
    ("nom_complet", "fullname"),
    ("nombre_completo", "fullname"),
    ("nome_completo", "fullname"),
];
