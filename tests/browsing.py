"""Reads our pages as a browser without JavaScript would: forms with their fields, links, headings, text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx2

_TEXT_OF = {"h1", "h2", "h3", "title", "li", "p", "td", "th", "dd", "dt", "label", "legend", "a", "button", "small"}


@dataclass
class Form:
    """A form as it stands on the page: where it goes, and what its fields say. Unchecked boxes are not in it."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)

    def filled(self, values: Mapping[str, str | None] | None = None, **more: str | None) -> dict[str, str | list[str]]:
        """Its fields with some values changed (None: left out), ready to be posted."""
        changed = {**(values or {}), **more}
        body: dict[str, list[str]] = {}
        for name, text in self.fields:
            if name not in changed:
                body.setdefault(name, []).append(text)
        for name, value in changed.items():
            if value is not None:
                body[name] = [value]
        return {name: found[0] if len(found) == 1 else found for name, found in body.items()}


class Page(HTMLParser):
    """A page that came."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__()
        self.status = answer.status_code
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.headings: list[str] = []
        self._open: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._select: str | None = None
        self._area: tuple[str, list[str]] | None = None
        self._words: list[str] = []
        self.feed(answer.text)

    @property
    def text(self) -> str:
        """All words of the page, blanks made single."""
        return " ".join(" ".join(self._words).split())

    def form(self, action: str | None = None) -> Form:
        """The form that goes to a path (ends with it); without one, the last form: the first is the way out."""
        found = [form for form in self.forms if action is None or form.action.endswith(action)]
        assert found, f"no form goes to {action}; there are {[form.action for form in self.forms]}"
        return found[-1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        given = dict(attrs)
        if tag == "form":
            self.forms.append(Form(given.get("action") or ""))
        elif tag == "input":
            self._input(given)
        elif tag == "select":
            self._select = given.get("name")
        elif tag == "option" and self._select and self.forms:
            self._option(given)
        elif tag == "textarea":
            self._area = (given.get("name") or "", [])
        if tag in _TEXT_OF:
            self._open.append((tag, given, []))

    def handle_endtag(self, tag: str) -> None:
        """Called by the parser."""
        if tag == "select":
            self._select = None
        if tag == "textarea" and self._area and self.forms:
            self.forms[-1].fields.append((self._area[0], "".join(self._area[1])))
            self._area = None
        if tag in _TEXT_OF and any(opened == tag for opened, _, _ in self._open):
            while True:
                opened, attributes, words = self._open.pop()
                text = " ".join("".join(words).split())
                if opened in ("h1", "h2", "h3"):
                    self.headings.append(text)
                if opened == "a":
                    self.links[text] = attributes.get("href") or ""
                if opened == tag:
                    return

    def handle_data(self, data: str) -> None:
        """Called by the parser."""
        self._words.append(data)
        for _, _, words in self._open:
            words.append(data)
        if self._area is not None:
            self._area[1].append(data)

    def _input(self, given: dict[str, str | None]) -> None:
        kind = given.get("type") or "text"
        name = given.get("name")
        if not self.forms or not name or kind in ("submit", "button", "file"):
            return
        if kind in ("checkbox", "radio") and "checked" not in given:
            return
        self.forms[-1].fields.append((name, given.get("value") or ("on" if kind in ("checkbox", "radio") else "")))

    def _option(self, given: dict[str, str | None]) -> None:
        form, name = self.forms[-1], self._select or ""
        known = [n for n, (field_name, _) in enumerate(form.fields) if field_name == name]
        if "selected" in given and known:
            form.fields[known[0]] = (name, given.get("value") or "")
        elif not known:
            form.fields.append((name, given.get("value") or ""))
