"""What the bot says, by language.  ``{number}`` is the complaint's or the order's."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from complaints.vocabulary import OrderState, Outcome, Status


class Say(StrEnum):
    """Everything there is to say: the keys of a shop's own ``sentences``."""

    TAKEN = "taken"
    TAKEN_WITHOUT_TEXT = "taken_without_text"
    NOT_FOUND = "not_found"
    UNREADABLE = "unreadable"
    BUSY = "busy"

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    REJECTED = "rejected"
    CLOSED = "closed"
    CLOSED_UPHELD = "closed_upheld"
    CLOSED_REFUSED = "closed_refused"
    UNKNOWN = "unknown"

    ORDER_PLACED = "order_placed"
    ORDER_PAID = "order_paid"
    ORDER_SHIPPED = "order_shipped"
    ORDER_DELIVERED = "order_delivered"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_REFUNDED = "order_refunded"
    ORDER_NOT_TOLD = "order_not_told"
    """No such order, or somebody else's, or nobody may be told: nobody learns which."""
    CANCEL_BY_STAFF = "cancel_by_staff"
    CANCELLED_ALREADY = "cancelled_already"


WITHOUT_NUMBER: Final = frozenset(
    {Say.NOT_FOUND, Say.UNREADABLE, Say.BUSY, Say.ORDER_NOT_TOLD, Say.CANCEL_BY_STAFF}
)
"""Nothing that was typed comes back in these; all the others name the number."""

OF_STATUS: Final[Mapping[Status, Say]] = {status: Say(status.value) for status in Status}

OF_CLOSED: Final[Mapping[Outcome, Say]] = {
    Outcome.UPHELD: Say.CLOSED_UPHELD,
    Outcome.REFUSED: Say.CLOSED_REFUSED,
}
"""Who won a closed case, where somebody did."""

OF_ORDER: Final[Mapping[OrderState, Say]] = {
    state: Say(f"order_{state.value}") for state in OrderState
}

SENTENCES: Final[Mapping[str, Mapping[Say, str]]] = {
    "en": {
        Say.TAKEN: "Thank you, your complaint is noted. Its number is {number}.",
        Say.TAKEN_WITHOUT_TEXT: (
            "Thank you, your complaint is noted. Its number is {number}."
            " Please tell us what happened."
        ),
        Say.NOT_FOUND: "Sorry, we have no complaint of yours with that number.",
        Say.UNREADABLE: "Sorry, we could not read that request.",
        Say.BUSY: "Sorry, we can't take that in right now. Please try again in a moment.",
        Say.NEW: "Complaint {number} has been received.",
        Say.OPEN: "Complaint {number} is in review.",
        Say.WAITING: "Complaint {number} is waiting for something from you or from a third"
        " party. Please check your messages.",
        Say.RESOLVED: "Complaint {number} has been resolved in your favour.",
        Say.REJECTED: "Complaint {number} has been reviewed and was not accepted.",
        Say.CLOSED: "Complaint {number} is closed.",
        Say.CLOSED_UPHELD: "Complaint {number} was resolved in your favour and is closed.",
        Say.CLOSED_REFUSED: "Complaint {number} was not accepted and is closed.",
        Say.UNKNOWN: "Complaint {number} is being worked on.",
        Say.ORDER_PLACED: "Order {number} has been placed.",
        Say.ORDER_PAID: "Order {number} is paid.",
        Say.ORDER_SHIPPED: "Order {number} has been shipped.",
        Say.ORDER_DELIVERED: "Order {number} has been delivered.",
        Say.ORDER_CANCELLED: "Order {number} has been cancelled.",
        Say.ORDER_REFUNDED: "The money for order {number} has been paid back.",
        Say.ORDER_NOT_TOLD: "Sorry, we can't tell you anything about that order here. Please ask"
        " the shop.",
        Say.CANCEL_BY_STAFF: "An order can't be cancelled in this chat: the shop's staff decide"
        " that. Please write to the shop.",
        Say.CANCELLED_ALREADY: "Order {number} is cancelled already.",
    },
    "cs": {
        Say.TAKEN: "Děkujeme, vaši reklamaci jsme přijali. Její číslo je {number}.",
        Say.TAKEN_WITHOUT_TEXT: (
            "Děkujeme, vaši reklamaci jsme přijali. Její číslo je {number}."
            " Napište nám prosím, co se stalo."
        ),
        Say.NOT_FOUND: "Omlouváme se, pod tímto číslem žádnou vaši reklamaci nemáme.",
        Say.UNREADABLE: "Omlouváme se, požadavek se nepodařilo přečíst.",
        Say.BUSY: "Omlouváme se, právě to nemůžeme přijmout. Zkuste to prosím za chvíli.",
        Say.NEW: "Reklamaci {number} jsme přijali.",
        Say.OPEN: "Reklamaci {number} právě řešíme.",
        Say.WAITING: "Reklamace {number} čeká na vaše doplnění nebo na třetí stranu."
        " Podívejte se prosím do svých zpráv.",
        Say.RESOLVED: "Reklamace {number} byla vyřízena ve váš prospěch.",
        Say.REJECTED: "Reklamaci {number} jsme posoudili a nebyla uznána.",
        Say.CLOSED: "Reklamace {number} je uzavřena.",
        Say.CLOSED_UPHELD: "Reklamace {number} byla vyřízena ve váš prospěch a je uzavřena.",
        Say.CLOSED_REFUSED: "Reklamace {number} nebyla uznána a je uzavřena.",
        Say.UNKNOWN: "Na reklamaci {number} se pracuje.",
        Say.ORDER_PLACED: "Objednávku {number} jsme přijali.",
        Say.ORDER_PAID: "Objednávka {number} je zaplacená.",
        Say.ORDER_SHIPPED: "Objednávka {number} byla odeslána.",
        Say.ORDER_DELIVERED: "Objednávka {number} byla doručena.",
        Say.ORDER_CANCELLED: "Objednávka {number} byla zrušena.",
        Say.ORDER_REFUNDED: "Peníze za objednávku {number} byly vráceny.",
        Say.ORDER_NOT_TOLD: "Omlouváme se, o této objednávce vám tady nemůžeme nic sdělit."
        " Zeptejte se prosím v obchodě.",
        Say.CANCEL_BY_STAFF: "V tomto chatu nelze objednávku zrušit: rozhodují o tom pracovníci"
        " obchodu. Napište jim prosím.",
        Say.CANCELLED_ALREADY: "Objednávka {number} už je zrušená.",
    },
    "de": {
        Say.TAKEN: "Danke, Ihre Reklamation ist aufgenommen. Ihre Nummer lautet {number}.",
        Say.TAKEN_WITHOUT_TEXT: (
            "Danke, Ihre Reklamation ist aufgenommen. Ihre Nummer lautet {number}."
            " Bitte schreiben Sie uns, was passiert ist."
        ),
        Say.NOT_FOUND: "Leider finden wir unter dieser Nummer keine Reklamation von Ihnen.",
        Say.UNREADABLE: "Leider konnten wir die Anfrage nicht lesen.",
        Say.BUSY: "Leider können wir das gerade nicht aufnehmen. Bitte versuchen Sie es gleich"
        " noch einmal.",
        Say.NEW: "Die Reklamation {number} ist eingegangen.",
        Say.OPEN: "Die Reklamation {number} wird geprüft.",
        Say.WAITING: "Die Reklamation {number} wartet auf Ihre Antwort oder auf Dritte."
        " Bitte sehen Sie in Ihren Nachrichten nach.",
        Say.RESOLVED: "Die Reklamation {number} wurde zu Ihren Gunsten entschieden.",
        Say.REJECTED: "Die Reklamation {number} wurde geprüft und nicht anerkannt.",
        Say.CLOSED: "Die Reklamation {number} ist abgeschlossen.",
        Say.CLOSED_UPHELD: "Die Reklamation {number} wurde zu Ihren Gunsten entschieden und ist"
        " abgeschlossen.",
        Say.CLOSED_REFUSED: "Die Reklamation {number} wurde nicht anerkannt und ist abgeschlossen.",
        Say.UNKNOWN: "Die Reklamation {number} ist in Bearbeitung.",
        Say.ORDER_PLACED: "Die Bestellung {number} ist eingegangen.",
        Say.ORDER_PAID: "Die Bestellung {number} ist bezahlt.",
        Say.ORDER_SHIPPED: "Die Bestellung {number} wurde versandt.",
        Say.ORDER_DELIVERED: "Die Bestellung {number} wurde zugestellt.",
        Say.ORDER_CANCELLED: "Die Bestellung {number} wurde storniert.",
        Say.ORDER_REFUNDED: "Das Geld für die Bestellung {number} wurde erstattet.",
        Say.ORDER_NOT_TOLD: "Leider können wir Ihnen hier nichts zu dieser Bestellung sagen."
        " Bitte fragen Sie den Shop.",
        Say.CANCEL_BY_STAFF: "In diesem Chat kann keine Bestellung storniert werden: darüber"
        " entscheiden die Mitarbeiter des Shops. Bitte schreiben Sie ihnen.",
        Say.CANCELLED_ALREADY: "Die Bestellung {number} ist bereits storniert.",
    },
    "pt": {
        Say.TAKEN: "Obrigado, sua reclamação foi registrada. O número é {number}.",
        Say.TAKEN_WITHOUT_TEXT: (
            "Obrigado, sua reclamação foi registrada. O número é {number}."
            " Por favor, conte o que aconteceu."
        ),
        Say.NOT_FOUND: "Desculpe, não encontramos nenhuma reclamação sua com esse número.",
        Say.UNREADABLE: "Desculpe, não conseguimos ler esse pedido.",
        Say.BUSY: "Desculpe, não conseguimos registrar agora. Tente novamente em instantes.",
        Say.NEW: "A reclamação {number} foi recebida.",
        Say.OPEN: "A reclamação {number} está em análise.",
        Say.WAITING: "A reclamação {number} aguarda uma resposta sua ou de terceiros."
        " Por favor, verifique suas mensagens.",
        Say.RESOLVED: "A reclamação {number} foi resolvida a seu favor.",
        Say.REJECTED: "A reclamação {number} foi analisada e não foi aceita.",
        Say.CLOSED: "A reclamação {number} está encerrada.",
        Say.CLOSED_UPHELD: "A reclamação {number} foi resolvida a seu favor e está encerrada.",
        Say.CLOSED_REFUSED: "A reclamação {number} não foi aceita e está encerrada.",
        Say.UNKNOWN: "A reclamação {number} está em andamento.",
        Say.ORDER_PLACED: "O pedido {number} foi recebido.",
        Say.ORDER_PAID: "O pedido {number} está pago.",
        Say.ORDER_SHIPPED: "O pedido {number} foi enviado.",
        Say.ORDER_DELIVERED: "O pedido {number} foi entregue.",
        Say.ORDER_CANCELLED: "O pedido {number} foi cancelado.",
        Say.ORDER_REFUNDED: "O dinheiro do pedido {number} foi devolvido.",
        Say.ORDER_NOT_TOLD: "Desculpe, não podemos informar nada sobre esse pedido por aqui."
        " Por favor, pergunte à loja.",
        Say.CANCEL_BY_STAFF: "Não é possível cancelar um pedido neste chat: quem decide é a"
        " equipe da loja. Por favor, escreva para a loja.",
        Say.CANCELLED_ALREADY: "O pedido {number} já está cancelado.",
    },
    "sk": {
        Say.TAKEN: "Ďakujeme, vašu reklamáciu sme prijali. Jej číslo je {number}.",
        Say.TAKEN_WITHOUT_TEXT: (
            "Ďakujeme, vašu reklamáciu sme prijali. Jej číslo je {number}."
            " Napíšte nám, prosím, čo sa stalo."
        ),
        Say.NOT_FOUND: "Ľutujeme, pod týmto číslom nemáme žiadnu vašu reklamáciu.",
        Say.UNREADABLE: "Ľutujeme, požiadavku sa nepodarilo prečítať.",
        Say.BUSY: "Ľutujeme, práve to nemôžeme prijať. Skúste to, prosím, o chvíľu.",
        Say.NEW: "Reklamáciu {number} sme prijali.",
        Say.OPEN: "Reklamáciu {number} práve riešime.",
        Say.WAITING: "Reklamácia {number} čaká na vaše doplnenie alebo na tretiu stranu."
        " Pozrite si, prosím, svoje správy.",
        Say.RESOLVED: "Reklamácia {number} bola vybavená vo váš prospech.",
        Say.REJECTED: "Reklamáciu {number} sme posúdili a nebola uznaná.",
        Say.CLOSED: "Reklamácia {number} je uzavretá.",
        Say.CLOSED_UPHELD: "Reklamácia {number} bola vybavená vo váš prospech a je uzavretá.",
        Say.CLOSED_REFUSED: "Reklamácia {number} nebola uznaná a je uzavretá.",
        Say.UNKNOWN: "Na reklamácii {number} sa pracuje.",
        Say.ORDER_PLACED: "Objednávku {number} sme prijali.",
        Say.ORDER_PAID: "Objednávka {number} je zaplatená.",
        Say.ORDER_SHIPPED: "Objednávka {number} bola odoslaná.",
        Say.ORDER_DELIVERED: "Objednávka {number} bola doručená.",
        Say.ORDER_CANCELLED: "Objednávka {number} bola zrušená.",
        Say.ORDER_REFUNDED: "Peniaze za objednávku {number} boli vrátené.",
        Say.ORDER_NOT_TOLD: "Ľutujeme, o tejto objednávke vám tu nemôžeme nič povedať."
        " Opýtajte sa, prosím, v obchode.",
        Say.CANCEL_BY_STAFF: "V tomto chate sa objednávka zrušiť nedá: rozhodujú o tom"
        " pracovníci obchodu. Napíšte im, prosím.",
        Say.CANCELLED_ALREADY: "Objednávka {number} je už zrušená.",
    },
}

LANGUAGES: Final = tuple(SENTENCES)
