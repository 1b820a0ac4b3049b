"""Who answers pages opens no workbook: it is kept, and a worker's child opens it."""

import ast
import contextlib
import io
import re
import sys

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases import taking_in
from cases.calendar import working_days
from cases.models import Upload
from residents.exports import queue as exports
from residents.imports.batch import queue as imports
from residents.models import Export, ImportBatch
from tests import factories
from tests.test_architecture import APPS, ROOT, _sources

pytestmark = pytest.mark.django_db


@pytest.fixture
def childless(monkeypatch):
    """While it is on, nobody here can start a child, in which alone workbooks are opened."""

    @contextlib.contextmanager
    def nobody():
        with monkeypatch.context() as patch:
            patch.setattr(sys, "executable", "/nowhere/python")
            yield

    return nobody


@pytest.fixture
def boss(client, db):
    from gridmgmt import dictionaries

    dictionaries.seed()
    boss = factories.staff("administrator", factories.district())
    factories.posting(boss, "information_officer", factories.community())
    factories.posting(boss, "community_staff", factories.community())
    client.force_login(boss)
    return boss


def workbook(*heads):
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, heads)
        sheet.write_row(1, 0, ["x" for _head in heads])
    return SimpleUploadedFile("a.xlsx", memory.getvalue())


REGISTERS = [register for register, _label in ImportBatch.Register.choices]


def address(name, *args):
    return reverse(name, args=args)


def send_register(client, register):
    data = {"file": workbook("姓名", "公民身份号码", "网格编码"), "register": register}
    return client.post(address("residents:import_new"), data)


def send_form(client):
    data = {"template": workbook("姓名", "性别"), "purpose": "报街道"}
    return client.post(address("residents:fill"), data)


def send_catalogue(client):
    return client.post(address("cases:catalogue_uploads"), {"file": workbook("类型", "编码")})


def send_schedule(client):
    calendar = working_days.ensure_calendar(factories.district())
    data = {"file": workbook("日期", "类型")}
    return client.post(address("cases:calendar_import", calendar.pk), data)


def work():
    for batch in ImportBatch.objects.all():
        imports.work(batch.pk)
    for export in Export.objects.filter(state="waiting"):
        exports.work(export.pk)
    for upload in Upload.objects.all():
        taking_in.work(upload.pk)


SENDERS = {
    **{register: lambda client, one=register: send_register(client, one) for register in REGISTERS},
    "form": send_form,
    "catalogue": send_catalogue,
    "schedule": send_schedule,
}


@pytest.mark.parametrize("sender", sorted(SENDERS))
def test_a_page_keeps_the_workbook_and_a_worker_opens_it(client, boss, childless, sender):
    with childless():
        answer = SENDERS[sender](client)
        assert answer.status_code == 302, answer.content.decode()
        page = client.get(answer.url).content.decode()

    assert "hx-get" in page
    assert 'http-equiv="refresh"' in page  # goes on without scripts too

    work()

    page = client.get(answer.url, follow=True).content.decode()
    assert 'aria-busy="true"' not in page
    assert "系统出现问题" not in page
    assert "出现错误" not in page


def test_the_worker_cannot_do_without_a_child(client, boss, childless):
    """The twin of the test above: where no child can be started, nothing is read."""
    send_register(client, "residents")

    with childless():
        work()

    assert (ImportBatch.objects.get().state, ImportBatch.objects.get().error) == (
        "failed",
        "internal",
    )


def test_each_form_that_takes_a_workbook_is_sent_above():
    forms = {
        ast.unparse(node.targets[0]) + " of " + str(path.relative_to(ROOT))
        for app in APPS
        for path, tree in _sources(app)
        if "forms" in path.parts
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if re.fullmatch(r"(forms\.)?\w*(File|Workbook)s?Field", ast.unparse(node.value.func))
    }

    assert forms == {
        # attachments are kept as they are, and never opened
        "attachments of cases/forms/steps/beside.py",
        "attachments of cases/forms/steps/loop.py",
        "file of cases/forms/calendars.py",
        "file of cases/forms/catalogue.py",
        "file of residents/forms/imports.py",
        "template of residents/forms/papers.py",
    }


def test_only_what_runs_in_a_child_opens_workbooks():
    openers = {
        str(path.relative_to(ROOT))
        for app in APPS
        for path, tree in _sources(app)
        if "demo" not in path.parts
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and {"openpyxl", "python_calamine"}
        & {(getattr(node, "module", "") or "").split(".")[0], *(n.name for n in node.names)}
    }

    assert openers == {"grids/workbooks/opening.py", "residents/exports/form_sheet.py"}
