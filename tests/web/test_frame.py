"""The frame around all pages: the menu knows where one is."""

import pytest

from shared.people import Role
from shared.web.menu import Menu
from tests.people import someone


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/loket", "/loket"),
        ("/loket/daftar", "/loket/daftar"),
        ("/loket/daftar/periksa", "/loket/daftar"),
        ("/loket/berkas", "/loket"),
        ("/loketlain", None),
    ],
)
def test_a_page_lies_below_the_nearest_entry_of_the_menu(path: str, entry: str | None) -> None:
    assert Menu({}).nearest(someone(Role.COUNTER), path) == entry
