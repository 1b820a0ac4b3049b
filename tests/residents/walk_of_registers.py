"""A walk through registers: imports, life events, answers and undo in any order; what must hold after each.

The lists are written from the register as it stands, or as it stood some steps ago, with mistakes.
"""

import itertools
import random
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta

from django.utils import timezone

from grids.fields import blind_index
from grids.refusal import Refused
from residents import life, move_ins
from residents.imports.batch import batches, decisions, undo
from residents.life import duplicates
from residents.models import (
    HEAD_OF_HOUSEHOLD,
    Dwelling,
    Household,
    ImportBatch,
    ImportConflict,
    MoveInRequest,
    Resident,
)
from residents.people import idnumber
from tests import factories
from tests.residents.workbooks import OTHER_UNIT, UNIT, write

NAMES = ["王芳", "李伟", "张敏", "刘洋", "陈静", "杨丽", "赵军", "黄勇", "周杰", "吴娟"]
RELATIONS = ["配偶", "子", "女", "母亲", "孙子", "其他"]
CODES = ["10", "20", "30", "52", "41", "99"]
MOST_LIVING = 40
FACTS = ("household_id", "grid_id", "name", "relation", "id_index", "birth_on", "sex", "phone",
         "ended_on", "end_reason")  # fmt: skip
HEADS = ["网格编码", "楼栋", "单元", "室号", "户号", "户主姓名", "与户主关系", "姓名", "公民身份号码", "出生日期",
         "联系电话", "人员状态", "死亡日期", "迁出日期"]  # fmt: skip
_files = itertools.count(1)


class Walk:
    """`step()` does one thing chosen by `seed`; what it did stands in `journal`."""

    def __init__(self, grids, folder, seed):
        self.grids, self.folder, self.seed = grids, folder, seed
        self.dice, self.journal, self.old_lists, self.batches = random.Random(seed), [], [], []
        self.everywhere = factories.staff("community_staff", factories.community())
        self.workers = [factories.staff("grid_leader", grid) for grid in grids]
        self.counts = Counter()

    # One step

    def step(self):
        acts = [self.send_list] * 8 + [self.send_old_list] * 2 + [
            self.take_back, self.take_back, self.answer, self.answer, self.answer_move_in,
            self.bear, self.add, self.arrive, self.die, self.die, self.leave, self.leave,
            self.bring_back, self.bring_back, self.split, self.merge, self.move,
            self.change_head, self.make_one, self.make_two,
        ]  # fmt: skip
        act = self.dice.choice(acts)
        self.journal.append(act.__name__)
        try:
            act()
            self.counts[act.__name__] += 1
        except Refused as refused:
            self.journal[-1] += f" refused: {refused}"
        check_invariants()

    # Lists

    def send_list(self):
        rows = self.rows(self.some_households())
        self.old_lists = [*self.old_lists[-9:], [dict(row) for row in rows]]
        if len(Resident.objects.live()) < MOST_LIVING:
            rows += self.new_family()
        self.spoil(rows)
        self.send(rows)

    def send_old_list(self):
        if self.old_lists:
            self.send([dict(row) for row in self.dice.choice(self.old_lists)])

    def send(self, rows):
        if not rows:
            return
        heads = self.heads()
        path = write(self.folder / f"{next(_files)}.xlsx", rows, heads=heads)
        by = self.dice.choice([None, self.everywhere, *self.workers])
        how = self.dice.choice(["theirs", "theirs", "ours", "ask"])
        before, listed = snapshot(), Listed(rows)
        dry = batches.run_file(path, by=by, on_conflict=how, dry_run=True)
        assert snapshot() == before, "a dry run wrote"
        answer = batches.run_file(path, by=by, on_conflict=how)
        path.unlink()
        self.journal[-1] += f" {how} by {by} {heads} {rows} -> {answer}"
        self.batches.append(answer["batch"])
        self.check_answer(dry, answer, before, listed)
        if self.dice.random() < 0.15:
            self.check_undo(answer["batch"], before)

    def check_answer(self, dry, answer, before, listed):
        counted = ("created", "changed", "unchanged", "waiting", "rejected")
        assert sum(answer[name] for name in counted) == answer["rows"] == listed.rows
        if dry.get("batch") is None and not answer["waiting"]:
            same = ("created", "changed", "unchanged", "rejected", "others_changed")
            assert {n: dry.get(n, 0) for n in same} == {n: answer.get(n, 0) for n in same}
        after = snapshot()
        strangers = {
            key
            for key in before
            if lives(before[key]) != lives(after.get(key)) and not listed.names(before[key])
        }
        told = answer.get("others_changed", 0)
        assert len(strangers) <= told, (
            f"{[(before[key], after.get(key)) for key in strangers]} changed, {told} told"
        )
        assert len(after) - len(before) == answer["created"]
        self.counts["strangers"] += len(strangers)
        self.counts["written"] += answer["created"] + answer["changed"]

    def check_undo(self, batch, before):
        batch = ImportBatch.objects.get(pk=batch)
        with suppress(undo.CannotUndo):
            undo.take_back(batch, by=None)
            assert living(snapshot()) == living(before), "an undo at once is not exact"
            self.journal[-1] += " undone at once"
            self.counts["undone at once"] += 1
        ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.UNDONE)
        self.batches.remove(batch.pk)

    def take_back(self):
        if self.batches:
            key = self.batches.pop(self.dice.randrange(len(self.batches)))
            with suppress(undo.CannotUndo):
                undo.take_back(
                    ImportBatch.objects.get(pk=key), by=self.dice.choice([None, self.everywhere])
                )
            ImportBatch.objects.filter(pk=key).update(state=ImportBatch.State.UNDONE)

    def answer(self):
        rows = list(decisions.waiting(ImportConflict.objects.all()).order_by("pk"))
        if rows:
            one = self.dice.choice(rows)
            which = self.dice.choice([{"pk": one.pk}, {"field": one.field}, {}])
            what = self.dice.choice(["theirs", "theirs", "ours"])
            self.journal[-1] += f" {what} {one.field} {which}"
            decisions.decide(one.batch, what, by=self.everywhere, now=timezone.now(), **which)

    def answer_move_in(self):
        waiting = list(MoveInRequest.objects.filter(state="waiting").order_by("pk"))
        if waiting:
            one = self.dice.choice(waiting)
            verb = self.dice.choice([move_ins.accept, move_ins.accept, move_ins.refuse])
            verb(one, by=self.everywhere)

    # Rows

    def some_households(self):
        known = list(Household.objects.live().order_by("pk"))
        return self.dice.sample(known, min(len(known), self.dice.randint(0, 4)))

    def rows(self, households):
        return [
            row_of(one, home)
            for home in households
            for one in home.residents.live().order_by("pk")
            if self.dice.random() < 0.9
        ]

    def heads(self):
        left_out = self.dice.choice(
            [(), (), ("户号",), ("户主姓名",), ("与户主关系",), ("户主姓名", "户号")]
        )
        return [head for head in HEADS if head not in left_out]

    def new_family(self):
        door = self.door()
        names = self.dice.sample(NAMES, self.dice.randint(1, 3))
        number = self.dice.choice(["", "0", "1", "2", "3", str(self.dice.randint(4, 40))])
        return [
            door
            | {
                "户号": number,
                "户主姓名": names[0],
                "与户主关系": "户主" if at == 0 else self.dice.choice(RELATIONS),
                "姓名": name,
            }
            | self.document()
            for at, name in enumerate(names)
        ]

    def document(self):
        born = date(self.dice.randint(1930, 2020), self.dice.randint(1, 12), 15)
        number = factories.id_number(
            born, self.dice.choice("12"), sequence=self.dice.randint(1, 400)
        )
        return {
            "公民身份号码": "" if self.dice.random() < 0.15 else number,
            "出生日期": born.isoformat(),
        }

    def door(self):
        return {
            "网格编码": self.dice.choice([UNIT, OTHER_UNIT]),
            "楼栋": f"{self.dice.randint(1, 3)}号楼",
            "单元": f"{self.dice.randint(1, 2)}单元",
            "室号": str(self.dice.choice([101, 102, 201])),
        }

    def spoil(self, rows):
        """Some of what real lists get wrong."""
        for __ in range(self.dice.choice([0, 0, 1, 1, 2, 4])):
            if not rows:
                return
            row, other = self.dice.choice(rows), self.dice.choice(rows)
            mistake = self.dice.randrange(12)
            if mistake == 0:
                row["姓名"] = self.dice.choice(NAMES)
            elif mistake == 1:
                row["户主姓名"] = other["姓名"]
            elif mistake == 2:
                row["与户主关系"] = self.dice.choice(["户主", *RELATIONS])
            elif mistake == 3:
                row.update(self.door())
            elif mistake == 4:
                for one in rows:
                    if one["户号"] == row["户号"]:
                        one.update(
                            {name: row[name] for name in ("网格编码", "楼栋", "单元", "室号")}
                        )
            elif mistake == 5:
                row["户号"] = other["户号"]
            elif mistake == 6:
                row["公民身份号码"] = other["公民身份号码"]
            elif mistake == 7:
                row.update(self.document())
            elif mistake == 8:
                row.update({"人员状态": "死亡", "死亡日期": "2026-05-01"})
            elif mistake == 9:
                row.update({"人员状态": "迁出", "迁出日期": "2026-05-02"})
            elif mistake == 10:
                rows.append(dict(row))
            else:
                self.dice.shuffle(rows)

    # Life

    def home(self):
        found = list(Household.objects.live().order_by("pk"))
        if not found:
            raise Refused("nobody")
        return self.dice.choice(found)

    def member(self, home):
        members = list(home.residents.live().order_by("pk"))
        if not members:
            raise Refused("nobody")
        return self.dice.choice(members)

    def day(self):
        return timezone.localdate() - timedelta(days=self.dice.choice([0, 0, 1, 30]))

    def person(self, relation):
        said = self.document()
        number = said["公民身份号码"]
        gone = list(Resident.objects.exclude(id_index=None).order_by("pk"))
        name = self.dice.choice(NAMES)
        if gone and self.dice.random() < 0.4:
            one = self.dice.choice(gone)
            name, number = one.name, one.id_sealed.reveal()
        return {
            "name": name,
            "relation": relation,
            "number": idnumber.parse(number, timezone.localdate()) if number else None,
            "sex": "1",
            "birth_on": date.fromisoformat(said["出生日期"]),
            "phone": "",
            "kind": "",
        }

    def bear(self):
        person = self.person("20") | {"number": None, "birth_on": self.day()}
        life.add_member(
            self.home(), by=self.everywhere, on=self.day(), person=person, is_birth=True
        )

    def add(self):
        relation = self.dice.choice([HEAD_OF_HOUSEHOLD, *CODES])
        by = self.dice.choice([self.everywhere, *self.workers])
        life.add_member(self.home(), by=by, on=self.day(), person=self.person(relation))

    def arrive(self):
        dwellings = list(Dwelling.objects.order_by("pk"))
        if dwellings:
            life.arrive(
                self.dice.choice(dwellings),
                by=self.everywhere,
                on=self.day(),
                person=self.person(HEAD_OF_HOUSEHOLD),
                number=self.dice.choice(["", "1", "2", str(self.dice.randint(3, 60))]),
            )

    def die(self):
        home = self.home()
        heir = self.dice.choice([None, self.member(home)])
        life.die(home, by=self.everywhere, on=self.day(), member=self.member(home), head=heir)

    def leave(self):
        home = self.home()
        members = list(home.residents.live().order_by("pk"))
        going = self.dice.sample(members, self.dice.randint(0, len(members)))
        heir = self.member(home) if self.dice.random() < 0.5 else None
        life.leave(home, by=self.everywhere, on=self.day(), members=going, head=heir)

    def bring_back(self):
        homes = list(
            Household.objects.filter(residents__ended_on__isnull=False).distinct().order_by("pk")
        )
        if homes:
            life.bring_back(self.dice.choice(homes), by=self.everywhere)

    def split(self):
        home = self.home()
        members = list(home.residents.live().order_by("pk"))
        going = self.dice.sample(members, self.dice.randint(0, len(members)))
        if going:
            number = self.dice.choice(["", "1", "2", "77"])
            head = self.dice.choice(going)
            life.split(
                home, by=self.everywhere, on=self.day(), members=going, head=head, number=number
            )

    def merge(self):
        home, into = self.home(), self.home()
        life.merge(
            home, by=self.everywhere, on=self.day(), into=into, relation=self.dice.choice(CODES)
        )

    def move(self):
        home, grid = self.home(), self.dice.choice(self.grids)
        place = {
            "building": f"{self.dice.randint(1, 3)}号楼",
            "entrance": "1单元",
            "room": str(self.dice.choice([101, 102, 201])),
            "address": "",
        }
        by = self.dice.choice([self.everywhere, *self.workers])
        life.move(home, by=by, on=self.day(), grid=grid, place=place)

    def change_head(self):
        home = self.home()
        members = list(home.residents.live().order_by("pk"))
        relations = {one.pk: self.dice.choice(CODES) for one in members}
        life.change_head(home, by=self.everywhere, head=self.member(home), relations=relations)

    def make_one(self):
        if pairs := duplicates.pairs(self.everywhere):
            duplicates.make_one(*self.dice.choice(pairs), by=self.everywhere)

    def make_two(self):
        merged = list(Resident.objects.filter(end_reason="merged").order_by("pk"))
        if merged:
            one = self.dice.choice(merged)
            kept = Resident.objects.live().filter(pinyin=one.pinyin, birth_on=one.birth_on).first()
            if kept:
                duplicates.make_two(kept, one, by=self.everywhere)


class Listed:
    """Whom the rows of a list name: by number, or by name and birth day."""

    def __init__(self, rows):
        self.rows = len(rows)
        self.numbers = {blind_index(row["公民身份号码"]) for row in rows if row["公民身份号码"]}
        self.named = {(row["姓名"], row["出生日期"]) for row in rows}

    def names(self, facts):
        born = facts["birth_on"] and facts["birth_on"].isoformat()
        return (facts["id_index"] in self.numbers) or (facts["name"], born) in self.named


def row_of(one, home):
    door = home.dwelling
    return {
        "网格编码": home.grid.code,
        "楼栋": door.building.name if door.building_id else "",
        "单元": door.entrance,
        "室号": door.room,
        "户号": home.number,
        "户主姓名": home.head_name,
        "与户主关系": dict(zip(CODES, RELATIONS, strict=True)).get(
            one.relation, "户主" if one.relation == HEAD_OF_HOUSEHOLD else ""
        ),
        "姓名": one.name,
        "公民身份号码": one.id_sealed.reveal() if one.id_sealed else "",
        "出生日期": one.birth_on.isoformat() if one.birth_on else "",
        "联系电话": one.phone,
    }


def snapshot():
    """{key: facts} of everybody, with the door that they live behind."""
    rows = Resident.objects.order_by("pk").select_related("household")
    return {
        one.pk: {name: getattr(one, name) for name in FACTS}
        | {"dwelling_id": one.household.dwelling_id, "head_name": one.household.head_name,
           "number": one.household.number}
        for one in rows
    }  # fmt: skip


def living(people):
    return {key: facts for key, facts in people.items() if facts["ended_on"] is None}


def lives(facts):
    """What may not change behind somebody's back: where, as what, and whether at all."""
    names = ("household_id", "grid_id", "dwelling_id", "name", "relation", "id_index", "ended_on")
    return facts and {name: _plain(facts[name]) for name in names}


def _plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


# What must hold after each step


def check_invariants():
    homes = list(Household.objects.order_by("pk"))
    members = {}
    for one in Resident.objects.live().order_by("pk"):
        members.setdefault(one.household_id, []).append(one)
    for home in homes:
        _check_household(home, members.get(home.pk, []))
    _check_numbers(homes)


def _check_household(home, living_here):
    heads = [one.name for one in living_here if one.relation == HEAD_OF_HOUSEHOLD]
    assert len(heads) <= 1, f"two heads: {heads}"
    if heads:
        assert heads == [home.head_name], (
            f"{heads} is the head, the household says {home.head_name}"
        )
    assert not (home.ended_on and living_here), "somebody lives in a closed household"
    assert all(one.grid_id == home.grid_id for one in living_here), (
        "another grid than the household"
    )
    assert home.grid_id == home.dwelling.grid_id, "the door is in another grid"
    names = Counter((one.name, one.birth_on) for one in living_here if one.id_index is None)
    assert max(names.values(), default=1) == 1, f"twice without a number: {names}"


def _check_numbers(homes):
    people = Counter(
        (one.document, bytes(one.id_index)) for one in Resident.objects.live() if one.id_index
    )
    assert max(people.values(), default=1) == 1, "one number, two people"
    numbers = Counter((one.grid_id, one.number) for one in homes if one.number and not one.ended_on)
    assert max(numbers.values(), default=1) == 1, f"one household number twice: {numbers}"
    today = timezone.localdate()
    for one in Resident.objects.all():
        assert not (one.birth_on and one.birth_on > today), "born in the future"
        assert not (one.ended_on and one.birth_on and one.ended_on < one.birth_on), (
            "ended before birth"
        )
        assert bool(one.ended_on) == bool(one.end_reason)
