"""Custom fields: in which form a value is kept, which rows it finds, what may still be changed."""

import base64
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from grids.fields import SecretError, encrypt
from grids.refusal import Refused
from grids.scope import Scope
from residents.custom_fields import custom_fields, keeping
from residents.models import CustomField, Resident
from residents.people import looks
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        ("number", "1，200", "1200"), ("number", "1 200", "1200"), ("number", "-5", "-5"),
        ("number", "100", "100"), ("number", "0.10", "0.1"), ("number", "1.23456", "1.2346"),
        ("number", "999999999999", "999999999999"), ("number", "1000000000000", None),
        ("number", "-1000000000000", None), ("number", "Infinity", None), ("number", "1e3", "1000"),
        ("number", "无", ""), ("number", 12.0, "12"), ("number", "5人", None),
        ("date", "明天", None), ("date", "", ""), ("date", "2024", None), ("date", "20240305", "2024-03-05"),
        *(("yes_no", word, "1") for word in ("1", "是", "有", "Y", "yes", "TRUE", "√", "✓", "对", 1.0)),
        *(("yes_no", word, "0") for word in (
            "0", "否", "无", "没有", "N", "no", "False", "×", "X", "不是",
        )),
        ("yes_no", "", ""), ("yes_no", "不详", None), ("yes_no", True, "1"),
        ("choice", "职工 医保", "职工医保"), ("choice", "職工醫保", "职工医保"), ("choice", "无", "无"),
        ("choice", "", ""), ("text", "长" * 200, "长" * 200), ("text", "无", ""), ("text", "0", "0"),
    ],
)  # fmt: skip
def test_a_value_has_one_form(kind, written, kept):
    one = CustomField(kind=kind, choices=["职工医保", "居民医保", "无"])

    assert custom_fields.parse(one, written) == kept


def test_a_value_as_people_read_it():
    yes_no, text = CustomField(kind="yes_no"), CustomField(kind="text")

    with translation.override("en"):
        assert [custom_fields.words(yes_no, one) for one in ("1", "0", "x")] == ["Yes", "No", "x"]
    assert custom_fields.words(text, "1") == "1"
    assert custom_fields.words(text, {"sealed": "x"}) == custom_fields.HIDDEN


def test_which_fields_are_offered_to_whom(ground):
    far = factories.district("520602", "碧江区")
    first = factories.custom_field("医保", key="a")
    second = factories.custom_field("社保", key="b")
    factories.custom_field("血型", key="c", is_sensitive=True, legal_basis="x")
    factories.custom_field("旧", key="d", is_active=False)
    factories.custom_field("远", key="e", district=far)
    factories.custom_field("户", key="f", register="household")
    again = factories.custom_field("医保二", key="a", district=far)
    here = factories.staff("grid_worker", ground[0])
    both = factories.staff("grid_worker", ground[0])
    factories.posting(both, "grid_worker", far)

    assert custom_fields.offered("resident", Scope.of(here)) == [first, second]
    keys = [one.key for one in custom_fields.offered("resident", Scope.of(both))]
    assert sorted(keys) == ["a", "b", "e"]
    assert again in custom_fields.offered("resident", Scope.of(both))
    assert [one.key for one in custom_fields.fields_of("resident", factories.district().pk)] == [
        "a", "b", "c",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "asked", "found"),
    [
        ("text", "丁", "ab"), ("text", "甲丁", "a"), ("text", "x", ""), ("yes_no", "是", "a"),
        ("yes_no", "1", "a"), ("yes_no", "也许", ""), ("number", "5.0", "a"), ("number", "x", ""),
        ("number", "", ""),
    ],
)  # fmt: skip
def test_which_rows_a_value_finds(ground, kind, asked, found):
    field = factories.custom_field("医保", key="a", kind=kind)
    values = {"text": ("甲丁", "乙丁"), "yes_no": ("1", "0"), "number": ("5", "50")}[kind]
    for name, value in zip("ab", values, strict=True):
        factories.resident(grid=ground[0], name=name, facts={"a": value})
    factories.resident(grid=ground[0], name="c", facts={"b": values[0]})

    rows = custom_fields.matching(Resident.objects.all(), field, asked)

    assert {one.name for one in rows} == set(found)
    field.is_sensitive = True
    assert not custom_fields.matching(Resident.objects.all(), field, asked)


def test_rows_are_narrowed_by_a_field_that_is_offered_and_its_use_is_noted(ground):
    field = factories.custom_field("医保", key="a")
    other = factories.custom_field("社保", key="b", last_used_on=TODAY - timedelta(days=9))
    wang = factories.resident(grid=ground[0], facts={"a": "职工"})
    worker = factories.staff("grid_worker", ground[0])
    everybody = Resident.objects.all()

    def narrowed(**wanted):
        return list(custom_fields.narrowed(worker, everybody, "resident", wanted))

    assert narrowed() == [wang]
    assert narrowed(fact="a", **{"is": "职工"}) == [wang]
    assert narrowed(fact="a", **{"is": "居民"}) == []
    assert narrowed(fact="z", **{"is": "职工"}) == []
    field.refresh_from_db()
    other.refresh_from_db()
    assert (field.last_used_on, other.last_used_on) == (TODAY, TODAY - timedelta(days=9))
    assert custom_fields.in_words({"fact": "a", "is": "x"}) == "医保：x"
    assert custom_fields.in_words({"fact": "z", "is": "x"}) == "z：x"


def test_a_file_shows_the_filled_fields_in_use(ground):
    first = factories.custom_field("医保", key="a", kind="yes_no")
    sealed = factories.custom_field("血型", key="b", is_sensitive=True, legal_basis="x")
    factories.custom_field("空", key="c")
    factories.custom_field("旧", key="d", is_active=False)
    wang = factories.resident(grid=ground[0])
    secret = custom_fields.seal(sealed, "A型", wang.pk)
    wang.facts = {"a": "1", "b": secret, "d": "x", "none": "y"}

    with translation.override("en"):
        shown = custom_fields.shown_facts("resident", wang)

    assert [(one.field, one.value, one.is_sealed) for one in shown] == [
        (first, "Yes", False), (sealed, custom_fields.HIDDEN, True),
    ]  # fmt: skip
    assert "A型" not in str(secret)
    assert custom_fields.unseal(sealed, secret, wang.pk) == "A型"
    assert custom_fields.seal(sealed, "A型", wang.pk)["index"] == secret["index"]
    assert custom_fields.seal(sealed, "B型", wang.pk)["index"] != secret["index"]


def test_a_sealed_value_opens_in_its_own_row_and_field_alone(ground, worker):
    one, other = (
        factories.custom_field(label, key=key, is_sensitive=True, legal_basis="x")
        for label, key in (("血型", "b"), ("病史", "h"))
    )
    wang, li = (factories.resident(grid=ground[0], name=name) for name in ("王", "李"))
    custom_fields.write(wang, {"b": "A型"}, by=worker)
    wang.refresh_from_db()
    stolen = wang.facts["b"]

    assert looks.reveal_fact(wang, one, by=worker, purpose="核对") == "A型"
    for row, field in ((li, one), (wang, other)):
        row.facts = {field.key: stolen}
        with pytest.raises(SecretError):
            looks.reveal_fact(row, field, by=worker, purpose="核对")


def test_a_value_that_was_sealed_for_its_field_alone_still_opens(ground, worker):
    field = factories.custom_field("血型", key="b", is_sensitive=True, legal_basis="x")
    wang = factories.resident(grid=ground[0])
    older = base64.b64encode(encrypt("A型", f"residents.CustomField.{field.pk}")).decode()
    wang.facts = {"b": custom_fields.seal(field, "A型", wang.pk) | {"sealed": older}}
    wang.save()

    assert looks.reveal_fact(wang, field, by=worker, purpose="核对") == "A型"
    assert not custom_fields.write(wang, {"b": "A型"}, by=worker)  # known as the same


# The administrator's side

FACTS = {
    "kind": "text", "purpose": "参保", "asked_by": "医保局", "choices": [], "other_words": [],
    "legal_basis": "", "is_sensitive": False,
}  # fmt: skip


def add(label="医保", register="resident", by=None, **facts):
    by = by or factories.staff("administrator", factories.district())
    return keeping.add(factories.district(), by=by, register=register, label=label, **FACTS | facts)


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("医保", "yibao"), ("A-1 B", "a1b"), ("？", "field"), ("医疗保险参保情况说明", "yiliaobaoxiancanbaoqi"),
        ("é", "field"),
    ],
)  # fmt: skip
def test_the_key_follows_from_the_label(ground, label, key):
    assert add(label).key == key[:20]


def test_a_key_is_used_once_in_the_register_of_a_district_also_by_retired_fields(ground):
    keys = []
    for _ in range(3):
        field = add()
        keys.append(field.key)
        keeping.retire(field)
    assert keys == ["yibao", "yibao2", "yibao3"]
    assert add(register="household").key == "yibao"
    factories.custom_field("社保", key="shebao", district=factories.district("520602", "碧江区"))
    assert add("社保").key == "shebao"


def test_a_label_is_used_once_at_a_time(ground):
    first = add()
    with pytest.raises(Refused):
        add()
    assert add(register="household").label == "医保"
    keeping.retire(first)
    second = add()
    with pytest.raises(Refused):
        keeping.bring_back(first)
    keeping.retire(second)
    keeping.bring_back(first)
    first.refresh_from_db()
    assert first.is_active
    other = add("社保")
    with pytest.raises(Refused):
        keeping.change(other, **FACTS, label="医保")
    keeping.change(other, **FACTS | {"purpose": "新"}, label="社保")
    keeping.retire(other)
    keeping.change(other, **FACTS, label="医保")
    other.refresh_from_db()
    assert (other.label, other.is_active, other.purpose) == ("医保", False, "参保")


@pytest.mark.parametrize(
    ("register", "facts", "is_right"),
    [
        ("resident", {"is_sensitive": True, "legal_basis": "献血法"}, True),
        ("resident", {"is_sensitive": True}, False),
        ("household", {"is_sensitive": True, "legal_basis": "献血法"}, False),
        ("household", {}, True),
    ],
)
def test_which_fields_may_be_sensitive(ground, register, facts, is_right):
    if is_right:
        assert add(register=register, **facts).is_sensitive is bool(facts)
    else:
        with pytest.raises(Refused):
            add(register=register, **facts)


@pytest.mark.parametrize(
    ("changes", "needs_empty"),
    [
        ({"kind": "number"}, True),
        ({"is_sensitive": True, "legal_basis": "x"}, True),
        ({"purpose": "新"}, False),
    ],
)
def test_what_may_change_while_rows_have_a_value(ground, changes, needs_empty):
    field = add()
    wang = factories.resident(grid=ground[0], facts={field.key: "x"}, ended_on=TODAY)
    factories.resident(grid=factories.unit("520602003003001"), facts={field.key: "x"})

    assert keeping.filled(field) == 1
    if needs_empty:
        with pytest.raises(Refused):
            keeping.change(field, **FACTS | changes, label="医保")
    else:
        keeping.change(field, **FACTS | changes, label="医保")
    Resident.objects.filter(pk=wang.pk).update(facts={})
    keeping.change(field, **FACTS | changes, label="医保")
    field.refresh_from_db()
    assert {name: getattr(field, name) for name in changes} == changes


def test_how_many_rows_each_field_fills(ground):
    first, second = add(), add("户保", "household")
    for facts in ({first.key: "1"}, {first.key: "2", "x": "3"}, {}):
        factories.resident(grid=ground[0], facts=facts)
    home = factories.household(ground[0])
    type(home).objects.filter(pk=home.pk).update(facts={second.key: "1"})
    factories.resident(grid=factories.unit("520602003003001"), facts={first.key: "1"})

    assert keeping.all_filled(factories.district()) == {
        ("resident", first.key): 2, ("resident", "x"): 1, ("household", second.key): 1,
    }  # fmt: skip
    assert keeping.retire(first) == 2


def test_ready_made_fields_are_offered_until_one_takes_them(ground):
    suggested = keeping.suggestions()
    first = suggested[0]

    assert [one.number for one in suggested] == list(range(1, len(suggested) + 1))
    assert keeping.not_taken(factories.district()) == suggested
    add(first.label, first.register)
    assert keeping.not_taken(factories.district()) == suggested[1:]
    far = factories.district("520602", "碧江区")
    assert keeping.not_taken(far) == suggested
    assert all(one.register_name and one.label and one.kind for one in suggested)
    assert any(one.is_sensitive for one in suggested) is any(
        "yes" in line for line in keeping.DATA.read_text(encoding="utf-8").splitlines()[1:]
    )
    choices = [one for one in suggested if one.kind == "choice"]
    assert all(len(one.choices) > 1 and "" not in one.choices for one in choices)


def test_an_administrator_sees_the_fields_of_the_own_districts(ground):
    far = factories.district("520602", "碧江区")
    theirs = factories.custom_field("远", district=far)
    retired, household, resident = add("旧"), add("户", "household"), add("新")
    keeping.retire(retired)
    boss = factories.staff("administrator", factories.district())

    assert list(keeping.rows_of(boss)) == [household, resident, retired]
    assert theirs not in keeping.rows_of(boss)
    assert list(keeping.rows_of(factories.staff("grid_worker"))) == []
