"""The way in, as people go it: by slip on a phone, with a code, a key, or after the phone is lost."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions

from grids.accounts import slips
from grids.models import Staff
from tests import factories as make
from tests.browser.people import Somebody
from tests.browser.phone import log_a_visit, my_visits, waiting

pytestmark = pytest.mark.browser

NEW = "hehua-chi-tang-71"


def code_for(secret):
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def at(driver, site, role, grid=None):
    return Somebody(driver, site, make.staff(role, grid).username)


def log_in(somebody, password="password"):
    somebody.log_in(password)
    return somebody


def log_out(somebody):
    somebody.go("/logout/")
    somebody.submit()
    somebody.wait(lambda: "/login/" in somebody.driver.current_url)


def fits_the_screen(somebody):
    return somebody.driver.execute_script(
        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def again(somebody, password="password"):
    """Give the password once more, where the account's safety is changed."""
    somebody.sees("请确认是您本人")
    somebody.picture("again")
    somebody.write("password", password)
    somebody.submit()


def set_up_an_app(somebody):
    """The app with codes; returns its secret and the recovery codes."""
    somebody.go("/account/second/app/")
    again(somebody)
    somebody.sees("用它扫描此二维码")
    somebody.picture("second-factor-app")
    secret = somebody.driver.execute_script(
        "return document.querySelector('.more__body .mono').textContent.trim()"
    )
    assert fits_the_screen(somebody)
    somebody.write("code", code_for(secret))
    somebody.submit()
    somebody.sees("恢复码")
    somebody.picture("recovery-codes")
    codes = [one.text for one in somebody.all(".codes li")]
    assert len(codes) == 10
    return secret, codes


def test_the_first_log_in_is_a_scan_and_a_password(live_site, phone):
    person = make.staff("grid_worker", full_name="新人", username="xinren")
    Staff.objects.filter(pk=person.pk).update(password="!", is_active=False)
    leader = make.staff("administrator", make.district())
    [made] = slips.make([Staff.objects.get(pk=person.pk)], by=leader)
    worker = Somebody(phone, live_site, "xinren")

    worker.go(f"/first/#{made.code}")
    worker.sees("设置您的密码")
    worker.picture("slip-password")
    assert made.code not in phone.current_url
    assert fits_the_screen(worker)
    worker.write("password1", "xinren2026")
    worker.write("password2", "xinren2026")
    worker.find("form .btn--primary").click()
    worker.sees("不能是姓名")
    worker.picture("slip-password-refused")
    worker.write("password1", NEW)
    worker.write("password2", NEW)
    worker.find("form .btn--primary").click()

    worker.wait(lambda: "/today/" in phone.current_url)
    assert worker.complaints() == []


def test_a_code_from_the_app_then_a_recovery_code_when_the_phone_is_lost(live_site, phone):
    administrator = log_in(at(phone, live_site, "administrator", make.district()))
    administrator.go("/account/second/")
    administrator.picture("second-factor")
    secret, codes = set_up_an_app(administrator)
    log_out(administrator)

    administrator.go("/login/")
    administrator.write("username", administrator.username)
    administrator.write("password", "password" + Keys.ENTER)
    administrator.sees("双重验证")
    administrator.picture("second-factor-ask")
    assert fits_the_screen(administrator)
    administrator.write("code", code_for(secret) + Keys.ENTER)
    administrator.wait(lambda: "/login/" not in phone.current_url)
    log_out(administrator)

    administrator.go("/login/")
    administrator.write("username", administrator.username)
    administrator.write("password", "password" + Keys.ENTER)
    administrator.sees("恢复码")
    administrator.write("code", codes[3] + Keys.ENTER)
    administrator.wait(lambda: "/login/" not in phone.current_url)
    administrator.go("/account/second/")
    administrator.sees("剩余 9 个")
    assert administrator.complaints() == []


def test_a_passkey_is_made_and_opens_the_account_alone(live_site, browser):
    options = VirtualAuthenticatorOptions(
        protocol=VirtualAuthenticatorOptions.Protocol.CTAP2,
        transport=VirtualAuthenticatorOptions.Transport.INTERNAL,
        has_resident_key=True,
        has_user_verification=True,
        is_user_verified=True,
    )
    browser.add_virtual_authenticator(options)
    supervisor = log_in(at(browser, live_site, "supervisor", make.street()))

    supervisor.go("/account/second/passkey/")
    again(supervisor)
    supervisor.sees("本机名称")
    supervisor.picture("passkey")
    supervisor.submit()
    supervisor.sees("恢复码")
    log_out(supervisor)
    supervisor.press("用通行密钥登录")

    supervisor.wait(lambda: "/login/" not in browser.current_url)
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None
    supervisor.go("/account/sessions/")
    supervisor.picture("sessions")
    supervisor.sees("本机")
    assert supervisor.complaints() == []


def test_the_way_in_is_gone_with_the_keyboard_alone(live_site, browser):
    worker = at(browser, live_site, "community_staff", make.community())
    worker.go("/login/")
    worker.picture("login")

    keys = browser.switch_to
    keys.active_element.send_keys(worker.username + Keys.TAB)
    keys.active_element.send_keys("password" + Keys.ENTER)

    worker.wait(lambda: "/login/" not in browser.current_url)


def test_a_session_ended_elsewhere_while_a_visit_waits(worker, line, live_site, open_browser):
    before = my_visits().count()
    line.break_it()
    log_a_visit(worker)
    worker.wait(lambda: "/visits/log/" not in worker.driver.current_url)
    assert waiting(worker) == 1

    desk = Somebody(open_browser(), live_site, "worker").log_in()
    desk.go("/account/sessions/")
    desk.press("结束其他全部")
    desk.sees("其他会话已全部结束")
    line.mend()
    worker.go("/today/")

    worker.wait(lambda: "/login/" in worker.driver.current_url)
    assert waiting(worker) == 1
    assert my_visits().count() == before
    worker.log_in()
    worker.wait(lambda: my_visits().count() == before + 1)
    worker.wait(lambda: waiting(worker) == 0)


@pytest.mark.parametrize("browser", ["desktop", "phone"], indirect=True)
def test_slips_are_printed_from_a_list(live_site, browser, request):
    size = request.node.callspec.params["browser"]
    leader = log_in(at(browser, live_site, "grid_leader", make.community()))
    for number in range(3):
        make.staff("grid_worker", full_name=f"李明{number}", username=f"liming{number}")

    leader.go("/staff/slips/")
    leader.picture(f"slips-{size}")
    assert fits_the_screen(leader)
    leader.tap("input[name=staff]")
    leader.submit()

    leader.sees("李明0")
    leader.picture(f"slips-print-{size}")
    assert fits_the_screen(leader)
    assert leader.complaints() == []
