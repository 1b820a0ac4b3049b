"""What django-allauth tells of the second factor: for the audit, and for the gate."""

from allauth.mfa import signals
from django.dispatch import receiver

from grids import audit
from grids.accounts import gate


@receiver(signals.authenticator_added)
def added(request, user, authenticator, **others):
    gate.paid(request, "factor")
    _record(user, "second factor added", authenticator)


@receiver(signals.authenticator_removed)
def removed(user, authenticator, **others):
    _record(user, "second factor removed", authenticator)


@receiver(signals.authenticator_reset)
def renewed(user, authenticator, **others):
    _record(user, "recovery codes renewed", authenticator)


@receiver(signals.authenticator_used)
def used(user, authenticator, **others):
    if authenticator.type == authenticator.Type.RECOVERY_CODES:
        _record(user, "recovery code used", authenticator)


@receiver(signals.authentication_failed)
def failed(user, **others):
    audit.record(
        audit.Kind.LOGIN_FAILED,
        of=user,
        by=user,
        result=audit.Result.REFUSED,
        detail={"what": "second factor"},
    )


def _record(user, what, authenticator):
    detail = {"what": what, "kind": authenticator.type}
    audit.record(audit.Kind.ACCOUNT, of=user, by=user, detail=detail)
