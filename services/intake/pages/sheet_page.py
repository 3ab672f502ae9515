"""Shows the sheet of a family: to be filled in, and to be looked at before it is recorded."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Self

from fastapi import Request, Response
from markupsafe import Markup

from services.intake import fields
from services.intake.digits import NotRead
from services.intake.domain import DocumentKind, Kinds
from services.intake.household import FAMILY_KIND, Finding
from services.intake.nik import mask, read_nik, sex_of
from services.intake.pages.sheet_form import ACCEPTED, anchor, fields_of
from services.intake.pages.wording import REASONS, RELATIONS, Wording
from services.intake.registering import name_of
from services.intake.sheet import LARGEST, Sheet, possible_births
from services.intake.store.reference import document_kinds
from shared.clock import WIB
from shared.events.regions import kelurahan_by_code
from shared.messaging.transaction import Connection
from shared.people import Person, Visit
from shared.sentence import Sentence
from shared.web.dates import FILTERS
from shared.web.language import language_of
from shared.web.site import Site

_SEXES: Final = {"L": Sentence("laki-laki"), "P": Sentence("perempuan")}


class _Errors(dict[str, Markup]):
    """By field; a field without a fault has an empty sentence."""

    def __missing__(self, field: str) -> Markup:
        return Markup("")


class SheetPage:
    """The two pages of one request. `kinds` are those that may be asked for today."""

    def __init__(self, request: Request, visit: Visit, kinds: Sequence[DocumentKind]) -> None:
        self._request = request
        self._visit = visit
        self._site: Site = request.app.state.site
        self._kinds = kinds
        language = language_of(request)
        self._names = {kind.code: kind.name_en if language == "en" else kind.name_id for kind in kinds}
        self._day = FILTERS[language]["day"]
        self.wording = Wording(self._site, request, self._names)

    @classmethod
    async def of(cls, request: Request, visit: Visit, conn: Connection) -> Self:
        """For what is in force today."""
        found = await document_kinds(conn)
        kinds, today = Kinds(found), datetime.now(WIB).date()
        return cls(
            request, visit, [kind for code in sorted({k.code for k in found}) if (kind := kinds.on(code, today))]
        )

    def form(
        self, sheet: Sheet, found: Sequence[Finding] = (), *, focus: str = "", note: str = "", status: int = 200
    ) -> Response:
        """To be filled in; with `found`, what has to be put right. `focus`: the field to begin in."""
        own = [(kind.code, self._names[kind.code]) for kind in self._kinds if kind.code != FAMILY_KIND]
        return self._site.page(
            "sheet.html",
            status,
            request=self._request,
            sheet=sheet,
            faults=[(anchor(finding), self.wording.where(finding)) for finding in found],
            errors=self._by_field(found),
            read_back=[self._read_back(member.nik) for member in sheet.members],
            focus=focus,
            note=note,
            kinds=sorted(own, key=lambda kind: kind[0] != "KTP_EL"),
            places=_places(self._visit.person),
            largest=LARGEST,
            **self._words(sheet),
        )

    def review(
        self, sheet: Sheet, doubts: Sequence[Finding], accepted: Iterable[str] = (), *, status: int = 200
    ) -> Response:
        """To be looked at: what will be recorded, and each doubt with its tick."""
        accepted = set(accepted)
        ticks = [(f"{ACCEPTED}{n}", name_of(doubt), self.wording.where(doubt)) for n, doubt in enumerate(doubts, 1)]
        missed = [(id_, what) for id_, name, what in ticks if name not in accepted and status != 200]
        tick_it = Sentence("Periksa dan centang: %(what)s")
        return self._site.page(
            "review.html",
            status,
            request=self._request,
            sheet=sheet,
            carried=list(fields_of(sheet)),
            ticks=ticks,
            tick=ACCEPTED,
            accepted=accepted,
            faults=[(id_, self.wording.tell(tick_it, what=what)) for id_, what in missed],
            persons=[(mask(read_nik(m.nik.strip())) if m.nik.strip() else "", self._read_back(m.nik))
                     for m in sheet.members],
            **self._words(sheet),
        )  # fmt: skip

    def _words(self, sheet: Sheet) -> dict[str, Any]:
        return {
            "names": self._names,
            "relations": [(code.value, self.wording.tell(word)) for code, word in RELATIONS.items()],
            "reasons": [(code.value, self.wording.tell(word)) for code, word in REASONS.items()],
            "asked": self._asked(sheet),
            "blanks": self._blanks(sheet),
            "place": _place(sheet),
        }

    def _by_field(self, found: Sequence[Finding]) -> Mapping[str, Markup]:
        by_field: dict[str, list[Markup]] = {}
        for finding in found:
            sentence = Markup("{}").format(self.wording.of(finding))
            if finding.number:
                path = f"/loket/permohonan/{finding.number.replace('/', '-')}"
                word = self.wording.tell(Sentence("Buka permohonan itu"))
                sentence += Markup(' <a href="{}">{}</a>').format(path, word)
            by_field.setdefault(anchor(finding), []).append(sentence)
        return _Errors({field: Markup(" ").join(sentences) for field, sentences in by_field.items()})

    def _read_back(self, text: str) -> str:
        try:
            nik = read_nik(text.strip())
        except NotRead:
            return ""
        days = [self._day(day) for day in possible_births(nik, datetime.now(WIB).date())]
        either = Sentence("%(one)s atau %(other)s")
        born = days[0] if len(days) == 1 else self.wording.tell(either, one=days[0], other=days[1])
        sex = self.wording.tell(_SEXES[sex_of(nik)])
        return self.wording.tell(Sentence("Terbaca: %(sex)s, lahir %(born)s. Cocokkan dengan KK."), sex=sex, born=born)

    def _asked(self, sheet: Sheet) -> list[tuple[str, int]]:
        asked = [(kind, n) for n, member in enumerate(sheet.members, 1) for kind in member.documents]
        listed = [(self._names[kind], n) for kind, n in asked if kind in self._names]
        return listed + ([(self._names[FAMILY_KIND], 0)] if sheet.family_card and FAMILY_KIND in self._names else [])

    def _blanks(self, sheet: Sheet) -> list[tuple[str, int]]:
        on_blank = {kind.code for kind in self._kinds if kind.blank_kind}
        needed = Tally(kind for member in sheet.members for kind in member.documents if kind in on_blank)
        return [(self._names[kind], n) for kind, n in needed.items()]


def _places(person: Person) -> Mapping[str, Sequence[tuple[str, str]]]:
    """The subdistricts where this officer works, by district."""
    places: dict[str, list[tuple[str, str]]] = {}
    for place in kelurahan_by_code().values():
        if any(area.code.startswith(place.code) or place.code.startswith(area.code) for area in person.areas):
            places.setdefault(place.kecamatan, []).append((place.code, place.name))
    return places


def _place(sheet: Sheet) -> tuple[str, str] | None:
    """RW and subdistrict, once both can be read."""
    try:
        code = fields.kelurahan(sheet.kelurahan.strip())
        return fields.rw(sheet.rw.strip()), kelurahan_by_code()[code].name
    except NotRead:
        return None
