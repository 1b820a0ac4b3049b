"""Files and books on paper: one household, one business, a whole grid."""

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from grids.people import here
from grids.scope import Scope
from grids.throttle import counted
from residents.custom_fields import custom_fields
from residents.exports import book, columns, entries, queue, write
from residents.forms.papers import BookForm
from residents.housing import premises as premises_rules
from residents.lists import narrowing
from residents.models import Export, Household, Premises
from residents.models.exports import Subject
from residents.people import finding, looks
from residents.people.showing import shown
from residents.views import desk
from residents.views.exports import RIGHT, mine, send

SHOWN = 12


@counted("export")
@require_http_methods(["GET", "HEAD", "POST"])
def household_print(request, pk):
    """For a purpose, on record; with shortened ID numbers, or in full where they may be revealed."""
    rows = Household.objects.visible_to(request.user)
    found = get_object_or_404(rows.select_related("dwelling__building", "grid"), pk=pk)
    may_reveal = Scope.of(request.user).grants("register.reveal", found)
    form = desk.form_of(request, may_reveal=may_reveal)
    if not form.is_valid():
        return _ask(request, form, found, "residents:household")
    said = desk.paper(request, found, form)
    context = {
        "household": found,
        "entry": _household_entry(request.user, found, said["purpose"] if said["is_full"] else ""),
        "custom": custom_fields.shown_facts("household", found),
        "now": timezone.now(),
        **said,
        **_from_above(request.user, found),
    }
    return render(request, "residents/papers/household.html", context)


def _ask(request, form, found, page):
    back = reverse(page, args=[found.pk])
    title = _("Print the file")
    return desk.ask(request, form, title=title, about=[found], back=back, is_print=True)


@transaction.atomic
def _household_entry(staff, found, purpose):
    eyes = columns.Eyes(staff, [], {})
    eyes.names = {columns.CARE} | ({columns.FULL_NUMBER} if purpose else set())
    [entry] = entries.of_households([found], eyes)
    for resident in eyes.revealed:
        looks.reveal_id(resident, by=staff, purpose=purpose)
    looks.note_care_seen(shown(found.residents.live(), staff), by=staff)
    return entry


def _from_above(staff, found):
    """Visits and cases, where apps above keep them for this kind of row."""
    return {
        name: getattr(found, name).visible_to(staff).order_by("-pk")[:SHOWN]
        for name in ("visits", "cases")
        if hasattr(found, name)
    }


@counted("export")
@require_http_methods(["GET", "HEAD", "POST"])
def premises_print(request, pk):
    rows = Premises.objects.visible_to(request.user)
    found = get_object_or_404(
        rows.select_related("grid", "building__compound", "dwelling__building"), pk=pk
    )
    form = desk.form_of(request)
    if not form.is_valid():
        return _ask(request, form, found, "residents:premises_detail")
    said = desk.paper(request, found, form)
    premises_rules.note_look(found, by=request.user, purpose=premises_rules.PRINTED)
    [entry] = entries.of_premises([found], columns.Eyes(request.user, [], {}))
    context = {
        "premises": found,
        "entry": entry,
        "now": timezone.now(),
        "custom": custom_fields.shown_facts("premises", found),
        **said,
        **_from_above(request.user, found),
    }
    return render(request, "residents/papers/premises.html", context)


@counted("export")
@require_http_methods(["GET", "HEAD", "POST"])
def book_new(request):
    scope = Scope.of(request.user)
    scope.demand(RIGHT)
    subject = request.GET.get("subject", Subject.HOUSEHOLDS)
    wanted = narrowing.read(request.GET)
    if subject not in book.SUBJECTS or finding.secret(wanted.get("q", "")):
        raise Http404
    place = narrowing.place(request.user, wanted, here.grid_of(request))
    number = narrowing.rows(subject, request.user, place, wanted).count()
    may_reveal = scope.has("register.reveal") and subject == Subject.HOUSEHOLDS
    data = request.POST if request.method == "POST" else None
    form = BookForm(data, may_reveal=may_reveal)
    if form.is_bound and number > book.MOST:
        form.add_error(None, _("Too many entries for one book. Choose a smaller place."))
    if form.is_bound and form.is_valid():
        return send(
            queue.begin_book(
                by=request.user,
                here=place,
                subject=subject,
                wanted=wanted,
                purpose=form.cleaned_data["purpose"],
                is_full=form.is_full(),
            )
        )
    context = {
        "form": form,
        "subject": subject,
        "number": number,
        "query": request.GET.urlencode(),
        "subjects": [(one, book.kind_of(one).title) for one in book.SUBJECTS],
        "about": narrowing.words_of(subject, wanted, place),
        "volume": book.VOLUME,
        "title": book.kind_of(subject).title,
    }
    status = 422 if form.is_bound else 200
    return render(request, "residents/papers/book_new.html", context, status=status)


@counted("export", on="GET")
@require_safe
def book_print(request, pk, volume):
    export = mine(request, pk)
    is_book = export.format == Export.Format.BOOK
    if not is_book or not export.file or not queue.may_fetch(export, timezone.now()):
        raise Http404
    try:
        html = book.read(export, volume)
    except KeyError:
        raise Http404 from None
    context = {
        "export": export,
        "mark": write.headline(export, export.created_at),
        "volume": volume,
        "volumes": range(1, len(export.layout.get("volumes", [])) + 1),
        # Written by our own templates, which escaped what people typed.
        "body": mark_safe(html),
    }
    return render(request, "residents/papers/book.html", context)
