//! Status and type words by meaning, in the languages of the big platforms.
//!
//! All are normalised by [`super::meanings::plain`]; umlauts are written as one letter or as two.

use regulars_core::config::Meaning;

/// Words and phrases by meaning as an order status.
pub(super) const STATUSES: &[(Meaning, &str)] = &[
    (
        Meaning::Sale,
        "toimitettu,livrata,finalizata,배송완료,결제완료,배송중,구매확정,\
         closedwon,deal won,renewal,renewed,subscription renewed,\
         completed,complete,paid,delivered,shipped,fulfilled,success,successful,succeeded,settled,\
         captured,closed,done,invoiced,approved,processing,processed,partially paid,partially refunded,\
         partially fulfilled,partially shipped,partially returned,partial refund,partly refunded,\
         partially invoiced,confirmed,finished,ok,sold,received,in transit,dispatched,active,charged,\
         payment received,payment accepted,remote payment accepted,ready for pickup,picked up,\
         out for delivery,in production,preparation in progress,processing in progress,in progress,\
         in process,awaiting shipment,awaiting fulfillment,awaiting pickup,to be shipped,ready to ship,\
         packed,accepted,posted,authorized and captured,collected,overpaid,paid in full,sent,delivering,\
         shipping,buyer confirmed,won,unshipped,partiallyshipped,invoice paid,won dispute,sale,purchase,\
         purchased,shipped delivered to buyer,shipped picked up,shipped out for delivery,\
         transaction completed,valid,bezahlt,abgeschlossen,versendet,versandt,verschickt,geliefert,\
         zugestellt,ausgeliefert,erledigt,fertig,vollstaendig,komplett,in bearbeitung,\
         teilweise erstattet,teilerstattet,teilweise bezahlt,teilweise versendet,zahlung erhalten,\
         zahlung eingegangen,bestaetigt,verkauft,teilweise zurueckerstattet,komplett bezahlt,\
         komplett abgeschlossen,komplett ausgeliefert,teilweise ausgeliefert,teilweise abgeschlossen,\
         in arbeit,versand vorbereitet,wird versendet,bereit zur abholung,abgeholt,angenommen,gebucht,\
         verrechnet,payee,paye,livree,livre,terminee,termine,expediee,expedie,en cours,\
         en cours de traitement,traitee,partiellement remboursee,partiellement rembourse,\
         partiellement payee,paiement accepte,paiement recu,validee,valide,confirmee,en preparation,\
         preparation en cours,en cours de preparation,achevee,cloturee,facturee,partiellement expediee,\
         vendu,vendue,completee,completado,completada,pagado,pagada,entregado,entregada,enviado,enviada,\
         procesando,en proceso,procesado,parcialmente reembolsado,parcialmente reembolsada,\
         reembolsado parcialmente,finalizado,finalizada,confirmado,confirmada,aceptado,facturado,\
         pago aceptado,preparacion en curso,en preparacion,cobrado,terminado,terminada,\
         parcialmente pagado,vendido,concluido,concluida,pago,paga,entregue,processando,processado,\
         em processamento,em andamento,aprovado,aprovada,faturado,pagamento aceito,pagamento aprovado,\
         em separacao,concluido com sucesso,completato,completata,pagato,pagata,consegnato,consegnata,\
         spedito,spedita,in lavorazione,evaso,evasa,parzialmente rimborsato,rimborsato parzialmente,\
         parzialmente rimborsata,confermato,confermata,concluso,conclusa,fatturato,pagamento accettato,\
         preparazione in corso,elaborazione,in elaborazione,voltooid,afgerond,betaald,geleverd,verzonden,\
         in behandeling,verwerkt,wordt verwerkt,gedeeltelijk terugbetaald,bevestigd,betaling aanvaard,\
         betaling geaccepteerd,wordt momenteel voorbereid,compleet,bezorgd,afgehandeld,verkocht,\
         zrealizowane,zrealizowano,ukonczone,zakonczone,oplacone,zaplacone,dostarczone,wyslane,\
         w trakcie realizacji,w realizacji,przetwarzanie,czesciowo zwrocone,czesciowo zwrocono,\
         potwierdzone,platnosc zaakceptowana,przygotowanie w toku,w trakcie przygotowania,zrealizowany,\
         oplacony,dostarczony,wyslany,zakonczony,zaplacono,tamamlandi,odendi,teslim edildi,kargolandi,\
         kargoya verildi,gonderildi,goenderildi,hazirlaniyor,isleniyor,isleme alindi,kismi iade,\
         kismen iade edildi,onaylandi,odeme alindi,odeme kabul edildi,satildi,basarili,betald,levererad,\
         slutfoerd,skickad,betalt,leveret,afsluttet,fullfoert,sendt,dokoncena,zaplacena,dorucena,\
         odeslana,teljesitve,fizetve,оплачен,выполнен,доставлен,завершен,已完成,交易成功,已付款,已发货,已签收,完了,発送済み,\
         配達済み,支払済み,入金済み,on backorder paid,autorisiert und eingezogen,berechnet,bereit zur lieferung,\
         bestellung in bearbeitung,fakturiert,fertiggestellt,in verarbeitung,teilzahlung,wird bearbeitet,\
         zahlung akzeptiert,zur lieferung bereit,aprobado,completo,preparacion en proceso,preparado,\
         acquittee,en traitement,facture,paiement a distance accepte,reglee,regle,consegna in corso,\
         afgeleverd,gefactureerd,gereed,in verwerking,verstuurd,verwerken,doreczone,odebrane,\
         przetwarzane,platnosc przyjeta,wyslano,zafakturowane,despachado,em preparacao,pagamento aceite,\
         preparacao em andamento,faturalandi,islemde,tamamlanmis,reembolso parcial,remboursement partiel,\
         retour partiel,rimborso parziale,gedeeltelijke terugbetaling,teilretour,teilerstattung,\
         czesciowy zwrot,доставлено,отгружен,отправлен,получен,выполнено,завершено,оплачено,в обработке,\
         в пути,частично возвращен,частичный возврат,частично возвращено,部分退款,一部返金,交易完成,卖家已发货,已收货,出荷済み,\
         配送済み,処理中,発送済",
    ),
    (
        Meaning::Returned,
        "restocked,palautettu,returnata,반품,환불,반품완료,환불완료,\
         sent for refund,sentforrefund,paid refunded,refund settled,\
         refunded,refund,returned,return,chargeback,charged back,reversed,credited,fully refunded,\
         disputed,returned to seller,shipped returned to seller,shipped returning to seller,\
         shipped rejected by buyer,returned to sender,refund issued,lost dispute,dispute lost,\
         refunded in full,payment refunded,returning,erstattet,rueckerstattet,zurueckerstattet,\
         retourniert,retoure,gutgeschrieben,zurueckgesendet,rueckbuchung,komplett erstattet,rembourse,\
         remboursee,retournee,retourne,totalement rembourse,totalement remboursee,reembolsado,\
         reembolsada,devuelto,devuelta,devolucion,totalmente reembolsado,devolvido,devolvida,estornado,\
         estornada,rimborsato,rimborsata,reso,resa,restituito,totalmente rimborsato,terugbetaald,\
         geretourneerd,geretourneerde,gecrediteerd,zwrocone,zwrocono,zwrot,zwrocony,zwrot pieniedzy,\
         zwrot srodkow,iade edildi,iade,geri odendi,para iadesi,geri oedendi,aterbetald,refunderet,\
         refusjon,refundert,vracena,visszateritve,возвращен,возврат,已退款,退款,退款成功,返金済み,返品,reklamiert,\
         retour,ruecklastschrift,abonado,contracargo,reembolso,avoir,credite,remboursement,\
         retrofacturation,accreditato,restituita,rimborso,terugbetaling,teruggeboekt,korekta,refundowane,\
         zwrocona,creditado,devolucao,estorno,para iadesi yapildi,возвращено,деньги возвращены,已退货,退货,\
         返品済み",
    ),
    (
        Meaning::Cancelled,
        "peruttu,peruutettu,anulata,주문취소,취소,결제취소,\
         payment declined,insufficient funds,fail,failure,charge failed,timed out,timeout,\
         lost,closedlost,deal lost,disqualified,\
         cancelled,canceled,cancel,voided,void,failed,expired,declined,rejected,unavailable,abandoned,\
         trash,trashed,deleted,cancelled by buyer,cancelled by seller,canceled by customer,cancellation,\
         payment failed,failure,fraud,suspected fraud,blocked,payment error,error,not paid,denied,lapsed,\
         uncollectible,test,removed,annulled,incomplete expired,dead,storniert,storno,abgebrochen,\
         fehlgeschlagen,abgelehnt,abgelaufen,geloescht,annulliert,zahlung fehlgeschlagen,zahlungsfehler,\
         papierkorb,ungueltig,gescheitert,annulee,annule,echouee,echoue,erreur de paiement,refusee,\
         refuse,expiree,abandonnee,supprimee,corbeille,echec,cancelado,cancelada,anulado,anulada,fallido,\
         fallida,error en el pago,error de pago,rechazado,rechazada,caducado,expirado,abandonado,\
         eliminado,papelera,falhado,falhou,malsucedido,erro no pagamento,recusado,recusada,lixo,\
         annullato,annullata,fallito,fallita,errore di pagamento,rifiutato,rifiutata,scaduto,scaduta,\
         abbandonato,cestino,cancellato,geannuleerd,mislukt,geweigerd,verlopen,betalingsfout,verwijderd,\
         afgewezen,anulowane,anulowano,anulowany,nieudane,nieudany,nie powiodlo sie,odrzucone,odrzucono,\
         blad platnosci,wygasle,usuniete,iptal edildi,iptal,basarisiz,reddedildi,odeme hatasi,\
         suresi doldu,silindi,annullerad,avbruten,annulleret,kansellert,zrusena,zruseno,toroelve,torolve,\
         отменен,отмена,已取消,交易关闭,キャンセル,キャンセル済み,verworfen,zurueckgezogen,closed unpaid,unfulfillable,\
         withdrawn,no disponible,abandonne,expire,invalidee,rejete,supprime,cancellata,eliminato,nullo,\
         stornato,nietig,verlaten,vervallen,anulowana,odmowiono,porzucone,uniewaznione,wygaslo,excluido,\
         indisponivel,nao autorizado,rejeitado,gecersiz,terk edildi,vazgecildi,fehler bei der bezahlung,\
         fehlerhaft,nicht erfolgreich,non riuscito,gefaald,blad platonsci,niepowodzenie,nieudana,\
         platnosc nieudana,falha,falhada,hata,отменено,отменён,ошибка,отклонен,失败,已关闭,失敗",
    ),
    (
        Meaning::Open,
        "trial,trialing,trial started,never paid,never shipped,not paid,not yet paid,unsettled,sent for settle,sentforsettle,received payment request,nicht bezahlt,non paye,no pagado,non pagato,nao pago,quotation,quotation sent,\
         prospecting,qualification,qualified,qualified to buy,qualifiedtobuy,needs analysis,\
         value proposition,id decision makers,identify decision makers,perception analysis,\
         proposal price quote,proposal,proposal sent,negotiation review,negotiation,discovery,\
         appointment scheduled,appointmentscheduled,demo scheduled,presentation scheduled,\
         presentationscheduled,decision maker bought in,decisionmakerboughtin,contract sent,contractsent,\
         lead,new lead,contacted,verbal commit,closing,\
         impagado,impagada,no pagado,nao pago,nao paga,non pagato,non pagata,non paye,non payee,\
         onbetaald,niet betaald,nieoplacone,nie oplacono,odenmedi,odenmemis,unbezahlt,nicht bezahlt,\
         offen,не оплачен,неоплачен,未付款,未支付,未払い,未入金,obetald,ubetalt,nezaplaceno,pending,on hold,hold,\
         holded,created,authorized,authorised,unpaid,open,new,draft,pending payment,\
         checkout draft,awaiting payment,unfulfilled,placed,quote,awaiting,pending review,payment review,\
         payment pending,backordered,backorder,on backorder,waiting,uncaptured,requires payment method,\
         requires action,requires confirmation,requires capture,incomplete,pending waiting for pick up,\
         awaiting cheque payment,awaiting check payment,awaiting bank wire payment,awaiting bank wire,\
         scheduled,overdue,past due,submitted,to pay,partially authorized,initiated,not started,in cart,\
         cart,offen,neu,entwurf,zahlung ausstehend,wartend,in wartestellung,in warteschlange,ausstehend,\
         angebot,unbezahlt,warten auf zahlung,zahlungseingang ausstehend,reserviert,wartet auf zahlung,\
         ueberfaellig,angelegt,nicht bezahlt,en attente,en attente de paiement,brouillon,\
         attente paiement,en suspens,nouveau,nouvelle,impaye,impayee,devis,\
         en attente du paiement par cheque,en attente de virement bancaire,pendiente,pendiente de pago,\
         en espera,borrador,nuevo,a la espera,presupuesto,sin pagar,esperando pago,pendente,\
         aguardando pagamento,aguardando,em espera,rascunho,novo,pagamento pendente,orcamento,in attesa,\
         in attesa di pagamento,in sospeso,bozza,nuovo,preventivo,sospeso,non pagato,in de wacht,\
         wachtend op betaling,openstaand,concept,nieuw,offerte,in afwachting,wacht op betaling,onbetaald,\
         oczekujace,oczekuje,oczekujace na platnosc,oczekiwanie na platnosc,wstrzymane,szkic,nowe,nowy,\
         oferta,nieoplacone,oczekuje na platnosc,wstrzymano,beklemede,odeme bekleniyor,taslak,yeni,\
         teklif,beklemeye alindi,odenmedi,bekliyor,askida,vaentande,vaentar pa betalning,afventer,\
         afventer betaling,paa vent,ventende,cekajici,ceka na platbu,nova,fuggoben,ожидает,\
         ожидает оплаты,новый,待付款,未付款,等待买家付款,保留中,支払い待ち,未払い,warenkorb,estimate,in checkout,carrito,panier,\
         carrello,winkelwagen,koszyk,wersja robocza,carrinho,sepet,angehalten,autorisiert,\
         betrugsverdacht,eingegangen,erinnert,gemahnt,in pruefung,in zahlung,klaerung notwendig,\
         nicht erfasst,warten auf bestaetigung,warten auf zahlungseingang,\
         warten auf zahlungseingang von bank,zahlungspruefung,zurueckgehalten,zurueckgestellt,due,\
         layaway,layby,manual verification required,on backorder not paid,processing payment,saved,\
         abierto,autorizado,no pagado,pedido en espera,retenido,revision de pago,sin capturar,\
         sospecha de fraude,vencido,autorise,en attente de paiement par cheque,\
         en cours de reapprovisionnement,en retard,fraude suspectee,non paye,ouvert,ouverte,\
         paiement en attente,paiement en cours de verification,suspendue,a valider,aperto,autorizzato,\
         bloccato,da pagare,in attesa di pagamento con bonifico bancario,in attesa di rifornimento,\
         revisione pagamento,sospetta frode,betaling in behandeling,geautoriseerd,\
         in afwachting van bankoverschrijving,in afwachting van betaling,niet betaald,\
         vermoeden van fraude,autoryzowane,niezaplacone,oczekiwanie na platnosc przelewem bankowym,\
         otwarte,podejrzenie oszustwa,w trakcie weryfikacji,zlozone,a aguardar pagamento,aberto,\
         em aberto,em analise,em atraso,nao pago,por pagar,retido,suspeita de fraude,acik,\
         havale bekleniyor,onay bekleniyor,provizyon alindi,yetkilendirildi,supheli,не оплачен,\
         не оплачено,ожидает оплату,в ожидании,черновик,入金待ち,入金待,未入金,支払待ち,待发货付款,等待付款",
    ),
];

/// Words and phrases by meaning as a row, document or event type.
pub(super) const TYPES: &[(Meaning, &str)] = &[
    (
        Meaning::Sale,
        "tender,\
         conversion,comprou,zf2,f2 invoice,order placed,placed order,checkout success,\
         si,out invoice,380,production,live,prod,livemode,\
         earn,earned,accrual,accrue,points earned,\
         kopf,kopfsatz,header,hdr,order header,cabecera,cabecalho,entete,testata,kop,naglowek,baslik,\
         sale,sales,purchase,order,invoice,sales invoice,tax invoice,charge,payment,buy,\
         checkout completed,order completed,purchased,receipt,sales receipt,transaction,sell,capture,\
         cash sale,sales order,pos sale,online sale,accrec,order placed,order paid,product sale,standard,\
         regular,ordered,bought,checkout complete,complete,completed,checkout payment,\
         express checkout payment,website payment,mass payment,general payment,order payment,rechnung,\
         verkauf,bestellung,kauf,ausgangsrechnung,auftrag,verkaufsrechnung,barverkauf,kassenbon,facture,\
         vente,commande,achat,facture client,facture de vente,factura,venta,pedido,compra,\
         factura de venta,boleta,fatura,venda,encomenda,fatura recibo,nota fiscal,fattura,vendita,ordine,\
         acquisto,fattura di vendita,factuur,verkoop,bestelling,aankoop,verkoopfactuur,faktura,sprzedaz,\
         zamowienie,zakup,faktura vat,faktura sprzedazy,paragon,satis,siparis,satis faturasi,satin alma,\
         faktura foersaeljning,koep,salg,koeb,prodej,objednavka,szamla,eladas,продажа,заказ,покупка,销售,\
         订单,购买,売上,注文,購入,re,rg,inv,fac,fv,nf,nf e,e arsiv,e fatura,ab,auftragsbestaetigung,kundenauftrag,\
         so,orden,bon de commande,beleg,bon,kassenbeleg,quittung,umsatz,pos,ticket,cobro,recibo,tique,\
         encaissement,recu,ticket de caisse,incasso,ricevuta,scontrino,kassabon,kwitantie,pokwitowanie,\
         cupom,talao,alis,fis,makbuz,exchange,umtausch,echange,cambio,troca,sostituzione,ruil,wymiana,\
         degisim,обмен,换货,交換,счет,чек,реализация,накладная,发票,收据,請求書,領収書,納品書,zahlung,paiement,pago,\
         pagamento,betaling,platnosc,odeme,оплата,платеж,付款,支払",
    ),
    (
        Meaning::Returned,
        "refunds,crn,\
         zre,rtn,debit memo reversal,retoure,retournierung,\
         sc,out refund,381,retour client,\
         order refunded,order returned,refund created,refund issued,refund,return,refunded,returned,credit note,credit memo,sales credit note,reversal,chargeback,\
         sales return,payment refund,return order,rma,accreccredit,refund order,product return,\
         credit invoice,cancellation invoice,customer refund,returns,partial refund,payment reversal,\
         gutschrift,erstattung,rueckerstattung,retoure,rueckgabe,rechnungskorrektur,stornorechnung,\
         storno,ruecksendung,avoir,remboursement,retour,note de credit,facture d avoir,avoir client,\
         nota de credito,reembolso,devolucion,abono,factura rectificativa,devolucao,estorno,\
         nota di credito,rimborso,reso,nota credito,creditnota,creditfactuur,terugbetaling,retourzending,\
         korekta,faktura korygujaca,zwrot,nota kredytowa,korekta faktury,iade,iade faturasi,\
         alacak dekontu,geri odeme,satis iade faturasi,kreditnota,kreditfaktura,aterbetalning,refusion,\
         dobropis,vraceni,joovairas,visszaru,возврат,退货,退款,返品,返金,rueckbuchung,rueckzahlung,money back,\
         reintegro,retrofacturation,restitutie,refundacja,zwrot pieniedzy,zwrot srodkow,para iadesi,\
         warenrueckgabe,goods return,retour marchandise,restituzione,zwrot towaru,gs,korrekturrechnung,\
         adjustment note,cn,credit,nota di accredito,kredietnota,fk,fatura retificativa,\
         nota de devolucao,kredi notu,кредит нота,корректировочный счет,возвратная накладная,红字发票,退款单,\
         退货单,貸方票,返品伝票,クレジットノート,赤伝",
    ),
    (
        Meaning::Cancelled,
        "order cancelled,order canceled,cancellation,cancelled,canceled,cancel,void,voided,cancelled order,stornierung,annulation,\
         cancelacion,cancelamento,annullamento,annulering,anulowanie,anulacja,iptal,取消,キャンセル",
    ),
    (
        Meaning::Ignore,
        "pv,fav,view product,add to basket,ansicht,warenkorb,vista,carrito,visualizou,adicionou ao carrinho,panier,vue,ajout au panier,visualizzazione,carrello,bekeken,winkelwagen,wyswietlenie,koszyk,goruntuleme,sepet,detail page view,product detail view,\
         in invoice,in refund,entry,sandbox,test,test order,staging,\
         older state,older version,shop subscription,redeem,redeemed,redemption,burn,points redeemed,points expired,expire,expired,expiry,bonus,\
         view,cart,add to cart,addtocart,remove from cart,removefromcart,wishlist,add to wishlist,\
         impression,click,page view,pageview,search,session start,session,login,logout,begin checkout,\
         initiate checkout,checkout,checkout started,product view,viewed,view item,view item list,\
         select item,select content,scroll,signup,sign up,subscribe,unsubscribe,first visit,\
         user engagement,detail view,item view,like,share,rating,review,favorite,favourite,open,opened,\
         install,app open,home,add shipping info,add payment info,view cart,view promotion,\
         select promotion,product added,product removed,product viewed,cart viewed,product clicked,\
         product list viewed,email open,email click,reservation,visit,quo,qte,qt,quote,estimate,quotation,proforma,\
         pro forma,pro forma invoice,proforma invoice,draft,draft invoice,sales quote,offer,bill,\
         purchase order,supplier invoice,expense,accpay,supplier bill,delivery note,packing slip,\
         stock transfer,transfer,payout,payout failure,fee,adjustment,journal,journal entry,\
         opening balance,deposit,withdrawal,tax,rounding,inventory adjustment,write off,loan,top up,\
         topup,contribution,advance,application fee,stripe fee,network cost,general withdrawal,\
         bank deposit to pp account,general currency conversion,hold on balance,\
         reversal of general account hold,payment fee,reserve,general hold,angebot,lieferschein,\
         kostenvoranschlag,entwurf,eingangsrechnung,auszahlung,gebuehr,proformarechnung,devis,\
         bon de livraison,brouillon,facture fournisseur,facture proforma,presupuesto,cotizacion,albaran,\
         borrador,factura proforma,orcamento,guia de remessa,rascunho,proposta,fatura proforma,\
         preventivo,ddt,bolla,bozza,documento di trasporto,fattura proforma,offerte,pakbon,concept,\
         proforma factuur,oferta,wz,szkic,faktura proforma,wycena,teklif,irsaliye,taslak,proforma fatura,\
         offert,tilbud,nabidka,ajanlat,предложение,просмотр,корзина,浏览,加购,报价,閲覧,カート,見積,anzahlung,\
         korrektur,saldovortrag,wareneingang,zahlungseingang,uebertrag,ueberweisung,gift card sale,\
         ajuste,anticipo,comision,transferencia,acompte,ajustement,frais,reglement,virement,acconto,\
         bonifico,commissione,rettifica,aanbetaling,correctie,kosten,overboeking,uitbetaling,\
         korekta stanu,oplata,prowizja,przelew,wyplata,zaliczka,adiantamento,taxa,avans,duzeltme,havale,\
         komisyon,tahsilat,prijsopgave,cotacao,коммерческое предложение,смета,报价单,見積書,gift card,\
         activation",
    ),
    (
        Meaning::Detail,
        "positionssatz,dtl,detalle,detalhe,dettaglio,regel,pozycja,satir,\
         sale line,line,line item,sale item,order line,item,detail,order item,shipping line,tax line,\
         discount line,invoice line,sales line,product line,receipt line,lines,items,position,\
         rechnungsposition,bestellposition,auftragsposition,ligne,ligne de commande,linea,\
         linea de pedido,linha,riga,riga ordine,regel,orderregel,pozycja,satir,siparis satiri,row",
    ),
];
