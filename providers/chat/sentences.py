"""What the bot says, by canonical status and language.  ``{number}`` is the complaint's."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from complaints.model import Status


class Say(StrEnum):
    """What there is to say besides a status."""

    TAKEN = "taken"
    TAKEN_WITHOUT_TEXT = "taken_without_text"
    NOT_FOUND = "not_found"
    UNREADABLE = "unreadable"
    BUSY = "busy"


SENTENCES: Final[Mapping[str, Mapping[Status | Say, str]]] = {
    "en": {
        Say.TAKEN: "Thank you, your complaint is noted. Its number is {number}.",
        Say.TAKEN_WITHOUT_TEXT: (
            "Thank you, your complaint is noted. Its number is {number}."
            " Please tell us what happened."
        ),
        Say.NOT_FOUND: "Sorry, we have no complaint of yours with that number.",
        Say.UNREADABLE: "Sorry, we could not read that request.",
        Say.BUSY: "Sorry, we can't take that in right now. Please try again in a moment.",
        Status.NEW: "Complaint {number} has been received.",
        Status.OPEN: "Complaint {number} is in review.",
        Status.WAITING: "Complaint {number} is waiting for something from you or from a third"
        " party. Please check your messages.",
        Status.RESOLVED: "Complaint {number} has been resolved in your favour.",
        Status.REJECTED: "Complaint {number} has been reviewed and was not accepted.",
        Status.CLOSED: "Complaint {number} is closed.",
        Status.UNKNOWN: "Complaint {number} is being worked on.",
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
        Status.NEW: "Reklamaci {number} jsme přijali.",
        Status.OPEN: "Reklamaci {number} právě řešíme.",
        Status.WAITING: "Reklamace {number} čeká na vaše doplnění nebo na třetí stranu."
        " Podívejte se prosím do svých zpráv.",
        Status.RESOLVED: "Reklamace {number} byla vyřízena ve váš prospěch.",
        Status.REJECTED: "Reklamaci {number} jsme posoudili a nebyla uznána.",
        Status.CLOSED: "Reklamace {number} je uzavřena.",
        Status.UNKNOWN: "Na reklamaci {number} se pracuje.",
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
        Status.NEW: "Die Reklamation {number} ist eingegangen.",
        Status.OPEN: "Die Reklamation {number} wird geprüft.",
        Status.WAITING: "Die Reklamation {number} wartet auf Ihre Antwort oder auf Dritte."
        " Bitte sehen Sie in Ihren Nachrichten nach.",
        Status.RESOLVED: "Die Reklamation {number} wurde zu Ihren Gunsten entschieden.",
        Status.REJECTED: "Die Reklamation {number} wurde geprüft und nicht anerkannt.",
        Status.CLOSED: "Die Reklamation {number} ist abgeschlossen.",
        Status.UNKNOWN: "Die Reklamation {number} ist in Bearbeitung.",
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
        Status.NEW: "A reclamação {number} foi recebida.",
        Status.OPEN: "A reclamação {number} está em análise.",
        Status.WAITING: "A reclamação {number} aguarda uma resposta sua ou de terceiros."
        " Por favor, verifique suas mensagens.",
        Status.RESOLVED: "A reclamação {number} foi resolvida a seu favor.",
        Status.REJECTED: "A reclamação {number} foi analisada e não foi aceita.",
        Status.CLOSED: "A reclamação {number} está encerrada.",
        Status.UNKNOWN: "A reclamação {number} está em andamento.",
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
        Status.NEW: "Reklamáciu {number} sme prijali.",
        Status.OPEN: "Reklamáciu {number} práve riešime.",
        Status.WAITING: "Reklamácia {number} čaká na vaše doplnenie alebo na tretiu stranu."
        " Pozrite si, prosím, svoje správy.",
        Status.RESOLVED: "Reklamácia {number} bola vybavená vo váš prospech.",
        Status.REJECTED: "Reklamáciu {number} sme posúdili a nebola uznaná.",
        Status.CLOSED: "Reklamácia {number} je uzavretá.",
        Status.UNKNOWN: "Na reklamácii {number} sa pracuje.",
    },
}

LANGUAGES: Final = tuple(SENTENCES)


def sentence(language: str, say: Status | Say, number: str = "") -> str:
    """One sentence; a language that we don't speak is answered in English."""
    return SENTENCES.get(language, SENTENCES["en"])[say].format(number=number)
