"""Custom fields: who adds them, what they keep, who sees them, and that nothing is lost."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from grids.refusal import Refused
from residents.custom_fields import custom_fields, keeping
from residents.models import AccessRecord, CustomField, Resident, Stay
from tests import factories


@pytest.fixture
def boss(ground):
    return factories.staff("administrator", factories.district())


@pytest.fixture
def wang(ground):
    home = factories.household(ground[0], head_name="王秀兰")
    return factories.resident(home, name="王秀兰")


def field(boss, label="医疗保险", register="resident", kind="text", **facts):
    facts = {
        "purpose": "参保动员",
        "asked_by": "医保局",
        "choices": [],
        "other_words": [],
        "legal_basis": "",
        "is_sensitive": False,
    } | facts
    return keeping.add(
        factories.district(),
        by=boss,
        register=register,
        label=label,
        kind=kind,
        **facts,
    )


def sensitive(boss, label="血型"):
    return field(boss, label, is_sensitive=True, legal_basis="献血法")


def enter(client, person):
    person.__dict__.pop("_scope", None)
    client.force_login(person, "grids.auth.StaffBackend")
    return client


def edit(client, person, **facts):
    names = ["name", "relation", "phone", "kind"]
    facts = {name: getattr(person, name) for name in names} | facts
    return client.post(reverse("residents:edit_resident", args=[person.pk]), facts)


# The administrator's page


def test_a_ready_made_field_is_taken_over_with_its_purpose(client, boss):
    enter(client, boss)
    [one] = [one for one in keeping.suggestions() if one.label == "医疗保险"]
    address = reverse("residents:field_add") + f"?suggestion={one.number}"
    assert not CustomField.objects.exists()
    assert "职工医保" in client.get(address).content.decode()

    facts = {
        "register": one.register,
        "label": one.label,
        "kind": one.kind,
        "choices": "\n".join(one.choices),
        "other_words": "\n".join(one.other_words),
    }
    without = client.post(address, facts)
    client.post(address, facts | {"purpose": "参保动员", "asked_by": "区医保局"})

    assert without.status_code == 422
    found = CustomField.objects.get()
    assert (found.asked_by, found.created_by, found.key) == (
        "区医保局",
        boss,
        "yiliaobaoxian",
    )
    page = client.get(reverse("residents:fields")).content.decode()
    assert "参保动员" in page
    assert "区医保局" in page


def test_neither_religion_nor_blood_type_is_offered_ready_made():
    words = [one.label + "".join(one.other_words) for one in keeping.suggestions()]

    assert not [word for word in words if "宗教" in word or "血型" in word]


def test_a_sensitive_field_needs_its_legal_basis_and_a_person(client, boss):
    enter(client, boss)
    facts = {
        "register": "resident",
        "label": "血型",
        "kind": "text",
        "purpose": "献血",
        "asked_by": "血站",
        "is_sensitive": "on",
    }

    assert client.post(reverse("residents:field_add"), facts).status_code == 422
    facts |= {"legal_basis": "献血法"}
    assert (
        client.post(reverse("residents:field_add"), facts | {"register": "dwelling"}).status_code
        == 422
    )
    assert client.post(reverse("residents:field_add"), facts).status_code == 302


def test_a_retired_field_keeps_its_values_and_comes_back_with_them(client, boss, wang, worker):
    one = field(boss)
    custom_fields.write(wang, {one.key: "居民医保"}, by=worker)
    enter(client, boss)
    address = reverse("residents:field_retire", args=[one.pk])

    answer = client.post(address, follow=True).content.decode()

    wang.refresh_from_db()
    assert wang.facts == {one.key: "居民医保"}
    assert "1" in answer
    assert custom_fields.shown_facts("resident", wang) == []
    client.post(address)
    [fact] = custom_fields.shown_facts("resident", wang)
    assert fact.value == "居民医保"


def test_the_type_stays_once_a_row_has_a_value(boss, wang, worker):
    one = field(boss)
    facts = {
        "label": one.label,
        "kind": "number",
        "is_sensitive": False,
        "purpose": "x",
        "asked_by": "y",
    }
    custom_fields.write(wang, {one.key: "三级"}, by=worker)

    with pytest.raises(Refused):
        keeping.change(one, **facts)

    custom_fields.write(wang, {one.key: ""}, by=worker)
    keeping.change(one, **facts)


def test_an_administrator_of_another_district_finds_no_field(client, boss):
    one = field(boss)
    enter(client, factories.staff("administrator", factories.district("520602", "碧江区")))

    assert one.label not in str(client.get(reverse("residents:fields")).context["used"])
    for name in ("field_edit", "field_retire"):
        assert client.post(reverse(f"residents:{name}", args=[one.pk])).status_code == 404


# Values


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        ("number", "１,200.50", "1200.5"),
        ("number", "0", "0"),
        ("number", "多", None),
        ("number", "NaN", None),
        ("date", "2024年3月5日", "2024-03-05"),
        ("date", "2024-03", None),
        ("date", date(2024, 3, 5), "2024-03-05"),
        ("yes_no", "有", "1"),
        ("yes_no", "无", "0"),
        ("yes_no", "也许", None),
        ("choice", " 居民医保 ", "居民医保"),
        ("choice", "商业", None),
        ("text", " 鲁Ｄ１２３４５ ", "鲁D12345"),
        ("text", "-", ""),
        ("text", "长" * 201, None),
    ],
)
def test_a_value_is_kept_in_one_form_or_not_at_all(kind, written, kept):
    one = CustomField(kind=kind, choices=["职工医保", "居民医保"])

    assert custom_fields.parse(one, written) == kept


def test_the_form_asks_and_keeps_and_the_file_shows_it(client, boss, wang, worker):
    one = field(boss, kind="choice", choices=["职工医保", "居民医保"])
    enter(client, worker)
    form = client.get(reverse("residents:edit_resident", args=[wang.pk])).content.decode()
    assert "参保动员" in form

    bad = edit(client, wang, **{f"fact_{one.key}": "商业"})
    edit(client, wang, **{f"fact_{one.key}": "居民医保"})

    wang.refresh_from_db()
    one.refresh_from_db()
    assert bad.status_code == 422
    assert wang.facts == {one.key: "居民医保"}
    assert one.last_used_on == timezone.localdate()
    assert "居民医保" in client.get(reverse("residents:resident", args=[wang.pk])).content.decode()
    history = client.get(reverse("residents:household", args=[wang.household_id]) + "?tab=history")
    assert "医疗保险" in history.content.decode()


def test_a_household_has_fields_of_its_own(client, boss, wang, worker):
    one = field(boss, "承包地面积（亩）", "household", "number")
    enter(client, worker)

    client.post(
        reverse("residents:edit_household", args=[wang.household_id]),
        {"phone": "", f"fact_{one.key}": "3.50"},
    )

    wang.household.refresh_from_db()
    assert wang.household.facts == {one.key: "3.5"}
    assert (
        "3.5"
        in client.get(reverse("residents:household", args=[wang.household_id])).content.decode()
    )


def test_what_others_wrote_meanwhile_stays(boss, wang, worker):
    first, second = field(boss, "甲"), field(boss, "乙")
    stale = Resident.objects.get(pk=wang.pk)
    custom_fields.write(wang, {first.key: "1"}, by=worker)

    custom_fields.write(stale, {second.key: "2"}, by=worker)

    wang.refresh_from_db()
    assert wang.facts == {first.key: "1", second.key: "2"}


def test_last_use_is_noted_once_a_day(boss, django_assert_num_queries):
    one = field(boss)
    custom_fields.touch([one])
    one.refresh_from_db()

    with django_assert_num_queries(0):
        custom_fields.touch([one])
    one.last_used_on -= timedelta(days=1)
    with django_assert_num_queries(1):
        custom_fields.touch([one])


# Sensitive ones


def test_a_sensitive_value_is_sealed_and_sent_to_nobody(client, boss, wang, worker):
    one = sensitive(boss)
    enter(client, worker)
    edit(client, wang, **{f"fact_{one.key}": "稀有血型"})

    wang.refresh_from_db()
    assert "稀有血型" not in str(wang.facts)
    addresses = [
        reverse("residents:edit_resident", args=[wang.pk]),
        reverse("residents:resident", args=[wang.pk]),
        reverse("residents:household", args=[wang.household_id]) + "?tab=history",
    ]
    for address in addresses:
        assert "稀有血型" not in client.get(address).content.decode()
    asked = {"fact": one.key, "is": "稀有血型"}
    assert client.get(reverse("residents:people"), asked).context["page"].rows == []


def test_an_empty_form_keeps_a_sealed_value_and_a_tick_deletes_it(client, boss, wang, worker):
    one = sensitive(boss)
    custom_fields.write(wang, {one.key: "甲"}, by=worker)
    enter(client, worker)

    edit(client, wang, **{f"fact_{one.key}": ""})
    wang.refresh_from_db()
    assert custom_fields.unseal(one, wang.facts[one.key], wang.pk) == "甲"

    edit(client, wang, **{f"clear_{one.key}": "on"})
    wang.refresh_from_db()
    assert wang.facts == {}


def test_the_same_sealed_value_again_is_no_change(boss, wang, worker):
    one = sensitive(boss)

    assert custom_fields.write(wang, {one.key: "甲"}, by=worker)
    assert not custom_fields.write(wang, {one.key: "甲"}, by=worker)


def test_a_sealed_value_is_shown_with_a_purpose_on_record(client, ground, boss, wang, worker):
    one = sensitive(boss)
    custom_fields.write(wang, {one.key: "稀有血型"}, by=worker)
    leader = factories.staff("grid_leader", ground[0])
    address = reverse("residents:reveal_fact", args=[wang.pk, one.pk])

    assert enter(client, worker).get(address).status_code == 403
    enter(client, leader)
    assert "稀有血型" not in client.get(address).content.decode()
    assert client.post(address, {"purpose": ""}).status_code in {200, 422}
    assert not AccessRecord.objects.exists()
    assert (
        "稀有血型"
        in client.post(address, {"about": "应急处置", "purpose": "急救"}).content.decode()
    )

    record = AccessRecord.objects.get()
    assert (record.resident, record.by, record.purpose) == (wang, leader, "应急处置：急救")
    looked = client.get(reverse("residents:household", args=[wang.household_id]) + "?tab=looks")
    assert "血型" in looked.content.decode()


# Finding and taking out


def test_people_are_found_by_a_custom_field_in_scope(client, ground, boss, wang, worker):
    one = field(boss, "车牌号")
    other = factories.resident(grid=ground[1], name="李四")
    for person in (wang, other):
        custom_fields.write(person, {one.key: "鲁D12345"}, by=worker)
    enter(client, worker)

    for text, number in (("d123", 1), ("没有", 0)):
        rows = (
            client.get(reverse("residents:people"), {"fact": one.key, "is": text})
            .context["page"]
            .rows
        )
        assert len(rows) == number


def test_custom_fields_are_columns_of_an_export(client, ground, boss, wang, worker):
    from residents.exports import columns

    one, secret = field(boss, "车牌号"), sensitive(boss)
    custom_fields.write(wang, {one.key: "鲁D12345", secret.key: "甲"}, by=worker)
    officer = factories.staff("community_staff", ground[0])
    names = {column.name for column in columns.offered("residents", officer)}

    assert f"fact_{one.key}" in names
    assert f"fact_{secret.key}" not in names
    [column] = columns.named("residents", officer, [f"fact_{one.key}"])
    assert column.read(wang, SimpleNamespace()) == "鲁D12345"


def test_an_export_is_a_use_of_the_field(ground, boss):
    from residents.exports import columns

    one = field(boss, "车牌号")

    columns.named("residents", factories.staff("community_staff", ground[0]), [f"fact_{one.key}"])

    one.refresh_from_db()
    assert one.last_used_on == timezone.localdate()


# The kinds of residents


def test_a_form_keeps_only_what_belongs_to_the_kind(client, wang, worker):
    enter(client, worker)
    came = {
        "came_from": "河南省周口市",
        "reason": "work",
        "permit": "residence",
        "nationality": "法国",
    }

    edit(client, wang, kind="registered", lives_where_registered="away", **came)
    wang.refresh_from_db()
    assert not Stay.objects.exists()
    assert wang.lives_where_registered == "away"

    edit(client, wang, kind="floating", native_place="河南周口", **came)
    stay = Stay.objects.get()
    assert (stay.came_from, stay.nationality) == ("河南省周口市", "")
    file = client.get(reverse("residents:resident", args=[wang.pk])).content.decode()
    assert "河南省周口市" in file

    edit(client, wang, kind="foreign", political="01", latin_surname="Dupont", **came)
    stay.refresh_from_db()
    wang.refresh_from_db()
    assert (stay.nationality, stay.latin_surname, wang.political) == (
        "法国",
        "Dupont",
        "",
    )
    assert "Dupont" in client.get(reverse("residents:resident", args=[wang.pk])).content.decode()


def test_a_stay_does_not_end_before_it_began(client, wang, worker):
    enter(client, worker)

    answer = edit(client, wang, kind="floating", came_on="2026-03-01", leaves_on="2026-02-01")

    assert answer.status_code == 422
    assert not Stay.objects.exists()


@pytest.mark.parametrize(
    ("kind", "field", "day", "status"),
    [
        ("floating", "permit_on", "2026-13-01", 422),
        ("foreign", "permit_on", "2026-13-01", 302),  # not asked of people from abroad
        ("registered", "permit_on", "2026-13-01", 302),
        ("foreign", "came_on", "2026-13-01", 422),
    ],
)
def test_a_mistake_counts_in_what_is_asked_of_the_kind(
    client, wang, worker, kind, field, day, status
):
    enter(client, worker)

    assert edit(client, wang, kind=kind, **{field: day}).status_code == status


def test_the_history_of_a_stay_is_readable(client, wang, worker):
    enter(client, worker)
    edit(client, wang, kind="floating", came_from="周口")
    edit(client, wang, kind="floating", came_from="郑州")

    history = client.get(reverse("residents:household", args=[wang.household_id]) + "?tab=history")

    assert "周口" in history.content.decode()
    assert "郑州" in history.content.decode()
