"""Families of the invented city. Every NIK and family-card number begins with 327599: Bekasi has no district 99."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from tools.sample.city import Ward, mobile
from tools.sample.dice import Dice
from tools.sample.names import full_name, landmark, street_address

REGION = "327599"

_WOMAN = 40


@dataclass(frozen=True, slots=True)
class Person:
    """`nik` is empty for a newborn: the number comes with the birth certificate."""

    name: str
    sex: str
    born: date
    nik: str


@dataclass(frozen=True, slots=True)
class Household:
    """One family card: one address, often one phone for all."""

    kk: str
    ward: Ward
    rt: str
    address: str
    landmark: str
    phone: str
    email: str


class Registry:
    """Hands out numbers that nobody else in the sample has."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._serials: Counter[str] = Counter()
        self._households = 0

    def household(self, ward: Ward) -> Household:
        """A new family in this RW."""
        self._households += 1
        dice = self._dice
        carded = date(2011, 1, 3) + timedelta(days=dice.number(0, 4500))
        return Household(
            kk=self._numbered(f"{carded:%d%m%y}"),
            ward=ward,
            rt=f"{dice.number(1, 12):03d}",
            address=street_address(dice),
            landmark=landmark(dice),
            phone=mobile(dice, self._households, dice.pick(("0812", "0813", "0857", "0896"))),
            email=f"warga{self._households}@surat.example" if dice.chance(0.15) else "",
        )

    def adult(self, age: int, today: date) -> Person:
        """A man or a woman who is about `age` years old, with a NIK."""
        sex = self._dice.pick("LP")
        born = today - timedelta(days=age * 366 + self._dice.number(1, 300))
        return self._person(sex, born)

    def leapling(self) -> Person:
        """Someone born on a 29 February, which a hasty check calls impossible."""
        return self._person(self._dice.pick("LP"), date(self._dice.pick((1972, 1980, 1988, 1996, 2000)), 2, 29))

    def newborn(self, today: date) -> Person:
        """A baby of some weeks, without NIK."""
        sex = self._dice.pick("LP")
        born = today - timedelta(days=self._dice.number(7, 55))
        return Person(full_name(self._dice, sex, born), sex, born, "")

    def _person(self, sex: str, born: date) -> Person:
        day = born.day + (_WOMAN if sex == "P" else 0)
        return Person(full_name(self._dice, sex, born), sex, born, self._numbered(f"{day:02d}{born:%m%y}"))

    def _numbered(self, six: str) -> str:
        self._serials[six] += 1
        return f"{REGION}{six}{self._serials[six]:04d}"
