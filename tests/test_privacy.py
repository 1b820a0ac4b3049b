"""Two thousand persons, and somebody who wants an ID number back from what is shown of them.

The attacker reads lists, files, workbooks, logs and error pages as a colleague without the
right to reveal, knows how numbers are made (GB 11643) and that everybody comes from one county.
"""

import io
import json
import logging
import logging.config
import re
import shutil
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from gridmgmt import dictionaries
from gridmgmt.running.logs import logging_config
from residents.models import Export, ImportProblem, Resident
from residents.people import idnumber
from tests import factories as make

pytestmark = pytest.mark.django_db
REGISTERS = settings.BASE_DIR / "tests/data/registers"
COMMUNITY = "370402001028"
ENOUGH = 40  # numbers that still fit: nobody can say which one it is
_MASK = re.compile(r"(\d)\*{16}([\dX])")


@pytest.fixture(scope="module")
def register(django_db_setup, django_db_blocker):
    """The 2,000 persons, once for all tests of this file: {number: resident}."""
    from django.db import transaction

    with django_db_blocker.unblock():
        block = transaction.atomic()
        block.__enter__()
        dictionaries.seed()
        for number in range(1, 5):
            make.unit(f"{COMMUNITY}{number:03d}")
        call_command(
            "import_register",
            str(REGISTERS / "register_clean.xlsx"),
            "--json",
            stdout=io.StringIO(),
        )
        people = Resident.objects.live().exclude(id_index=None)
        yield {one.id_sealed.reveal(): one for one in people}
        transaction.set_rollback(True)
        block.__exit__(None, None, None)


@pytest.fixture
def onlooker(db, register):
    """Sees the register, may reveal and read nothing."""
    return make.staff("supervisor", make.community(COMMUNITY))


def candidates(mask, *, year=None, born=None, sex=None):
    """How many valid numbers of the county fit the mask and what else is known."""
    first, last = mask
    days = [born] if born else _days_of(year) if year else [None]
    fitting = 0
    for day in days[:3]:  # each day offers about as many; three are enough to tell
        body = f"370402{day:%Y%m%d}" if day else "37040219500101"
        found = sum(
            idnumber.check_character(f"{body}{order:03d}") == last
            for order in range(1000)
            if sex is None or ("1" if order % 2 else "2") == sex
        )
        fitting += found
    return fitting * max(len(days) // 3, 1) if first == "3" else 0


def _days_of(year):
    return [date(year, 1, 1) + timedelta(days=n) for n in range(365)]


def pieces(number, resident):
    """What must not be written anywhere: the number, and its birth date in any spelling."""
    born = resident.birth_on
    return [
        number,
        number[:-1],
        number[6:14],
        born.isoformat(),
        f"{born:%Y/%m/%d}",
        f"{born.year}年{born.month}月{born.day}日",
    ]


def leaks(text, register):
    return [
        (resident.pk, piece)
        for number, resident in register.items()
        for piece in pieces(number, resident)
        if piece in text
    ]


def pages(client, name, **query):
    """The text of all pages of a list."""
    address, texts = reverse(name), []
    for _turn in range(100):
        answer = client.get(address, query)
        assert answer.status_code == 200
        texts.append(answer.content.decode())
        follow = re.search(r'href="\?([^"]*after=[^"]*)"[^>]*rel="next"', texts[-1]) or (
            re.search(r'rel="next"[^>]*href="\?([^"]*after=[^"]*)"', texts[-1])
        )
        if not follow:
            break
        query = dict(part.split("=", 1) for part in follow[1].replace("&amp;", "&").split("&"))
    return "\n".join(texts)


def test_the_attack_works_on_what_is_not_masked(register):
    number, resident = next(iter(register.items()))

    assert leaks(f"<td>{number}</td>", {number: resident})
    assert candidates((number[0], number[-1]), born=resident.birth_on, sex=resident.sex) < 1000


def test_the_whole_list_gives_nobodys_number_away(client, onlooker, register):
    client.force_login(onlooker)

    text = pages(client, "residents:people")

    assert len(register) == 2000
    assert len(_MASK.findall(text)) == 2000
    assert leaks(text, register) == []
    assert all(
        candidates((number[0], number[-1]), year=one.birth_on.year, sex=one.sex) > 1000
        for number, one in list(register.items())[:100]
    )


def test_a_persons_file_and_household_give_no_number_away(client, onlooker, register):
    client.force_login(onlooker)

    for number, one in list(register.items())[::40]:
        for address in _file_of(one):
            answer = client.get(address)
            text = answer.content.decode()
            assert answer.status_code == 200
            assert one.name in text
            assert leaks(text, {number: one}) == []


def _file_of(one):
    household = reverse("residents:household", args=[one.household_id])
    return [
        reverse("residents:resident", args=[one.pk]),
        household,
        f"{household}?tab=history",
    ]


def test_who_may_read_and_reveal_learns_what_the_onlooker_does_not(client, register):
    """The same files in the same register: what is hidden above is there to be hidden."""
    client.force_login(make.staff("community_staff", make.community(COMMUNITY)))
    number, one = next(iter(register.items()))

    text = "".join(client.get(address).content.decode() for address in _file_of(one))
    revealed = client.post(
        reverse("residents:reveal", args=[one.pk]), {"about": "身份核对", "purpose": "核对登记"}
    )

    assert one.birth_on.isoformat() in text
    assert number not in text
    assert number in revealed.content.decode()


def test_an_export_without_the_full_number_leaves_enough_numbers_open(
    client, db, register, settings, tmp_path
):
    """An officer may read birth dates; even with them the number stays open."""
    import python_calamine

    client.force_login(make.staff("information_officer", make.community(COMMUNITY)))
    chosen = ["name", "id_mask", "birth", "sex", "address"]
    offered = client.get(reverse("residents:export_new")).content.decode()
    columns = [name for name in chosen if f'value="{name}"' in offered]

    answer = client.post(
        reverse("residents:export_new"),
        {
            "columns": columns,
            "order": columns,
            "purpose": "季度核对",
            "format": "excel",
        },
    )

    assert answer.status_code == 302
    export = Export.objects.latest("pk")
    assert export.rows == 2000
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(export.file.read()))
    text = json.dumps(book.get_sheet_by_index(0).to_python(), default=str, ensure_ascii=False)
    assert [n for n in register if n in text or n[:-1] in text] == []
    masks = _MASK.findall(text)
    assert len(masks) == 2000
    for number, one in list(register.items())[:200]:
        open_numbers = candidates((number[0], number[-1]), born=one.birth_on, sex=one.sex)
        assert open_numbers >= ENOUGH or number[0] != "3"


def test_logs_and_problems_of_an_import_give_no_number_away(register, db, tmp_path):
    workbook = shutil.copy(REGISTERS / "register_messy.xlsx", tmp_path)  # its answer lies beside it
    root, output = logging.getLogger(), io.StringIO()
    before = root.handlers[:]
    logging.config.dictConfig(logging_config(level="DEBUG", as_json=True))
    root.handlers[0].setStream(output)
    try:
        call_command(
            "import_register",
            str(workbook),
            "--json",
            stdout=(answer := io.StringIO()),
        )
        for number in list(register)[:50]:
            logging.getLogger("residents").error("row of %s is odd", number)
    finally:
        logging.config.dictConfig(settings.LOGGING)
        root.handlers[:] = before

    assert output.getvalue().count("is odd") == 50
    assert leaks(output.getvalue() + answer.getvalue(), register) == []
    problems = list(ImportProblem.objects.values_list("value", flat=True))
    assert len(problems) == 40
    assert leaks(json.dumps(problems, ensure_ascii=False), register) == []


def test_error_pages_say_nothing_of_what_was_sent(client, onlooker, register, settings):
    settings.DEBUG = False
    client.raise_request_exception = False
    client.force_login(onlooker)
    number, one = next(iter(register.items()))
    address = reverse("residents:resident", args=[one.pk])

    answers = [
        client.get(f"/residents/{number}/"),
        client.get(f"/{number}/"),
        client.post(reverse("residents:reveal", args=[one.pk]), {"purpose": number}),
        client.post(reverse("residents:edit_resident", args=[one.pk]), {"name": number}),
        client.post(address, {"q": number}),
        client.post(reverse("search"), {"q": number}),
    ]

    assert all(answer.status_code < 500 for answer in answers)
    found = "".join(answer.content.decode() for answer in answers[:5])
    assert number not in found
    assert number not in answers[5].headers.get("Location", "")
