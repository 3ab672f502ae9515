"""The city's subdistricts as published codes: every event that names a kelurahan uses them.

Kemendagri codes (they stand in NIK and KK), not BPS codes; see Kepmendagri 300.2.2-2430/2025.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Kelurahan:
    """A subdistrict: `code` 32.75.kk.nnnn, its own and its district's name, its postcode."""

    code: str
    name: str
    kecamatan: str
    postcode: str


@cache
def kelurahan_by_code() -> dict[str, Kelurahan]:
    """The 56 subdistricts of Kota Bekasi by code."""
    text = resources.files(__package__).joinpath("kelurahan.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {r["kode"]: Kelurahan(r["kode"], r["kelurahan"], r["kecamatan"], r["kodepos"]) for r in rows}


@cache
def _by_spelling() -> dict[str, Kelurahan]:
    return {_fold(k.name): k for k in kelurahan_by_code().values()}


def _fold(name: str) -> str:
    # "Bekasi Jaya", "BEKASIJAYA" and "Kel. Bekasijaya" are one place: official and everyday spelling differ in blanks.
    folded = "".join(name.casefold().split())
    return folded.removeprefix("kelurahan").removeprefix("kel.")


def find_kelurahan(text: str) -> Kelurahan | None:
    """The subdistrict meant by a code (32.75.01.1001 or 3275011001) or a name in any usual spelling, else None."""
    digits = text.strip().replace(".", "")
    if digits.isdigit() and len(digits) == 10:
        return kelurahan_by_code().get(f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}")
    return _by_spelling().get(_fold(text))
