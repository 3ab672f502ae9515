"""The rows of the import file: families ask for one document or several, in the order in which they came."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from shared.clock import WIB
from tools.sample.city import Ward
from tools.sample.deck import Deck
from tools.sample.dice import Dice
from tools.sample.people import Household, Person, Registry

FIRST_DAY = datetime(2025, 1, 6, 8, tzinfo=WIB)
_DAYS = 100
LAST_DAY = FIRST_DAY + timedelta(days=_DAYS)
"""The sample's present is fixed, for the same seed must give the same bytes in every year."""


class Row(NamedTuple):
    """One line of the import file, as text, in the order of its columns."""

    jenis_dokumen: str
    alasan: str
    nik: str
    nomor_kk: str
    nama: str
    tanggal_lahir: str
    jenis_kelamin: str
    no_hp: str
    email: str
    alamat: str
    patokan: str
    kelurahan: str
    rw: str
    rt: str
    suket_berlaku_sampai: str
    korban_bencana: str
    tanggal_rekam: str


HEADER = Row._fields

FAMILIES: Sequence[tuple[tuple[str, ...], float]] = (
    (("KTP_EL",), 0.50),
    (("KTP_EL", "KTP_EL"), 0.27),
    (("KTP_EL", "KTP_EL", "KTP_EL"), 0.09),
    (("KTP_EL", "KTP_EL", "KK"), 0.04),
    (("KTP_EL", "KK"), 0.03),
    (("KK", "AKTA_KELAHIRAN"), 0.03),
    (("KTP_EL", "AKTA_KELAHIRAN"), 0.02),
    (("AKTA_KELAHIRAN",), 0.02),
)
"""What a family asks for at one time. Cards are nine tenths: they are what the city was short of."""

REASONS: Sequence[tuple[str, float]] = (
    ("BARU", 0.50),
    ("UBAH_DATA", 0.16),
    ("RUSAK", 0.14),
    ("HILANG", 0.13),
    ("PINDAH_DATANG", 0.07),
)


def clean_rows(seed: int, wards: Sequence[Ward], count: int) -> Iterator[tuple[Row, Ward]]:
    """`count` applications without a fault, each with its neighbourhood and a moment of recording of its own."""
    dice = Dice(seed, "applications")
    registry = Registry(dice)
    families, reasons = Deck(FAMILIES), Deck(REASONS)
    made = 0
    while made < count:
        household = registry.household(dice.pick(wards))
        recorded = _recorded_at(dice, made, count)
        head = registry.leapling() if dice.chance(0.01) else registry.adult(dice.number(23, 78), recorded.date())
        for number, kind in enumerate(families.deal()[: count - made]):
            recorded = _recorded_at(dice, made, count)
            subject = _subject(registry, kind, number, head, recorded.date())
            reason = "BARU" if kind == "AKTA_KELAHIRAN" else reasons.deal()
            yield _row(dice, household, subject, kind, reason, recorded), household.ward
            made += 1


def _subject(registry: Registry, kind: str, number: int, head: Person, today: date) -> Person:
    if kind == "AKTA_KELAHIRAN":
        return registry.newborn(today)
    return registry.adult(17 if number == 2 else 40, today) if kind == "KTP_EL" and number else head


def _recorded_at(dice: Dice, number: int, count: int) -> datetime:
    # No two at the same moment: the order of the queue must never hang on a random id.
    pace = _DAYS * 86_400 // max(count, 1)
    return FIRST_DAY + timedelta(seconds=number * pace + dice.number(0, pace - 1))


def _row(dice: Dice, home: Household, subject: Person, kind: str, reason: str, recorded: datetime) -> Row:
    return Row(
        jenis_dokumen=kind,
        alasan=reason,
        nik=subject.nik,
        nomor_kk=home.kk,
        nama=subject.name,
        tanggal_lahir=f"{subject.born:%d-%m-%Y}",
        jenis_kelamin=subject.sex,
        no_hp=_as_written(dice, home.phone),
        email=home.email,
        alamat=home.address,
        patokan=home.landmark,
        kelurahan=_place_as_written(dice, home.ward),
        rw=home.ward.rw if dice.chance(0.9) else home.ward.rw.lstrip("0"),
        rt=home.rt,
        suket_berlaku_sampai=_suket(dice, kind),
        korban_bencana="ya" if dice.chance(0.02) else "tidak",
        tanggal_rekam=recorded.isoformat(),
    )


def _as_written(dice: Dice, phone: str) -> str:
    if dice.chance(0.12):
        return ""  # many elders have none, and the visit does not need one
    ways = (phone, phone, phone, f"+62 {phone[1:4]}-{phone[4:8]}-{phone[8:]}", f"62{phone[1:]}", f"+62 {phone}")
    return dice.pick(ways)


def _place_as_written(dice: Dice, ward: Ward) -> str:
    place = ward.kelurahan
    return dice.pick((place.name, place.name, place.name, place.name.upper(), f"Kel. {place.name}", place.code))


def _suket(dice: Dice, kind: str) -> str:
    if kind != "KTP_EL" or not dice.chance(0.2):
        return ""
    return f"{LAST_DAY.date() + timedelta(days=dice.number(-20, 150)):%d-%m-%Y}"
