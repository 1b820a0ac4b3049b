"""Which rows the words of an address ask for: each word finds its own and leaves its neighbours."""

from datetime import date, timedelta
from urllib.parse import parse_qs

import pytest
from django.http import Http404, QueryDict
from django.utils import timezone, translation

from grids.models import Grid
from residents.lists import narrowing
from residents.models import Benefit, BenefitRecord, Household, Lease, Premises, Resident
from residents.models.exports import Subject
from residents.people import finding, flows
from tests import factories

TODAY = timezone.localdate


def years_ago(years, *, days=0):
    today = TODAY()
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    return today.replace(year=today.year - years, day=day) + timedelta(days=days)


@pytest.fixture
def community(ground):
    return Grid.objects.get(code="370402001028")


@pytest.fixture
def leader(community):
    return factories.staff("grid_leader", community)


@pytest.fixture
def people(ground):
    """In grid 1 wang, li and two children; in grid 2 zhang; zhao has left."""
    first, second = ground
    homes = {
        "wang": factories.household(first, head_name="王甲"),
        "li": factories.household(first, head_name="李乙"),
        "zhang": factories.household(second, head_name="张丙"),
    }
    found = {
        "wang": factories.resident(
            homes["wang"], name="王甲", birth_on=years_ago(60), kind="floating", pinyin="wangjia"
        ),
        "li": factories.resident(
            homes["li"], name="李乙", birth_on=years_ago(60, days=1), sex="1", pinyin="liyi",
            registered_address="山东省枣庄市",
        ),
        "child": factories.resident(homes["li"], name="李小", birth_on=years_ago(16, days=1)),
        "grown": factories.resident(homes["li"], name="李大", birth_on=years_ago(16)),
        "zhang": factories.resident(
            homes["zhang"], name="张丙", birth_on=date(1980, 1, 1), sex="1", kind="hmt",
            pinyin="zhangbing", registered_address="北京市海淀区",
        ),
        "zhao": factories.resident(
            homes["li"], name="赵丁", birth_on=date(1930, 1, 1), kind="floating",
            ended_on=TODAY(), end_reason="moved", pinyin="zhaoding",
        ),
    }  # fmt: skip
    poor, alone = factories.care_category("低保"), factories.care_category("独居")
    factories.care_record(found["wang"], poor)
    factories.care_record(found["zhang"], alone)
    factories.care_record(found["li"], poor, until=TODAY() - timedelta(days=1))
    factories.care_record(found["zhao"], poor)
    in_days = lambda days: TODAY() + timedelta(days=days)  # noqa: E731
    factories.stay(found["wang"], came_from="河南省周口市", permit_until=in_days(30))
    factories.stay(found["zhang"], came_from="", permit_until=in_days(31))
    factories.stay(found["li"], permit_until=in_days(-1))
    return found


def asked(**words):
    query = QueryDict(mutable=True)
    query.update({word.rstrip("_"): value for word, value in words.items()})
    return narrowing.read(query)


def names(people, rows):
    """Of the residents, or of the households' people."""
    known = {(Resident, one.pk): name for name, one in people.items()} | {
        (Household, people[name].household_id): name for name in ("wang", "li", "zhang")
    }
    return {known[type(row), row.pk] for row in rows}


EVERYBODY = {"wang", "li", "child", "grown", "zhang"}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ({}, EVERYBODY),
        ({"q": "张丙"}, {"zhang"}),
        ({"q": "赵丁"}, set()),
        ({"kind": "floating"}, {"wang"}),
        ({"kind": "hmt"}, {"zhang"}),
        ({"kind": "nobody"}, set()),
        ({"sex": "1"}, {"li", "zhang"}),
        ({"sex": "2"}, {"wang", "child", "grown"}),
        ({"age": "old"}, {"wang"}),
        ({"age": "young"}, {"child"}),
        ({"age": "other"}, set()),
        ({"care": "any"}, {"wang", "zhang"}),
        ({"care": "低保"}, {"wang"}),
        ({"care": "独居"}, {"zhang"}),
        ({"care": "没有"}, set()),
        ({"due": "30"}, {"wang"}),
        ({"due": "60"}, {"wang", "zhang"}),
        ({"due": "expired"}, {"li"}),
        ({"due": "soon"}, {"wang", "li", "zhang"}),
        ({"due": "tomorrow"}, set()),
        ({"origin": "河南省"}, {"wang"}),
        ({"origin": "山东省"}, {"li"}),
        ({"origin": "北京市"}, {"zhang"}),
        ({"origin": "unknown"}, {"child", "grown"}),
        ({"care": "any", "sex": "1"}, {"zhang"}),
        ({"kind": "floating", "sex": "1"}, set()),
        ({"benefit": "1" * 19}, set()),
        ({"benefit": "x"}, set()),
        ({"fact": "none", "is_": "x"}, set()),
    ],
)
def test_which_residents_the_words_find(people, leader, words, found):
    rows = narrowing.rows(Subject.RESIDENTS, leader, None, asked(**words))

    assert names(people, rows) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ({}, {"wang", "li", "zhang"}),
        ({"q": "张丙"}, {"zhang"}),
        ({"q": "李大"}, {"li"}),
        ({"q": "赵丁"}, set()),
        ({"kind": "floating"}, {"wang"}),
        ({"kind": "registered"}, {"li"}),
        ({"care": "any"}, {"wang", "zhang"}),
        ({"care": "低保"}, {"wang"}),
        ({"kind": "hmt", "care": "低保"}, set()),
        ({"fact": "none", "is_": "x"}, set()),
    ],
)
def test_which_households_the_words_find(people, leader, words, found):
    gone = factories.household(factories.unit(), head_name="孙戊")
    Household.objects.filter(pk=gone.pk).update(ended_on=TODAY(), end_reason="moved")

    rows = narrowing.rows(Subject.HOUSEHOLDS, leader, None, asked(**words))

    assert names(people, rows) == found


def test_a_place_holds_its_own_rows_and_those_of_what_lies_below(people, leader, ground, community):
    for here, found in (
        (ground[1], {"zhang"}),
        (ground[0], EVERYBODY - {"zhang"}),
        (community, EVERYBODY),
    ):
        rows = narrowing.rows(Subject.RESIDENTS, leader, here, {})
        assert names(people, rows) == found
        homes = narrowing.rows(Subject.HOUSEHOLDS, leader, here, {})
        assert names(people, homes) == found & {"wang", "li", "zhang"}


def test_a_search_goes_beyond_the_place_unless_the_address_names_it(people, leader, ground):
    words = asked(q="张丙")
    named = words | {"in": str(ground[0].pk)}

    assert names(people, narrowing.residents(leader, ground[0], words)) == {"zhang"}
    assert names(people, narrowing.residents(leader, ground[0], named)) == set()
    assert names(people, narrowing.residents(leader, ground[1], named)) == {"zhang"}


def test_nobody_narrows_what_is_not_in_the_own_scope(people, ground):
    neighbour, nobody = factories.staff("grid_worker", ground[1]), factories.staff()
    assistant = factories.staff("assistant", ground[1])

    for subject in (Subject.RESIDENTS, Subject.HOUSEHOLDS):
        for words in ({}, {"kind": "hmt"}, {"care": "any"}):
            wanted = asked(**words)
            assert names(people, narrowing.rows(subject, neighbour, None, wanted)) == {"zhang"}
            assert not narrowing.rows(subject, nobody, None, wanted)
        assert not narrowing.rows(subject, assistant, None, asked(care="any"))
        assert narrowing.rows(subject, assistant, None, asked(kind="hmt"))


# Premises, licences, leases


@pytest.fixture
def shops(ground):
    """shop in grid 1 with three licences, school in grid 2 with one; closed is closed."""
    in_days = lambda days: TODAY() + timedelta(days=days)  # noqa: E731
    shop = factories.premises(ground[0], name="利民超市", code="Q1")
    school = factories.premises(ground[1], name="小学", kind="institution", code="Q2")
    closed = factories.premises(ground[0], name="旧店", code="Q3", ended_on=in_days(-9))
    found = {
        "food": factories.licence(shop, "食品", number="F1", expires_on=in_days(-1)),
        "fire": factories.licence(shop, "消防", number="F2", expires_on=in_days(90)),
        "business": factories.licence(shop, "营业执照", number="F3"),
        "legal": factories.licence(school, "法人", number="F4", expires_on=in_days(91)),
    }
    factories.licence(closed, "食品", number="F5", expires_on=in_days(1))
    factories.licence(shop, "食品", number="F6", expires_on=in_days(1), ended_on=in_days(-1))
    return found | {"shop": shop, "school": school}


def called(shops, rows):
    return {next(name for name, one in shops.items() if one == row) for row in rows}


@pytest.mark.parametrize(
    ("subject", "words", "found"),
    [
        (Subject.PREMISES, {}, {"shop", "school"}),
        (Subject.PREMISES, {"kind": "institution"}, {"school"}),
        (Subject.PREMISES, {"q": "利民"}, {"shop"}),
        (Subject.PREMISES, {"q": "旧店"}, set()),
        (Subject.PREMISES, {"q": "利民", "kind": "institution"}, set()),
        (Subject.PREMISES, {"fact": "none", "is_": "x"}, set()),
        (Subject.LICENCES, {}, {"food", "fire", "business", "legal"}),
        (Subject.LICENCES, {"kind": "食品"}, {"food"}),
        (Subject.LICENCES, {"due": "soon"}, {"food", "fire"}),
        (Subject.LICENCES, {"due": "90"}, {"fire"}),
        (Subject.LICENCES, {"due": "expired"}, {"food"}),
        (Subject.LICENCES, {"q": "民超"}, {"food", "fire", "business"}),
        (Subject.LICENCES, {"q": "F4"}, {"legal"}),
        (Subject.LICENCES, {"q": "F"}, set()),
        (Subject.LICENCES, {"q": "F5"}, set()),
    ],
)
def test_which_premises_and_licences_the_words_find(shops, leader, subject, words, found):
    rows = narrowing.rows(subject, leader, None, asked(**words))

    assert called(shops, rows) == found


def test_licences_lie_where_their_premises_do(shops, leader, ground, community):
    for here, found in ((ground[1], {"legal"}), (community, {"food", "fire", "business", "legal"})):
        assert called(shops, narrowing.rows(Subject.LICENCES, leader, here, {})) == found
    neighbour = factories.staff("grid_worker", ground[1])
    for subject, found in ((Subject.LICENCES, {"legal"}), (Subject.PREMISES, {"school"})):
        assert called(shops, narrowing.rows(subject, neighbour, None, {})) == found


def test_leases_in_force_by_the_days_that_are_left(leader, ground):
    homes = [factories.dwelling(grid) for grid in (*ground, ground[0])]
    soon = factories.lease(homes[0], until=TODAY() + timedelta(days=30))
    later = factories.lease(homes[1], until=TODAY() + timedelta(days=31))
    factories.lease(homes[2], ended_on=TODAY())

    def found(here=None, staff=leader, **words):
        return set(narrowing.rows(Subject.LEASES, staff, here, asked(**words)))

    assert found() == {soon, later}
    assert found(due="30") == {soon}
    assert found(due="60") == {soon, later}
    assert found(here=ground[1]) == {later}
    assert found(staff=factories.staff("grid_worker", ground[1])) == {later}
    assert Lease.objects.count() == 3


# Flows


def test_a_flow_of_a_month_finds_those_who_live_in_its_places(people, leader, ground):
    month = f"{TODAY():%Y-%m}"

    def found(here=None, **words):
        return names(people, narrowing.residents(leader, here, asked(month=month, **words)))

    assert found(flow="new") == {*EVERYBODY, "zhao"}
    assert found(flow="new", kind="floating") == {"wang", "zhao"}
    assert found(here=ground[1], flow="new") == {"zhang"}
    assert found(flow="changed") == set()
    stranger = factories.staff("grid_leader", factories.unit("520602003003001"))
    assert not narrowing.residents(stranger, None, asked(flow="new", month=month))


# The address


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"kind": " floating ", "page": "2", "sex": ""}, {"kind": "floating"}),
        ({"q": "王" * 70}, {"q": "王" * 60}),
        ({"care": "x" * 70}, {"care": "x" * 60}),
        ({"flow": "new", "month": "2026-11"}, {"flow": "new", "month": "2026-11"}),
        ({"flow": "new"}, {}),
        ({"flow": "none", "month": "2026-11"}, {}),
        ({"month": "2026-11", "sex": "1"}, {"sex": "1"}),
        ({"flow": "new", "month": "2026-13"}, {}),
        ({"fact": "a", "is": "b"}, {"fact": "a", "is": "b"}),
        ({"fact": "a", "sex": "1"}, {"sex": "1"}),
        ({"is": "b"}, {}),
    ],
)
def test_what_is_read_of_an_address(given, wanted):
    query = QueryDict(mutable=True)
    query.update(given)

    assert narrowing.read(query) == wanted


def test_a_search_stands_sealed_in_the_address_and_is_read_back(ground):
    address = narrowing.query({"q": "王甲", "sex": "1"}, ground[0])

    said = parse_qs(address)
    assert (said["in"], said["sex"]) == ([str(ground[0].pk)], ["1"])
    assert said["q"][0].startswith("~")
    assert "王甲" not in address
    assert narrowing.read(QueryDict(address))["q"] == "王甲"
    assert narrowing.query({"sex": "1"}, None) == "sex=1"
    assert finding.unsealed("王甲") == "王甲"


def test_a_place_of_an_address_is_one_that_the_reader_may_see(leader, ground, community):
    far = factories.unit("520602003003001")

    assert narrowing.place(leader, {}, community) == community
    assert narrowing.place(leader, {}) is None
    assert narrowing.place(leader, {"in": str(ground[1].pk)}, community) == ground[1]
    assert narrowing.place(leader, {"in": str(far.pk)}, far) == far
    for key in (str(far.pk), "0", "x", "1" * 19, "-1"):
        with pytest.raises(Http404):
            narrowing.place(leader, {"in": key}, community)


# Looks


def test_who_is_listed_for_a_category_or_a_benefit_is_looked_at(people, leader):
    wang, li, zhang = (people[name] for name in ("wang", "li", "zhang"))
    listed = [wang, li, zhang]

    def looked(words, rows):
        return narrowing.cared_for(leader, words, rows)

    assert looked({"care": "any"}, listed) == {wang.pk, zhang.pk}
    assert looked({"care": "低保"}, listed) == {wang.pk}
    assert looked({"care": "any"}, [li]) == set()
    assert looked({"care": "any"}, [wang.household, li.household]) == {wang.pk}
    assert looked({"care": "any"}, []) == set()
    assert looked({"care": "any"}, [factories.premises()]) == set()
    assert looked({"sex": "1"}, listed) == set()
    assert looked({"benefit": "1"}, listed) == {one.pk for one in listed}
    assert looked({"benefit": "1"}, []) == set()
    assert looked({"benefit": "1"}, [wang.household]) == set()
    assert looked({"benefit": "1", "care": "any"}, [wang.household]) == {wang.pk}
    assert narrowing.cared_for(factories.staff("assistant"), {"care": "any"}, listed) == set()


# In words


@pytest.mark.parametrize(
    ("subject", "words", "said"),
    [
        (Subject.RESIDENTS, {"kind": "floating", "sex": "1"}, ["Floating", "male"]),
        (Subject.RESIDENTS, {"sex": "2", "age": "old"}, ["female", "60 and over"]),
        (Subject.RESIDENTS, {"sex": "3", "age": "other"}, []),
        (Subject.RESIDENTS, {"care": "低保"}, ["低保"]),
        (Subject.RESIDENTS, {"care": "any"}, ["Care"]),
        (Subject.RESIDENTS, {"due": "30"}, ["Within 30 days"]),
        (Subject.RESIDENTS, {"origin": "河南省"}, ["河南省"]),
        (Subject.RESIDENTS, {"origin": "unknown"}, ["Origin not known"]),
        (Subject.RESIDENTS, {"fact": "none", "is": "x"}, ["none：x"]),
        (Subject.RESIDENTS, {"flow": "new", "month": "2026-11"}, ["2026-11 Newly collected"]),
        (Subject.PREMISES, {"kind": "institution"}, ["Institution"]),
        (Subject.LICENCES, {"kind": "食品"}, ["食品"]),
    ],
)
def test_what_is_asked_for_in_words(people, ground, subject, words, said):
    with translation.override("en"):
        kinds = {str(label) for label in (*Premises.Kind.labels, *Resident.Kind.labels)}
        found = narrowing.narrowed(subject, words | {"q": "王", "in": "1"})
        expected = [next((one for one in kinds if one.startswith(word)), word) for word in said]
        assert found == expected
        with_place = narrowing.words_of(subject, words | {"q": "王"}, ground[0])
        search = ["Search: 王"]
        place = [] if subject == Subject.RESIDENTS else [str(ground[0])]
        assert with_place == [*place, *search, *expected]
        named = narrowing.words_of(subject, words | {"q": "王", "in": "1"}, ground[0])
        assert named == [str(ground[0]), *search, *expected]
        assert narrowing.words_of(subject, words, ground[0]) == [str(ground[0]), *expected]


# Benefits


def test_the_state_of_a_benefit_finds_who_receives_is_entitled_and_misses_it(people, leader):
    subsidy = Benefit.objects.create(code="B1", name="补贴", min_age=60)
    other = Benefit.objects.create(code="B2", name="别的", min_age=60)
    BenefitRecord.objects.create(resident=people["zhang"], benefit=subsidy, since=date(2020, 1, 1))
    BenefitRecord.objects.create(resident=people["wang"], benefit=other, since=date(2020, 1, 1))

    def found(benefit, **words):
        return names(
            people, narrowing.residents(leader, None, asked(benefit=str(benefit.pk), **words))
        )

    assert found(subsidy) == found(subsidy, state="receiving") == {"zhang"}
    assert found(subsidy, state="entitled") == {"wang"}
    assert found(subsidy, state="missed") == {"wang"}
    assert found(other, state="missed") == set()
    assert found(subsidy, state="else") == set()
    assert found(subsidy, state="entitled", sex="1") == set()
    with translation.override("en"):
        said = narrowing.narrowed(Subject.RESIDENTS, asked(benefit=str(subsidy.pk), state="missed"))
        assert said == ["补贴 Entitled, not receiving"]
    subsidy.is_active = False
    subsidy.save()
    assert found(subsidy) == set()


def test_the_words_of_flows_are_those_of_the_tables():
    assert set(flows.FLOWS) == {"new", "changed", "signed_off"}
