"""Two pages on a real server: the visit log that is sent, and a page deep in the list of cases."""

import uuid
from functools import partial

from bench import ground, lateness, server
from bench.contest import Clock, Contest, Target, WrongWork, short
from bench.serving import ask_all, serving

VISITS, PAGES = 300, 24
HOUSEHOLDS = 3_000
DEPTH = 400 * 50
WARM = 4


def contests(scale: float) -> list[Contest]:
    visits, pages = (max(int(number * scale), 20) for number in (VISITS, PAGES))
    homes = max(int(HOUSEHOLDS * scale), 1200)
    return [_visit(visits, homes), _list(pages, scale)]


def _visit(count, homes):
    """Ours: session, CSRF, scope, form, idempotency, schedules. Others: one form, one INSERT."""

    def side(application, request_of, clock: Clock):
        with server.clone(f"homes{homes}", partial(ground.settle_households, homes)):
            requests = [request_of(home) for home in _homes(count + WARM)]
            with serving(application) as address:
                ask_all(address, requests[:WARM], 302)
                with clock:
                    ask_all(address, requests[WARM:], 302)
            _check_visits(count + WARM)

    return Contest(
        f"visit {short(count)}",
        count,
        partial(side, "gridmgmt.wsgi:application", _log_visit),
        partial(side, "bench.bare:application", partial(_bare_visit, "/form/")),
        partial(side, "bench.bare:application", partial(_bare_visit, "/insert/")),
        Target(times_floor=2.86),
        count,
    )


def _list(count, scale):
    """The same depth for everybody: 20,000 cases down the list."""
    sizes = lateness.sizes(scale)
    depth = min(DEPTH, sizes[0] // 2)

    def side(application, request_of, clock: Clock):
        with lateness.district_with(*sizes):
            request = request_of(depth)
            with serving(application) as address:
                ask_all(address, [request] * WARM, 200)
                with clock:
                    ask_all(address, [request] * count, 200)

    return Contest(
        f"list {short(sizes[0])}",
        count,
        partial(side, "gridmgmt.wsgi:application", _list_page),
        partial(side, "bench.bare:application", _numbered_page),
        partial(side, "bench.bare:application", _page_after),
        Target(times_floor=1.67),
        count,
    )


def _check_visits(wanted):
    found = ground.run("SELECT count(*) FROM inspections_visit")[0][0]
    if found != wanted:
        raise WrongWork(f"visits: {found} of {wanted} were kept")


# --- what is asked ---


def _homes(count):
    """Households of one leader's community over and over, the leader, and the leader's session."""
    from grids.models import Staff
    from residents.models import Household

    leaders = Staff.objects.posted(ground.TODAY, role="grid_leader")
    leader = leaders.order_by("pk").first()
    community = leader.postings.get().grid
    homes = list(Household.objects.filter(community=community).order_by("pk"))
    headers = session_of(leader)
    return [(homes[n % len(homes)], leader, headers) for n in range(count)]


def session_of(staff):
    """Headers of somebody who has logged in and opened a form."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(staff.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = staff.get_session_auth_hash()
    session.create()
    token = "b" * 32
    return {
        "Cookie": f"sessionid={session.session_key}; csrftoken={token}",
        "X-CSRFToken": token,
    }


def _log_visit(home):
    from django.urls import reverse
    from django.utils import timezone

    household, _, headers = home
    fields = {
        "client_uuid": uuid.uuid4(),
        "mode": "home",
        "outcome": "met",
        "is_unchanged": "on",
        "happened_on": timezone.localdate(),
        "note": "",
        "diary-TOTAL_FORMS": 5,
        "diary-INITIAL_FORMS": 0,
    }
    path = reverse("inspections:log_visit", args=[household.pk])
    return "POST", path, headers, fields


def _bare_visit(path, home):
    household, visitor, _ = home
    fields = {
        "client_uuid": uuid.uuid4(),
        "mode": "home",
        "outcome": "met",
        "note": "",
        "happened_on": ground.TODAY,
        "district": household.district_id,
        "grid": household.grid_id,
        "household": household.pk,
        "visitor": visitor.pk,
    }
    return "POST", path, {}, fields


def _list_page(depth):
    from django.urls import reverse

    from grids.models import Staff

    headers = session_of(Staff.objects.get(username="dispatcher"))
    path = f"{reverse('cases:list')}?show=all&after={_cursor(depth)}"
    return "GET", path, headers, None


def _numbered_page(depth):
    return "GET", f"/page/?page={depth // 50 + 1}", {}, None


def _page_after(depth):
    return "GET", f"/after/?after={_cursor(depth)}", {}, None


def _cursor(depth):
    from urllib.parse import quote

    from cases.models import Case

    case = Case.objects.order_by("-reported_at", "-id")[depth]
    return quote(f"{case.reported_at.isoformat()}~{case.pk}")
