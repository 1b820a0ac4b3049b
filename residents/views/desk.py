"""The page before anything with persons in it leaves: what for?"""

from django.http import FileResponse
from django.shortcuts import render

from residents.exports import desk
from residents.forms.papers import DeskForm


def form_of(request, *, may_reveal=False, usual=""):
    """The form, bound when it was sent."""
    data = request.POST if request.method == "POST" else None
    return DeskForm(data, may_reveal=may_reveal, initial={"purpose": usual})


def ask(request, form, *, title, about=(), number=None, back, is_print=False):
    """The page that asks; 422 where the purpose is missing."""
    context = {
        "form": form,
        "title": title,
        "about": about,
        "number": number,
        "back": back,
        "is_print": is_print,
    }
    return render(
        request, "residents/exports/desk.html", context, status=422 if form.errors else 200
    )


def give(request, file, name, **about):
    """The workbook, which is on record from now on."""
    desk.hand_out(by=request.user, **about)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name)


def paper(request, row, form):
    """The mark of a print that is on record from now on; `purpose`, `is_full`."""
    purpose = form.cleaned_data["purpose"]
    desk.print_out(row, by=request.user, purpose=purpose)
    mark = " · ".join(map(str, desk.mark(request.user, purpose)))
    return {"purpose": purpose, "is_full": form.is_full(), "mark": mark}
