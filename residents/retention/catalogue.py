"""The kinds of the registers with the periods and grounds that ship."""

from django.utils.translation import gettext_lazy as _

from residents.retention import papers, persons
from residents.retention.kinds import Hold, Kind, add

PURPOSE_IS_GONE = _("PIPL, article 47: the purpose has been reached")
OPEN_CASE = Hold(_("in an open case"), persons.in_an_open_case)
OF_PERSONS = (
    OPEN_CASE,
    Hold(_("in a data request that is not answered"), persons.asked_for),
    Hold(_("asks about the own data and is not answered"), persons.asks_about_the_own_data),
    Hold(_("in an import or a move-in that is not decided"), persons.in_an_open_import),
    Hold(_("still the head of a household that lives here"), persons.heads_a_living_household),
)
STRIPPED = _("Name, number, telephone and all other personal columns go, also in the history")
DELETED = _("The rows are deleted")


def _persons(code, label, rows, months):
    return Kind(
        code=code,
        label=label,
        what=STRIPPED,
        basis=PURPOSE_IS_GONE,
        months=months,
        rows=rows,
        erase=persons.erase,
        holds=OF_PERSONS,
    )


PERSONS = (
    _persons("died", _("Persons who died"), persons.DIED, 36),
    _persons("moved", _("Persons who moved away"), persons.MOVED, 36),
    _persons("mistaken", _("Persons entered twice or by mistake"), persons.MISTAKEN, 12),
)
PAPERS = (
    Kind(
        code="leases",
        label=_("Leases that ended"),
        what=STRIPPED,
        basis=_("Civil Code, article 188: three years in which claims may be made"),
        months=48,
        rows=persons.leases,
        erase=persons.erase_leases,
        holds=(Hold(OPEN_CASE.label, persons.in_an_open_case),),
        least=36,
        why_least=_("Claims out of a lease may be made for three years (Civil Code, article 188)."),
    ),
    Kind(
        code="data_requests",
        label=_("Named lines of answered data requests"),
        what=STRIPPED,
        basis=PURPOSE_IS_GONE,
        months=24,
        rows=papers.request_lines,
        erase=papers.erase_lines,
        grid="request__grid",
    ),
    Kind(
        code="move_ins",
        label=_("Move-in requests that were answered"),
        what=DELETED,
        basis=PURPOSE_IS_GONE,
        months=12,
        rows=papers.move_ins,
        erase=papers.erase_move_ins,
        grid="to_grid",
    ),
    Kind(
        code="imports",
        label=_("Rows, differences and examples of imports"),
        what=DELETED,
        basis=PURPOSE_IS_GONE,
        months=12,
        rows=papers.imports,
        erase=papers.erase_imports,
        grid=None,
        holds=(Hold(_("with a difference that is not decided"), papers.undecided),),
    ),
    Kind(
        code="looks",
        label=_("Records of who looked at what"),
        what=DELETED,
        basis=_("Cybersecurity Law, article 21: logs for six months at least"),
        months=36,
        rows=papers.looks,
        erase=papers.erase_looks,
        least=papers.LEAST_OF_LOOKS,
        why_least=_("Logs are kept for six months at least (Cybersecurity Law, article 21)."),
        batch=5000,
    ),
    Kind(
        code="messages",
        label=_("Messages to staff"),
        what=DELETED,
        basis=PURPOSE_IS_GONE,
        months=24,
        rows=papers.messages,
        erase=papers.erase_messages,
        grid=None,
        batch=5000,
    ),
    Kind(
        code="former_staff",
        label=_("Accounts of former staff"),
        what=_(
            "Telephone and mail address go, also in the history; the name stays on what was done"
        ),
        basis=PURPOSE_IS_GONE,
        months=36,
        rows=papers.former_staff,
        erase=papers.erase_staff,
        grid=None,
        holds=(Hold(_("with an open case in hands"), papers.with_cases_in_hands),),
    ),
)


def register():
    add(*PERSONS, *PAPERS)
