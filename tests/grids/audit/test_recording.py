"""An entry of the audit says who, from where, holding which posting, did what to what."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from grids import audit
from grids.audit import origin
from grids.models import AuditEntry
from residents.models import Household
from tests import factories as make

pytestmark = pytest.mark.django_db


def asked_by(staff, address="203.0.113.9"):
    request = RequestFactory(REMOTE_ADDR=address).post("/")
    request.user = staff
    return request


def test_an_entry_knows_the_person_the_address_the_posting_and_the_place():
    leader = make.staff("grid_leader")
    home = make.household()

    with origin.of(asked_by(leader)):
        audit.record(audit.Kind.PRINT, of=home, purpose="上门核对", detail={"rows": 1})

    entry = AuditEntry.objects.get()
    assert (entry.by, entry.address) == (leader, "203.0.113.9")
    assert entry.postings == [f"grid_leader@{make.unit().code}"]
    assert (entry.object_type, entry.object_key) == ("residents.household", str(home.pk))
    assert (entry.district_id, entry.grid_id) == (home.district_id, home.grid_id)
    assert (entry.purpose, entry.result, entry.detail) == ("上门核对", "done", {"rows": 1})


def test_after_the_request_nobody_is_at_it():
    with origin.of(asked_by(make.staff("grid_leader"))):
        pass

    entry = audit.record(audit.Kind.CHECK)

    assert (entry.by, entry.address, entry.postings) == (None, None, [])


def test_many_rows_are_named_by_their_kind_and_belong_to_the_persons_district():
    leader = make.staff("grid_leader")

    entry = audit.record(audit.Kind.EXPORT, of=Household, by=leader)

    assert (entry.object_type, entry.object_key) == ("residents.household", "")
    assert (entry.district_id, entry.grid_id) == (leader.district_id, None)


@pytest.mark.parametrize("others", [(), ("110101",)])
def test_what_nobody_known_did_is_told_where_there_is_one_district(others):
    home = make.district()
    for code in others:
        make.district(code, "东城区")

    with origin.of(asked_by(AnonymousUser())):
        entry = audit.record(audit.Kind.LOGIN_FAILED, result=audit.Result.REFUSED)

    assert entry.district_id == (None if others else home.pk)


def test_an_auditor_sees_the_entries_of_the_own_district_and_others_none():
    audit.record(audit.Kind.LOGIN, by=make.staff("grid_worker"))
    auditor = make.staff("auditor", make.district())
    elsewhere = make.staff("auditor", make.district("110101", "东城区"))
    leader = make.staff("grid_leader")

    assert AuditEntry.objects.visible_to(auditor).count() == 1
    assert not AuditEntry.objects.visible_to(elsewhere).exists()
    assert not AuditEntry.objects.visible_to(leader).exists()


def test_an_address_that_is_none_and_a_nul_byte_stop_no_work():
    with origin.of(asked_by(make.staff("grid_leader"), address="")):
        entry = audit.record(audit.Kind.ADMIN, words="a\x00b" + "c" * 300)

    assert entry.address is None
    assert entry.words == "ab" + "c" * 198
