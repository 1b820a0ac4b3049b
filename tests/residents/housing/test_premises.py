"""The file of premises: opened with a code, corrected, closed; licences; who may, who looked."""

import re
import threading
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grids.refusal import Refused
from residents.forms.premises import credit_code
from residents.housing import premises as rules
from residents.housing import running_out
from residents.models import CustomField, Dwelling, Licence, Premises, PremisesLook
from tests import factories


@pytest.fixture
def shop(ground):
    return factories.premises(
        ground[0],
        "利民超市",
        code=f"{ground[0].code}P0001",
        phone="13812346210",
        head_count=4,
        responsible_person="王秀兰",
    )


def fields(**given):
    return {
        "name": "好再来面馆",
        "kind": "self_employed",
        "head_count": "3",
        "grid": "第1网格",
    } | given


def correct_code():
    """A social credit code with its check character."""
    from stdnum.cn import uscc

    body = "91370402MA3C4D5E6"
    return body + uscc.calc_check_digit(body)


def test_a_new_file_gets_the_next_code_of_its_grid(client, ground, shop, enter):
    enter("community_staff", ground[0])

    answer = client.post(reverse("residents:premises_new"), fields())

    found = Premises.objects.get(name="好再来面馆")
    assert answer.url == reverse("residents:premises_detail", args=[found.pk])
    assert found.code == f"{ground[0].code}P0002"
    assert (found.grid, found.district_id) == (ground[0], ground[0].district_id)


def test_a_code_is_never_issued_twice(ground, shop):
    by = factories.staff("community_staff", ground[0])
    rules.close(shop, on=timezone.localdate(), reason="closed", by=by)

    again = rules.open_file(ground[0], {"name": "新店", "kind": "other"}, by=by)

    assert again.code.endswith("P0002")


@pytest.mark.django_db(transaction=True)
def test_two_people_who_save_at_once_get_two_codes(ground):
    by = factories.staff("community_staff", ground[0])
    gate = threading.Barrier(2)

    def save(name):
        try:
            gate.wait()
            rules.open_file(ground[0], {"name": name, "kind": "other"}, by=by)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[name]) for name in ("甲", "乙")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    codes = Premises.objects.values_list("code", flat=True)
    assert sorted(code[-5:] for code in codes) == ["P0001", "P0002"]


@pytest.mark.parametrize("written", ["lower", "blank", "full width"])
def test_a_social_credit_code_is_kept_in_one_form(written):
    code = correct_code()
    spelled = {
        "lower": code.lower(),
        "blank": f"{code[:8]} {code[8:]}",
        "full width": code.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"}),
    }[written]

    assert credit_code(spelled) == code


def test_a_wrong_social_credit_code_is_refused(client, ground, enter):
    enter("community_staff", ground[0])
    code = correct_code()
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")

    answer = client.post(reverse("residents:premises_new"), fields(credit_code=wrong))

    assert answer.status_code == 422
    assert "统一社会信用代码不对" in answer.content.decode()
    assert not Premises.objects.exists()


def test_nobody_opens_a_file_in_a_grid_of_others(client, ground, enter):
    enter("community_staff", ground[0])

    answer = client.post(reverse("residents:premises_new"), fields(grid=ground[1].code))

    assert answer.status_code == 422
    assert not Premises.objects.exists()


@pytest.mark.parametrize("role", ["assistant", "supervisor", "auditor"])
def test_who_does_not_keep_the_register_changes_no_file(client, ground, shop, enter, role):
    enter(role, ground[0])
    licence = factories.licence(shop)

    for name, key in [
        ("premises_edit", shop.pk),
        ("premises_end", shop.pk),
        ("licence_new", shop.pk),
        ("licence_edit", licence.pk),
        ("licence_withdraw", licence.pk),
    ]:
        address = reverse(f"residents:{name}", args=[key])
        assert client.post(address).status_code == 403, name
    assert client.get(reverse("residents:premises_new")).status_code == 403


def test_a_grid_answers_to_the_end_of_its_name(client, ground, enter):
    ground[0].name = "公园社区第1网格"
    ground[0].save(update_fields=["name"])
    factories.unit("370402001028011", "公园社区第11网格")
    enter("community_staff", ground[0].parent)

    client.post(reverse("residents:premises_new"), fields(grid="第1网格"))

    assert Premises.objects.get().grid == ground[0]


def test_premises_lie_in_a_dwelling_that_is_looked_up_or_added(client, ground, enter):
    home = factories.dwelling(ground[0], room="502")
    enter("community_staff", ground[0])
    place = {"building_name": "1号楼", "entrance": "1单元"}

    client.post(reverse("residents:premises_new"), fields(**place, room="502"))
    client.post(reverse("residents:premises_new"), fields(name="新", **place, room="601"))

    first, second = Premises.objects.order_by("pk")
    assert (first.building, first.dwelling) == (home.building, home)
    assert first.address == home.address
    assert second.dwelling == Dwelling.objects.get(room="601")


def test_a_building_that_the_grid_does_not_have_is_refused(client, ground, enter):
    enter("community_staff", ground[0])

    answer = client.post(reverse("residents:premises_new"), fields(building_name="9号楼"))

    assert answer.status_code == 422
    assert "没有这个楼栋" in answer.content.decode()


def test_a_correction_writes_only_what_differs_and_says_who_and_why(client, ground, shop, enter):
    clerk = enter("community_staff", ground[0])
    address = reverse("residents:premises_edit", args=[shop.pk])
    page = client.get(address).content.decode()
    assert "利民超市" in page

    client.post(
        address,
        fields(
            name="利民超市",
            head_count="6",
            phone="13812346210",
            responsible_person="王秀兰",
            reason="查验营业执照",
        ),
    )

    history = client.get(reverse("residents:premises_detail", args=[shop.pk]), {"tab": "history"})
    text = re.sub(r"<[^>]+>", "", history.content.decode())
    assert "从业人数：4 → 6" in text
    assert str(clerk) in text
    assert "查验营业执照" in text
    assert "名称：" not in text


def test_the_code_stays_when_premises_move_to_another_grid(client, ground, shop, enter):
    enter("community_staff", ground[0].parent)

    client.post(
        reverse("residents:premises_edit", args=[shop.pk]),
        fields(grid=ground[1].code, name=shop.name),
    )

    shop.refresh_from_db()
    assert (shop.grid, shop.code) == (ground[1], f"{ground[0].code}P0001")


def test_closed_premises_leave_the_lists_with_their_licences_and_come_back(
    client, ground, shop, enter
):
    enter("community_staff", ground[0])
    factories.licence(shop, expires_on=timezone.localdate())
    old = factories.licence(shop, "旧证", ended_on=date(2024, 1, 1))

    answer = client.post(
        reverse("residents:premises_end", args=[shop.pk]),
        {"reason": "closed", "on": timezone.localdate().isoformat(), "note": "已停业"},
    )

    assert answer.status_code == 302
    assert "利民超市" not in client.get(reverse("residents:premises")).content.decode()
    assert "利民超市" not in client.get(reverse("residents:licences")).content.decode()
    page = client.get(answer.url).content.decode()
    assert "歇业注销" in page

    client.post(reverse("residents:premises_back", args=[shop.pk]))

    assert "利民超市" in client.get(reverse("residents:licences")).content.decode()
    old.refresh_from_db()
    assert old.ended_on == date(2024, 1, 1)


def test_a_closed_file_is_not_corrected(ground, shop):
    by = factories.staff("community_staff", ground[0])
    rules.close(shop, on=timezone.localdate(), reason="moved", by=by)

    with pytest.raises(Refused):
        rules.correct(shop, ground[0], {"name": "别的"}, by=by)
    with pytest.raises(Refused):
        rules.add_licence(shop, {"kind": "营业执照"}, by=by)
    with pytest.raises(Refused):
        rules.close(shop, on=timezone.localdate(), reason="moved", by=by)


def test_nothing_closes_tomorrow(ground, shop):
    by = factories.staff("community_staff", ground[0])

    with pytest.raises(Refused):
        rules.close(shop, on=timezone.localdate() + timedelta(days=1), reason="moved", by=by)


def test_a_licence_is_added_changed_and_withdrawn(client, ground, shop, enter):
    enter("community_staff", ground[0])
    detail = reverse("residents:premises_detail", args=[shop.pk])
    until = timezone.localdate() + timedelta(days=20)
    data = {"kind": "食品经营许可证", "number": "JY1", "expires_on": until.isoformat()}

    client.post(reverse("residents:licence_new", args=[shop.pk]), data)

    licence = Licence.objects.get()
    page = client.get(detail).content.decode()
    assert "食品经营许可证" in page
    assert "还剩20天" in page

    later = until + timedelta(days=365)
    client.post(
        reverse("residents:licence_edit", args=[licence.pk]),
        data | {"expires_on": later.isoformat()},
    )
    assert "还剩20天" not in client.get(detail).content.decode()

    client.post(
        reverse("residents:licence_withdraw", args=[licence.pk]),
        {"on": timezone.localdate().isoformat()},
    )
    licence.refresh_from_db()
    assert licence.ended_on == timezone.localdate()
    assert "已注销" in client.get(detail).content.decode()
    gone = reverse("residents:licence_edit", args=[licence.pk])
    assert client.get(gone).status_code == 404
    history = client.get(detail, {"tab": "history"}).content.decode()
    assert history.count("食品经营许可证") >= 3


def test_the_same_licence_is_not_entered_twice(client, ground, shop, enter):
    enter("community_staff", ground[0])
    factories.licence(shop, "营业执照", number="1")

    answer = client.post(
        reverse("residents:licence_new", args=[shop.pk]),
        {"kind": "营业执照", "number": "1"},
    )

    assert answer.status_code == 422
    assert "已有同类同号的证照" in answer.content.decode()


def test_a_licence_does_not_end_before_it_was_issued(client, ground, shop, enter):
    enter("community_staff", ground[0])

    answer = client.post(
        reverse("residents:licence_new", args=[shop.pk]),
        {"kind": "营业执照", "issued_on": "2026-02-01", "expires_on": "2026-01-01"},
    )

    assert answer.status_code == 422
    assert not Licence.objects.exists()


def test_what_runs_out_first_stands_first(client, ground, shop, enter):
    enter("community_staff", ground[0])
    today = timezone.localdate()
    for kind, days in [("长", 300), ("近", 10), ("过", -5)]:
        factories.licence(shop, kind, expires_on=today + timedelta(days=days))
    factories.licence(shop, "无期")

    page = client.get(reverse("residents:premises_detail", args=[shop.pk]))

    assert [one.kind for one in page.context["licences"]] == ["过", "近", "长", "无期"]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("expired", [-1]),
        ("30", [0, 30]),
        ("60", [0, 30, 31]),
        ("90", [0, 30, 31, 90]),
        ("soon", [-1, 0, 30, 31, 90]),
        ("nonsense", []),
    ],
)
def test_the_list_shows_what_runs_out_within_the_days_asked_for(ground, shop, word, found):
    today = timezone.localdate()
    for days in (-1, 0, 30, 31, 90, 91):
        factories.licence(shop, f"证{days}", expires_on=today + timedelta(days=days))

    rows = Licence.objects.filter(running_out.condition("expires_on", word))

    assert [(row.expires_on - today).days for row in rows.order_by("expires_on")] == found


def test_the_list_of_licences_goes_on_by_key(client, ground, shop, enter):
    enter("community_staff", ground[0])
    same = timezone.localdate() + timedelta(days=3)
    for number in range(60):
        factories.licence(shop, number=str(number), expires_on=same)
    address = reverse("residents:licences")

    def cost(address):
        with CaptureQueriesContext(connection) as found:
            page = client.get(address)
        return len(found), [one.number for one in page.context["page"].rows], page

    first_cost, first, page = cost(address)
    second_cost, second, page = cost(address + page.context["page"].next_url)

    assert sorted([*first, *second], key=int) == [str(number) for number in range(60)]
    assert second_cost <= first_cost
    assert client.get(address, {"after": "2026-99-99_1"}).status_code == 200


def test_who_opens_or_prints_the_file_is_on_it(client, ground, shop, enter):
    worker = enter("grid_worker", ground[0])
    for __ in range(2):
        client.get(reverse("residents:premises_detail", args=[shop.pk]))
    client.post(reverse("residents:premises_print", args=[shop.pk]), {"purpose": "检查"})

    assert sorted(PremisesLook.objects.values_list("purpose", flat=True)) == [
        "file",
        "print",
    ]

    enter("auditor", factories.district("370402"))
    page = client.get(
        reverse("residents:premises_detail", args=[shop.pk]), {"tab": "looks"}
    ).content.decode()
    assert str(worker) in page
    assert "打印档案" in page


def seen(client, name, shop):
    """The page, or the sheet for which a purpose is said."""
    address = reverse(f"residents:{name}", args=[shop.pk])
    is_print = name == "premises_print"
    answer = client.post(address, {"purpose": "检查"}) if is_print else client.get(address)
    return answer.content.decode()


def test_who_may_not_read_phones_sees_their_end(client, ground, shop, enter):
    enter("supervisor", ground[0])

    for name in ("premises_detail", "premises_print"):
        page = seen(client, name, shop)
        assert "13812346210" not in page
        assert "6210" in page


def test_custom_facts_are_asked_and_shown(client, ground, shop, enter):
    clerk = enter("community_staff", ground[0])
    CustomField.objects.create(
        district_id=shop.district_id,
        register="premises",
        key="gas",
        label="燃气类型",
        kind="text",
        purpose="消防检查",
        asked_by="消防大队",
        created_by=clerk,
    )
    address = reverse("residents:premises_edit", args=[shop.pk])

    client.post(address, fields(name=shop.name, fact_gas="瓶装"))

    shop.refresh_from_db()
    assert shop.facts == {"gas": "瓶装"}
    said = [event.pgh_context.metadata for event in shop.history.order_by("-pgh_id")[:1]]
    assert [(one["user"], one["source"]) for one in said] == [(clerk.pk, "premises")]
    client.post(reverse("residents:premises_new"), fields(name="新店", fact_gas="管道"))
    assert Premises.objects.get(name="新店").facts == {"gas": "管道"}
    for name in ("premises_detail", "premises_print"):
        assert "瓶装" in seen(client, name, shop)


def test_a_refusal_leaves_nothing_half_written(ground, shop):
    by = factories.staff("community_staff", ground[0])
    factories.licence(shop, "营业执照", number="1")

    with transaction.atomic(), pytest.raises(Refused):
        rules.add_licence(shop, {"kind": "营业执照", "number": "1"}, by=by)

    assert Licence.objects.count() == 1


def test_the_history_of_a_closed_file_speaks_of_the_file_and_of_no_case(
    client, ground, shop, enter
):
    enter("community_staff", ground[0])
    address = reverse("residents:premises_end", args=[shop.pk])
    client.post(address, {"reason": "closed", "on": timezone.localdate()})

    page = client.get(reverse("residents:premises_detail", args=[shop.pk]), {"tab": "history"})

    assert "销档" in page.content.decode()
    assert "已结案" not in page.content.decode()


def test_a_list_of_choices_begins_with_a_word_or_one_dash(client, ground, shop, enter):
    person = factories.resident(factories.household(ground[0]))
    enter("administrator", ground[0].district)

    pages = [
        client.get(address).content.decode()
        for address in (
            reverse("residents:premises_new"),
            reverse("residents:field_add"),
            reverse("residents:edit_resident", args=[person.pk]),
            reverse("residents:edit_dwelling", args=[factories.dwelling(ground[0]).pk]),
        )
    ]

    assert all("<select" in page and "-----" not in page for page in pages)


def test_a_number_that_cannot_be_a_telephone_is_refused_with_its_remedy(
    client, ground, shop, enter
):
    enter("community_staff", ground[0])
    address = reverse("residents:premises_edit", args=[shop.pk])

    answer = client.post(address, fields(name=shop.name, phone="123"))

    assert answer.status_code == 422
    assert "11" in answer.content.decode()
    assert list(answer.context["form"].errors) == ["phone"]
    assert client.post(address, fields(name=shop.name, phone="138 1234 6211")).status_code == 302
    shop.refresh_from_db()
    assert shop.phone == "13812346211"
