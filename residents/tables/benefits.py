"""The table of the benefits (救助待遇) at a place and its Excel; each number opens its persons."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from residents.help import benefits
from residents.tables import PEOPLE, Cell, Table


@dataclass
class BenefitTable(Table):
    benefits: list = field(default_factory=list)


@dataclass
class Words:
    """A cell that is no number."""

    value: str


@dataclass
class BenefitCell(Cell):
    label: str | Promise = ""


def _query(here, benefit, state):
    return urlencode({"in": here.pk, "benefit": benefit.pk, "state": state})


def table(staff, here, *, is_on_paper=False):
    """On paper the legal basis is a column of its own."""
    numbers = benefits.counts(staff, here)
    heads = [str(label) for label in benefits.STATES.values()]
    found = BenefitTable(_("Benefits"), _("Benefit"), heads)
    for benefit in benefits.offered(staff):
        counted = zip(benefits.STATES.items(), numbers.get(benefit.pk, (0, 0, 0)), strict=True)
        cells = [
            BenefitCell(number, PEOPLE, _query(here, benefit, state), label=label)
            for (state, label), number in counted
        ]
        found.benefits.append(benefit)
        found.rows.append((benefit.name, [*cells, Words(benefit.basis)] if is_on_paper else cells))
    if is_on_paper:
        found.heads.append(_("Legal basis"))
    return found
