"""Where a container finds its secrets: one file each, named as the setting that it is (antar_session_key)."""

from pathlib import Path
from typing import Final

SECRETS: Final = Path("/run/secrets")
"""The folder in which an engine of containers puts them."""
