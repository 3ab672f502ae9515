"""How names, places and times are written for people here. Pure."""

from datetime import datetime

from shared.clock import WIB
from shared.events.regions import kelurahan_by_code
from shared.sentence import Sentence
from shared.web.dates import short_day


def wib(moment: datetime) -> str:
    """A time as people here read it: 4 Sep 2017, 10.42 WIB."""
    return f"{short_day(moment)}, {moment.astimezone(WIB):%H.%M} WIB"


def short_name(full_name: str) -> str:
    """What a courier needs to ask for somebody: "Sartika Wulandari" -> "Sartika W."; one-word names stay.

    Leading initials and titles ("M.", "Hj.") are kept with the first whole word, so that the name can be called.
    """
    words = full_name.split()
    first = next((i for i, word in enumerate(words) if len(word.strip(".'")) > 2), 0)
    return " ".join([*words[: first + 1], *(f"{word[0]}." for word in words[first + 1 :])])


def kelurahan_name(code: str) -> str:
    """The kelurahan's name, its code where it has none."""
    known = kelurahan_by_code().get(code)
    return known.name if known else code


def area_name(code: str) -> str:
    """An area as people call it: "RW 011, Kayuringin Jaya", "Kelurahan Bekasijaya", "Kecamatan Bekasi Timur"."""
    kelurahan, _, rw = code.partition("/")
    if rw:
        return f"RW {rw}, {kelurahan_name(kelurahan)}"
    if kelurahan in kelurahan_by_code():
        return f"Kelurahan {kelurahan_name(kelurahan)}"
    district = next((k.kecamatan for k in kelurahan_by_code().values() if k.code.startswith(f"{code}.")), code)
    return f"Kecamatan {district}" if len(code) == len("32.75.01") else Sentence("Seluruh kota")
