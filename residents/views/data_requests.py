"""Data requests: the department asks and reads, the street puts up the notice and answers."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from grids.lists.paging import page_by_key
from grids.refusal import Refused
from grids.scope import Scope
from residents import data_requests as rules
from residents.changing import AlreadyAnswered
from residents.forms.data_requests import (
    AnswerForm,
    NoticeForm,
    RefuseForm,
    RequestForm,
)
from residents.models import DataRequest

State = DataRequest.State


@require_safe
def data_requests(request):
    scope = Scope.of(request.user)
    scope.demand("request.view")
    rows = DataRequest.objects.visible_to(request.user).select_related("department", "asked_by")
    state = request.GET.get("state", "")
    if state in State.values:
        rows = rows.filter(state=state)
    page = page_by_key(request, rows.order_by("-pk"), descending=True, size=50)
    context = {
        "page": page,
        "states": State.choices,
        "state": state,
        "may_ask": scope.has("request.ask"),
    }
    return render(request, "residents/data_requests/data_requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def data_request_new(request):
    Scope.of(request.user).demand("request.ask")
    form = RequestForm(request.POST or None, staff=request.user)
    if form.is_bound and form.is_valid():
        facts = form.cleaned_data
        department = facts.pop("department")
        made = rules.ask(department, by=request.user, **facts)
        messages.success(request, _("The request was sent; you are told of the answer."))
        return redirect("residents:data_request", pk=made.pk)
    status = 422 if form.is_bound else 200
    return render(request, "residents/data_requests/new.html", {"form": form}, status=status)


@require_safe
def data_request(request, pk):
    return _page(request, _found(request, pk))


@require_POST
def data_request_withdraw(request, pk):
    found = _found(request, pk, right="ask")
    if rules.withdraw(found):
        messages.success(request, _("The request was taken back."))
    else:
        messages.warning(request, _("This request was answered already."))
    return redirect("residents:data_request", pk=pk)


@require_POST
def data_request_notice(request, pk):
    found = _found(request, pk, right="answer")
    form = NoticeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, notice_form=form, status=422)
    try:
        rules.begin_notice(found, text=form.cleaned_data["text"], today=timezone.localdate())
    except AlreadyAnswered as late:
        messages.warning(request, str(late))
    else:
        messages.success(request, _("The notice runs from today. Print it and put it up."))
    return redirect("residents:data_request", pk=pk)


@require_safe
def data_request_poster(request, pk):
    """The notice on paper; it needs no right beyond reading the request."""
    found = get_object_or_404(
        DataRequest.objects.visible_to(request.user).exclude(notice_since=None), pk=pk
    )
    context = {
        "found": found,
        "names": rules.notice_lines(found),
        "ends_on": rules.notice_ends_on(found),
    }
    return render(request, "residents/data_requests/poster.html", context)


@require_POST
def data_request_answer(request, pk):
    found = _found(request, pk, right="answer")
    if "refuse" in request.POST:
        return _refuse(request, found)
    form = _answer_form(request, found, request.POST)
    if not form.is_valid():
        return _page(request, found, answer_form=form, status=422)
    try:
        rules.answer(
            found,
            by=request.user,
            refused=form.refused(),
            facts=form.cleaned_data["facts"],
            note=form.cleaned_data["note"],
        )
    except AlreadyAnswered as late:
        messages.warning(request, str(late))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Answered. The department can read it now."))
    return redirect("residents:data_request", pk=pk)


def _refuse(request, found):
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return _page(request, found, refuse_form=form, status=422)
    try:
        rules.refuse(found, by=request.user, note=form.cleaned_data["note"])
    except AlreadyAnswered as late:
        messages.warning(request, str(late))
    else:
        messages.success(request, _("The request was refused; the department is told why."))
    return redirect("residents:data_request", pk=found.pk)


def _found(request, pk, right="view"):
    rows = DataRequest.objects.visible_to(request.user, right=right)
    return get_object_or_404(
        rows.select_related("department", "asked_by", "answered_by", "grid"), pk=pk
    )


def _answer_form(request, found, data=None):
    lines = rules.lines_for_answer(found, request.user)
    offered = rules.offered_facts(request.user, found)
    return AnswerForm(data, offered=offered, lines=lines)


def _page(request, found, *, status=200, **forms):
    scope, now = Scope.of(request.user), timezone.now()
    context = {
        "found": found,
        "facts": rules.labels_of(found.facts),
        "is_over": found.expires_at is not None and now >= found.expires_at,
        "ends_on": rules.notice_ends_on(found),
        "is_open": found.state in (State.WAITING, State.NOTICE),
        "may_withdraw": scope.grants("request.ask", found),
    }
    if rules.may_answer(request.user, found):
        context |= _answering(request, found, forms)
    elif found.state == State.ANSWERED and scope.grants("request.ask", found):
        context["lines"] = _read(request, found, now)
    elif scope.grants("request.ask", found):
        context["asked"] = found.lines.all()
    return render(
        request, "residents/data_requests/data_request.html", context | forms, status=status
    )


def _answering(request, found, forms):
    return {
        "may_answer": True,
        "must_announce": bool(found.notice_days) and found.notice_since is None,
        "waits_for_notice": rules.waits_for_notice(found, timezone.localdate()),
        "notice_form": NoticeForm(),
        "refuse_form": RefuseForm(),
        "answer_form": forms.get("answer_form") or _answer_form(request, found),
    }


def _read(request, found, now):
    lines = rules.read(found, by=request.user, now=now)
    for line in lines:
        line.shown = [
            (rules.FACTS[name].label, text)
            for name, text in line.answer.items()
            if name in rules.FACTS
        ]
    return lines
