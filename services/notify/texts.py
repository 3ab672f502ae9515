"""The texts of the messages: read from a file, checked before anything is sent, filled with facts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from services.notify import gsm7
from services.notify.codes import write_code
from services.notify.domain import MAX_VISITS
from shared.events.dispatch import Receiver
from shared.events.notify import Milestone
from shared.events.regions import kelurahan_by_code
from shared.web.dates import short_day

OWN_TEXTS = Path(__file__).parent / "messages.yaml"
LONGEST_DOCUMENT = 20
"""Characters of a document's name in a message; "Kartu Identitas Anak" has 20. Longer names are shortened."""

_LAST = "MISSED_LAST"
_NAMES = (*Milestone, _LAST)
_RECEIVERS = {
    Receiver.APPLICANT: "Anda sendiri",
    Receiver.FAMILY_CARD_MEMBER: "anggota KK Anda",
    Receiver.MANDATE_HOLDER: "pemegang kuasa",
}
_FOREIGN = re.compile(r"https?:|www\.|\bNIK\b|tanggal lahir", re.IGNORECASE)


class BadTextError(ValueError):
    """A text breaks a rule; the sentence names the text and the rule."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The checked texts and what is the same in all of them: address of the tracking page, help line."""

    by_name: Mapping[str, str]
    url: str
    telp: str

    def write(self, milestone: str, ordinal: int, facts: Mapping[str, Any], *, code: str | None = None) -> str:
        """The message to one recipient. `facts` is a row of the application; `code` None leaves the code out."""
        name = _LAST if milestone == Milestone.MISSED and ordinal >= MAX_VISITS else milestone
        return self.by_name[name].format(
            doc=shorten(facts["document_name"] or "dokumen"),
            kode=write_code(code) if code else "{kode}",
            url=self.url,
            telp=self.telp,
            rw=facts["rw"] or "",
            k=ordinal,
            hub=_RECEIVERS.get(facts["receiver"], "penerima yang berhak"),
            kel=_kelurahan(facts["held_kelurahan"]),
            sampai=short_day(facts["held_until"]) if facts["held_until"] else "waktu yang ditentukan",
        )


def read_texts(path: Path, url: str, telp: str) -> Texts:
    """The texts in `path` (YAML, one for each milestone), checked.

    Raises:
        BadTextError: a text is missing or breaks a rule; the service must not start with it.
    """
    found = yaml.safe_load(path.read_text("utf-8"))
    for name in _NAMES:
        if not isinstance(found.get(name), str):
            raise BadTextError(f"{path.name}: the text {name} is missing")
    texts = Texts({name: found[name] for name in _NAMES}, url, telp)
    for name in _NAMES:
        _check(texts, name)
    return texts


def shorten(document: str) -> str:
    """A document's name in at most LONGEST_DOCUMENT characters of GSM-7, cut between words where it can be."""
    plain = gsm7.spell(document)
    if len(plain) <= LONGEST_DOCUMENT:
        return plain
    head = plain[: LONGEST_DOCUMENT - 1]
    if not plain[LONGEST_DOCUMENT - 1].isspace() and " " in head:
        head = head[: head.rindex(" ")]
    return head.rstrip() + "."


def _check(texts: Texts, name: str) -> None:
    text = texts.by_name[name]
    blanks = {blank for _, blank, _, _ in Formatter().parse(text) if blank is not None}
    unknown = blanks - {"doc", "kode", "url", "telp", "rw", "k", "hub", "kel", "sampai"}
    if unknown:
        raise BadTextError(f"{name}: unknown blank {{{min(unknown)}}}")
    if "GRATIS" not in text:
        raise BadTextError(f"{name}: does not say GRATIS")
    if _FOREIGN.search(text):
        raise BadTextError(f"{name}: asks for personal data or has an address that is not ours")
    longest = longest_message(texts, name)
    places = gsm7.length(longest)
    if places is None:
        raise BadTextError(f"{name}: has a character that GSM-7 lacks")
    if places > gsm7.ONE_PART:
        raise BadTextError(f"{name}: {places} characters with the longest names, at most {gsm7.ONE_PART}")


def longest_message(texts: Texts, name: str) -> str:
    """The text `name` with the longest names that can occur."""
    facts = {
        "document_name": "W" * LONGEST_DOCUMENT,
        "rw": "000",
        "receiver": None,
        "held_kelurahan": max(kelurahan_by_code().values(), key=lambda k: len(k.name)).code,
        "held_until": date(2020, 12, 28),
    }
    milestone, ordinal = (Milestone.MISSED, MAX_VISITS) if name == _LAST else (name, 1)
    return texts.write(milestone, ordinal, facts, code="0" * 9)


def _kelurahan(code: str | None) -> str:
    place = kelurahan_by_code().get(code or "")
    return place.name if place else "Anda"
