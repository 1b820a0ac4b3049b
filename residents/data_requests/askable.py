"""The facts that a department may ask for, and what the register says of a person."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from grids.scope import Scope
from residents.models import Resident
from residents.people.showing import code_names, with_benefits, with_care


@dataclass(frozen=True)
class Fact:
    """`right` is what the person who answers needs on the resident to give it away."""

    label: Any
    say: Callable[[Resident, dict], str]
    right: str = "register.view"


def _members(resident, codes):
    rows = resident.household.residents.all()
    return "、".join(
        f"{one.name}（{codes.get(('relation', one.relation), _t('member'))}）"
        for one in rows
        if one.ended_on is None and one.pk != resident.pk
    ) or _t("lives alone")


def _care(resident, codes):
    return "、".join(one.category.name for one in resident.current_care) or _t("none")


def _benefits(resident, codes):
    current = resident.current_benefits
    return "、".join(one.benefit.name for one in current) or _t("none")


FACTS = {
    "lives": Fact(
        _("Registered in the grid"), lambda one, codes: f"{one.grid} · {one.get_kind_display()}"
    ),
    "address": Fact(_("Address"), lambda one, codes: one.household.dwelling.address),
    "registered_address": Fact(
        _("registered address"), lambda one, codes: one.registered_address
    ),
    "members": Fact(_("Members of the household"), _members),
    "birth_on": Fact(
        _("birth date"),
        lambda one, codes: one.birth_on.isoformat() if one.birth_on else "",
        "register.read_birth",
    ),
    "phone": Fact(_("phone"), lambda one, codes: one.phone, "register.read_phone"),
    "marital": Fact(
        _("marital status"),
        lambda one, codes: codes.get(("marital", one.marital), ""),
    ),
    "employer": Fact(_("employer"), lambda one, codes: one.employer),
    "care": Fact(_("care category"), _care, "register.read_care"),
    "benefits": Fact(_("benefits received"), _benefits, "register.read_care"),
}  # fmt: skip


def labels_of(names):
    return [FACTS[name].label for name in names if name in FACTS]


def offered_facts(staff, request):
    """The facts asked for that `staff` may read, and so give away: [(name, label)]."""
    scope = Scope.of(staff)
    return [
        (name, FACTS[name].label)
        for name in request.facts
        if name in FACTS and scope.has(FACTS[name].right)
    ]


def texts_of(residents, names, staff):
    """{resident key: {fact: text}} for those of `names` that `staff` may read of each."""
    residents = list(residents)
    with_care(residents, staff)
    with_benefits(residents, staff)
    codes, scope = code_names(), Scope.of(staff)
    return {
        one.pk: {
            name: FACTS[name].say(one, codes) or "—"
            for name in names
            if scope.grants(FACTS[name].right, one)
        }
        for one in residents
    }
