"""What is recorded wherever it happens: log-ins, and each saved row of staff and dictionaries.

A row is recorded when a person's page saves it; seeds and migrations have nobody behind them.
"""

from django.contrib.auth import signals as auth
from django.db.models.signals import post_delete, post_save, pre_save
from django.utils.crypto import salted_hmac

from grids.audit import origin
from grids.audit.recording import record
from grids.models import AuditEntry, Staff

Kind, Result = AuditEntry.Kind, AuditEntry.Result
KIND_OF_AREA = {"dictionary": Kind.DICTIONARY, "staff": Kind.RIGHTS, "grid": Kind.ADMIN}
SILENT = {"password", "last_login", "boundary", "boundary_changed_at", "path"}
PERSONAL = {"phone", "email"}  # of staff: that it changed, not into what
_BEFORE = "_audit_before"


def connect():
    auth.user_logged_in.connect(logged_in, dispatch_uid="audit")
    auth.user_logged_out.connect(logged_out, dispatch_uid="audit")
    auth.user_login_failed.connect(log_in_failed, dispatch_uid="audit")
    pre_save.connect(about_to_save, dispatch_uid="audit")
    post_save.connect(saved, dispatch_uid="audit")
    post_delete.connect(deleted, dispatch_uid="audit")


# --- log-ins ---


def logged_in(sender, request, user, **kwargs):
    record(Kind.LOGIN, by=user, of=user)


def logged_out(sender, request, user, **kwargs):
    if user is not None:
        record(Kind.LOGOUT, by=user, of=user)


def log_in_failed(sender, credentials, **kwargs):
    _refused(Kind.LOGIN_FAILED, credentials.get("username") or credentials.get("email") or "")


def _refused(kind, name):
    """Of an account by its name; of a name that nobody has, as a mark: it may be a password."""
    account = Staff.objects.filter(username=name).first()
    words = account.username if account else f"#{salted_hmac('audit', name).hexdigest()[:8]}"
    record(kind, of=account, words=words, result=Result.REFUSED)


# --- rows of staff and dictionaries ---


def kind_of(model):
    """As what a saved row of this model is recorded; None: not by itself."""
    scope = getattr(model, "scope", None)
    return KIND_OF_AREA.get(scope.area) if scope is not None else None


def about_to_save(sender, instance, raw=False, **kwargs):
    if raw or kind_of(sender) is None or origin.now().by is None or instance.pk is None:
        return
    setattr(instance, _BEFORE, sender._base_manager.filter(pk=instance.pk).first())


def saved(sender, instance, created, raw=False, **kwargs):
    kind = kind_of(sender)
    if raw or kind is None or origin.now().by is None:
        return
    before = instance.__dict__.pop(_BEFORE, None)
    changed = _changes(before, instance)
    if created or changed:
        detail = {"new": True} if created else {}
        record(kind, of=instance, words=instance, detail=detail | {"changed": changed})


def deleted(sender, instance, **kwargs):
    kind = kind_of(sender)
    if kind is not None and origin.now().by is not None:
        record(kind, of=instance, words=instance, detail={"deleted": True})


def _changes(before, after):
    """{column: [was, is]}; of personal columns only that they changed."""
    return {
        field.name: [] if field.name in PERSONAL else [_word(before, field), _word(after, field)]
        for field in after._meta.concrete_fields
        if field.name not in SILENT
        and not field.primary_key
        and _word(before, field) != _word(after, field)
    }


def _word(row, field):
    value = getattr(row, field.attname, None)
    return "" if value is None else str(value)[:60]
