"""90 days of cases in every stage and under every light, each with the events that led there."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from cases.catalogue import versions
from cases.models import CaseStandard
from gridmgmt.demo import stories
from gridmgmt.demo.ground import Ground
from gridmgmt.demo.places import EMPTY_COMMUNITY, REGISTERED_COMMUNITIES, Place
from gridmgmt.demo.registers import Registers
from gridmgmt.demo.timelines import FINISHED, REJECTED, SOLVED, Timelines
from gridmgmt.demo.timing import Timer, Timing

# share of all cases, light at the day of the demo, stages
MIX = [
    (0.08, SOLVED, {"closed": 1}),
    (0.54, FINISHED, {"closed": 3, "evaluated": 7}),
    (0.04, REJECTED, {"rejected": 1}),
    (
        0.20,
        "green",
        {"reported": 2, "registered": 2, "dispatched": 3, "handling": 5, "feedback": 3},
    ),
    (
        0.06,
        "yellow",
        {"reported": 1, "registered": 1, "dispatched": 2, "handling": 6, "feedback": 2},
    ),
    (0.08, "red", {"registered": 1, "dispatched": 2, "handling": 7, "feedback": 2}),
]
# urgent matters are rarer, and turn red before the demo is looked at
URGENT_SHARE = 0.25
# what is not among the frequent: the catalogue is long
RARE = 0.15


@dataclass
class Draft:
    """A case before it becomes rows; `at` is when it reached each step."""

    number: int
    unit: Place
    standard: CaseStandard
    source: str
    stage: str
    light: str
    at: dict[str, datetime]
    timing: Timing | None
    address: str
    lon: float
    lat: float
    household: int | None = None
    reporter: int | None = None
    department: int | None = None
    handler: int | None = None
    dispatcher: int | None = None
    verifier: int | None = None
    rating: tuple[int, str] | None = None
    was_returned: bool = False
    is_solved_on_the_spot: bool = False
    notes: dict[str, str] = field(default_factory=dict)  # step -> what was said
    client_uuid: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def title(self) -> str:
        return stories.title_of(self.standard.category.name, self.standard.condition)

    @property
    def ended_at(self) -> datetime | None:
        return self.at.get("closed") or self.at.get("rejected")


class Casebook:
    """Invents the cases of a district up to `now`.

    `evenly`: everywhere alike; else most of them where the demo's log-ins work.
    """

    def __init__(
        self,
        ground: Ground,
        registers: Registers,
        *,
        seed: int,
        now: datetime,
        timer: Timer,
        evenly: bool = False,
    ):
        self.ground, self.registers, self.evenly = ground, registers, evenly
        self.now = now
        self.chance = random.Random(f"cases {seed} {ground.code}")
        self.timelines = Timelines(timer, now, self.chance)
        # A broken component is reported as the matter that it is.
        known = versions.in_force(timezone.localdate(now)).exclude(category__kind="component")
        self.standards = list(known.select_related("category").order_by("pk"))
        self._weights = [
            stories.FREQUENT.get(s.category.name, RARE) * (URGENT_SHARE if s.is_urgent else 1)
            for s in self.standards
        ]
        self._homes: dict[str, list] = {}
        for home in registers.homes:
            self._homes.setdefault(home.unit, []).append(home)
        self._units, self._unit_weights = self._places()

    def invent(self, count: int, mix=None) -> list[Draft]:
        drafts = []
        for share, light, stages in mix or MIX:
            for index in range(max(len(stages), round(share * count))):
                # Each stage at least once, then by weight.
                wanted = list(stages)[index] if index < len(stages) else self._pick(stages)
                drafts.append(self._invent(light, wanted))
        drafts.sort(key=lambda draft: draft.at["reported"])
        for number, draft in enumerate(drafts, start=1):
            draft.number = number
        return drafts

    def _invent(self, light, stage) -> Draft:
        for __ in range(400):
            standard = self.chance.choices(self.standards, self._weights)[0]
            at = self.timelines.find(standard, light, stage)
            if at is not None:
                return self._tell(standard, light, stage, *at)
        raise RuntimeError(f"no {light} case at {stage} can be invented for {self.now}")

    # Where and who

    def _places(self):
        units = self.ground.of_tier("unit")
        codes = [unit.code for unit in units]
        return codes, [1.0 if self.evenly else _liveliness(code) for code in codes]

    def _tell(self, standard, light, stage, at, timing) -> Draft:
        code = self.chance.choices(self._units, self._unit_weights)[0]
        unit = self.ground.places[code]
        source = self._pick({name: weight for name, (weight, __) in stories.SOURCES.items()})
        lon, lat = self.ground.lattice.inside(
            unit.area, self.chance.uniform(0.05, 0.95), self.chance.uniform(0.05, 0.95)
        )
        draft = Draft(0, unit, standard, source, stage, light, at, timing, "", lon, lat)
        draft.client_uuid = uuid.UUID(int=self.chance.getrandbits(128), version=4)
        draft.is_solved_on_the_spot = light == SOLVED
        if draft.is_solved_on_the_spot:
            draft.source = "patrol"
        self._place(draft)
        self._people(draft)
        self._words(draft)
        return draft

    def _place(self, draft):
        homes = self._homes.get(draft.unit.code)
        personal = draft.source == "visit" or draft.standard.category.kind in {
            "request",
            "errand",
        }
        if homes and personal:
            home = self.chance.choice(homes)
            draft.household, draft.address = home.key, home.address
        elif homes:
            __, address = self.chance.choice(self.registers.buildings_of[draft.unit.code])
            draft.address = f"{address}{self.chance.choice(SIDES)}"
        else:
            draft.address = f"{draft.unit.name}{self.chance.choice(SPOTS)}"

    def _people(self, draft):
        ground, code = self.ground, draft.unit.code
        workers = ground.workers.get(code)
        community = ground.of_community(code[:12])
        field_worker = workers[0] if workers else community
        draft.dispatcher = ground.dispatchers[0] if ground.dispatchers else community
        draft.verifier = field_worker
        if draft.source in {"patrol", "visit", "check"}:
            draft.reporter = field_worker
        elif draft.source == "hotline":
            draft.reporter = draft.dispatcher
        if draft.is_solved_on_the_spot:
            draft.handler = field_worker
        if "dispatched" in draft.at:
            line = draft.standard.default_line
            draft.department = ground.department(line, code) or ground.department(
                "street_office", code
            )
        if "handling" in draft.at:
            draft.handler = self.chance.choice(ground.handlers[draft.department])

    def _words(self, draft):
        chance = self.chance
        draft.was_returned = "feedback" in draft.at and chance.random() < 0.08
        draft.notes = {
            "reject": chance.choice(stories.REJECTIONS) if draft.stage == "rejected" else "",
            "solve": chance.choice(stories.HANDLED),
            "feed_back": chance.choice(stories.HANDLED),
            "verify_failed": chance.choice(stories.RETURNED),
        }
        if draft.stage in {"closed", "evaluated"}:
            closing = draft.notes["solve"] if draft.is_solved_on_the_spot else None
            draft.notes["verify"] = closing or chance.choice(stories.VERIFIED)
        if draft.stage == "evaluated":
            draft.rating = chance.choices(stories.RATINGS, [40, 20, 15, 12, 8, 5])[0]
            draft.notes["evaluate"] = draft.rating[1]

    def _pick(self, weighted):
        return self.chance.choices(list(weighted), list(weighted.values()))[0]


def _liveliness(unit: str) -> float:
    """How much more turns up in a unit grid that the demo's log-ins see."""
    if unit[9:] in {"027001", "028001"}:
        return 30.0  # the demo worker's own
    if unit[:12] in {EMPTY_COMMUNITY, *REGISTERED_COMMUNITIES}:
        return 18.0
    return 5.0 if unit[:9] == EMPTY_COMMUNITY[:9] else 1.0


SIDES = ["北侧", "南侧", "东侧", "楼下", "1单元门口"]
SPOTS = [
    "主干道路口",
    "农贸市场东侧",
    "公交站旁",
    "学校门口",
    "小广场",
    "停车场入口",
    "沿街商铺前",
]
