"""Whatever a page says in Bahasa it says in English as well."""

from pathlib import Path

import pytest

from tools import words


@pytest.mark.parametrize("folder", words.folders(), ids=lambda folder: folder.name)
def test_every_sentence_has_its_english_with_the_same_values_and_none_is_kept_in_vain(folder: Path) -> None:
    found = words.faults(folder)
    assert found.missing == []
    assert found.unused == []
    assert found.unlike == []


def test_the_sentences_of_templates_of_problems_and_of_the_menu_are_all_found() -> None:
    said = {one.text: one.where.partition(":")[0] for one in words.said(words.SHARED)}
    assert said["Langsung ke isi"] == "shared/web/templates/base.html"
    assert said["Layanan masuk sedang terganggu. Coba lagi sebentar lagi."] == "shared/people/signin.py"
    assert said["Halaman tidak ada."] == "shared/http/problems.py"
    assert said["Loket"] == "shared/web/menu.yaml"
