"""A row that asks for a worker: the row is the queue, leased by one worker at a time."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from grids.scope import ScopedQuerySet


class JobQuerySet(ScopedQuerySet):
    def waiting_for_a_worker(self, now):
        """Jobs that no worker holds, or whose worker went away."""
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        return self.filter(free, state__in=self.model.WORKING)  # type: ignore[attr-defined]

    def forgotten(self, now):
        """Keys of those: new ones that no message reached, and lost ones."""
        return list(self.waiting_for_a_worker(now).order_by("pk").values_list("pk", flat=True))


class Job(models.Model):
    """A subclass has a `state`; in those of `WORKING` a worker has something to do."""

    WORKING: ClassVar[list] = []
    state: Any

    leased_by = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def is_working(self):
        return self.state in self.WORKING

    @staticmethod
    def telling(progress) -> dict[str, Any]:
        """{column: value} that tells of progress; of {}, that nothing is done yet."""
        raise NotImplementedError
