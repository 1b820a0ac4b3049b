"""The second factor: demanded by role with a grace, asked for at log-in, and the day the phone is lost."""

import datetime as dt
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grids.accounts import factor
from grids.models import Account, AccountPolicy, AuditEntry
from tests import factories as make

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_of_now():
    counter = int(time.time()) // 30
    return totp.format_hotp_value(totp.hotp_value(SECRET, counter))


def with_app(role="administrator"):
    person = make.staff(role, make.district())
    totp.TOTP.activate(person, SECRET)
    RecoveryCodes.activate(person)
    return person


def with_password(person, browser=None):
    browser = browser or Client()
    browser.post("/login/", {"username": person.username, "password": "password"})
    return browser


def again(browser):
    """Whoever changes how the account is kept safe gives the password once more."""
    browser.post(reverse("account_reauthenticate"), {"password": "password"})


def is_in(browser):
    return browser.get(reverse("grids:inbox")).status_code == 200


def owed_page(browser):
    answer = browser.get(reverse("grids:inbox"))
    return answer.url if answer.status_code == 302 else None


def test_a_password_alone_does_not_open_an_account_with_a_second_factor():
    browser = with_password(with_app())

    assert not is_in(browser)
    answer = browser.post(reverse("mfa_authenticate"), {"code": code_of_now()})

    assert answer.status_code == 302
    assert is_in(browser)


@pytest.mark.parametrize("code", ["", "000000", "12345678", "代码"])
def test_a_wrong_code_opens_nothing(code):
    browser = with_password(with_app())

    browser.post(reverse("mfa_authenticate"), {"code": code})

    assert not is_in(browser)


def test_codes_cannot_be_guessed_without_end():
    browser = with_password(with_app())
    for number in range(8):
        browser.post(reverse("mfa_authenticate"), {"code": f"{number:06d}"})

    browser.post(reverse("mfa_authenticate"), {"code": code_of_now()})

    assert not is_in(browser)


def test_a_recovery_code_stands_in_for_the_lost_phone_once():
    person = with_app()
    code = (
        Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()[0]
    )
    first, second = with_password(person), with_password(person)

    first.post(reverse("mfa_authenticate"), {"code": code})
    second.post(reverse("mfa_authenticate"), {"code": code})

    assert is_in(first)
    assert not is_in(second)
    assert AuditEntry.objects.filter(detail__what="recovery code used", by=person).exists()


def test_the_secrets_of_the_factors_are_sealed_at_rest():
    person = with_app()
    kept = str(list(Authenticator.objects.filter(user=person).values_list("data", flat=True)))

    assert SECRET not in kept
    assert factor.StaffFactors().decrypt(factor.StaffFactors().encrypt(SECRET)) == SECRET


def test_an_app_is_set_up_with_its_first_code_and_brings_recovery_codes(
    django_capture_on_commit_callbacks,
):
    person = make.staff("grid_worker")
    browser = with_password(person)
    assert browser.get(reverse("mfa_activate_totp")).url.startswith("/account/again/")
    again(browser)
    page = browser.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret

    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(reverse("mfa_activate_totp"), {"code": f"{code[:3]} {code[3:]}"})

    assert answer.url == reverse("mfa_view_recovery_codes")
    assert len(browser.get(answer.url).context["unused_codes"]) == 10
    added = AuditEntry.objects.filter(detail__what="second factor added", by=person)
    assert {one.detail["kind"] for one in added} == {"totp", "recovery_codes"}


def test_a_worker_is_not_asked_and_an_administrator_gets_time():
    worker = with_password(make.staff("grid_worker"))
    administrator = make.staff("administrator", make.district())

    browser = with_password(administrator)

    assert is_in(worker)
    assert "双重验证" in browser.get(reverse("grids:inbox")).content.decode()
    assert Account.objects.get(staff=administrator).asked_at is not None


def test_after_the_grace_nothing_else_can_be_done_first(django_capture_on_commit_callbacks):
    administrator = make.staff("administrator", make.district())
    over = timezone.now() - dt.timedelta(days=settings.ACCOUNT_RULES["grace_days"])
    Account.objects.create(staff=administrator, asked_at=over)

    browser = with_password(administrator)

    assert owed_page(browser) == reverse("mfa_index")
    assert browser.get(reverse("mfa_index")).status_code == 200
    again(browser)
    secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("mfa_activate_totp"), {"code": code})
    assert is_in(browser)


def test_a_district_demands_it_of_other_roles_at_once():
    worker = make.staff("grid_worker")
    AccountPolicy.objects.create(
        district=worker.district, factor_roles=["grid_worker"], grace_days=0
    )

    browser = with_password(worker)

    assert owed_page(browser) == reverse("mfa_index")
    assert is_in(with_password(make.staff("grid_worker", make.unit("520602003003001"))))


def test_the_queue_of_a_phone_waits_while_the_second_factor_is_owed():
    worker = make.staff("grid_worker")
    AccountPolicy.objects.create(
        district=worker.district, factor_roles=["grid_worker"], grace_days=0
    )

    answer = with_password(worker).post("/inbox/read/", headers={"x-queue": str(worker.pk)})

    assert (answer.status_code, answer.json()) == (401, {"reason": "login"})


def test_demo_people_are_asked_for_nothing_in_the_demo(settings):
    settings.DEMO = True
    person = make.staff("administrator", make.district(), is_demo=True)
    AccountPolicy.objects.create(
        district=person.district, factor_roles=["administrator"], grace_days=0, password_days=1
    )

    assert is_in(with_password(person))


def test_switching_it_off_asks_for_the_password_again():
    person = with_app("grid_worker")
    browser = with_password(person)
    browser.post(reverse("mfa_authenticate"), {"code": code_of_now()})

    assert browser.post(reverse("mfa_deactivate_totp")).url.startswith("/account/again/")
    assert Authenticator.objects.filter(user=person, type="totp").exists()
    again(browser)
    browser.post(reverse("mfa_deactivate_totp"))

    assert not Authenticator.objects.filter(user=person).exists()


def test_after_it_is_taken_away_the_password_alone_opens_and_the_grace_begins_anew():
    person = with_app()
    browser = with_password(person)
    browser.post(reverse("mfa_authenticate"), {"code": code_of_now()})
    assert is_in(browser)

    factor.take_away(person, by=make.staff("administrator", make.district()))

    assert not is_in(browser)
    assert is_in(with_password(person))
