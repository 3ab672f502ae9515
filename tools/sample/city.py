"""The city's neighbourhoods and who brings documents there; a few have no courier, some of them get one later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.events.regions import Kelurahan, kelurahan_by_code
from tools.sample.dice import Dice
from tools.sample.names import full_name

WITHOUT_COURIER = 0.015


@dataclass(frozen=True, slots=True)
class Courier:
    """A TKK: the badge that events name, and the name and phone that they must not."""

    badge: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Ward:
    """One RW. `courier` is None where nobody was appointed; `late` marks one appointed only after the first lot."""

    kelurahan: Kelurahan
    rw: str
    courier: Courier | None
    late: bool

    @property
    def covered(self) -> bool:
        """Whether a courier serves it from the first day."""
        return self.courier is not None and not self.late


def build_wards(seed: int, count: int) -> list[Ward]:
    """`count` RW over the 56 kelurahan, numbered within each: big and small ones, about count / 56 on average."""
    dice = Dice(seed, "city")
    sizes = _sizes(dice, count)
    wards: list[Ward] = []
    for kelurahan, size in zip(kelurahan_by_code().values(), sizes, strict=True):
        wards.extend(_ward(dice, kelurahan, number, len(wards)) for number in range(1, size + 1))
    return wards if any(not w.covered for w in wards) else [*wards[:-1], _uncovered(wards[-1])]


def _sizes(dice: Dice, count: int) -> Sequence[int]:
    places = len(kelurahan_by_code())
    weights = [dice.number(60, 140) for _ in range(places)]
    share = [weight * count // sum(weights) for weight in weights]
    for at in range(count - sum(share)):
        share[at % places] += 1
    return share


def _ward(dice: Dice, kelurahan: Kelurahan, number: int, index: int) -> Ward:
    sex = dice.pick("LP")
    courier = Courier(f"TKK-{index + 1:04d}", full_name(dice, sex, date(1985, 1, 1)), mobile(dice, index, "0878"))
    lacking, late = dice.chance(WITHOUT_COURIER), dice.chance(0.5)
    return Ward(kelurahan, f"{number:03d}", None if lacking and not late else courier, lacking and late)


def _uncovered(ward: Ward) -> Ward:
    return Ward(ward.kelurahan, ward.rw, None, late=False)


def mobile(dice: Dice, index: int, prefix: str) -> str:
    """A mobile number of twelve digits that no other index has."""
    return f"{prefix}{index % 1_000_000:06d}{dice.number(10, 99)}"
