"""What comes with the product: complete, and never in the way of an edit."""

import csv

import pytest

from cases.catalogue import shipped, versions
from cases.models import (
    AnswerTemplate,
    CaseStandard,
    Category,
    LimitUnit,
    Loop,
    ServiceModule,
    Stage,
)
from cases.workflow import LABELS
from gridmgmt.demo.ground import DISTRICT_DEPARTMENTS
from tests import factories as make
from tests.cases.office import bring, open_office

pytestmark = pytest.mark.django_db


def test_the_catalogue_is_whole():
    added = shipped.seed()

    assert Category.objects.filter(kind="component").count() == 153
    assert Category.objects.filter(kind="matter").count() == 250
    assert set(Category.objects.values_list("kind", flat=True)) == set(Category.Kind.values)
    assert added["service_modules"] == ServiceModule.objects.count() == 17
    assert {"党建引领", "环境卫生", "综合整治", "信访维稳"} <= set(
        ServiceModule.objects.values_list("name", flat=True)
    )


def test_every_category_has_a_module_and_every_module_a_category():
    shipped.seed()

    assert not Category.objects.filter(module=None).exists()
    assert not ServiceModule.objects.filter(categories=None).exists()


def test_every_category_has_a_standard_with_all_that_it_needs():
    shipped.seed()
    lines = {line for _name, line, _phone in DISTRICT_DEPARTMENTS} | {
        "street_office",
        "health",
    }

    assert not Category.objects.filter(standards=None).exists()
    for standard in CaseStandard.objects.all():
        standard.full_clean()
        assert all([standard.closing_condition, standard.evidence, standard.step_limits])
        assert standard.default_line in lines
    assert CaseStandard.objects.filter(is_admitted=False).exists()
    assert set(CaseStandard.objects.values_list("limit_unit", flat=True)) == set(LimitUnit.values)
    assert set(CaseStandard.objects.values_list("loop", flat=True)) <= set(Loop.values)


def test_every_cover_that_is_missing_is_urgent_for_two_hours():
    shipped.seed()
    covers = Category.objects.filter(kind="matter", name__contains="井盖")

    for category in covers.exclude(code="01005"):
        limit = category.standards.get(condition="井盖缺失")
        assert (limit.limit_number, limit.limit_unit) == (2, "urgent_hours")
    assert covers.count() > 15


def test_an_edit_outlives_the_next_seeding():
    make.district()
    shipped.seed()
    standard = CaseStandard.objects.filter(condition="井盖缺失").first()
    standard.condition, standard.limit_number = "井盖丢失", 3
    versions.keep(standard)
    Category.objects.filter(kind="matter", code="06010").update(name="垃圾暴露", module=None)
    ServiceModule.objects.filter(code="01").update(name="党建")
    AnswerTemplate.objects.filter(name="重复上报").update(name="重复")

    again = shipped.seed()

    assert set(again.values()) == {0}
    assert Category.objects.get(kind="matter", code="06010").name == "垃圾暴露"
    assert Category.objects.get(kind="matter", code="06010").module is None
    assert not standard.category.standards.filter(condition="井盖缺失").exists()


def test_categories_of_an_older_version_get_their_module_once():
    Category.objects.create(kind="matter", code="06010", name="暴露垃圾")

    shipped.seed()

    assert Category.objects.get(kind="matter", code="06010").module.name == "环境卫生"


def test_putting_back_what_was_shipped_leaves_the_standard_of_a_case_alone():
    shipped.seed()
    standard = CaseStandard.objects.filter(condition="井盖缺失").first()
    standard.limit_number = 3
    versions.keep(standard)
    case = bring(open_office(standard), Stage.HANDLING)
    due_at = case.due_at

    shipped.seed(overwrite=True)
    case.refresh_from_db()

    assert (case.standard.limit_number, case.due_at) == (3, due_at)
    assert case.standard.replaced_by.limit_number == 2
    assert shipped.seed(overwrite=True)["standards"] == 0


def test_each_district_gets_ready_answers_for_steps_that_exist():
    mine, other = make.district(), make.district("520602", "碧江区")

    added = shipped.seed()["answers"]

    assert added == AnswerTemplate.objects.count()
    for district in (mine, other):
        answers = AnswerTemplate.objects.filter(district=district)
        assert answers.count() >= 12
        assert answers.exclude(category=None).exists()
    known = set(LABELS) | {"ask_extension", "ask_help"}  # steps beside the loop
    assert set(AnswerTemplate.objects.values_list("step", flat=True)) <= known


def test_the_catalogue_file_has_every_key_once():
    with (shipped.DATA / "categories.csv").open(encoding="utf-8") as file:
        keys = [(row["kind"], row["code"]) for row in csv.DictReader(file)]

    assert len(keys) == len(set(keys)) == 493
