"""Invented families: believable ages, names of their decade, right check digits.

Pure: the same seed and day give the same people. Their telephone numbers begin with 199000.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from gridmgmt.demo.individuals import (
    DAUGHTER,
    DIVORCED,
    FATHER,
    FEMALE,
    GRANDDAUGHTER,
    GRANDSON,
    MALE,
    MARRIED,
    MOTHER,
    NOT_RELATED,
    OTHER_REGIONS,
    SON,
    SPOUSE,
    UNMARRIED,
    WIDOWED,
    Individuals,
    Person,
)
from residents.models import HEAD_OF_HOUSEHOLD

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
LARGE = ["couple_with_children", "three_generations"]
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
class Family:
    kind: str
    members: list[Person]

    @property
    def head(self) -> Person:
        return self.members[0]

    @property
    def is_floating(self) -> bool:
        return self.kind == "floating"


def families(seed: int, today: date, *, persons_each: float | None = None) -> Iterator[Family]:
    """Without an end; take as many as are needed. `persons_each`: so large on the average."""
    return _Registry(f"families {seed}", today).families(persons_each)


def colleagues(seed: int, today: date, *, phones_from: int = 500_000) -> Iterator[tuple[str, str]]:
    """(full name, phone) of people who could work here; without an end."""
    registry = _Registry(f"colleagues {seed}", today)
    registry.start_phones_at(phones_from)
    while True:
        person = registry.person(registry.years(24, 58))
        yield person.name, person.phone


class _Registry(Individuals):
    """Who lives together."""

    def families(self, persons_each=None):
        shares = [share for share, __ in FAMILIES]
        kinds = [kind for __, kind in FAMILIES]
        wanted, persons = 0.0, 0
        while True:
            is_behind = persons_each is not None and persons < wanted
            kind = self.pick(*LARGE) if is_behind else self.chance.choices(kinds, shares)[0]
            family = Family(kind, list(getattr(self, f"_{kind}")()))
            self._care(family)
            wanted, persons = (
                wanted + (persons_each or 0),
                persons + len(family.members),
            )
            yield family

    # Who lives together

    def _couple_with_children(self):
        head, spouse = self._couple(self.years(29, 52))
        yield from (head, spouse)
        yield from self._children(head, spouse, at_least=1)

    def _young_couple(self):
        yield from self._couple(self.years(23, 33))

    def _elder_couple(self):
        yield from self._couple(self.years(60, 84))

    def _elder_alone(self):
        yield self.person(self.years(66, 92), marital=WIDOWED)

    def _single(self):
        yield self.person(self.years(22, 55), marital=self.pick(UNMARRIED, DIVORCED))

    def _three_generations(self):
        head, spouse = self._couple(self.years(32, 48))
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
        head = self.person(self.years(28, 46), marital=self.pick(DIVORCED, WIDOWED))
        yield head
        yield from self._children(head, None, at_least=1)

    def _grandparents(self):
        head, spouse = self._couple(self.years(56, 72))
        yield from (head, spouse)
        sex = self.pick(MALE, FEMALE)
        relation = GRANDSON if sex == MALE else GRANDDAUGHTER
        age = self.years(3, 14)
        yield self.person(age, sex=sex, relation=relation, surname=head.name[0], kind="left_behind")

    def _floating(self):
        region = self.chance.choice(sorted(OTHER_REGIONS))
        come = {"region": region, "kind": "floating"}
        if self.chance.random() < 0.45:
            head, spouse = self._couple(self.years(22, 42), **come)
            yield from (head, spouse)
            yield from self._children(head, spouse, at_least=0, **come)
        else:
            head = self.person(self.years(19, 45), marital=UNMARRIED, **come)
            yield head
            for __ in range(self.chance.choice([0, 0, 1, 2])):
                yield self.person(
                    self.years(19, 45),
                    marital=UNMARRIED,
                    relation=NOT_RELATED,
                    sex=head.sex,
                    **come,
                )

    def _couple(self, age, *, surname=None, **where):
        husband = self.person(age, sex=MALE, surname=surname, marital=MARRIED, **where)
        younger = max(21, age - self.chance.choice([-1, 0, 1, 1, 2, 2, 3, 4]))
        wife = self.person(younger, sex=FEMALE, marital=MARRIED, **where)
        head, other = (husband, wife) if self.chance.random() < 0.85 else (wife, husband)
        other.relation = SPOUSE
        return head, other

    def _children(self, head, spouse, *, at_least, **where):
        parents = [person for person in (head, spouse) if person]
        youngest = min(person.age(self.today) for person in parents)
        surname = next((p.name[0] for p in parents if p.sex == MALE), head.name[0])
        oldest = min(youngest - 21, 24)
        count = max(at_least, self.chance.choices([0, 1, 2, 3], [1, 5, 4, 0.4])[0])
        ages = sorted((self.years(0, max(0, oldest)) for __ in range(count)), reverse=True)
        for age in ages:
            sex = self.pick(MALE, FEMALE)
            relation = SON if sex == MALE else DAUGHTER
            yield self.person(age, sex=sex, surname=surname, relation=relation, **where)

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
        if family.kind == "single_parent" and person.relation == HEAD_OF_HOUSEHOLD:
            yield "401"
        if family.kind == "grandparents" and age < 16:
            yield "404"
        if age >= 88:
            yield "303"

    def _since(self, person):
        day = self.today - timedelta(days=self.chance.randint(40, 1800))
        return max(day, person.birth_on)
