"""Invented cases as rows: case, events, alarms, slips, photos, and who answers for what."""

import random
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from cases.catalogue.shipped import add_answers
from cases.models import (
    Alarm,
    Case,
    CaseEvent,
    CaseNumber,
    CasePhoto,
    CasePolicy,
    CaseStandard,
    Responsibility,
    SupervisionSlip,
)
from gridmgmt.demo import stories
from gridmgmt.demo.casebook import Draft
from gridmgmt.demo.copying import Keys, copy_rows, new_keys
from gridmgmt.demo.ground import Ground

PHOTOGRAPHED = 16  # cases with photos, the latest ones that are far enough
SWEEP = timedelta(seconds=20)  # the alarms are looked at each minute
ANSWERED_KINDS = {"inquiry", "suggestion", "complaint", "dispute"}
COLOURS = {1: "blue", 2: "yellow", 3: "orange", 4: "red"}
SLIP_TEXTS = {
    1: "案件已超过办理时限，请抓紧办理。",
    2: "案件超期已达时限的一半，请说明进展并尽快办结。",
    3: "案件超期已达一倍时限，请部门负责人督办。",
    4: "案件严重超期，请书面说明原因和办结时间。",
}


class Casefiles:
    """Writes the drafts of one district."""

    def __init__(
        self,
        ground: Ground,
        *,
        seed: int,
        now: datetime,
        photographed: int = PHOTOGRAPHED,
    ):
        self.ground, self.now, self.photographed = ground, now, photographed
        self.zone = ZoneInfo(settings.TIME_ZONE)
        self.chance = random.Random(f"casefiles {seed} {ground.code}")
        self.rows: dict = {
            model: [] for model in (Case, CaseEvent, Alarm, SupervisionSlip, CasePhoto)
        }
        self.keys = Keys()
        self._months: Counter = Counter()

    def add(self, drafts: list[Draft]):
        for draft, key in zip(drafts, new_keys(Case, len(drafts)), strict=True):
            self.rows[Case].append(self._case(draft, key))
            self._alarms(draft, key)
            for event in sorted(self._events(draft), key=lambda event: event["at"]):
                self.rows[CaseEvent].append({"case_id": key, "notified_at": event["at"], **event})
        self._photos(drafts)

    def write(self):
        for model, rows in self.rows.items():
            copy_rows(model, rows)
        CaseNumber.objects.bulk_create(
            CaseNumber(district_id=self.ground.district, month=month, last=last)
            for month, last in sorted(self._months.items())
        )

    def write_into(self, tables: dict):
        """Into other tables of the same form, to be worked on there; then begin anew."""
        for model, name in tables.items():
            copy_rows(model, self.rows[model], into=name)
            self.rows[model].clear()

    @property
    def keys_of_cases(self) -> list[int]:
        return [row["id"] for row in self.rows[Case]]

    @property
    def numbers(self) -> list[str]:
        return [row["number"] for row in self.rows[Case]]

    def _case(self, draft, key):
        at, timing, end = draft.at, draft.timing, draft.ended_at
        closing = timing.light(end) if timing and end else "green"
        return {
            "id": key,
            "district_id": self.ground.district,
            "grid_id": self.ground.keys[draft.unit.code],
            "number": self._number(at["reported"]),
            "client_uuid": draft.client_uuid,
            "category_id": draft.standard.category_id,
            "standard_id": draft.standard.pk,
            "title": draft.title,
            "description": stories.description_of(
                draft.source, draft.address, draft.title, draft.standard.condition
            ),
            "address": draft.address,
            "lon": draft.lon,
            "lat": draft.lat,
            "source": draft.source,
            "household_id": draft.household,
            "loop": draft.standard.loop,
            "is_urgent": draft.standard.is_urgent,
            "stage": draft.stage,
            "result": self._result(draft),
            "result_note": draft.notes.get("verify", draft.notes.get("reject", "")),
            "reporter_id": draft.reporter,
            "department_id": draft.department,
            "handler_id": draft.handler,
            "reported_at": at["reported"],
            "registered_at": at.get("registered"),
            "stage_since": max(at.values()),
            "limit_warn_at": timing.warn_at if timing and timing.due_at else None,
            "step_due_at": timing and timing.step_due_at,
            "warn_at": timing and timing.warn_at,
            "due_at": timing and timing.due_at,
            "limit_minutes": timing and timing.minutes,
            "closed_at": end,
            "closing_light": closing if end else "",
            "rating": draft.rating[0] if draft.rating else None,
            "rating_note": draft.rating[1] if draft.rating else "",
        }

    def _number(self, reported):
        month = reported.astimezone(self.zone).strftime("%y%m")
        self._months[month] += 1
        return f"{self.ground.code}-{month}-{self._months[month]:05d}"

    def _result(self, draft):
        if draft.stage not in {"closed", "evaluated"}:
            return ""
        return "answered" if draft.standard.category.kind in ANSWERED_KINDS else "fixed"

    # What happened

    def _events(self, draft):
        stage = ""
        for kind, at, by, to_stage, data in self._path(draft):
            note = draft.notes.get(kind, "")
            yield _event(kind, at, by, stage, to_stage, note, data)
            stage = to_stage

    def _path(self, draft):
        """(kind, at, by, stage after it, data) of each step that the case took."""
        at, department = draft.at, {"department": draft.department}
        yield "report", at["reported"], draft.reporter, "reported", {}
        if draft.is_solved_on_the_spot:
            yield "solve", at["closed"], draft.handler, "closed", {}
            return
        if draft.stage == "rejected":
            yield "reject", at["rejected"], draft.dispatcher, "rejected", {}
        if "registered" in at:
            yield "register", at["registered"], draft.dispatcher, "registered", {}
        if "dispatched" in at:
            yield (
                "dispatch",
                at["dispatched"],
                draft.dispatcher,
                "dispatched",
                department,
            )
        if "handling" in at:
            yield "accept", at["handling"], draft.handler, "handling", department
        if "feedback" in at:
            if draft.was_returned:
                third = (at["feedback"] - at["handling"]) / 3
                yield (
                    "feed_back",
                    at["handling"] + third,
                    draft.handler,
                    "feedback",
                    department,
                )
                yield (
                    "verify_failed",
                    at["handling"] + 2 * third,
                    draft.verifier,
                    "handling",
                    {},
                )
            yield "feed_back", at["feedback"], draft.handler, "feedback", department
        if "closed" in at:
            result = {"result": self._result(draft)}
            yield "verify", at["closed"], draft.verifier, "closed", result
        if "evaluated" in at:
            rating = {"rating": draft.rating[0]}
            yield "evaluate", at["evaluated"], draft.reporter, "evaluated", rating

    def _alarms(self, draft, key):
        if draft.timing is None:
            return
        until = draft.ended_at or self.now
        for level, fires_at in sorted(draft.timing.rungs.items()):
            has_fired = fires_at <= until
            if draft.ended_at and not has_fired:
                continue  # closing takes away what has not rung
            fired_at = min(fires_at + SWEEP, until) if has_fired else None
            self.rows[Alarm].append(
                {
                    "case_id": key,
                    "run": draft.timing.run,
                    "level": level,
                    "fires_at": fires_at,
                    "fired_at": fired_at,
                }
            )
            if has_fired:
                self._fire(draft, key, level, fired_at)

    def _fire(self, draft, key, level, at):
        stage = self._stage_before(draft, at)
        run, colour = draft.timing.run, COLOURS.get(level, "")
        data = {"level": level, "run": run, "colour": colour}
        self._note(key, "alarm", at, None, stage, data)
        if not colour:
            return
        has_department = "dispatched" in draft.at and draft.at["dispatched"] <= at
        slip = {
            "id": self.keys.next(SupervisionSlip),
            "case_id": key,
            "run": run,
            "colour": colour,
            "issued_at": at,
            "department_id": draft.department if has_department else None,
            "text": SLIP_TEXTS[level],
        }
        if has_department:
            slip |= self._answer(draft, key, slip)
        self.rows[SupervisionSlip].append(slip)

    def _answer(self, draft, key, slip):
        """The department's explanation, when there has been one."""
        at = slip["issued_at"] + timedelta(hours=self.chance.uniform(2, 20))
        text = self.chance.choice(stories.EXPLANATIONS)
        is_late = at >= (draft.ended_at or self.now)
        if is_late or not draft.handler or self.chance.random() > 0.6:
            return {}
        data = {"slip": slip["id"], "colour": slip["colour"]}
        self._note(
            key,
            "answer_slip",
            at,
            draft.handler,
            self._stage_before(draft, at),
            data,
            text,
        )
        return {"answer": text, "answered_at": at, "answered_by_id": draft.handler}

    def _stage_before(self, draft, moment):
        """A case that was closed at that moment was still open just before."""
        stages = [to for __, at, __, to, __ in self._path(draft) if at < moment]
        return stages[-1]

    def _note(self, key, kind, at, by, stage, data, note=""):
        """Something that left the stage as it was."""
        row = {
            "case_id": key,
            "notified_at": at,
            **_event(kind, at, by, stage, stage, note, data),
        }
        self.rows[CaseEvent].append(row)

    # Photos

    def _photos(self, drafts):
        far = [
            (draft, key)
            for draft, key in zip(drafts, self.keys_of_cases, strict=True)
            if "feedback" in draft.at and draft.standard.category.kind == "matter"
        ]
        for draft, key in far[len(far) - min(self.photographed, len(far)) :]:
            for moment, step, by in (
                ("before", "reported", draft.reporter),
                ("after", "feedback", draft.handler),
            ):
                at = draft.at[step]
                name = f"cases/{at.astimezone(self.zone):%Y/%m}/demo-{key}-{moment}.jpg"
                picture = stories.draw_photo(f"{key}", is_after=moment == "after")
                default_storage.delete(name)
                default_storage.save(name, ContentFile(picture))
                self.rows[CasePhoto].append(
                    {
                        "case_id": key,
                        "moment": moment,
                        "file": name,
                        "by_id": by,
                        "at": at,
                    }
                )


def _event(kind, at, by, before, after, note, data):
    return {
        "kind": kind,
        "at": at,
        "by_id": by,
        "from_stage": before,
        "to_stage": after,
        "note": note,
        "data": data,
    }


def answer_for(ground: Ground):
    """Which department answers for each category that has a standard, the thresholds, ready answers."""
    lines = dict(CaseStandard.objects.order_by("pk").values_list("category_id", "default_line"))
    owners = {}
    for (code, line), department in ground.departments.items():
        owners.setdefault(line, []).append((code, department))
    Responsibility.objects.bulk_create(
        Responsibility(
            district_id=ground.district,
            grid_id=ground.keys[code],
            category_id=category,
            department_id=department,
        )
        for category, line in sorted(lines.items())
        for code, department in owners.get(line, [])
    )
    CasePolicy.objects.create(district_id=ground.district)
    add_answers(ground.district)
