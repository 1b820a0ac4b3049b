"""The board and the sweep of a district with many cases."""

import contextlib
import statistics
from collections import Counter
from datetime import timedelta
from functools import partial

from bench import ground, server
from bench.contest import Clock, Contest, Target, WrongWork, short

CASES, OPEN, DUE = 400_000, 20_000, 10_000
SLICE = 500
MOST_URGENT = 51
LIGHTS = 3
TABLES = ("department", "grid")

TIMES = 5
SQL = "SQL <= 2.5x floor"

COUNT = """
SELECT count(*) FROM cases_case WHERE closed_at IS NULL
AND district_id = (SELECT id FROM grids_grid WHERE code = %(code)s)
"""
# What firing needs at the least: the alarms marked, and as many bare rows as ours writes.
BARE_WRITES = [
    """UPDATE cases_alarm SET fired_at = %(now)s WHERE fired_at IS NULL AND fires_at <= %(now)s""",
    """INSERT INTO cases_supervisionslip (case_id, run, colour, issued_at, text, answer, number, answer_due_at)
    SELECT case_id, run, 'blue', %(now)s, '', '', 'bench-' || id, %(now)s::timestamptz + interval '1 day'
    FROM cases_alarm WHERE fired_at = %(now)s""",
    """INSERT INTO cases_caseevent (case_id, kind, at, from_stage, to_stage, note, data, notified_at)
    SELECT case_id, 'alarm', %(now)s, 'handling', 'handling', '', '{}', %(now)s
    FROM cases_alarm WHERE fired_at = %(now)s""",
    """INSERT INTO grids_notification (recipient_id, kind, title, body, url, is_urgent, key, created_at)
    SELECT staff.id, 'case_alarm', 'title', '', '/', false, 'bench:' || n, %(now)s
    FROM (SELECT id, row_number() OVER () - 1 AS place FROM grids_staff) AS staff
    JOIN generate_series(1, %(notices)s) AS n ON n %% (SELECT count(*) FROM grids_staff) = place""",
]


def contests(scale: float) -> list[Contest]:
    count, still_open, due = sizes(scale)
    stage = partial(district_with, count, still_open, due)
    few = partial(district_with, max(count // 5, still_open), still_open, due)
    return [
        board(f"board {short(count)}", still_open, stage),
        _more_closed(f"board 5x {short(count)}", still_open, stage, few),
        _small_scope(f"board of one of {short(count)}", still_open, stage),
        _sweep(count, still_open, due),
    ]


def sizes(scale: float) -> list[int]:
    """Cases, open ones, and those that pass their limit in the last hour."""
    return [max(int(number * scale), 100) for number in (CASES, OPEN, DUE)]


def district_with(count, still_open, due, copy=server.standing):
    return copy(f"cases{count}", partial(ground.file_cases, count, still_open, due))


# --- the board ---


def board(name, still_open, stage) -> Contest:
    """The dispatcher's board; the baseline asks each open case for its light, in Python."""

    def ours(clock: Clock):
        with stage():
            found = clock.median_of(TIMES, _read_board)
            clock.promise(SQL, _sql_against_count() <= 2.5)
            if found.lights.total != still_open:
                raise WrongWork(f"board: {found.lights.total} open cases")

    def baseline(clock: Clock):
        with stage():
            ground.run("SELECT sum(length(title)) FROM cases_case WHERE closed_at IS NULL")
            with clock:
                _read_board_in_python()

    def floor(clock: Clock):
        with stage():
            clock.median_of(TIMES, _count_open)

    target = Target(promises=(SQL,))
    return Contest(name, still_open, ours, baseline, floor, target, still_open)


def _more_closed(name, still_open, many, few):
    """Five times as many closed cases beside the same open ones: the floor is the board without them."""

    def side(stage, clock: Clock):
        with stage():
            clock.median_of(TIMES, _read_board)

    def baseline(clock: Clock):
        with many(), clock:
            _read_board_in_python()

    ours, floor = partial(side, many), partial(side, few)
    return Contest(name, still_open, ours, baseline, floor, Target(None, 1.5), still_open)


def _small_scope(name, still_open, stage):
    """The board of one leader beside a district full of cases: what lies elsewhere must not cost."""

    def ours(clock: Clock):
        with stage():
            leader = _leader()
            found = clock.median_of(TIMES, partial(_read_board, leader))
            if not 0 < found.lights.total < still_open:
                raise WrongWork(f"board: {found.lights.total} open cases of one")

    def baseline(clock: Clock):
        with stage(), clock:
            _read_board_in_python()

    def floor(clock: Clock):
        with stage():
            clock.median_of(TIMES, _count_open)

    return Contest(name, still_open, ours, baseline, floor, Target(10, None), still_open)


def _sql_against_count():
    """The statements of one board as a multiple of the bare count; the two in turn, the median."""
    staff = _dispatcher()
    _read_board(staff)  # who one is and where one is posted the page knows already
    ratios = []
    for _ in range(3 * TIMES):
        sql, count = Clock(), Clock()
        with count:
            _count_open()
        with _counting_sql(sql):
            _read_board(staff)
        ratios.append(sql.seconds / count.seconds)
    return statistics.median(ratios)


def _read_board(staff=None):
    """Two tables and the 50 most urgent, a third of them under each light."""
    from cases.board import board

    staff = staff or _dispatcher()
    limit = MOST_URGENT // LIGHTS
    return board.read(staff, now=ground.NOW, limit=limit, by=TABLES)


def _leader():
    from grids.models import Staff

    return Staff.objects.posted(ground.TODAY, role="grid_leader").order_by("pk").first()


def _count_open():
    return ground.run(COUNT, code=ground.DISTRICT)


@contextlib.contextmanager
def _counting_sql(clock):
    """Only the statements count, not what Python makes of them."""
    from django.db import connection

    def count(execute, *arguments):
        with clock:
            return execute(*arguments)

    with connection.execute_wrapper(count):
        yield


def _dispatcher():
    from grids.models import Staff

    return Staff.objects.get(username="dispatcher")


def _read_board_in_python():
    from cases.lights import light
    from cases.models import Case

    departments: Counter = Counter()
    grids: Counter = Counter()
    cases = list(Case.objects.filter(closed_at=None))
    for case in cases:
        colour = light(case, ground.NOW)
        departments[case.department_id, colour] += 1
        grids[case.grid_id, colour] += 1
    return departments, grids, sorted(cases, key=_due_at)[:MOST_URGENT]


def _due_at(case):
    """Reports that nobody has read have no limit yet: they come last."""
    return case.due_at or ground.NOW + timedelta(days=10_000)


# --- the sweep ---


def _sweep(count, still_open, due):
    stage = partial(district_with, count, still_open, due, copy=server.clone)
    part, seen = min(due, SLICE), {}

    def ours(clock: Clock):
        from cases.lateness import escalation

        with stage():
            with clock:
                seen.update(escalation.sweep(ground.NOW))
            again = escalation.sweep(ground.NOW)
        if seen["fired"] != due or seen["slips"] != due or again["fired"]:
            raise WrongWork(f"sweep: {seen}, then {again}")

    def baseline(clock: Clock):
        with stage(), clock:
            _fire_one_by_one(part)

    def floor(clock: Clock):
        from django.db import transaction

        with stage(), clock, transaction.atomic():
            for statement in BARE_WRITES:
                ground.run(statement, now=ground.NOW, notices=seen["notices"])

    name, target = f"sweep {short(due)}", Target(50, 1.4)
    return Contest(name, due, ours, baseline, floor, target, part)


def _fire_one_by_one(count):
    """Each case in a transaction of its own: the alarm, the slip, the event, who is told."""
    from django.db import transaction

    from cases.models import Alarm, CaseEvent, SupervisionSlip
    from grids.models import Notification, Staff

    due = Alarm.objects.filter(fired_at=None, fires_at__lte=ground.NOW)
    for alarm in due.select_related("case").order_by("pk")[:count]:
        case = alarm.case
        with transaction.atomic():
            alarm.fired_at = ground.NOW
            alarm.save()
            SupervisionSlip.objects.create(
                case=case,
                colour="blue",
                issued_at=ground.NOW,
                department_id=case.department_id,
            )
            CaseEvent.objects.create(case=case, kind="alarm", at=ground.NOW)
            told = Staff.objects.posted(ground.TODAY, department=case.department_id)
            for staff in told:
                Notification.objects.create(
                    recipient=staff,
                    kind="case_alarm",
                    title=case.title,
                    key=f"alarm:{alarm.pk}",
                    created_at=ground.NOW,
                )
