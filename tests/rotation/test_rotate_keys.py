"""Keys are replaced while people work: nothing is lost, and the old key may go afterwards."""

import base64
import json
import os
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from gridmgmt.rotation import places, rotate
from gridmgmt.rotation.places import Columns
from gridmgmt.rotation.run import NotTheSame
from grids.accounts import factor
from grids.fields import EncryptedTextField, SecretError, encrypt, head
from residents.custom_fields import custom_fields
from residents.data_requests import asking, lines_for_answer
from residents.imports.batch import batches
from residents.models import CustomField, DataRequestLine, Household, Resident
from residents.people import finding, looks
from tests import factories
from tests.residents import sheets
from tests.residents.workbooks import person, write

ResidentEvent = Resident.history.rel.related_model


def fresh_key():
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """No file of another test, sealed by a key that is gone."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def new_keys(settings):
    """Puts new keys in front; `drop()` takes the older ones out."""

    class Keys:
        def __call__(self):
            settings.FIELD_KEYS = f"k2:{fresh_key()},{settings.FIELD_KEYS}"
            settings.HMAC_KEY = f"sm3:{fresh_key()},{settings.HMAC_KEY}"
            settings.FIELD_CIPHER = "sm4-gcm"

        def drop(self):
            settings.FIELD_KEYS = settings.FIELD_KEYS.split(",")[0]
            settings.HMAC_KEY = settings.HMAC_KEY.split(",")[0]

    return Keys()


@pytest.fixture
def people(ground):
    for name in "一二三四五六七":
        factories.resident(grid=ground[0], name=f"王{name}")
    return list(Resident.objects.order_by("pk"))


def run(*arguments):
    out = StringIO()
    call_command("rotate_keys", "--json", *arguments, stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def found_by_number(staff, row):
    number = row.id_sealed.reveal()
    return list(finding.people(staff, words=number).values_list("pk", flat=True)) == [row.pk]


def test_every_sealed_column_and_its_history_are_found():
    names = {place.name for place in places()}

    assert {
        "residents.Resident: id_sealed, id_index",
        "residents.ResidentEvent: id_sealed, id_index",
        "residents.DataRequestLine: id_sealed, answer_sealed, id_index",
        "residents.ImportConflict: ours_sealed, theirs_sealed",
        "residents.MoveInRequest: row_sealed",
        "residents.Resident: facts",
        "residents.ResidentEvent: facts",
    } <= names
    assert Columns.of(CustomField) is None


def test_each_index_stands_beside_a_sealed_column():
    for place in places():
        if isinstance(place, Columns):
            for index in place.indexes:
                sealed = place.model._meta.get_field(index.replace("_index", "_sealed"))
                assert isinstance(sealed, EncryptedTextField)


def test_a_stopped_run_goes_on_and_search_finds_everybody_all_the_while(people, worker, new_keys):
    new_keys()
    place = next(one for one in places() if one.name.startswith("residents.Resident: id_sealed"))
    seen = []

    def stop(found):
        seen.append([found_by_number(worker, row) for row in people])
        if found.seen == 4:
            raise KeyboardInterrupt

    assert all(found_by_number(worker, row) for row in people)
    with pytest.raises(KeyboardInterrupt):
        rotate(place, size=2, tell=stop)
    assert place.waiting().count() == 7  # all are looked at again
    half = rotate(place, size=2, dry_run=True)
    assert (half.seen, half.rewritten) == (7, 3)
    for row in people:
        row.refresh_from_db()

    rest = rotate(place, size=2, tell=lambda found: stop(found) if found.seen != 4 else None)

    assert rest.rewritten == 3
    assert len(seen) >= 4
    assert all(map(all, seen))


def test_afterwards_the_old_keys_may_go(people, worker, new_keys):
    before = {row.pk: row.id_sealed.reveal() for row in people}
    new_keys()

    told = run()
    new_keys.drop()

    assert told["left"] == 0
    assert told["rewritten"] >= 2 * len(people)  # the rows and their history
    for row in Resident.objects.all():
        assert bytes(row.id_sealed).startswith(head(in_row=True))
        assert row.id_sealed.reveal() == before[row.pk]
        assert found_by_number(worker, row)
    for event in ResidentEvent.objects.all():
        assert event.id_sealed.reveal() == before[event.pgh_obj_id]
    assert run()["rewritten"] == 0


def test_without_a_rotation_the_old_key_may_not_go(people, new_keys):
    new_keys()
    new_keys.drop()

    with pytest.raises(SecretError):
        people[0].__class__.objects.get(pk=people[0].pk).id_sealed.reveal()
    with pytest.raises(CommandError, match="no key opens"):
        run()


def test_a_check_writes_nothing(people, new_keys):
    new_keys()

    told = run("--check")

    assert told["left"] == told["rewritten"] > 0
    assert not any(
        bytes(row.id_sealed).startswith(head(in_row=True)) for row in Resident.objects.all()
    )


def test_the_history_notes_no_change(people, new_keys):
    before = ResidentEvent.objects.count()
    new_keys()

    run()

    assert ResidentEvent.objects.count() == before


def test_an_import_in_the_middle_finds_who_stands_under_either_key(ground, tmp_path, new_keys):
    rows = [person() for __ in range(4)]
    for row in rows:
        row["备注"] = ""
    path = write(tmp_path / "first.xlsx", rows)
    assert batches.run_file(path)["created"] == 4
    new_keys()
    place = next(one for one in places() if one.name.startswith("residents.Resident: id_sealed"))

    def stop(found):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(place, size=2, tell=stop)

    again = batches.run_file(write(tmp_path / "second.xlsx", [*rows, person()]))

    assert (again["unchanged"], again["created"]) == (4, 1)
    assert Resident.objects.count() == 5
    assert run()["left"] == 0


def test_care_records_are_imported_for_who_stands_under_the_older_key(people, tmp_path, new_keys):
    someone = people[0]
    row = sheets.record(someone)
    new_keys()

    path = write(tmp_path / "care.xlsx", [row], heads=sheets.heads([row]))
    answer = sheets.run(path, "care")

    assert answer["created"] == 1


def test_who_stands_under_the_older_key_is_not_registered_twice(people, worker, new_keys):
    from residents.life import coming
    from residents.people import idnumber

    someone = people[0]
    number = idnumber.parse(someone.id_sealed.reveal(), someone.birth_on)
    new_keys()

    assert coming._living(someone.district_id, {"number": number}) == someone


def test_a_line_of_a_data_request_is_answered_under_either_key(people, ground, new_keys):
    department = factories.department(grid=ground[0])
    asker, clerk = factories.staff("department_head", department=department), None
    clerk = factories.staff("information_officer", ground[0])
    request = asking.ask(
        department,
        by=asker,
        persons=[asking.Person(people[0].name, people[0].id_sealed.reveal())],
        purpose="核对",
        legal_basis="条例",
        facts=["phone"],
        use_until=people[0].birth_on.replace(year=2099),
    )
    new_keys()

    [line] = lines_for_answer(request, clerk)
    assert line.found == people[0]

    run()
    new_keys.drop()
    [line] = lines_for_answer(request, clerk)
    assert line.found == people[0]


def test_the_index_of_a_number_that_is_gone_goes_too(people, ground, new_keys):
    department = factories.department(grid=ground[0])
    request = asking.ask(
        department,
        by=factories.staff("department_head", department=department),
        persons=[asking.Person("王一", people[0].id_sealed.reveal())],
        purpose="核对",
        legal_basis="条例",
        facts=["phone"],
        use_until=people[0].birth_on.replace(year=2099),
    )
    asking.withdraw(request)
    new_keys()

    run()

    assert DataRequestLine.objects.get().id_index is None


def test_sensitive_custom_facts_are_sealed_anew(people, ground, new_keys):
    boss = factories.staff("administrator", factories.district())
    field = factories.custom_field("血型", is_sensitive=True, legal_basis="献血法", key="blood")
    custom_fields.write(people[0], {"blood": "AB"}, by=boss)
    new_keys()

    run()
    new_keys.drop()

    people[0].refresh_from_db()
    assert looks.reveal_fact(people[0], field, by=boss, purpose="急救") == "AB"
    assert not custom_fields.write(people[0], {"blood": "AB"}, by=boss)  # known as the same


def test_custom_facts_bound_to_their_field_alone_are_bound_to_their_row(people, ground):
    """Also in the history, where an event keeps the value of the row that it is about."""
    boss = factories.staff("administrator", factories.district())
    field = factories.custom_field("血型", is_sensitive=True, legal_basis="献血法", key="blood")
    older = base64.b64encode(encrypt("AB", f"residents.CustomField.{field.pk}")).decode()
    known = custom_fields.seal(field, "AB", people[0].pk) | {"sealed": older}
    Resident.objects.filter(pk=people[0].pk).update(facts={"blood": known})
    Resident.objects.filter(pk=people[0].pk).update(phone="13800000000")

    told = run()

    rows = [
        Resident.objects.get(pk=people[0].pk),
        *people[0].history.filter(facts__has_key="blood"),
    ]
    assert len(rows) > 1
    for row in rows:
        stored = row.facts["blood"]
        assert base64.b64decode(stored["sealed"]).startswith(head(in_row=True))
        assert custom_fields.unseal(field, stored, people[0].pk) == "AB"
        with pytest.raises(SecretError):
            custom_fields.unseal(field, stored, people[1].pk)
    assert told["rewritten"] == len(rows)
    assert run()["rewritten"] == 0
    assert looks.reveal_fact(rows[0], field, by=boss, purpose="急救") == "AB"


def test_a_number_that_stands_twice_is_named_and_stops_nothing(people, new_keys):
    number = people[2].id_sealed.reveal()
    new_keys()
    twin = factories.resident(grid=people[0].grid, name="另一人", number=number)

    with pytest.raises(CommandError, match=f"twice with one number: \\[{people[2].pk}\\]"):
        run("--batch", "3")

    twin.delete()
    assert run()["left"] == 0


def test_values_bound_to_their_column_alone_are_bound_to_their_row(people):
    context = Resident._meta.get_field("id_sealed").context
    for row in people:
        older = encrypt(row.id_sealed.reveal(), context)
        Resident.objects.filter(pk=row.pk).update(id_sealed=older)
    people[0].refresh_from_db()
    assert people[0].id_sealed.reveal()

    told = run()

    assert told["rewritten"] == len(people)
    for row in Resident.objects.all():
        assert bytes(row.id_sealed).startswith(head(in_row=True))
        assert row.id_mask[-1] == row.id_sealed.reveal()[-1]


def test_a_damaged_value_is_named_and_the_others_go_on(people, new_keys):
    context = Resident._meta.get_field("id_sealed").context
    damaged = bytearray(encrypt("370402195005010020", context))
    damaged[-1] ^= 1
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE residents_resident SET id_sealed = %s WHERE id = %s",
            [bytes(damaged), people[3].pk],
        )
    new_keys()

    with pytest.raises(CommandError, match="keep every old key"):
        run("--batch", "2")

    others = Resident.objects.exclude(pk=people[3].pk)
    assert all(bytes(row.id_sealed).startswith(head(in_row=True)) for row in others)
    assert Household.objects.exists()


def test_second_factors_open_after_the_old_key_is_gone(ground, new_keys):
    person = factories.staff("grid_worker", ground[0])
    adapter = factor.StaffFactors()
    app, codes = (
        Authenticator.objects.create(user=person, type=kind, data=data)
        for kind, data in (
            (Authenticator.Type.TOTP, {"secret": adapter.encrypt("ABCDEFGH")}),
            (Authenticator.Type.RECOVERY_CODES, {"seed": adapter.encrypt("5eed"), "used_mask": 3}),
        )
    )
    new_keys()
    assert run("--check")["factors"] == 2

    assert run()["factors"] == 2
    assert run()["factors"] == 0
    new_keys.drop()
    app.refresh_from_db()
    codes.refresh_from_db()

    assert adapter.decrypt(app.data["secret"]) == "ABCDEFGH"
    assert adapter.decrypt(codes.data["seed"]) == "5eed"
    assert codes.data["used_mask"] == 3


def test_files_open_after_the_old_key_is_gone(ground, new_keys):
    name = default_storage.save(f"cases/{timezone.localdate():%Y/%m}/a.jpg", ContentFile(b"seen"))
    new_keys()

    assert run()["files"] >= 1
    new_keys.drop()

    with default_storage.open(name) as file:
        assert file.read() == b"seen"


def test_a_file_that_no_key_opens_is_named_and_the_others_go_on(ground, new_keys, settings):
    folder = f"cases/{timezone.localdate():%Y/%m}"
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        default_storage.save(f"{folder}/{name}", ContentFile(b"seen"))
    damaged = settings.MEDIA_ROOT / folder / "b.jpg"
    content = bytearray(damaged.read_bytes())
    content[60] ^= 1
    damaged.write_bytes(content)
    new_keys()

    with pytest.raises(CommandError, match=rf"files: no key opens \['{folder}/b.jpg'\]"):
        run()
    new_keys.drop()

    assert default_storage.open(f"{folder}/c.jpg").read() == b"seen"
    assert sorted(path.name for path in damaged.parent.iterdir()) == ["a.jpg", "b.jpg", "c.jpg"]


def test_what_does_not_read_as_before_is_not_kept(people, new_keys):
    """A place that seals something else: the batch is taken back."""
    place = next(one for one in places() if one.name.startswith("residents.Resident: id_sealed"))
    before = {row.pk: bytes(row.id_sealed) for row in people}
    new_keys()

    class Careless(type(place)):
        def texts(self, values):
            return [bytes(one).hex() for one in values[: len(self.sealed)]]  # the seal itself

    with pytest.raises(NotTheSame, match=str(people[0].pk)):
        rotate(Careless(**vars(place)))

    kept = dict(Resident.objects.values_list("pk", "id_sealed"))
    assert {pk: bytes(sealed) for pk, sealed in kept.items()} == before


def test_only_rows_that_have_something_sealed_are_looked_at(people, new_keys):
    place = next(one for one in places() if one.name.startswith("residents.Resident: id_sealed"))
    Resident.objects.filter(pk=people[0].pk).update(id_sealed=None, id_index=None, document="none")
    new_keys()

    assert {row.pk for row in place.waiting()} == {row.pk for row in people[1:]}


def test_a_register_waits_for_an_import_and_its_history_does_not():
    found = {place.name: place.is_register for place in places()}

    assert found["residents.Resident: id_sealed, id_index"]
    assert not found["residents.ResidentEvent: id_sealed, id_index"]
