"""Looking something up: what is the limit for a broken manhole cover, and who answers for it here?"""

from dataclasses import dataclass, field

from cases.catalogue import versions, words
from cases.models import Category, Responsibility
from cases.models.catalogue import STAGES_WITH_LIMIT
from cases.steps.table import LABELS
from grids.models import Grid

# The step that ends the wait at a stage.
ENDED_BY = {
    "reported": "register",
    "registered": "dispatch",
    "dispatched": "accept",
    "handling": "feed_back",
    "feedback": "verify",
}
MOST = 60
ENOUGH = 0.5  # share of the pairs of characters that must be found
NONE = (0, False)


@dataclass
class Entry:
    """A category with the standards that hold, and who answers for it at the place."""

    category: Category
    standards: list = field(default_factory=list)
    department: str = ""


def entries(*, kind="", major="", text="", grid=None):
    """A class of the catalogue in order, or what a text names, the best first."""
    if not text:
        rows = Category.objects.filter(kind=kind, is_active=True)
        return _filled(rows.filter(major_name=major) if major else rows, grid)
    scores = _named(text)
    best: dict = {}
    for (category, _standard), score in scores.items():
        best[category] = max(best.get(category, score), score)
    keys = sorted(best, key=lambda key: best[key], reverse=True)[:MOST]
    known = Category.objects.in_bulk(keys)
    found = _filled([known[key] for key in keys], grid)
    for entry in found:
        entry.standards.sort(
            key=lambda standard: scores.get((standard.category_id, standard.pk), NONE),
            reverse=True,
        )
    return found


def majors(kind):
    names = Category.objects.filter(kind=kind, is_active=True).order_by("code")
    return list(dict.fromkeys(names.values_list("major_name", flat=True)))


def step_limits(standard):
    """[(step that is waited for, limit in words)] of the stages that have a limit of their own."""
    return [
        (LABELS[ENDED_BY[stage]], words.limit(*standard.step_limits[stage]))
        for stage in STAGES_WITH_LIMIT
        if stage in standard.step_limits
    ]


def _filled(categories, grid):
    shown = {category.pk: Entry(category) for category in categories}
    standards = versions.in_force().filter(category__in=shown).order_by("pk")
    for standard in standards:
        standard.limit_words = words.limit(standard.limit_number, standard.limit_unit)
        standard.step_words = step_limits(standard)
        shown[standard.category_id].standards.append(standard)
    if grid is not None:
        for category, department in _answering(shown, grid):
            shown[category].department = department
    return list(shown.values())


def _answering(categories, grid):
    """(category, department), the nearest to the grid last."""
    rows = Responsibility.objects.filter(
        category__in=categories,
        grid__in=Grid.objects.above(grid),
        department__is_active=True,
    )
    return rows.order_by("grid__path").values_list("category", "department__name")


def _named(text):
    """{(category, standard): score} of what holds most of the text in name, code or condition."""
    wanted = "".join(text.split()).lower()
    pairs = {wanted[at : at + 2] for at in range(max(len(wanted) - 1, 1))}
    scores = {}
    rows = versions.in_force().filter(category__is_active=True)
    for category, standard, kind, code, name, condition in rows.values_list(
        "category", "pk", "category__kind", "category__code", "category__name", "condition"
    ):
        said = f"{code} {name} {condition}".lower()
        share = sum(pair in said for pair in pairs) / len(pairs)
        if share >= ENOUGH:
            is_matter = kind == Category.Kind.MATTER
            scores[category, standard] = (share + (wanted in said), is_matter)
    return scores
