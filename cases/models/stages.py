"""The stages of a case, and the sets of stages that rules speak of."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    REPORTED = "reported", _("Reported")
    REGISTERED = "registered", _("Registered")
    DISPATCHED = "dispatched", _("Dispatched")
    HANDLING = "handling", _("Being handled")
    FEEDBACK = "feedback", _("Fed back, to be verified")
    CLOSED = "closed", _("Closed")
    EVALUATED = "evaluated", _("Evaluated")
    REJECTED = "rejected", _("Rejected")


WITH_DEPARTMENT = frozenset({Stage.DISPATCHED, Stage.HANDLING})
UNDER_LIMIT = WITH_DEPARTMENT | {Stage.REGISTERED, Stage.FEEDBACK}
OPEN = UNDER_LIMIT | {Stage.REPORTED}
SOLVED = frozenset({Stage.CLOSED, Stage.EVALUATED})
FINISHED = SOLVED | {Stage.REJECTED}
