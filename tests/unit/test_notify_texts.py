"""Every message fits one SMS, says GRATIS, and tells nothing about the person."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.notify import gsm7
from services.notify.texts import LONGEST_DOCUMENT, OWN_TEXTS, BadTextError, longest_message, read_texts, shorten
from shared.events.notify import Milestone
from shared.events.regions import kelurahan_by_code

URL, TELP = "antar.bekasikota.go.id/lacak", "1500-537"
OWN = yaml.safe_load(OWN_TEXTS.read_text("utf-8"))


def changed(folder: Path, **texts: str | None) -> Path:
    path = folder / "texts.yaml"
    path.write_text(yaml.safe_dump({k: v for k, v in (OWN | texts).items() if v is not None}), "utf-8")
    return path


@pytest.mark.parametrize("name", [*Milestone, "MISSED_LAST"])
def test_with_the_longest_names_a_message_fits_one_sms_and_says_gratis(name: str) -> None:
    text = longest_message(read_texts(OWN_TEXTS, URL, TELP), name)
    places = gsm7.length(text)
    assert places is not None
    assert places <= 160
    assert "GRATIS" in text
    assert "{" not in text


@pytest.mark.parametrize("milestone", Milestone)
def test_no_kelurahan_and_no_document_makes_a_message_too_long(milestone: Milestone) -> None:
    texts = read_texts(OWN_TEXTS, URL, TELP)
    for kelurahan in kelurahan_by_code():
        for document in ("KTP-el", "Kartu Keluarga", "Akta Kelahiran", "Kartu Identitas Anak Usia di Bawah 5 Tahun"):
            facts = {
                "document_name": document,
                "rw": "011",
                "receiver": "FAMILY_CARD_MEMBER",
                "held_kelurahan": kelurahan,
                "held_until": date(2017, 12, 31),
            }
            assert (gsm7.length(texts.write(milestone, 1, facts, code="7F3K9Q2M5")) or 999) <= 160


def test_the_third_visit_promises_no_fourth() -> None:
    texts = read_texts(OWN_TEXTS, URL, TELP)
    facts = {"document_name": "KTP-el", "rw": "011", "receiver": None, "held_kelurahan": None, "held_until": None}
    assert "Kami datang lagi" in texts.write("MISSED", 2, facts, code="7F3K9Q2M5")
    assert "Kami datang lagi" not in texts.write("MISSED", 3, facts, code="7F3K9Q2M5")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{doc} {kode} selesai.", "GRATIS"),
        ("{doc} {nama} selesai. GRATIS", "unknown blank"),
        ("{doc} selesai. Balas dengan NIK Anda. GRATIS", "personal data"),
        ("{doc} selesai. GRATIS. https://contoh.example/isi", "not ours"),
        ("{doc} selesai " + "a" * 130 + " GRATIS", "at most 160"),
        ("{doc} selesai " + "€" * 65 + " GRATIS", "at most 160"),
        ("{doc} selesai – GRATIS", "GSM-7"),
        (None, "missing"),
    ],
)
def test_a_text_that_breaks_a_rule_keeps_the_service_from_starting(tmp_path: Path, text: str | None, rule: str) -> None:
    with pytest.raises(BadTextError, match=rule):
        read_texts(changed(tmp_path, READY=text), URL, TELP)


def test_a_tracking_address_that_is_too_long_is_found_at_start_too() -> None:
    with pytest.raises(BadTextError, match="at most 160"):
        read_texts(OWN_TEXTS, "layanan-antar-dokumen.disdukcapil.bekasikota.go.id/lacak", TELP)


@pytest.mark.parametrize(
    ("text", "places"),
    [("abc", 3), ("a_b", 3), ("{a}", 5), ("10€", 4), ("\\^~|[]", 12), ("é", 1), ("ë", None), ("“", None)],
)
def test_extension_characters_take_two_places_and_foreign_ones_none(text: str, places: int | None) -> None:
    assert gsm7.length(text) == places


def test_a_long_document_name_is_cut_between_words() -> None:
    assert shorten("Kartu Identitas Anak") == "Kartu Identitas Anak"
    assert shorten("Kartu Identitas Anak Usia 5") == "Kartu Identitas."
    assert shorten("Suratketeranganpenggantiidentitas") == "Suratketeranganpeng."


@given(st.text(max_size=80))
def test_any_document_name_fits(name: str) -> None:
    places = gsm7.length(shorten(name))
    assert places is not None
    assert places <= LONGEST_DOCUMENT
