"""A person's own ways of being told outside: add, test, quiet hours, switch off."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from grids.forms.channels import ChannelForm, NewChannelForm
from grids.messages import channels as rules
from grids.refusal import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def channels(request):
    may_webhook = rules.may_have_webhooks(request.user)
    data = request.POST if request.method == "POST" else None
    form = NewChannelForm(data, may_webhook=may_webhook)
    if form.is_valid():
        try:
            made = rules.add(request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("address", str(refusal))
        else:
            messages.success(request, _("Added. Send a test message."))
            return redirect("grids:channel", made.pk)
    context = {"found": rules.channels_of(request.user), "form": form}
    context["may_add"] = bool(form.fields["kind"].choices)
    status = 422 if form.errors else 200
    return render(request, "grids/channels.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def channel(request, pk):
    found = get_object_or_404(rules.channels_of(request.user), pk=pk)
    names = "is_active", "quiet_from", "quiet_until"
    form = ChannelForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(found, name) for name in names},
    )
    if form.is_valid():
        rules.change(found, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("grids:channels")
    sent = found.deliveries.order_by("-created_at", "-pk")[:10]
    context = {"channel": found, "form": form, "sent": sent}
    status = 422 if form.errors else 200
    return render(request, "grids/channel.html", context, status=status)


@require_POST
def test(request, pk):
    found = get_object_or_404(rules.channels_of(request.user), pk=pk)
    try:
        failure = rules.send_test(found)
    except Refused as refusal:
        failure = str(refusal)
    if failure:
        messages.error(request, _("Not sent: %(why)s") % {"why": failure})
    else:
        messages.success(request, _("The test message is on its way."))
    return redirect("grids:channel", found.pk)
