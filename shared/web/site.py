"""Renders the pages of one service: its own templates over the shared frame, in the reader's language."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from shared.people.access import Access, public
from shared.people.forms import FIELD
from shared.settings import ServiceSettings
from shared.web.dates import FILTERS
from shared.web.language import LANGUAGES, language_of, other_languages, remember_language, said, translations
from shared.web.menu import Menu
from shared.web.static import StaticFiles

HERE = Path(__file__).parent


class Site:
    """`prefix` is where the service's pages begin (/loket); `templates` its folder, with `locale` beside it.

    `front` is the page for those who have not signed in, the prefix unless there is another.
    """

    def __init__(
        self, settings: ServiceSettings, prefix: str, templates: Path | None = None, front: str | None = None
    ) -> None:
        self.prefix = prefix
        self.menu = Menu(settings.addresses)
        self._static = StaticFiles(HERE / "static")
        folders = [templates] if templates else []
        self._catalogues = tuple(folder.parent / "locale" for folder in [*folders, HERE / "templates"])
        self._environments = {
            language: _environment([*folders, HERE / "templates"], language, self._catalogues) for language in LANGUAGES
        }
        for environment in self._environments.values():
            environment.globals |= {
                "brand": "Antar",
                "office": settings.office,
                "development_sign_in": settings.development_sign_in,
                "prefix": prefix,
                "front": front or prefix,
                "menu": self.menu,
                "static": self._static.url,
                "form_field": _form_field,
            }
        self.router = self._static.router()
        self.access: Access = {"GET /static/{name}": public()}

    def page(
        self,
        template: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        request: Request,
        **values: Any,
    ) -> HTMLResponse:
        """The page as an answer. Values are escaped. Templates know the `visit`, the `language` and the `path`."""
        language = language_of(request)
        visit = getattr(request.state, "visit", None)
        text = (
            self._environments[language]
            .get_template(template)
            .render(
                **values,
                visit=visit,
                language=language,
                other_languages=other_languages(request),
                path=request.url.path,
                request=request,
            )
        )
        response = HTMLResponse(text, status, {"Content-Language": language, **(headers or {})})
        remember_language(request, response)
        return response

    def say(self, request: Request, sentence: str, **values: object) -> str:
        """A sentence in the reader's language, with `values` in the places that it keeps for them: %(n)s."""
        return said(translations(language_of(request), self._catalogues), sentence, **values)


def _environment(folders: list[Path], language: str, catalogues: tuple[Path, ...]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folders),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalogue = translations(language, catalogues)
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["say"] = partial(said, catalogue)
    environment.filters |= FILTERS[language]
    return environment


@pass_context
def _form_field(context: Context) -> Markup:
    """The hidden field that each form of a signed-in person carries."""
    request: Request = context["request"]
    session = request.state.visit.session
    value = request.app.state.doors.forms.new(session.id) if session else ""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, value)
