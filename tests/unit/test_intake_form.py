"""One set of rules for the counter and for files."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag

from services.intake.domain import DocumentKind, Kinds, Standing, State, Verdict, weigh
from services.intake.faults import SENTENCES
from services.intake.form import Draft, Reference, examine
from services.intake.settings import Settings
from services.intake.vault import Identity, Vault
from shared.clock import WIB
from shared.events.intake import Reason

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PRR = frozenset({"PRR"})
KTP = DocumentKind("KTP_EL", date(2011, 1, 1), None, "KTP-el", "Identity card", "KTP", "KTP_EL", True, PRR)
OLD_KK = DocumentKind(
    "KK", date(2006, 1, 1), date(2020, 6, 30), "Kartu Keluarga", "", "KK", "SECURITY_PAPER", True, PRR
)
NEW_KK = OLD_KK._replace(valid_from=date(2020, 7, 1), valid_to=None, blank_kind=None)
AKTA = DocumentKind("AKTA_KELAHIRAN", date(2006, 1, 1), None, "Akta Kelahiran", "", "AKL", None, False, PRR)
REFERENCE = Reference(Kinds([NEW_KK, KTP, OLD_KK, AKTA]), {("32.75.01.1001", "011")})
FORM = {
    "document_kind": "KTP-el", "reason": "baru", "nik": "3275990101900001", "kk": "3275990101170001",
    "full_name": "Budi  santoso", "address": "Jl. Mawar\n No. 1", "kelurahan": "Bekasi Jaya", "rw": "11", "rt": "RT 3",
}  # fmt: skip


def taken(**changes: str) -> Draft:
    draft = examine({**FORM, **changes}, REFERENCE, NOW)
    assert isinstance(draft, Draft), draft
    return draft


def faults(**changes: str) -> list[tuple[str, str]]:
    found = examine({**FORM, **changes}, REFERENCE, NOW)
    assert isinstance(found, list)
    assert all(fault.sentence for fault in found)
    return [(fault.field, fault.code) for fault in found]


def test_spelling_is_mended_and_nothing_else_changed() -> None:
    draft = taken(phone="0812 3456 7890", landmark="", birth_date="01-01-1990", sex="laki-laki", korban="x")
    assert draft.full_name == "BUDI SANTOSO"
    assert draft.address == "Jl. Mawar No. 1"
    assert (draft.kelurahan_code, draft.rw, draft.rt) == ("32.75.01.1001", "011", "003")
    assert (draft.kind.code, draft.reason) == ("KTP_EL", Reason.FIRST)
    assert draft.identity == Identity("3275990101900001", "3275990101170001", date(1990, 1, 1), "L")
    assert (draft.phone, draft.landmark, draft.email, draft.recorded_at) == ("+6281234567890", None, None, None)
    assert draft.doubts == ()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"document_kind": "SIM"}, ("document_kind", "UNKNOWN_KIND")),
        ({"document_kind": "KTP", "recorded_at": "31-12-2010"}, ("document_kind", "KIND_NOT_IN_FORCE")),
        ({"reason": "ingin"}, ("reason", "UNKNOWN_REASON")),
        ({"nik": ""}, ("nik", "REQUIRED")),
        ({"kk": " "}, ("kk", "REQUIRED")),
        ({"full_name": "Budi 2"}, ("full_name", "NAME_NOT_A_NAME")),
        ({"full_name": "---"}, ("full_name", "NAME_NOT_A_NAME")),
        ({"full_name": "B" * 121}, ("full_name", "TOO_LONG")),
        ({"full_name": "Bu\x07di"}, ("full_name", "NOT_PRINTABLE")),
        ({"birth_date": "31-02-1990"}, ("birth_date", "DATE_IMPOSSIBLE")),
        ({"birth_date": "1/2/1990"}, ("birth_date", "DATE_FORMAT")),
        ({"birth_date": "32874"}, ("birth_date", "DATE_FORMAT")),
        ({"birth_date": "01-01-2999"}, ("birth_date", "DATE_IN_FUTURE")),
        ({"birth_date": "01-01-0190"}, ("birth_date", "DATE_IMPOSSIBLE")),
        ({"sex": "X"}, ("sex", "UNKNOWN_SEX")),
        ({"phone": "021-88958585"}, ("phone", "PHONE_NOT_MOBILE")),
        ({"email": "budi@"}, ("email", "EMAIL_INVALID")),
        ({"email": "budi\ud800@x.id"}, ("email", "EMAIL_INVALID")),
        ({"email": "b\0@x.id"}, ("email", "EMAIL_INVALID")),
        ({"address": "x" * 301}, ("address", "TOO_LONG")),
        ({"kelurahan": "Cibinong"}, ("kelurahan", "UNKNOWN_KELURAHAN")),
        ({"rw": "12"}, ("rw", "UNKNOWN_RW")),
        ({"rw": "1111"}, ("rw", "RW_FORMAT")),
        ({"rt": "dua"}, ("rt", "RT_FORMAT")),
        ({"disaster_victim": "mungkin"}, ("disaster_victim", "YES_OR_NO")),
        ({"suket_expires_on": "besok"}, ("suket_expires_on", "DATE_FORMAT")),
        ({"recorded_at": "2999-01-01T00:00:00+07:00"}, ("recorded_at", "DATE_IN_FUTURE")),
        ({"recorded_at": "0001-01-01T00:00:00+07:00"}, ("recorded_at", "DATE_IMPOSSIBLE")),
    ],
)
def test_what_cannot_be_is_refused_by_field_and_code(changes: dict[str, str], fault: tuple[str, str]) -> None:
    assert faults(**changes) == [fault]


def test_all_faults_of_a_form_are_told_at_once() -> None:
    assert faults(nik="1", rw="99", phone="0") == [
        ("nik", "NIK_LENGTH"),
        ("phone", "PHONE_INVALID"),
        ("rw", "UNKNOWN_RW"),
    ]


def test_doubts_do_not_stop_a_form() -> None:
    doubts = taken(nik="3173014101900001", birth_date="02-01-1990", sex="L", full_name="AN").doubts
    assert [(d.field, d.code) for d in doubts] == [
        ("nik", "NIK_REGION_OTHER"), ("birth_date", "NIK_BIRTH_DATE_DIFFERS"), ("sex", "NIK_SEX_DIFFERS"),
        ("full_name", "NAME_SHORT"),
    ]  # fmt: skip


def test_a_newborn_has_no_nik_but_a_birth_date() -> None:
    newborn = {"document_kind": "Akta Kelahiran", "nik": ""}
    assert taken(**newborn, birth_date="20-11-2026").identity.nik is None
    assert faults(**newborn) == [("birth_date", "REQUIRED")]


def test_a_date_is_a_day_of_the_city_and_a_time_is_kept_exactly() -> None:
    assert taken(recorded_at="03-11-2026").recorded_at == datetime(2026, 11, 3, tzinfo=WIB)
    assert taken(recorded_at="2026-11-03T08:15:30.5+07:00").recorded_at == datetime(2026, 11, 3, 8, 15, 30, 500000, WIB)
    assert taken(recorded_at="2026-11-03 08:15").recorded_at == datetime(2026, 11, 3, 8, 15, tzinfo=WIB)
    assert taken(recorded_at="2026-11-03T01:15:00Z").recorded_at == datetime(2026, 11, 3, 8, 15, tzinfo=WIB)


def test_every_fault_has_a_sentence_of_its_own_words() -> None:
    assert all(text.endswith(".") and "{" not in text for text in SENTENCES.values())


def test_which_kind_counts_is_a_matter_of_the_day() -> None:
    kinds = REFERENCE.kinds
    assert [getattr(kinds.on("KK", day), "blank_kind", "-") for day in
            (date(2005, 12, 31), date(2020, 6, 30), date(2020, 7, 1), date(2030, 1, 1))] == ["-", "SECURITY_PAPER", None, None]  # fmt: skip
    ended = Kinds([OLD_KK])
    assert ended.on("KK", date(2020, 6, 30)) is OLD_KK
    assert ended.on("KK", date(2020, 7, 1)) is None
    assert ended.on("SIM", date(2020, 7, 1)) is None


def standing(**changes: Any) -> Standing:
    return Standing(**{"id": UUID(int=1), "document_kind": "KTP_EL", "state": State.RECORDED, "cleared": False,
                       "central_status": None, **changes})  # fmt: skip


def test_a_clearing_word_clears_once_and_any_other_is_mirrored() -> None:
    kinds = REFERENCE.kinds
    assert weigh(standing(), "PRR", NOW, kinds) is Verdict.CLEARED
    assert weigh(standing(), "SENT_FOR_ENROLLMENT", NOW, kinds) is Verdict.MIRRORED
    assert weigh(standing(cleared=True, state=State.CLOSED), "PRR", NOW, kinds) is Verdict.ALREADY_CLEARED
    assert weigh(standing(state=State.CANCELLED), "PRR", NOW, kinds) == "ALREADY_ENDED"
    assert weigh(standing(), "PRR", NOW - timedelta(days=365 * 30), kinds) == "KIND_NOT_IN_FORCE"


def test_the_same_person_has_one_hash_and_a_family_one_household() -> None:
    vault, other = Vault(b"k" * 32), Vault(b"l" * 32)
    a = Identity("3275990101900001", "3275990101170001", None, None)
    b = Identity("3275990101900001", "3275990101170002", date(1990, 1, 1), "L")
    assert vault.person(a, "BUDI") == vault.person(b, "BUDI SANTOSO") == vault.nik("3275990101900001")
    assert vault.person(a, "BUDI") != other.person(a, "BUDI")
    assert vault.household(a.kk) == vault.household(a.kk) != vault.household(b.kk)
    assert vault.household(a.kk).version == 8


def test_newborns_are_told_apart_by_family_name_and_birth_date() -> None:
    vault = Vault(b"k" * 32)
    baby = Identity(None, "3275990101170001", date(2026, 11, 20), None)
    assert vault.person(baby, "SITI AMINAH") == vault.person(baby, "Siti  aminah.")
    twin = vault.person(baby, "SITI AISYAH")
    sibling = vault.person(Identity(None, baby.kk, date(2025, 1, 1), None), "SITI AMINAH")
    assert len({vault.person(baby, "SITI AMINAH"), twin, sibling}) == 3


def test_an_identity_is_readable_only_with_the_secret_and_for_its_own_application() -> None:
    vault, id_ = Vault(b"k" * 32), uuid4()
    identity = Identity("3275990101900001", "3275990101170001", date(1990, 1, 1), "L")
    sealed = vault.seal(id_, identity)
    assert b"32759" not in sealed
    assert vault.unseal(id_, sealed) == identity
    assert vault.seal(id_, identity) != sealed
    nothing = Identity(None, "3275990101170001", None, None)
    assert vault.unseal(id_, vault.seal(id_, nothing)) == nothing
    for keeper, owner, data in (
        (Vault(b"l" * 32), id_, sealed),
        (vault, uuid4(), sealed),
        (vault, id_, sealed[:-1] + bytes([sealed[-1] ^ 1])),
    ):
        with pytest.raises(InvalidTag):
            keeper.unseal(owner, data)


@pytest.mark.parametrize("key", ["", "change-me", "00" * 32, "5a" * 31, "zz" * 32])
def test_a_placeholder_is_no_secret(key: str) -> None:
    with pytest.raises(ValueError, match="ANTAR_SECRET_KEY") as refusal:
        Settings(database_url="postgresql://x", kafka="x:1", secret_key=key)
    assert not key or key not in str(refusal.value).replace("ANTAR_SECRET_KEY", "")
