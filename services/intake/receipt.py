"""The paper that an applicant takes home: numbers, codes and where to follow each document. No name, no NIK."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Final

import segno
import typst

from shared.sentence import Sentence

ON_BLANK: Final = Sentence(
    "Data diperiksa di pusat, lalu menunggu blangko (kartu kosong). Sesudah dicetak, petugas RW mengantar ke rumah."
)
ON_PAPER: Final = Sentence("Data diperiksa dan ditandatangani pejabat. Sesudah dicetak, petugas RW mengantar ke rumah.")
_LOCAL: Final = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class Line:
    """One document: `day` is the one of its application, `url` the page where it is followed."""

    kind: str
    office_number: str
    tracking_code: str
    day: str
    next: str
    url: str


@dataclass(frozen=True, slots=True)
class Office:
    """Who gives the receipt, and where its codes lead. `address` is the tracking page's, without scheme; `base` the
    one of the service that has it, where services are not behind one address."""

    name: str
    help_line: str
    address: str
    base: str | None = None

    def tracking_url(self, code: str) -> str:
        """The page of one document."""
        if self.base is not None:
            return f"{self.base.rstrip('/')}/lacak/{code}"
        scheme = "http" if self.address.startswith(_LOCAL) else "https"
        return f"{scheme}://{self.address}/{code}"


def qr(url: str) -> str:
    """The address as an SVG image that scales with its place on a page."""
    image = io.BytesIO()
    segno.make(url, error="m").save(image, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2)
    return image.getvalue().decode()


def pdf(office: Office, lines: Sequence[Line]) -> bytes:
    """The receipt on A6. Takes some tenths of a second: not for the event loop.

    Only the fonts inside the typesetter are used, so that it looks the same on every machine.
    """
    content: Mapping[str, object] = {
        "office": office.name,
        "help_line": office.help_line,
        "lines": [{**asdict(line), "qr": qr(line.url)} for line in lines],
    }
    template = resources.files(__package__).joinpath("templates/receipt.typ").read_bytes()
    made = typst.compile(template, ignore_system_fonts=True, format="pdf", sys_inputs={"receipt": json.dumps(content)})
    assert isinstance(made, bytes)
    return made
