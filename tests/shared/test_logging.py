"""What a log line says of a failure: what kind and where, never its text."""

import logging

import pytest

from shared.logging import where_not_what

SECRET = "3275990101900001"
TASK = f"Task exception was never retrieved\nfuture: <Task finished exception=ValueError('{SECRET}')>"


def failure() -> ValueError:
    with pytest.raises(ValueError, match=SECRET) as caught:
        int(f"NIK {SECRET}")
    return caught.value


def test_of_a_group_of_tasks_the_cause_is_named() -> None:
    line = where_not_what(None, "error", {"exc_info": ExceptionGroup(SECRET, [failure()])})
    assert line["error"] == "ValueError"
    assert SECRET not in str(line)


@pytest.mark.parametrize(
    ("library", "message"), [("uvicorn.error", "Exception in ASGI application"), ("asyncio", TASK)]
)
def test_a_librarys_line_names_the_exception_without_its_text(library: str, message: str) -> None:
    ours = next(h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler)
    error = failure()
    record = logging.LogRecord(
        library, logging.ERROR, __file__, 1, message, (), (ValueError, error, error.__traceback__)
    )
    line = ours.format(record)
    assert line.startswith(f"{library} ERROR {message.splitlines()[0]}")
    assert "ValueError at test_logging.py" in line
    assert SECRET not in line
