"""Celery: a static schedule, tasks that are only nudges, and signs of life.

What is to be done stands in the database; a lost message is sent again by beat. So a broker
that is away is logged where a task is sent, and never becomes an error of a page.
"""

import datetime as dt
import logging
import logging.config
import os
import signal
import time
import warnings

from celery import Celery, Task, signals
from celery.beat import Scheduler
from celery.platforms import SecurityWarning
from celery.schedules import schedule
from django.db import Error as DatabaseError
from django.db import close_old_connections
from kombu import Queue
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridmgmt.settings")
warnings.filterwarnings("ignore", category=SecurityWarning)  # "running as root": a container may

log = logging.getLogger(__name__)
PULSE_SECONDS = 20


class Nudge(Task):
    """A task whose message may get lost: sending it returns None when the broker is away."""

    def apply_async(self, *args, **kwargs):
        try:
            return super().apply_async(*args, **kwargs)
        except (OperationalError, RedisError, OSError) as error:
            log.warning("broker unavailable, %s not sent: %s", self.name, error)
            return None


class PulsingScheduler(Scheduler):
    """Beat without a file of its own: everything that repeats is due at once when it starts."""

    noted = 0.0

    def setup_schedule(self):
        super().setup_schedule()
        for entry in self.schedule.values():
            if type(entry.schedule) is schedule:
                entry.last_run_at -= dt.timedelta(days=1)

    def apply_async(self, entry, **kwargs):
        sent = super().apply_async(entry, **kwargs)
        if sent is not None and time.monotonic() - self.noted > PULSE_SECONDS / 2:
            self.note()
        return sent

    def note(self):
        from gridmgmt.running import heartbeats, outage

        try:
            close_old_connections()
            heartbeats.note("beat")
            self.noted = time.monotonic()
            outage.look(["worker"])
        except DatabaseError as error:
            log.warning("database unavailable: %s", error)


app = Celery("gridmgmt", task_cls=Nudge)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    beat_scheduler=PulsingScheduler,
    beat_max_loop_interval=5,
    task_publish_retry=False,
    task_default_queue="celery",
    # The pulse has its own queue: it must not wait behind a hundred imports.
    task_queues=[Queue("celery"), Queue("pulse")],
    task_routes={"gridmgmt.tasks.heartbeat": {"queue": "pulse"}},
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
)
app.autodiscover_tasks()

# Names, not functions: a test looks each of them up.
app.conf.beat_schedule = {
    "heartbeat": {
        "task": "gridmgmt.tasks.heartbeat",
        "schedule": PULSE_SECONDS,
        "options": {"expires": PULSE_SECONDS * 2},
    },
    "escalate": {
        "task": "cases.tasks.escalate",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "announce": {
        "task": "cases.tasks.announce",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "draw samples": {
        "task": "cases.tasks.draw_samples",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "nudge calendar changes": {
        "task": "cases.tasks.nudge_calendar_changes",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "sweep files": {
        "task": "grids.tasks.sweep_files",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "nudge uploads": {
        "task": "cases.tasks.nudge_uploads",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "watch calendars": {
        "task": "cases.tasks.watch_calendars",
        "schedule": 86400,
        "options": {"expires": 86400},
    },
    "end sessions": {
        "task": "grids.tasks.end_sessions",
        "schedule": 900,
        "options": {"expires": 900},
    },
    "forget log-ins": {
        "task": "grids.tasks.forget_log_ins",
        "schedule": 86400,
        "options": {"expires": 86400},
    },
    "deliver": {
        "task": "grids.tasks.deliver",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "audit watch": {
        "task": "grids.tasks.audit_watch",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "audit check": {
        "task": "grids.tasks.audit_check",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "remind": {
        "task": "inspections.tasks.remind",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "plan schedules": {
        "task": "inspections.tasks.plan_schedules",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "nudge imports": {
        "task": "residents.tasks.nudge_imports",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "expire import files": {
        "task": "residents.tasks.expire_import_files",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "nudge exports": {
        "task": "residents.tasks.nudge_exports",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "expire data requests": {
        "task": "residents.tasks.expire_data_requests",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "end lapsed leases": {
        "task": "residents.tasks.end_lapsed_leases",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "nudge erasures": {
        "task": "residents.tasks.nudge_erasures",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "erase what is due": {
        "task": "residents.tasks.erase_what_is_due",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "expire export files": {
        "task": "residents.tasks.expire_export_files",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
}


@signals.setup_logging.connect
def log_like_django(**kwargs):
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@signals.task_prerun.connect
def work_everywhere(**kwargs):
    """A task serves all districts; what it does for one person, it finds by `visible_to`."""
    from grids import second_lock

    second_lock.start(second_lock.EVERYWHERE)


@signals.task_postrun.connect
def work_nowhere(**kwargs):
    from grids import second_lock

    second_lock.start(second_lock.NOWHERE)


@signals.task_success.connect
def note_the_lights(sender=None, **kwargs):
    """The sweep went through: what the lights say is as old as this."""
    if getattr(sender, "name", "") == "cases.tasks.escalate":
        from gridmgmt.running import heartbeats

        heartbeats.note("lights")


@signals.worker_process_init.connect
def die_with_the_worker(**kwargs):
    """A worker that is killed must not leave its pool behind, working on."""
    from gridmgmt.running.processes import die_with_parent

    die_with_parent(signal.SIGKILL)
