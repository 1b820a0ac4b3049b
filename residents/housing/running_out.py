"""What runs out: licences of premises and permits of people, by the days that are left."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SOON, EXPIRED = "soon", "expired"
DAYS = {"30": 30, "60": 60, "90": 90}
WORDS = {
    SOON: gettext_lazy("Expired or within 90 days"),
    EXPIRED: gettext_lazy("Expired"),
    "30": gettext_lazy("Within 30 days"),
    "60": gettext_lazy("Within 60 days"),
    "90": gettext_lazy("Within 90 days"),
}


def condition(path, word, today=None):
    """Rows whose last day, at the lookup `path`, answers to a word of WORDS; nothing for another."""
    today = today or timezone.localdate()
    if word == EXPIRED:
        return Q(**{f"{path}__lt": today})
    if word == SOON:
        return Q(**{f"{path}__lte": today + timedelta(days=max(DAYS.values()))})
    if word in DAYS:
        end = today + timedelta(days=DAYS[word])
        return Q(**{f"{path}__gte": today, f"{path}__lte": end})
    return Q(pk=None)


def is_pressing(last_day, today=None):
    """Whether it has run out or does so within 90 days."""
    today = today or timezone.localdate()
    return last_day is not None and (last_day - today).days <= max(DAYS.values())


def in_words(last_day, today=None):
    """ "Expired 3 days ago", "12 days left"; "" when there is no last day or much time."""
    today = today or timezone.localdate()
    if not is_pressing(last_day, today):
        return ""
    left = (last_day - today).days
    if left < 0:
        return _("Expired %(days)s days ago") % {"days": -left}
    return _("Ends today") if left == 0 else _("%(days)s days left") % {"days": left}
