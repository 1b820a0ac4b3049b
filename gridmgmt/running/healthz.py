"""GET /healthz: which parts of the installation are alive. Answers also when they are not."""

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.http import JsonResponse
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from gridmgmt.running import heartbeats, outage

PATIENCE_SECONDS = 0.8


@login_not_required
@require_safe
def healthz(request):
    parts, ages = state()
    if parts["database"]:
        outage.look()
    response = JsonResponse(
        {
            "status": "ok" if all(parts.values()) else "down",
            **{name: "ok" if alive else "down" for name, alive in parts.items()},
            **{f"{name}_age": round(age, 1) for name, age in ages.items()},
            **_reason(parts, ages),
        },
        status=200 if all(parts.values()) else 503,
    )
    # Whoever asks every few seconds knows already.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def state():
    """({part: whether it is alive}, {part: seconds since its last heartbeat})."""
    ages = _ages()
    parts = {
        "database": ages is not None,
        "redis": all(_answers(url) for url in _redis_urls()),
        **{name: _is_alive(name, ages or {}) for name in ("worker", "beat")},
    }
    if (ages or {}).get("lights", 0) > outage.SILENT_SECONDS:
        parts["lights"] = False  # beat and worker live, and yet nothing climbs
    return parts, ages or {}


def _reason(parts, ages):
    """{"reason": what is wrong, in words}, or nothing."""
    down = [
        f"{name}: no sign of life for {ages[name]:.0f} s"
        if name in ages
        else f"{name}: does not answer"
        for name, alive in parts.items()
        if not alive
    ]
    return {"reason": "; ".join(down)} if down else {}


def _ages():
    """Seconds since each heartbeat, or None when the database does not answer."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {int(PATIENCE_SECONDS * 1000)}")
            return heartbeats.ages()
    except DatabaseError:
        return None


def _is_alive(name, ages):
    return ages.get(name, heartbeats.ALIVE_SECONDS) < heartbeats.ALIVE_SECONDS


def _redis_urls():
    broker = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://").split("?")[0]
    cache = settings.CACHES["default"]["LOCATION"].split("?")[0]
    return {broker, cache}


def _answers(url):
    try:
        with redis.from_url(
            url,
            socket_connect_timeout=PATIENCE_SECONDS,
            socket_timeout=PATIENCE_SECONDS,
            retry=Retry(NoBackoff(), 0),
        ) as client:
            return client.ping()
    except (redis.RedisError, OSError, ValueError):
        return False
