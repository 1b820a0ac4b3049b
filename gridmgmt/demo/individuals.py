"""One invented person: a name of the decade, a birth date, a number with a right check digit."""

import csv
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from residents.models import HEAD_OF_HOUSEHOLD
from residents.people.idnumber import check_character

DATA = Path(__file__).parent / "data"
MALE, FEMALE = "1", "2"
SPOUSE, SON, DAUGHTER, FATHER, MOTHER = "10", "20", "30", "51", "52"
GRANDSON, GRANDDAUGHTER, NOT_RELATED = "41", "42", "98"
UNMARRIED, MARRIED, WIDOWED, DIVORCED = "10", "20", "30", "40"
HOME_REGIONS = ["370402"] * 14 + ["370403", "370404", "370405", "370406", "370481"]
OTHER_REGIONS = {
    "320382": "江苏省邳州市",
    "341302": "安徽省宿州市埇桥区",
    "371311": "山东省临沂市罗庄区",
    "411481": "河南省永城市",
    "370826": "山东省微山县",
    "620523": "甘肃省甘谷县",
}
EMPLOYERS = [
    "枣庄矿业集团",
    "市中区实验学校",
    "枣庄市立医院",
    "个体经营",
    "灵活就业",
    "物流公司",
]
EMPLOYERS += ["建筑公司", "市中区政务服务中心", "纺织厂", "超市", "公交公司", "机械厂"]


@dataclass
class Person:
    """`care` holds (category code, since)."""

    name: str
    sex: str
    birth_on: date
    relation: str
    marital: str
    education: str
    ethnicity: str
    id_number: str
    phone: str = ""
    employer: str = ""
    kind: str = "registered"
    registered_address: str = "山东省枣庄市市中区"
    care: list[tuple[str, date]] = field(default_factory=list)

    def age(self, today: date) -> int:
        return (today - self.birth_on).days * 4 // 1461


class Individuals:
    """Invents people; remembers the numbers that were given out."""

    def __init__(self, seed, today):
        self.chance = random.Random(seed)
        self.today = today
        self._numbers: set[str] = set()
        self._phones = 0
        surnames = list(_read("surnames.csv"))
        self._surnames = [row["surname"] for row in surnames]
        self._weights = [float(row["weight"]) for row in surnames]
        self._given: dict[tuple[str, int], list[str]] = {}
        for row in _read("given_names.csv"):
            self._given.setdefault((row["sex"], int(row["born_from"])), []).append(row["name"])

    def person(
        self,
        age,
        *,
        sex=None,
        surname=None,
        relation=HEAD_OF_HOUSEHOLD,
        marital=UNMARRIED,
        region=None,
        kind="registered",
    ):
        sex = sex or self.pick(MALE, FEMALE)
        birth = self.today - timedelta(days=age * 365 + age // 4 + self.chance.randint(1, 360))
        where = region or self.chance.choice(HOME_REGIONS)
        return Person(
            name=self._name(sex, birth, surname),
            sex=sex,
            birth_on=birth,
            relation=relation,
            marital=marital,
            education=self._education(age, birth),
            ethnicity=self.chance.choices(["01", "03", "11"], [94, 5, 1])[0],
            id_number=self._number(where, birth, sex),
            phone=self._phone() if 14 <= age <= 86 else "",
            employer=self._employer(age, marital),
            kind=kind,
            registered_address=OTHER_REGIONS.get(region, "山东省枣庄市市中区"),
        )

    def _name(self, sex, birth, surname):
        surname = surname or self.chance.choices(self._surnames, self._weights)[0]
        born = max(
            (key[1] for key in self._given if key[0] == sex and key[1] <= birth.year),
            default=1930,
        )
        given = self.chance.choice(self._given[sex, born])
        return surname + given

    def _number(self, region, birth, sex):
        while True:
            order = self.chance.randrange(1, 999)
            order += (order % 2 == 1) != (sex == MALE)
            body = f"{region}{birth:%Y%m%d}{order:03d}"
            if body not in self._numbers:
                self._numbers.add(body)
                return body + check_character(body)

    def start_phones_at(self, number: int):
        self._phones = number

    def _phone(self):
        self._phones += 1
        return f"19900{self._phones:06d}"

    def _education(self, age, birth):
        if age < 6:
            return ""
        if age < 18:
            return "80" if age < 12 else "70" if age < 15 else "60"
        by_birth = [
            (1945, ["90", "80", "80", "70"]),
            (1965, ["80", "70", "70", "60"]),
            (1985, ["70", "60", "40", "30", "20"]),
            (9999, ["60", "40", "30", "30", "20", "20", "10"]),
        ]
        return self.chance.choice(next(c for year, c in by_birth if birth.year < year))

    def _employer(self, age, marital):
        if age < 6:
            return ""
        if age < 22 and marital == UNMARRIED:
            return "学生"
        return "退休" if age >= 60 else self.chance.choice(EMPLOYERS)

    def years(self, low, high):
        return self.chance.randint(low, high)

    def pick(self, *options):
        return self.chance.choice(options)


def _read(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
