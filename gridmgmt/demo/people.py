"""Invented families: believable ages, names of their decade, right check digits.

Pure: the same seed and day give the same people. Their telephone numbers begin with 199000.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from residents.idnumber import check_character

DATA = Path(__file__).parent / "data"
MALE, FEMALE = "1", "2"
HEAD, SPOUSE, SON, DAUGHTER, FATHER, MOTHER = "02", "10", "20", "30", "51", "52"
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

# share of all households, kind
FAMILIES = [
    (30, "couple_with_children"),
    (9, "young_couple"),
    (15, "elder_couple"),
    (4, "elder_alone"),
    (10, "single"),
    (14, "three_generations"),
    (2, "single_parent"),
    (1.5, "grandparents"),
    (12, "floating"),
]
# chance of a household, care category, lowest and highest age
CARE = [
    (0.020, "101", 18, 90),
    (0.015, "102", 18, 90),
    (0.020, "201", 5, 90),
    (0.010, "202", 30, 90),
    (0.012, "501", 25, 58),
    (0.010, "502", 60, 95),
    (0.003, "601", 25, 60),
    (0.002, "602", 20, 60),
    (0.003, "304", 70, 99),
]


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


@dataclass
class Family:
    kind: str
    members: list[Person]

    @property
    def head(self) -> Person:
        return self.members[0]

    @property
    def is_floating(self) -> bool:
        return self.kind == "floating"


def families(seed: int, today: date) -> Iterator[Family]:
    """Without an end; take as many as are needed."""
    return _Registry(f"families {seed}", today).families()


def colleagues(seed: int, today: date) -> Iterator[tuple[str, str]]:
    """(full name, phone) of people who could work here; without an end."""
    registry = _Registry(f"colleagues {seed}", today)
    registry._phones = 500_000
    while True:
        person = registry._person(registry._years(24, 58))
        yield person.name, person.phone


class _Registry:
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
            self._given.setdefault((row["sex"], int(row["born_from"])), []).append(
                row["name"]
            )

    def families(self):
        shares = [share for share, __ in FAMILIES]
        kinds = [kind for __, kind in FAMILIES]
        while True:
            kind = self.chance.choices(kinds, shares)[0]
            family = Family(kind, list(getattr(self, f"_{kind}")()))
            self._care(family)
            yield family

    # Who lives together

    def _couple_with_children(self):
        head, spouse = self._couple(self._years(29, 52))
        yield from (head, spouse)
        yield from self._children(head, spouse, at_least=1)

    def _young_couple(self):
        yield from self._couple(self._years(23, 33))

    def _elder_couple(self):
        yield from self._couple(self._years(60, 84))

    def _elder_alone(self):
        yield self._person(self._years(66, 92), marital=WIDOWED)

    def _single(self):
        yield self._person(self._years(22, 55), marital=self._pick(UNMARRIED, DIVORCED))

    def _three_generations(self):
        head, spouse = self._couple(self._years(32, 48))
        yield from (head, spouse)
        yield from self._children(head, spouse, at_least=1)
        parent_age = head.age(self.today) + self.chance.randint(22, 31)
        father, mother = self._couple(parent_age, surname=head.name[0])
        father.relation, mother.relation = FATHER, MOTHER
        elders = [father, mother] if head.sex == MALE else [mother]
        if self.chance.random() < 0.4 and parent_age > 64:
            elders = elders[-1:]
            elders[0].marital = WIDOWED
        yield from elders

    def _single_parent(self):
        head = self._person(self._years(28, 46), marital=self._pick(DIVORCED, WIDOWED))
        yield head
        yield from self._children(head, None, at_least=1)

    def _grandparents(self):
        head, spouse = self._couple(self._years(56, 72))
        yield from (head, spouse)
        sex = self._pick(MALE, FEMALE)
        relation = GRANDSON if sex == MALE else GRANDDAUGHTER
        age = self._years(3, 14)
        yield self._person(
            age, sex=sex, relation=relation, surname=head.name[0], kind="left_behind"
        )

    def _floating(self):
        region = self.chance.choice(sorted(OTHER_REGIONS))
        come = {"region": region, "kind": "floating"}
        if self.chance.random() < 0.45:
            head, spouse = self._couple(self._years(22, 42), **come)
            yield from (head, spouse)
            yield from self._children(head, spouse, at_least=0, **come)
        else:
            head = self._person(self._years(19, 45), marital=UNMARRIED, **come)
            yield head
            for __ in range(self.chance.choice([0, 0, 1, 2])):
                yield self._person(
                    self._years(19, 45),
                    marital=UNMARRIED,
                    relation=NOT_RELATED,
                    sex=head.sex,
                    **come,
                )

    def _couple(self, age, *, surname=None, **where):
        husband = self._person(age, sex=MALE, surname=surname, marital=MARRIED, **where)
        younger = max(21, age - self.chance.choice([-1, 0, 1, 1, 2, 2, 3, 4]))
        wife = self._person(younger, sex=FEMALE, marital=MARRIED, **where)
        head, other = (
            (husband, wife) if self.chance.random() < 0.85 else (wife, husband)
        )
        other.relation = SPOUSE
        return head, other

    def _children(self, head, spouse, *, at_least, **where):
        parents = [person for person in (head, spouse) if person]
        youngest = min(person.age(self.today) for person in parents)
        surname = next((p.name[0] for p in parents if p.sex == MALE), head.name[0])
        oldest = min(youngest - 21, 24)
        count = max(at_least, self.chance.choices([0, 1, 2, 3], [1, 5, 4, 0.4])[0])
        ages = sorted(
            (self._years(0, max(0, oldest)) for __ in range(count)), reverse=True
        )
        for age in ages:
            sex = self._pick(MALE, FEMALE)
            relation = SON if sex == MALE else DAUGHTER
            yield self._person(
                age, sex=sex, surname=surname, relation=relation, **where
            )

    # One person

    def _person(
        self,
        age,
        *,
        sex=None,
        surname=None,
        relation=HEAD,
        marital=UNMARRIED,
        region=None,
        kind="registered",
    ):
        sex = sex or self._pick(MALE, FEMALE)
        birth = self.today - timedelta(
            days=age * 365 + age // 4 + self.chance.randint(1, 360)
        )
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

    def _care(self, family):
        for person in family.members:
            age = person.age(self.today)
            for code in self._certain_care(family, person, age):
                person.care.append((code, self._since(person)))
            for share, code, low, high in CARE:
                if low <= age <= high and self.chance.random() < share / 3.5:
                    person.care.append((code, self._since(person)))

    def _certain_care(self, family, person, age):
        if family.kind == "elder_alone" and age >= 70:
            yield "301"
        if family.kind == "single_parent" and person.relation == HEAD:
            yield "401"
        if family.kind == "grandparents" and age < 16:
            yield "404"
        if age >= 88:
            yield "303"

    def _since(self, person):
        day = self.today - timedelta(days=self.chance.randint(40, 1800))
        return max(day, person.birth_on)

    def _years(self, low, high):
        return self.chance.randint(low, high)

    def _pick(self, *options):
        return self.chance.choice(options)


def _read(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
