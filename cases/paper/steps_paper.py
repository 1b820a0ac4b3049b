"""docs/case-steps.md and its drawing, written from the tables of the loop in the office's language."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases.models import FINISHED, Stage
from cases.paper import steps_drawing, steps_in_words
from cases.paper.steps_in_words import joined
from cases.steps.table import NEXT

PAPER, DRAWING = "docs/case-steps.md", "docs/img/case-steps.svg"


def files():
    """{path in the project: text}"""
    with translation.override(settings.LANGUAGE_CODE):
        return {PAPER: _paper(), DRAWING: steps_drawing.draw()}


def _paper():
    return "\n".join(
        [
            f"# {_('Steps of a case')}",
            "",
            _(
                "Written by the program from its tables: `manage.py write_case_steps`. Do not edit by hand."
            ),
            "",
            f"![{_('Steps of a case')}](img/case-steps.svg)",
            "",
            *_section(_("From stage to stage"), _moving()),
            *_section(_("Beside the stages"), _beside()),
            *_section(_("When a case is late"), _ladder()),
            _(
                "A district may set the percentages and the hearers itself; each rung also tells those of the rungs above it in the table."
            ),
            "",
            *_section(_("The same as a diagram"), _diagram()),
        ]
    )


def _section(title, lines):
    return [f"## {title}", "", *lines, ""]


def _moving():
    heads = [
        _("Step"),
        pgettext("step", "From"),
        pgettext("step", "To"),
        _("Who may"),
        _("Who hears of it"),
    ]
    return _table(
        heads,
        [
            (
                line.label,
                joined(line.origins),
                line.target,
                joined(line.roles),
                joined(line.hearers),
            )
            for line in steps_in_words.moving()
        ],
    )


def _beside():
    heads = [_("Step"), _("While the case is"), _("Who may"), _("Who hears of it")]
    return _table(
        heads,
        [
            (line.label, joined(line.origins), joined(line.roles), joined(line.hearers))
            for line in steps_in_words.beside()
        ],
    )


def _ladder():
    heads = [
        _("Used of the limit"),
        _("Rung"),
        _("Slip"),
        _("Who is told, besides those above"),
    ]
    return _table(
        heads,
        [
            (f"{rung.percent}%", rung.label, rung.slip or "—", joined(rung.hearers))
            for rung in steps_in_words.rungs()
        ],
    )


def _diagram():
    ways = [
        f"    {origin} --> {target}: {'、'.join(dict.fromkeys(labels))}"
        for origin, target, labels in steps_in_words.edges()
    ]
    ends = [f"    {stage} --> [*]" for stage in Stage if stage in FINISHED and stage in NEXT]
    return [
        "```mermaid",
        "stateDiagram-v2",
        *(f'    state "{stage.label}" as {stage}' for stage in Stage),
        f"    [*] --> {Stage.REPORTED}",
        *ways,
        *ends,
        "```",
    ]


def _table(heads, rows):
    return [
        f"| {' | '.join(map(str, heads))} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(cell or '—' for cell in row)} |" for row in rows),
    ]
