"""What the printing service is told from outside."""

from typing import Annotated, Literal

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """`printer` "simulated" prints by itself; "manual" leaves it to an operator who scans each card."""

    printer: Literal["simulated", "manual"] = "simulated"
    printer_seed: int = 0
    printer_spoil_rate: Annotated[float, Field(ge=0, le=1)] = 0.0
