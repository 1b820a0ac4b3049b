"""The street's side: public notice, the answer line by line, and its end."""

import json
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids import audit
from grids.fields import all_indexes, is_rehashing
from grids.refusal import Refused
from grids.scope import Scope
from residents import notices
from residents.changing import AlreadyAnswered
from residents.data_requests.askable import texts_of
from residents.models import (
    AccessRecord,
    DataRequest,
    DataRequestLine,
    Resident,
)
from residents.people import looks

OPEN = [DataRequest.State.WAITING, DataRequest.State.NOTICE]
LONGEST = timedelta(days=90)
Line = DataRequestLine.State
_ANSWER = DataRequestLine._meta.get_field("answer_sealed")


def notice_ends_on(request):
    """The last day of the notice, or None when none was begun."""
    if request.notice_since is None:
        return None
    return request.notice_since + timedelta(days=request.notice_days - 1)


def waits_for_notice(request, today):
    """Whether the purpose asks for a public notice that has not ended by `today`."""
    ends_on = notice_ends_on(request)
    return bool(request.notice_days) and (ends_on is None or today <= ends_on)


@transaction.atomic
def begin_notice(request, *, text, today):
    request = _lock(request)
    request.notice_text, request.notice_since = text, today
    request.state = DataRequest.State.NOTICE
    request.save(update_fields=["notice_text", "notice_since", "state"])


def notice_lines(request):
    """The persons as the printed notice names them: 王*兰."""
    return [_starred(line.name) for line in request.lines.all()]


def _starred(name):
    if len(name) < 3:
        return f"{name[:1]}*"
    return f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"


def lines_for_answer(request, staff):
    """The lines, each with the person found in the register (`found`, or None)."""
    lines = list(request.lines.all())
    found = _found(request, staff, lines)
    for line in lines:
        line.found = next((found[one] for one in _indexes(line) if one in found), None)
        line.is_named_otherwise = bool(line.found and line.found.name != line.name)
    return lines


def _found(request, staff, lines):
    """{blind index: live resident in the reach of `staff`}."""
    rows = Resident.objects.live().filter(
        district=request.district_id, id_index__in=[one for line in lines for one in _indexes(line)]
    )
    rows = rows.visible_to(staff).select_related("grid", "household__dwelling")
    rows = rows.prefetch_related("household__residents")
    return {bytes(one.id_index): one for one in rows}


def _indexes(line):
    """Under which the person may stand in the register; while keys are replaced, several."""
    if is_rehashing() and line.id_sealed is not None:
        return all_indexes(line.id_sealed.reveal())
    return [bytes(line.id_index)] if line.id_index else []


@transaction.atomic
def answer(request, *, by, facts, refused, note=""):
    """Give the named facts of all persons but the `refused` ({line key: reason}); on record.

    A person who is not in the register in the reach of `by` becomes "not in the register".
    Refused while the public notice lasts; AlreadyAnswered when somebody was faster.
    """
    request, now = _lock(request), timezone.now()
    if waits_for_notice(request, timezone.localdate(now)):
        raise Refused(_("The public notice has not ended yet."))
    lines = lines_for_answer(request, by)
    granted = [name for name in request.facts if name in facts]
    known = [line.found for line in lines if line.found and line.pk not in refused]
    texts = texts_of(known, granted, by)
    for line in lines:
        _fill(line, refused.get(line.pk), texts)
    DataRequestLine.objects.bulk_update(
        lines, ["state", "facts", "reason", "resident", "answer_sealed", "id_sealed"]
    )
    _record(request, known, by, now)
    _tell_the_audit(request, by, rows=len(known), columns=granted)
    _end(request, DataRequest.State.ANSWERED, by, now, note)


def _tell_the_audit(request, by, **detail):
    audit.record(
        audit.Kind.REQUEST,
        of=request,
        words=request.number,
        by=by,
        purpose=request.purpose,
        detail=detail,
    )


def _fill(line, reason, texts):
    line.id_sealed = None  # the mask is enough from here on
    if reason is not None:
        line.state, line.reason = Line.REFUSED, reason
    elif line.found is None:
        line.state = Line.UNKNOWN
    else:
        line.state, line.resident = Line.APPROVED, line.found
        line.facts = list(texts[line.found.pk])
        said = json.dumps(texts[line.found.pk], ensure_ascii=False)
        line.answer_sealed = _ANSWER.seal(said, line.pk)


@transaction.atomic
def refuse(request, *, by, note):
    request = _lock(request)
    request.lines.update(state=Line.REFUSED, reason=note[:200], id_sealed=None)
    _end(request, DataRequest.State.REFUSED, by, timezone.now(), note)


def _lock(request):
    found = DataRequest.objects.select_for_update().get(pk=request.pk)
    if found.state not in OPEN:
        raise AlreadyAnswered
    return found


def _end(request, state, by, now, note):
    request.state, request.answered_by, request.answered_at = state, by, now
    request.answer_note, request.expires_at = note, _expiry(request, now)
    request.save(
        update_fields=[
            "state",
            "answered_by",
            "answered_at",
            "answer_note",
            "expires_at",
        ]
    )
    notices.announce_data_answer(request)


def _expiry(request, now):
    """The end of the day until which it is needed; 90 days at most."""
    day = min(request.use_until, timezone.localdate(now + LONGEST))
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


def read(request, *, by, now):
    """The lines with `answer` ({fact: text}), on record once a day for each person and reader."""
    is_over = request.expires_at is None or now >= request.expires_at
    lines = list(request.lines.select_related("resident"))
    for line in lines:
        is_there = line.answer_sealed is not None and not is_over
        line.answer = json.loads(line.answer_sealed.reveal()) if is_there else {}
    _record(request, [one.resident for one in lines if one.answer], by, now)
    return lines


def _record(request, residents, by, now):
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(now), time()))
    purpose = f"{request.number} {request.purpose}"[:200]
    noted = set(
        AccessRecord.objects.filter(
            resident__in=residents, by=by, field=looks.REQUEST, purpose=purpose, at__gte=midnight
        ).values_list("resident_id", flat=True)
    )
    AccessRecord.objects.bulk_create(
        AccessRecord(
            district_id=one.district_id,
            grid_id=one.grid_id,
            resident=one,
            by=by,
            field=looks.REQUEST,
            purpose=purpose,
            at=now,
        )
        for one in residents
        if one.pk not in noted
    )


def expire(now):
    """Delete the answers whose time is over; number of lines."""
    over = DataRequestLine.objects.filter(request__expires_at__lte=now, answer_sealed__isnull=False)
    return over.update(answer_sealed=None)


def may_answer(staff, request):
    return request.state in OPEN and Scope.of(staff).grants("request.answer", request)
