"""Who does too much at once on a phone loses nothing: what was typed waits and is sent later."""

import pytest
from django.core.cache import cache

from cases.models import Case
from tests.browser.phone import report, sent_after_another_try, waiting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_report_beyond_the_limit_waits_on_the_phone_and_is_sent_later(
    worker, line, photo, settings
):
    cache.clear()
    settings.THROTTLES = settings.THROTTLES | {"report": [(1, 86400)]}
    before = Case.objects.count()

    for _ in range(2):
        worker.go("/cases/report/")
        report(worker, photo)
    worker.sees("一次提交过多")

    assert Case.objects.count() == before + 1
    assert waiting(worker) == 1
    settings.THROTTLES = settings.THROTTLES | {"report": []}
    worker.go("/waiting/")
    worker.wait(lambda: sent_after_another_try(worker))
    assert Case.objects.count() == before + 2
