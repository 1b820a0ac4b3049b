"""Two thousand damaged and hostile workbooks: an answer for each, and nothing half-written."""

import random
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import reverse

from grids.workbooks import reader
from residents.imports.batch import batches, queue, registers
from residents.models import Household, ImportBatch, Resident
from tests import factories
from tests.residents.imports import offices
from tests.residents.workbooks import HEADS, person

pytestmark = pytest.mark.soak

WORKBOOKS = 2_000
SEED = 20_261_122
STRANGE = [
    "",
    " ",
    "\x0b",
    "\ud7ff",
    "\U0001f600" * 40,
    "长" * 5_000,
    "=1+1",
    "\\N",
    "\t",
    "'",
    "NULL",
    "#REF!",
    "0",
    "-1",
    "1e308",
    "nan",
    "9" * 400,
    "9999-99-99",
    "0000-00-00",
    "{}",
    "{1,2}",
    "\\",
    "%s",
    "%(x)s",
    "'; --",
    1e308,
    -1.0,
    0.0,
    3.7e17,
    2958466.0,
    60.0,
    "١٢٣",
    "①",
    "²",
    "〇",
    "男女",
    "是",
    "10-11",
    "‮文字",
]


@pytest.fixture
def sound(ground, workbook):
    rows = [person(特殊群体类别="低保户" if number % 3 else "") for number in range(12)]
    return rows, workbook


def cut(content, dice):
    return content[: dice.randrange(len(content))]


def flip(content, dice):
    damaged = bytearray(content)
    for __ in range(dice.choice([1, 4, 64, 1024])):
        damaged[dice.randrange(len(damaged))] = dice.randrange(256)
    return bytes(damaged)


def repack(content, dice):
    """A sound archive whose parts are damaged: cut, emptied, flipped, left out or doubled."""
    out, damaged = BytesIO(), dice.choice(zipfile.ZipFile(BytesIO(content)).namelist())
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == damaged:
                harm = dice.choice(
                    [
                        cut,
                        flip,
                        lambda *__: b"",
                        lambda *__: None,
                        lambda part, __: part * 2,
                    ]
                )
                part = harm(part, dice) if part else b""
            if part is not None:
                new.writestr(name, part)
    return out.getvalue()


def text(content, dice):
    """Not Excel at all, or a CSV file that somebody mistreated."""
    line = ",".join(HEADS) + "\n" + ",".join("x" * dice.randrange(9) for __ in HEADS)
    raw = line.encode(dice.choice(["utf-8", "gb18030", "utf-16", "utf-8-sig"]))
    return dice.choice([cut, flip, lambda raw, __: raw * 50, lambda raw, __: raw])(raw, dice)


def of_an_office(dice):
    """(content, name) of a list in one of the usual layouts, which a mail or a stick damaged."""
    layout = offices.LAYOUTS[dice.choice(sorted(offices.LAYOUTS))]
    families = [offices.example(at) for at in range(dice.randint(1, 5))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list{layout.ending}"
        layout.write(families, offices.Spelling(dice), path)
        content = path.read_bytes()
    harms = [cut, flip, repack] if layout.ending == ".xlsx" else [cut, flip]
    return dice.choice(harms)(content, dice), f"底册{layout.ending}"


def damage(rows, workbook, dice):
    """(content, name) of one damaged workbook; half of them are sound files with strange contents."""
    kind = dice.choice(
        ["cells", "cells", "heads", "shape", "cut", "flip", "repack", "repack", "text", "office"]
    )
    if kind == "office":
        return of_an_office(dice)
    rows = [dict(row) for row in rows]
    heads, above = list(HEADS), []
    if kind == "cells":
        for __ in range(dice.choice([1, 10, 100])):
            dice.choice(rows)[dice.choice(HEADS)] = dice.choice(STRANGE)
    elif kind == "heads":
        for __ in range(dice.choice([1, 5, 15])):
            heads[dice.randrange(len(heads))] = str(dice.choice([*STRANGE[:12], *HEADS]))
    elif kind == "shape":
        dice.shuffle(rows)
        rows[dice.randrange(len(rows)) :] = [{} for __ in range(dice.randrange(30))] + rows[
            : dice.randrange(9)
        ]
        above = [
            [dice.choice(HEADS) for __ in range(dice.randrange(9))]
            for __ in range(dice.randrange(25))
        ]
    content = workbook(
        rows,
        heads=dict(zip(heads, HEADS, strict=True)) if len(set(heads)) == len(heads) else HEADS,
        above=above,
    ).read_bytes()
    harm = {"cut": cut, "flip": flip, "repack": repack, "text": text}.get(kind)
    return (harm(content, dice) if harm else content), (
        "底册.csv" if kind == "text" else "底册.xlsx"
    )


def written():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM residents_residentevent")
        [events] = cursor.fetchone()
    return Resident.objects.count(), Household.objects.count(), events


def orphans():
    """Households without anybody would be the half of an import."""
    return Household.objects.filter(ended_on=None, residents=None).count()


def test_two_thousand_damaged_workbooks_get_an_answer_each(sound, tmp_path):
    rows, workbook = sound
    dice = random.Random(SEED)
    answered = refused = 0

    for number in range(WORKBOOKS):
        content, name = damage(rows, workbook, dice)
        path = tmp_path / f"{number}-{name}"
        path.write_bytes(content)
        before = written()
        try:
            with transaction.atomic():
                answer = batches.run_file(path)
                created = written()[0] - before[0]
                counts = [
                    answer[name]
                    for name in (
                        "created",
                        "changed",
                        "unchanged",
                        "waiting",
                        "rejected",
                    )
                ]
                assert sum(counts) == answer["rows"], number
                assert created == answer["created"], number
                assert orphans() == 0, number
                answered += 1
                transaction.set_rollback(True)
        except reader.WorkbookError as error:
            refused += error.code.partition(":")[0] in reader.MESSAGES
        assert written() == before, number
        path.unlink()

    assert answered + refused == WORKBOOKS
    assert min(answered, refused) > WORKBOOKS / 10  # both kinds were tried


def say_columns(client, batch, dice):
    """Mostly as the page proposes, sometimes wildly."""
    address = reverse("residents:import_columns", args=[batch.pk])
    page = client.get(address)
    assert page.status_code == 200
    wild = ["", "name", "grid", "note", "id_number", "nonsense", "ignored"]
    said = {
        column["field"]: column["chosen"] if dice.random() < 0.9 else dice.choice(wild)
        for table in page.context["tables"]
        for column in table["columns"]
    }
    answer = client.post(address, said)
    assert answer.status_code in (302, 422)
    return answer


def test_damaged_workbooks_in_the_browser_never_end_in_an_error_of_ours(sound, client, ground):
    rows, workbook = sound
    client.force_login(factories.staff("grid_leader", ground[0]))
    dice = random.Random(SEED + 1)

    for number in range(100):
        content, name = damage(rows, workbook, dice)
        answer = client.post(
            reverse("residents:import_new"), {"file": SimpleUploadedFile(name, content)}
        )
        assert answer.status_code in (302, 422), number
        if answer.status_code == 422:
            continue
        queue.work(ImportBatch.objects.latest("pk").pk)
        batch = ImportBatch.objects.latest("pk")
        if batch.state == ImportBatch.State.MAPPING:
            answer = say_columns(client, batch, dice)
            if answer.status_code == 422:
                continue
        queue.work(batch.pk)
        assert client.get(answer.url).status_code == 200, number
        if queue.confirm(batch):
            queue.work(batch.pk)
        batch.refresh_from_db()
        assert (batch.state, batch.error) == (
            "done",
            "",
        ) or reader.words_of(batch.error), number
        assert client.get(answer.url).status_code == 200, number
        assert registers.reach_of("residents", batch.by)
