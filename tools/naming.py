"""The name of a service as somebody typed it."""

import typer


def known_service(service: str, hint: str) -> str:
    """The same name, or a refusal that says which there are."""
    from shared.packages import UnknownServiceError, package_of  # noqa: PLC0415

    try:
        package_of(service)
    except UnknownServiceError as failure:
        raise typer.BadParameter(str(failure), param_hint=hint) from None
    return service
