"""What a person is told."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class NotificationQuerySet(models.QuerySet):
    def of(self, staff):
        return self.filter(recipient=staff)

    def unread(self):
        return self.filter(read_at=None)


class Notification(models.Model):
    """A message in somebody's inbox. `key` makes sending it twice impossible."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="notifications",
        db_index=False,
    )
    kind = models.CharField(max_length=30)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=200, blank=True)
    is_urgent = models.BooleanField(default=False)
    key = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["recipient", "key"], name="notification_once")
        ]
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="notification_inbox"),
            models.Index(
                fields=["recipient"],
                condition=models.Q(read_at=None),
                name="notification_unread",
            ),
        ]

    def __str__(self):
        return self.title


class Channel(models.Model):
    """A way out of the building for somebody's messages: an address of mail or a webhook."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        WEBHOOK = "webhook", _("Webhook")

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="channels")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    address = models.CharField(
        _("address"), max_length=300, help_text=_("An e-mail address or https://...")
    )
    secret = models.CharField(
        _("secret"), max_length=64, blank=True, help_text=_("Signs what is sent.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    since = models.DateTimeField(help_text=_("Older messages are not sent."))

    class Meta:
        verbose_name = _("way of sending")
        verbose_name_plural = _("ways of sending")
        constraints = [
            models.UniqueConstraint(fields=["staff", "kind", "address"], name="channel_once"),
            models.CheckConstraint(
                condition=models.Q(quiet_from=None, quiet_until=None)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="channel_quiet_hours",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.address}"


class Delivery(models.Model):
    """One sending by a channel: an urgent message at once, or the digest of an hour."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="deliveries", db_index=False)
    key = models.CharField(max_length=40, help_text=_('"digest:2026112209" or "urgent:<message>".'))
    messages = models.ManyToManyField(Notification, related_name="deliveries")
    created_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("sending")
        verbose_name_plural = _("sendings")
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(sent_at=None, given_up_at=None),
                name="delivery_waiting",
            )
        ]

    def __str__(self):
        return f"{self.channel} {self.key}"
