"""Sign-on gives identity only: no account is made, no right is granted, nothing is kept."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.dingtalk.views import DingTalkOAuth2Adapter
from django.urls import reverse

from gridmgmt.configuring import sign_on as environment
from grids.models import AuditEntry, Posting, Staff
from tests import factories as make
from tests.grids.accounts.identity_server import identity_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(settings):
    with identity_server() as server:
        home = server.address
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {
                "APPS": [
                    {
                        "provider_id": "oidc",
                        "name": "统一认证",
                        "client_id": "grid",
                        "secret": "s",
                        "settings": {
                            "server_url": home,
                            "uid_field": "employee",
                            "oauth_pkce_enabled": True,
                            "scope": ["openid"],
                        },
                    }
                ]
            },
            "wecom": {
                "APPS": [
                    {
                        "client_id": "corp",
                        "secret": "s",
                        "settings": {
                            "agent_id": "7",
                            "token_url": f"{home}/gettoken",
                            "profile_url": f"{home}/getuserinfo",
                        },
                    }
                ]
            },
        }
        yield server


def identify(person, uid, provider="oidc"):
    SocialAccount.objects.create(user=person, provider=provider, uid=uid)
    return person


def sign_on(client, office, provider="oidc", process="", **said):
    """There and back again: what our page answers at the end."""
    office.person = said
    there = client.post(f"/sign-on/{provider}/{process}", {"next": "/inbox/"})
    asked = parse_qs(urlsplit(there.url).query)
    return client.get(f"/sign-on/{provider}/back/", {"code": "c", "state": asked["state"][0]})


def is_in(client):
    return client.get(reverse("grids:inbox")).status_code == 200


def test_somebody_whose_identifier_is_set_signs_on(client, office):
    worker = identify(make.staff("grid_worker"), "E-17")

    answer = sign_on(client, office, employee="E-17", sub="x")

    assert answer.url == "/inbox/"
    assert is_in(client)
    assert AuditEntry.objects.filter(kind="login", by=worker).exists()


def test_whose_identifier_nobody_has_set_gets_no_account(client, office):
    identify(make.staff("grid_worker", email="zhang@example.org"), "E-17")
    before = Staff.objects.count(), Posting.objects.count()

    said = {"employee": "E-18", "sub": "E-17", "email": "zhang@example.org", "email_verified": True}
    sign_on(client, office, **said)

    assert not is_in(client)
    assert "E-18" in client.get("/login/").content.decode()
    assert (Staff.objects.count(), Posting.objects.count()) == before
    assert AuditEntry.objects.filter(kind="login_failed", detail__what="sign-on").exists()


def test_an_answer_that_does_not_say_who_signs_nobody_on(client, office):
    identify(make.staff("grid_worker"), "E-17")

    answer = sign_on(client, office, sub="E-17")

    assert answer.url == "/login/"
    assert not is_in(client)


def test_it_grants_no_right_and_keeps_nothing_of_what_was_said(client, office):
    worker = identify(make.staff("grid_worker"), "E-17")

    sign_on(client, office, employee="E-17", roles=["administrator"], phone_number="13800000000")

    assert Posting.objects.filter(staff=worker).count() == 1
    assert client.get("/admin/").status_code == 404
    assert SocialAccount.objects.get().extra_data == {}


def test_the_second_factor_is_asked_for_all_the_same(client, office):
    worker = identify(make.staff("grid_worker"), "E-17")
    totp.TOTP.activate(worker, "JBSWY3DPEHPK3PXP")

    answer = sign_on(client, office, employee="E-17")

    assert answer.url.startswith(reverse("mfa_authenticate"))
    assert not is_in(client)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_demo": True}])
def test_a_closed_account_and_a_demo_account_stay_closed(client, office, change):
    worker = identify(make.staff("grid_worker"), "E-17")
    Staff.objects.filter(pk=worker.pk).update(**change)

    sign_on(client, office, employee="E-17")

    assert not is_in(client)


def test_nobody_hangs_an_identity_on_the_own_account(client, office):
    worker = make.staff("grid_worker")
    client.force_login(worker, "grids.auth.StaffBackend")

    sign_on(client, office, process="?process=connect", employee="E-17")

    assert not SocialAccount.objects.exists()


def test_an_answer_that_nobody_asked_for_opens_nothing(client, office):
    identify(make.staff("grid_worker"), "E-17")
    office.person = {"employee": "E-17"}

    answer = client.get("/sign-on/oidc/back/", {"code": "c", "state": "made-up"})

    assert answer.url == "/login/"
    assert not is_in(client)


def test_the_code_is_worth_nothing_without_the_proof_of_who_asked(client, office):
    identify(make.staff("grid_worker"), "E-17")

    sign_on(client, office, employee="E-17")

    [said] = [said for place, said in office.asked if place == "/token"]
    assert len(said["code_verifier"]) >= 43


def test_wecom_tells_who_scanned(client, office):
    identify(make.staff("grid_worker"), "zhangsan", "wecom")

    there = client.post("/sign-on/wecom/")
    answer = sign_on(client, office, "wecom", errcode=0, userid="zhangsan")

    assert parse_qs(urlsplit(there.url).query)["agentid"] == ["7"]
    assert answer.status_code == 302
    assert is_in(client)


@pytest.mark.parametrize("said", [{"errcode": 40029}, {"errcode": 0, "openid": "x"}])
def test_wecom_tells_of_nobody_of_ours(client, office, said):
    identify(make.staff("grid_worker"), "zhangsan", "wecom")

    assert sign_on(client, office, "wecom", **said).url == "/login/"
    assert not is_in(client)


@pytest.fixture
def dingtalk(office, settings, monkeypatch):
    """The library asks fixed addresses: here they lead to the server of the test."""
    settings.SOCIALACCOUNT_PROVIDERS |= {
        "dingtalk": {"APPS": [{"client_id": "ding", "secret": "s"}]}
    }
    home = office.address
    monkeypatch.setattr(
        DingTalkOAuth2Adapter, "access_token_url", f"{home}/v1.0/oauth2/userAccessToken"
    )
    monkeypatch.setattr(DingTalkOAuth2Adapter, "profile_url", f"{home}/v1.0/contact/users/me")
    return office


def scan(client, dingtalk, code="c", **said):
    """There and back again, as DingTalk's page leads: it calls the code by a name of its own."""
    dingtalk.person = said
    there = client.post("/sign-on/dingtalk/", {"next": "/inbox/"})
    asked = {name: value for name, [value] in parse_qs(urlsplit(there.url).query).items()}
    back = client.get("/sign-on/dingtalk/back/", {"authCode": code, "state": asked["state"]})
    return asked, back


def test_dingtalk_tells_who_scanned(client, dingtalk):
    worker = identify(make.staff("grid_worker"), "o-17", "dingtalk")

    asked, back = scan(
        client, dingtalk, openId="o-17", unionId="u", nick="王", mobile="13800000000"
    )

    assert (asked["client_id"], asked["response_type"]) == ("ding", "code")
    assert urlsplit(asked["redirect_uri"]).path == "/sign-on/dingtalk/back/"
    assert [place for place, _said in dingtalk.asked] == [
        "/v1.0/oauth2/userAccessToken",
        "/v1.0/contact/users/me",
    ]
    assert back.url == "/inbox/"
    assert is_in(client)
    assert AuditEntry.objects.filter(kind="login", by=worker).exists()
    assert SocialAccount.objects.get().extra_data == {}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("c", {"openId": "o-18", "unionId": "o-17"}),  # somebody else
        ("forged", {"openId": "o-17"}),  # no token for that code
        ("c", {}),  # nobody
        ("c", {"nick": "o-17"}),  # an answer without the identifier
    ],
)
def test_dingtalk_tells_of_nobody_of_ours(client, dingtalk, code, said):
    identify(make.staff("grid_worker"), "o-17", "dingtalk")
    before = Staff.objects.count()

    _asked, back = scan(client, dingtalk, code, **said)

    assert back.url == "/login/"
    assert not is_in(client)
    assert Staff.objects.count() == before


def test_what_the_operator_has_not_set_up_does_not_exist(client, office):
    assert "统一认证" in client.get("/login/").content.decode()
    assert client.post("/sign-on/oidc/").status_code == 302
    assert client.post("/sign-on/dingtalk/").status_code == 404
    assert "钉钉" not in client.get("/login/").content.decode()


def test_the_servers_come_from_the_environment():
    said = {
        "OIDC_SERVER": "https://id.example.org/realm",
        "OIDC_CLIENT_ID": "grid",
        "OIDC_SECRET": "s",
        "DINGTALK_CLIENT_ID": "ding",
        "DINGTALK_SECRET": "s",
    }

    found = environment.providers(lambda name, default=None: said.get(name, default))

    assert set(found) == {"openid_connect", "dingtalk"}
    assert environment.origins(found) == ["https://login.dingtalk.com", "https://id.example.org"]


def test_an_administrator_sets_the_identifier_but_not_the_own_or_that_of_an_auditor(client, office):
    administrator = make.staff("administrator", make.district())
    worker, auditor = make.staff("grid_worker"), make.staff("auditor", make.district())
    client.force_login(administrator, "grids.auth.StaffBackend")

    def offers(person):
        page = client.get(reverse("admin:grids_staff_change", args=[person.pk]))
        return "socialaccount_set-TOTAL_FORMS" in page.content.decode()

    assert [offers(one) for one in (worker, auditor, administrator)] == [True, False, False]
