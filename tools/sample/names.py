"""Names, streets and landmarks that sound of Bekasi and belong to nobody: syllables joined by the dice."""

from datetime import date

from tools.sample.dice import Dice


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_MEN = _words(
    "Adi Agung Agus Andri Arif Bagus Bambang Budi Cahyo Dadang Dedi Dimas Eko Fajar Galih Gilang Hadi Hendra Imam "
    "Indra Irfan Iwan Joko Kurnia Lukman Maman Ma'ruf Nurdin Panji Rahmat Rizal Rudi Satria Slamet Soleh Sugeng "
    "Taufik Ujang Wahyu Wawan Yanto Yusuf Zainal"
)
_WOMEN = _words(
    "Aisyah Anisa Ayu Citra Dewi Dian Endah Euis Fitri Gita Hani Ika Indah Intan Kartika Laras Lestari Lilis Maya "
    "Mega Nanda Neneng Ningsih Nur'aini Putri Rahayu Ratna Rina Rini Sari Sekar Siti Sri Suci Tati Titin Tuti Ulfa "
    "Wati Wulan Yanti Yuni Zahra"
)
_STARTS = _words("Arga Banyu Cakra Danu Giri Harja Jala Kerta Laksa Mangun Nata Purwa Reksa Sasra Tirta Wana Wira Yuda")
_ENDS = _words("darpa gangsa jasana kartala limbara mangala narpati palwa ranggala saloka tanaya wirasa yasana")
_TREES = _words(
    "Akasia Beringin Cempaka Dahlia Flamboyan Gaharu Jambu Kamboja Kemuning Ketapang Mahoni Melati Nangka Palem "
    "Rambutan Sawo Seroja Teratai Tanjung Waru"
)
_ESTATES = ("Griya Asri", "Pondok Lestari", "Taman Sejahtera", "Puri Kencana", "Bumi Damai")
_LANDMARKS = (
    "dekat musala",
    "samping warung nasi",
    "depan lapangan bulu tangkis",
    "pagar hijau",
    "rumah pojok",
    "belakang posyandu",
)


def full_name(dice: Dice, sex: str, born: date) -> str:
    """A name of one to three words; one word alone is what many elders have."""
    last = dice.pick(_STARTS) + dice.pick(_ENDS)
    if born.year < 1960 and dice.chance(0.3):
        return last
    first = dice.pick(_MEN if sex == "L" else _WOMEN)
    if dice.chance(0.35):
        first += " " + dice.pick(_MEN if sex == "L" else _WOMEN)
    title = "H. " if sex == "L" and born.year < 1975 and dice.chance(0.08) else ""
    return f"{title}{first} {last}"


def other_spelling(name: str) -> str:
    """The same name as another officer wrote it."""
    return name.upper().replace("'", "").replace("J", "DJ", 1) + " "


def street_address(dice: Dice) -> str:
    """A street and number, an alley, or a block of an estate."""
    if dice.chance(0.25):
        block = "ABCDEFGH"[dice.number(0, 7)]
        return f"Perum {dice.pick(_ESTATES)} Blok {block}{dice.number(1, 30)}, No. {dice.number(1, 99)}"
    way = dice.pick(("Jl.", "Jl.", "Gg."))
    return f"{way} {dice.pick(_TREES)} {dice.number(1, 60)} No. {dice.number(1, 250)}"


def landmark(dice: Dice) -> str:
    """What a courier looks for where there is no number on the house; often nothing."""
    return dice.pick(_LANDMARKS) if dice.chance(0.4) else ""
