"""Visit rules, schedules with something due each day, and the visits of the past months."""

import random
import uuid
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from gridmgmt.demo.casebook import Draft
from gridmgmt.demo.copying import Keys, copy_rows
from gridmgmt.demo.ground import Ground
from gridmgmt.demo.registers import Home
from grids.models import Grid
from inspections.cadence.schedules import add_months, ensure_rules
from inspections.models import DiaryItem, Schedule, Visit

# share of the schedules, due from, due to (days from today); the rest lies farther ahead
DUE = [(0.04, -9, -1), (0.05, 0, 0), (0.10, 1, 7)]
NOTES = ["家中一切正常", "老人身体状况良好", "已告知燃气安全注意事项", "家庭成员无变化"]
NOTES += [
    "已宣传反诈知识",
    "提醒办理医保缴费",
    "电话随访，近况良好",
    "新增联系方式已登记",
]
DIARY = ["反映楼道灯不亮", "希望小区增设充电桩", "咨询高龄津贴如何申领", "反映楼上漏水"]
DIARY += [
    "希望协助办理残疾人证",
    "反映暖气不热",
    "建议增加健身器材",
    "反映邻居深夜噪声",
]


class Rounds:
    """The visiting of one district."""

    def __init__(self, ground: Ground, seed: int, today: date):
        self.ground, self.today = ground, today
        self.chance = random.Random(f"rounds {seed} {ground.code}")
        self.keys = Keys()
        self._met: dict[int, list[dict]] = {}
        self.rows: dict = {model: [] for model in (Schedule, Visit, DiaryItem)}
        district = Grid.objects.get(pk=ground.district)
        ensure_rules(district)
        self._rules = {(r.target, r.mode): r for r in district.visit_rules.all()}

    def plan(self, homes: list[Home]):
        for home in homes:
            target = "care" if home.is_care else "ordinary"
            visited_on = self._schedule(home, self._rules[target, "home"])
            self._schedule(home, self._rules[target, "call"], visited_on)

    def note(self, draft: Draft, case: int):
        """The diary of the last visit before a case that a visit brought up."""
        reported_on = timezone.localdate(draft.at["reported"])
        visits = [v for v in self._of(draft.household) if v["happened_on"] <= reported_on]
        if draft.source == "visit" and visits:
            ended_at = draft.ended_at
            self.rows[DiaryItem].append(
                {
                    "visit_id": visits[-1]["id"],
                    "text": draft.title,
                    "case_id": case,
                    "solved_on": ended_at and timezone.localdate(ended_at),
                }
            )

    def _of(self, household):
        """Visits at which somebody of the household was met, oldest first."""
        if not self._met:
            for row in self.rows[Visit]:
                if row["outcome"] == "met":
                    self._met.setdefault(row["household_id"], []).append(row)
        return sorted(self._met.get(household, []), key=lambda row: row["happened_on"])

    def write(self):
        for model, rows in self.rows.items():
            copy_rows(model, rows)

    def _schedule(self, home, rule, visited_on=None) -> date | None:
        """One row of the calendar of visits, and the visit before it; its day."""
        due_on = self.today + timedelta(days=self._due_in(rule.every_months))
        done_on = add_months(due_on, -rule.every_months)
        is_visited = visited_on is not None and visited_on >= done_on
        if is_visited:  # a home visit did the call of its period too
            done_on = visited_on
        is_done = done_on >= home.arrived_on
        if is_done:
            due_on = add_months(done_on, rule.every_months)
        self.rows[Schedule].append(
            {
                "district_id": self.ground.district,
                "rule_id": rule.pk,
                "household_id": home.key,
                "next_due_on": due_on,
                "last_done_on": done_on if is_done else None,
            }
        )
        if not is_done or is_visited:
            return None
        self._visit(home, rule.mode, done_on, "met")
        if rule.mode == "home" and self.chance.random() < 0.08:
            missed = self.chance.choice(["nobody", "nobody", "nobody", "refused"])
            before = done_on - timedelta(days=self.chance.randint(1, 6))
            self._visit(home, "home", before, missed)
        return done_on

    def _due_in(self, months):
        draw = self.chance.random()
        for share, low, high in DUE:
            if draw < share:
                return self.chance.randint(low, high)
            draw -= share
        return self.chance.randint(8, months * 28 - 1)

    def _visit(self, home, mode, day, outcome):
        key = self.keys.next(Visit)
        is_unchanged = outcome == "met" and self.chance.random() < 0.85
        self.rows[Visit].append(
            {
                "id": key,
                "district_id": self.ground.district,
                "grid_id": home.grid,
                "client_uuid": uuid.UUID(int=self.chance.getrandbits(128), version=4),
                "household_id": home.key,
                "visitor_id": self._visitor(home),
                "mode": mode,
                "outcome": outcome,
                "is_unchanged": is_unchanged,
                "note": self.chance.choice(NOTES) if outcome == "met" else "",
                "happened_on": day,
                "logged_at": self._moment(day),
            }
        )
        if outcome == "met" and mode == "home" and self.chance.random() < 0.06:
            self._diary(key, day)

    def _diary(self, visit, day):
        solved = day + timedelta(days=self.chance.randint(1, 20))
        self.rows[DiaryItem].append(
            {
                "visit_id": visit,
                "text": self.chance.choice(DIARY),
                "solved_on": solved if solved <= self.today else None,
            }
        )

    def _visitor(self, home):
        """The unit's worker; where there is none, the community's leader or staff."""
        workers = self.ground.workers.get(home.unit)
        return workers[0] if workers else self.ground.of_community(home.unit[:12])

    def _moment(self, day):
        at = time(self.chance.randint(9, 19), self.chance.randrange(60))
        return timezone.make_aware(datetime.combine(day, at))
