"""The office's time: events carry UTC, but days begin and end, and people read clocks, in western Indonesia."""

from datetime import timedelta, timezone
from typing import Final

WIB: Final = timezone(timedelta(hours=7), "WIB")
"""Waktu Indonesia Barat, UTC+7 without summer time."""
