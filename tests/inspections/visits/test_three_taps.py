"""On a real phone screen: a visit costs three taps, a draft survives, two taps make one visit."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from inspections.cadence import schedules
from inspections.models import DiaryItem, Visit
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = timezone.localdate()


@pytest.fixture
def home():
    found = factories.household(head_name="王秀兰")
    schedules.plan_all(TODAY)
    found.schedules.filter(rule__mode="home").update(next_due_on=TODAY - timedelta(days=3))
    return found


@pytest.fixture
def worker_phone(phone, live_site, home):
    """A phone with the worker logged in, and a way to tap that counts."""
    worker = factories.staff("grid_worker")
    session = SessionStore()
    session[SESSION_KEY] = str(worker.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = worker.get_session_auth_hash()
    session.save()
    phone.get(f"{live_site}/login/")
    phone.add_cookie({"name": settings.SESSION_COOKIE_NAME, "value": session.session_key})
    phone.get(f"{live_site}/today/")
    phone.taps = 0
    return phone


def tap(phone, selector):
    """The first thing of that kind that is on the screen, as a thumb would find it without scrolling."""
    target = next(
        found for found in phone.find_elements("css selector", selector) if found.is_displayed()
    )
    box, height = target.rect, phone.execute_script("return innerHeight")
    phone.taps += 1
    target.click()
    return box["y"] + box["height"] <= height


def test_an_ordinary_visit_is_three_taps_and_no_scrolling(worker_phone, wait_for):
    phone = worker_phone

    assert tap(phone, ".stop a.row")
    assert tap(phone, ".outcomes label")
    assert tap(phone, ".action-bar .btn--primary")

    wait_for(lambda: "/today/" in phone.current_url)
    assert phone.taps == 3
    assert (Visit.objects.get().outcome, Visit.objects.get().is_unchanged) == (
        "met",
        True,
    )
    assert "已登记：王秀兰，见到本人。" in phone.page_source
    assert not phone.find_elements("css selector", ".stop")


def test_what_was_typed_survives_a_reload_and_goes_once_it_is_logged(worker_phone, wait_for):
    phone = worker_phone
    tap(phone, ".stop a.row")
    address = phone.current_url
    tap(phone, ".diary__line summary")
    line = phone.find_element("css selector", ".diary__line textarea")
    line.send_keys("楼道灯不亮")

    phone.refresh()

    line = phone.find_element("css selector", ".diary__line textarea")
    wait_for(line.is_displayed)
    assert line.get_attribute("value") == "楼道灯不亮"
    tap(phone, ".outcomes label")
    tap(phone, ".action-bar .btn--primary")
    wait_for(lambda: "/today/" in phone.current_url)
    assert DiaryItem.objects.get().text == "楼道灯不亮"
    phone.get(address)
    assert phone.find_element("css selector", ".diary__line textarea").get_attribute("value") == ""


def test_a_nervous_thumb_makes_one_visit(worker_phone, wait_for):
    phone = worker_phone
    tap(phone, ".stop a.row")
    tap(phone, ".outcomes label")

    button = phone.find_element("css selector", ".action-bar .btn--primary")
    phone.execute_script("for (let n = 0; n < 3; n++) arguments[0].click()", button)

    wait_for(lambda: "/visits/log/" not in phone.current_url)
    assert Visit.objects.count() == 1


def test_nobody_home_hides_what_only_a_meeting_can_confirm(worker_phone):
    phone = worker_phone
    tap(phone, ".stop a.row")
    unchanged = phone.find_element("css selector", ".visit-form__unchanged > .field")
    assert unchanged.is_displayed()

    phone.find_elements("css selector", ".outcomes label")[1].click()

    assert not unchanged.is_displayed()
    # A neighbour may know the new number.
    assert phone.find_element("css selector", "[data-facts] > summary").is_displayed()
