"""Deny by default: every address, by nobody, by a stranger, by each role.

A new address joins by itself; one with an object in it must say in OBJECTS which object.
"""

import copy
import uuid
import zipfile
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from cases.calendar import working_days
from cases.models import (
    CalendarChange,
    Case,
    CaseFile,
    CasePhoto,
    CatalogueUpload,
    OwnDataRequest,
    Sample,
    SavedView,
    SupervisionSlip,
    Upload,
)
from grids import audit
from grids.fields import new_keys
from grids.models import Channel, Notification, PostingChange, SettingChange, StandIn
from grids.roles import DEPARTMENT_ROLES, Role
from grids.scope import ScopedQuerySet
from inspections.models import (
    Campaign,
    DiaryItem,
    FactConflict,
    Schedule,
    Visit,
    VisitPhoto,
    VisitRule,
)
from residents.models import (
    DataRequest,
    Export,
    ExportList,
    GuardChange,
    ImportBatch,
    ImportProblem,
    LookUpStop,
    MoveInRequest,
    Resident,
    RetentionRun,
    SupportPlan,
)
from tests import factories as make
from tests import rights

pytestmark = pytest.mark.django_db

PUBLIC = {
    "login",
    "logout",
    "account_login",
    "account_logout",
    "slip",
    "slip_password",
    "forgotten",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "openid_connect_login",
    "openid_connect_callback",
    "wecom_login",
    "wecom_callback",
    "dingtalk_login",
    "dingtalk_callback",
    "socialaccount_login_cancelled",
    "set_language",
    "healthz",
    "service_worker",
    "manifest",
    "offline",
}
SECRETS = [
    "秘密住户",
    "秘密案件",
    "秘密走访",
    "秘密店铺",
    "秘密文件",
    "秘密小区",
]  # in every row of 370402

# The right that opens a page without an object, or two of which one is enough; else 403 (or 404).
PAGES = {
    "system": "system.view",
    "slips": "staff.slip staff.secure",
    "print_slips": "staff.slip staff.secure",
    "map:map": "grid.view",
    "map:layer": "grid.view",
    "residents:people": "register.view",
    "residents:premises": "register.view",
    "residents:premises_new": "register.edit",
    "residents:licences": "register.view",
    "residents:fill": "register.export",
    "residents:book_new": "register.export",
    "residents:households": "register.view",
    "residents:compounds": "register.view",
    "residents:new_compound": "register.approve",
    "residents:new_building": "register.approve",
    "residents:leases": "register.view",
    "residents:tables": "register.view",
    "residents:table_excel": "register.view",
    "residents:exports": "register.export access.view",
    "residents:export_new": "register.export",
    "residents:imports": "register.import",
    "residents:import_new": "register.import",
    "residents:import_blank": "register.import",
    "residents:move_ins": "register.view",
    "residents:duplicates": "register.edit",
    "residents:support": "register.read_care",
    "residents:benefits": "register.read_care",
    "residents:benefits_excel": "register.read_care&register.export",
    "residents:fields": "dictionary.view",
    "residents:field_add": "dictionary.edit",
    "residents:access": "access.view",
    "residents:retention": "retention.view",
    "residents:guarded": "dictionary.edit staff.confirm",
    "grids:audit": "access.view",
    "grids:audit_excel": "access.view",
    "residents:data_requests": "request.view",
    "residents:data_request_new": "request.ask",
    "cases:list": "case.view case.report",  # a steward follows the own reports
    "cases:slips": "case.view case.report",
    "cases:ladder": "dictionary.view",
    "grids:stand_ins": "staff.edit",
    "grids:posting_changes": "staff.confirm",
    "cases:report": "case.report",
    "cases:report_alike": "case.report",
    "cases:saved_keep": "case.view",
    "cases:list_excel": "case.view case.report",
    "cases:rechecks": "case.recheck",
    "cases:call_backs": "case.call_back",
    "cases:bulk": "case.dispatch case.urge",
    "cases:bulk_take": "case.dispatch case.urge",
    "cases:bulk_done": "case.dispatch case.urge",
    "cases:catalogue": "case.view case.report dictionary.view",
    "cases:catalogue_excel": "dictionary.edit",
    "cases:catalogue_uploads": "dictionary.edit",
    "cases:case_steps": "case.view case.report",
    "cases:clock": "dictionary.view case.board",
    "cases:calendars": "dictionary.view",
    "cases:calendar_new": "dictionary.edit",
    "cases:board": "case.board",
    "cases:board_part": "case.board",
    "cases:board_excel": "case.board",
    "cases:trends": "case.board",
    "cases:trends_excel": "case.board",
    "waiting": "visit.log case.report",
    "offline_day": "visit.log case.report",
    "inspections:today": "visit.log",
    "inspections:digest": "visit.log visit.view",
    "inspections:visits": "visit.view visit.log",  # and the own visits
    "inspections:overdue": "visit.view",
    "inspections:overdue_excel": "visit.view&register.export",
    "inspections:patrols": "visit.view",
    "inspections:patrol_rule": "dictionary.edit",
    "inspections:cadence": "dictionary.view",
    "inspections:campaigns": "visit.view",
    "inspections:new_campaign": "visit.plan",
    "inspections:new_rule": "dictionary.edit",
}
# Pages that name no row of these to anybody, however they are asked for.
WITHOUT_ROWS = {
    # Empty forms
    "cases:calendar_new",
    "cases:report",
    "inspections:new_campaign",
    "inspections:new_rule",
    "residents:book_new",
    "residents:data_request_new",
    "residents:field_add",
    "residents:fill",
    "residents:import_blank",
    "residents:import_new",
    "residents:new_compound",
    "residents:premises_new",
    # Numbers
    "residents:retention",
    "residents:guarded",
    "cases:board_excel",
    "cases:trends",
    "cases:trends_excel",
    "inspections:overdue",
    "inspections:overdue_excel",
    "inspections:patrols",
    "map:layer",
    "map:map",
    "residents:benefits",
    "residents:benefits_excel",
    "residents:table_excel",
    "residents:tables",
    # Rules of a district or of all
    "cases:case_steps",
    "cases:catalogue",
    "cases:catalogue_excel",
    "cases:clock",
    "cases:ladder",
    "inspections:cadence",
    "inspections:patrol_rule",
    # For what was chosen, or for what waits on the phone itself
    "cases:bulk",
    "cases:bulk_done",
    "cases:bulk_take",
    "cases:report_alike",
    "cases:saved_keep",
    # Asked for what first
    "cases:list_excel",
    "inspections:digest",
    "offline_day",
    "waiting",
    "system",
}
GROUP = uuid.UUID(int=1)
UNDERSTOOD = {
    "tables": [
        {
            "index": 0,
            "sheet": "秘密文件",
            "head_row": 1,
            "columns": {"name": 0},
            "heads": {"name": "姓名"},
            "not_understood": [],
            "rows": 1,
            "all_heads": {"0": "姓名"},
        }
    ]
}
# They know nobody, so a browser may keep them.
MAY_BE_KEPT = {"service_worker", "manifest", "offline"}
FREE_PAGES = {
    "home",
    "pulse",
    "search",
    "choose_place",
    "grids:inbox",
    "grids:read_all",
    "grids:channels",
    "account",
    "account_change_password",
    "account_reauthenticate",
    "sessions",
    "end_other_sessions",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_add_webauthn",
}


def _flatten(patterns, namespace=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _flatten(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield f"{namespace}{pattern.name}", set(pattern.pattern.converters)


ROUTES = {
    name: parameters
    for name, parameters in _flatten(get_resolver().url_patterns)
    if not name.startswith("admin:")
}
WITH_OBJECT = sorted(name for name, parameters in ROUTES.items() if parameters)
WITHOUT_OBJECT = sorted(name for name, parameters in ROUTES.items() if not parameters)


def _zip(files):
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return file.getvalue()


@pytest.fixture(scope="module")
def standing_world(standing_rows):
    before = set(Path(settings.MEDIA_ROOT).rglob("*"))
    world = standing_rows(one_of_everything)
    files = [path for path in set(Path(settings.MEDIA_ROOT).rglob("*")) - before if path.is_file()]
    return world, {path: path.read_bytes() for path in files}


@pytest.fixture
def world(standing_world, db):
    """One of everything in 370402, and a worker of 520602; as new for each test."""
    world, files = standing_world
    for path, content in files.items():
        path.write_bytes(content)
    return copy.deepcopy(world)


def one_of_everything():
    ground = make.unit("370402001028001")
    worker = make.staff("grid_worker", ground)
    keeper = make.staff("grid_leader", make.community())
    home = make.household(ground, head_name="秘密住户")
    person = make.resident(home, name="秘密住户")
    twin = make.resident(make.household(ground), name="秘密住户")
    Resident.objects.filter(pk=twin.pk).update(id_index=None, id_sealed=None, document="none")
    care = make.care_record(person)
    SupportPlan.objects.create(
        resident=person,
        what="秘密住户",
        helper=worker,
        since=make.LONG_AGO,
        review_on=timezone.localdate(),
    )
    field = make.custom_field(label="秘密住户", is_sensitive=True, legal_basis="办法")
    shop = make.premises(ground, name="秘密店铺")
    lease = make.lease(home.dwelling, tenant_name="秘密住户")
    compound = make.compound("秘密小区", home.dwelling.building)
    now = timezone.now()
    case = Case.objects.create(
        district_id=ground.district_id,
        grid=ground,
        category=make.category(),
        title="秘密案件",
        number="370402-2611-00001",
        source="visit",
        reported_at=now,
        registered_at=now,
        stage="dispatched",
        stage_since=now,
        standard=make.standard(),
        household=home,
        department=make.department(),
        due_at=now,
        warn_at=now,
        reporter=worker,
    )
    closed = Case.objects.create(
        district_id=ground.district_id,
        grid=ground,
        category=case.category,
        title="秘密案件",
        number="370402-2611-00002",
        source="visit",
        reported_at=now,
        registered_at=now,
        stage="closed",
        stage_since=now,
        closed_at=now,
        closing_light="green",
        result="fixed",
        standard=case.standard,
    )
    for kind in Sample.Kind:
        Sample.objects.create(case=closed, kind=kind, drawn_on=now.date())
    photo = CasePhoto.objects.create(case=case, moment="before", by=worker)
    photo.file.save("before.jpg", ContentFile(b"\xff\xd8\xff"))
    file = CaseFile(case=case, name="秘密文件.pdf", size=5, by=worker)
    file.file.save("paper.pdf", ContentFile(b"%PDF-"))
    slip = SupervisionSlip.objects.create(
        case=case,
        colour="blue",
        issued_at=timezone.now(),
        department=case.department,
        text="秘密案件",
    )
    saved = SavedView.objects.create(
        district_id=ground.district_id,
        by=worker,
        page="list",
        name="秘密案件",
        query="light=red",
    )
    catalogue_upload = CatalogueUpload.objects.create(
        district_id=ground.district_id, by=worker, at=now, file_name="秘密文件.xlsx"
    )
    upload = Upload.objects.create(
        district_id=ground.district_id,
        by=worker,
        at=now,
        file_name="秘密文件.xlsx",
        language="zh-hans",
    )
    calendar = working_days.ensure_calendar(ground.district_id)
    calendar.days.filter(day=timezone.localdate()).update(note="秘密文件")
    calendar_change = CalendarChange.objects.create(
        district_id=ground.district_id,
        calendar=calendar,
        by=worker,
        at=now,
        days=[{"day": "2026-11-23", "hours": [], "note": "秘密文件"}],
    )
    audit.record(audit.Kind.PRINT, of=home, words="秘密住户", by=keeper)
    visit = Visit.objects.create(
        district_id=ground.district_id,
        grid=ground,
        household=home,
        visitor=worker,
        outcome="met",
        note="秘密走访",
        happened_on=timezone.localdate(),
        logged_at=timezone.now(),
    )
    item = DiaryItem.objects.create(visit=visit, text="秘密走访")
    fact = FactConflict.objects.create(
        visit=visit, resident=person, fact="note", mine="秘密住户", asked_at=now
    )
    seen = VisitPhoto(visit=visit, at=timezone.now())
    seen.file.save("seen.jpg", ContentFile(b"\xff\xd8\xff"))
    rule = VisitRule.objects.create(
        district_id=ground.district_id, target="ordinary", mode="home", every_months=6
    )
    Schedule.objects.create(
        district_id=ground.district_id, rule=rule, household=home, next_due_on=make.LONG_AGO
    )
    campaign = Campaign.objects.create(
        district_id=ground.district_id,
        grid=ground,
        name="秘密走访",
        who="everyone",
        made_by=worker,
        since=timezone.localdate(),
        until=timezone.localdate(),
        made_at=timezone.now(),
    )
    batch = ImportBatch.objects.create(
        district_id=ground.district_id,
        by=keeper,
        state="checked",
        file_name="秘密文件.xlsx",
        file_hash="0",
        created_at=timezone.now(),
        group=GROUP,
        mapping=UNDERSTOOD,
    )
    batch.file.save("秘密文件.xlsx", ContentFile(b"PK"))
    imported = ImportBatch.objects.create(
        district_id=ground.district_id,
        by=keeper,
        state="done",
        file_name="秘密文件.xlsx",
        file_hash="1",
        created_at=timezone.now(),
    )
    imported.result_file.save("结果.xlsx", ContentFile(b"PK"))
    ImportProblem.objects.create(batch=batch, row=2, reason="name_missing")
    move = MoveInRequest.objects.create(
        pk=new_keys(MoveInRequest)[0],
        district_id=ground.district_id,
        resident=person,
        from_grid=ground,
        row_sealed="{}",
        to_grid=make.unit("370402001028002"),
        batch=batch,
        asked_at=timezone.now(),
    )
    export = Export.objects.create(
        district_id=ground.district_id,
        grid=ground,
        by=keeper,
        subject="residents",
        title="秘密文件",
        columns=["name"],
        purpose="秘密文件",
        state="done",
        created_at=now,
        expires_at=now + timezone.timedelta(days=7),
    )
    export.file.save("秘密文件.xlsx", ContentFile(b"PK"))
    paper = Export.objects.get(pk=export.pk)
    paper.pk, paper.format, paper.file = None, "paper", ""
    paper.save()
    book = Export.objects.get(pk=paper.pk)
    book.pk, book.format, book.subject = None, "book", "households"
    book.file.save("book.zip", ContentFile(_zip({"1.html": "秘密住户"})))
    licence = make.licence(shop, number="秘密店铺", expires_on=timezone.localdate())
    export_list = ExportList.objects.create(
        district_id=ground.district_id,
        by=keeper,
        subject="residents",
        name="秘密文件",
        columns=["name"],
    )
    note = Notification.objects.create(
        recipient=worker,
        kind="note",
        title="秘密案件",
        key="k",
        created_at=timezone.now(),
    )
    data_request = DataRequest.objects.create(
        district_id=ground.district_id,
        grid=make.district(),
        department=case.department,
        number="SQ-1",
        purpose="秘密文件",
        legal_basis="办法",
        facts=["address"],
        use_until=timezone.localdate(),
        asked_by=worker,
        asked_at=now,
        notice_days=1,
        notice_since=timezone.localdate(),
        notice_text="秘密文件",
    )
    look_up_stop = LookUpStop.objects.create(
        district_id=ground.district_id,
        grid=ground,
        staff=worker,
        why="in_a_row",
        since=now,
        until=now + timezone.timedelta(days=1),
    )
    channel = Channel.objects.create(
        staff=worker, kind="webhook", address="https://example.org/", since=now
    )
    stand_in = StandIn.objects.create(
        district_id=ground.district_id,
        staff=worker,
        stand_in=make.staff("grid_worker", ground, full_name="秘密住户"),
        since=now.date(),
        until=now.date(),
        by=worker,
    )
    posting_change = PostingChange.objects.create(
        staff=stand_in.stand_in,
        role=Role.AUDITOR,
        grid=make.district(),
        since=now.date(),
        asked_by=keeper,
        asked_at=now,
    )
    setting_change = SettingChange.objects.create(
        district=make.district(), asked_by=keeper, asked_at=now
    )
    guard_change = GuardChange.objects.create(category=care.category, asked_by=keeper, asked_at=now)
    own_data = OwnDataRequest.objects.create(
        case=Case.objects.create(
            district_id=ground.district_id,
            grid=ground,
            category=make.category("个人信息说明", "own_data"),
            title="秘密案件",
            number="370402-2611-00003",
            source="hotline",
            reported_at=now,
            registered_at=now,
            stage="closed",
            stage_since=now,
            closed_at=now,
            closing_light="green",
            result="answered",
        ),
        wish="explain",
        name="秘密住户",
        resident=person,
        checked_how="known",
        checked_by=keeper,
        checked_at=now,
    )
    erasure = RetentionRun.objects.create(
        district_id=ground.district_id,
        kind="died",
        before=make.LONG_AGO,
        basis="办法",
        state="waiting",
        asked_by=keeper,
        asked_at=now,
    )
    session = UserSession.objects.create(user=worker, ip="203.0.113.9", session_key="elsewhere")
    key = Authenticator.objects.create(user=worker, type="webauthn", data={"name": "秘密文件"})
    return SimpleNamespace(
        session=session,
        key=key,
        channel=channel,
        own_data=own_data,
        erasure=erasure,
        guard_change=guard_change,
        look_up_stop=look_up_stop,
        stand_in=stand_in,
        posting_change=posting_change,
        setting_change=setting_change,
        ground=ground,
        community=make.community(),
        worker=worker,
        keeper=keeper,
        twin=twin,
        imported=imported,
        home=home,
        person=person,
        shop=shop,
        case=case,
        photo=photo,
        file=file,
        care=care,
        field=field,
        slip=slip,
        catalogue_upload=catalogue_upload,
        upload=upload,
        saved=saved,
        visit=visit,
        item=item,
        fact=fact,
        rule=rule,
        campaign=campaign,
        batch=batch,
        move=move,
        note=note,
        export=export,
        paper=paper,
        export_list=export_list,
        book=book,
        licence=licence,
        lease=lease,
        compound=compound,
        calendar=calendar,
        calendar_change=calendar_change,
        data_request=data_request,
        stranger=make.staff("grid_worker", make.unit("520602003003001")),
    )


def objects(world):
    """Route -> arguments that name an object of 370402."""
    household, batch = {"pk": world.home.pk}, {"pk": world.batch.pk}
    export, shop = {"pk": world.export.pk}, {"pk": world.shop.pk}
    lease, dwelling = {"pk": world.lease.pk}, {"pk": world.home.dwelling_id}
    building = {"pk": world.home.dwelling.building_id}
    compound = {"pk": world.compound.pk}
    return {
        "grids:open_message": {"pk": world.note.pk},
        "cases:upload": {"pk": world.upload.pk},
        "cases:upload_progress": {"pk": world.upload.pk},
        "inspections:walk": {"grid": world.home.grid_id},
        "inspections:edit_rule": {"pk": world.rule.pk},
        "inspections:appointment": {"household": world.home.pk},
        "inspections:campaign": {"pk": world.campaign.pk},
        "inspections:campaign_targets": {"pk": world.campaign.pk},
        "inspections:campaign_hand_over": {
            "pk": world.campaign.pk,
            "grid": world.home.grid_id,
        },
        "inspections:close_campaign": {"pk": world.campaign.pk},
        "inspections:points": {"grid": world.home.grid_id},
        "end_session": {"pk": world.session.pk},
        "take_factor": {"pk": world.worker.pk},
        "mfa_remove_webauthn": {"pk": world.key.pk},
        "grids:channel": {"pk": world.channel.pk},
        "grids:channel_test": {"pk": world.channel.pk},
        "grids:stand_in_end": {"pk": world.stand_in.pk},
        "grids:posting_change": {"pk": world.posting_change.pk},
        "grids:setting_change": {"pk": world.setting_change.pk},
        "residents:resident": {"pk": world.person.pk},
        "residents:edit_resident": {"pk": world.person.pk},
        "residents:edit_document": {"pk": world.person.pk},
        "residents:reveal": {"pk": world.person.pk},
        "residents:reveal_fact": {"pk": world.person.pk, "field": world.field.pk},
        "residents:edit_household": household,
        "residents:help_add": household | {"what": "care"},
        "residents:help_step": {"what": "care-end", "pk": world.care.pk},
        "residents:field_edit": {"pk": world.field.pk},
        "residents:field_retire": {"pk": world.field.pk},
        "residents:guard": {"pk": world.care.category_id},
        "residents:guard_decide": {"pk": world.guard_change.pk},
        "residents:retention_kind": {"kind": "died"},
        "residents:retention_on": {"kind": "died"},
        "residents:retention_ask": {"kind": "died"},
        "residents:retention_run": {"pk": world.erasure.pk},
        "residents:retention_progress": {"pk": world.erasure.pk},
        "residents:household": household,
        "residents:household_life": household | {"what": "leave"},
        "residents:bring_back": household,
        "residents:same_person": {"pk": world.person.pk},
        "residents:duplicate": {"pk": world.person.pk, "other": world.twin.pk},
        "residents:premises_detail": shop,
        "residents:premises_print": shop,
        "residents:premises_edit": shop,
        "residents:premises_end": shop,
        "residents:premises_back": shop,
        "residents:licence_new": shop,
        "residents:licence_edit": {"pk": world.licence.pk},
        "residents:licence_withdraw": {"pk": world.licence.pk},
        "residents:household_print": household,
        "residents:book_print": {"pk": world.book.pk, "volume": 1},
        "residents:compound": compound,
        "residents:edit_compound": compound,
        "residents:new_building_in": compound,
        "residents:building": building,
        "residents:edit_building": building,
        "residents:dwelling": dwelling,
        "residents:edit_dwelling": dwelling,
        "residents:lease_new": dwelling,
        "residents:lease": lease,
        "residents:lease_edit": lease,
        "residents:lease_renew": lease,
        "residents:lease_approve": lease,
        "residents:lease_return": lease,
        "residents:lease_end": lease,
        "residents:export_detail": export,
        "residents:export_progress": export,
        "residents:export_file": export,
        "residents:export_print": {"pk": world.paper.pk},
        "residents:delete_export_list": {"pk": world.export_list.pk},
        "residents:import_detail": batch,
        "residents:import_columns": batch,
        "residents:import_progress": batch,
        "residents:import_confirm": batch,
        "residents:import_grid": batch,
        "residents:import_rows": batch,
        "residents:import_families": batch,
        "residents:import_places": batch,
        "residents:import_cancel": batch,
        "residents:import_absent": batch,
        "residents:import_still_here": batch,
        "residents:import_result": {"pk": world.imported.pk},
        "residents:import_undo": batch,
        "residents:import_conflicts": batch,
        "residents:decide_import_conflicts": batch,
        "residents:decide_all_conflicts": batch,
        "residents:take_answers_back": batch,
        "residents:import_group": {"group": GROUP},
        "residents:confirm_import_group": {"group": GROUP},
        "residents:release_look_ups": {"pk": world.look_up_stop.pk},
        "residents:answer_move_in": {"pk": world.move.pk},
        "residents:data_request": {"pk": world.data_request.pk},
        "residents:data_request_withdraw": {"pk": world.data_request.pk},
        "residents:data_request_notice": {"pk": world.data_request.pk},
        "residents:data_request_poster": {"pk": world.data_request.pk},
        "residents:data_request_answer": {"pk": world.data_request.pk},
        "cases:detail": {"number": world.case.number},
        "cases:step": {"number": world.case.number, "step": "dispatch"},
        "cases:own_data": {"number": world.own_data.case.number},
        "cases:own_data_copy": {"number": world.own_data.case.number},
        "cases:own_data_erase": {"number": world.own_data.case.number},
        "cases:photo": {"pk": world.photo.pk},
        "cases:catalogue_upload": {"pk": world.catalogue_upload.pk},
        "cases:catalogue_confirm": {"pk": world.catalogue_upload.pk},
        "cases:file": {"pk": world.file.pk},
        "cases:print": {"number": world.case.number},
        "cases:slip": {"pk": world.slip.pk},
        **{
            f"cases:{name}": {"pk": world.calendar.pk}
            for name in ("calendar", "calendar_import", "calendar_years")
        },
        "cases:calendar_change": {"pk": world.calendar_change.pk},
        "cases:calendar_effect": {"pk": world.calendar_change.pk},
        "cases:saved_rename": {"pk": world.saved.pk},
        "cases:saved_drop": {"pk": world.saved.pk},
        "inspections:log_visit": {"household": world.home.pk},
        "residents:building_print": building,
        "inspections:card": {"household": world.home.pk},
        "inspections:visit": {"pk": world.visit.pk},
        "inspections:facts_to_decide": {"pk": world.visit.pk},
        "inspections:decide_fact": {"pk": world.fact.pk},
        "inspections:photo": {"pk": world.visit.photos.get().pk},
        "inspections:strike_off": {"pk": world.item.pk},
        "inspections:raise_case": {"pk": world.item.pk},
    }


def by_query(world):
    """Addresses that name an object of 370402 behind the question mark."""
    grid, above, home = world.ground.pk, world.community.code, world.home.pk
    return [
        f"{reverse('map:map')}?grid={grid}",
        f"{reverse('map:layer')}?grid={grid}",
        f"{reverse('map:map')}?grid={grid}&show=unseen",
        f"{reverse('map:layer')}?grid={grid}&show=unseen",
        f"{reverse('cases:board')}?grid={above}",
        f"{reverse('cases:board_excel')}?grid={above}",
        f"{reverse('cases:trends')}?grid={above}",
        f"{reverse('cases:report')}?household={home}",
        f"{reverse('residents:households')}?in={grid}",
        f"{reverse('residents:premises')}?in={grid}",
        f"{reverse('residents:licences')}?in={grid}",
        f"{reverse('residents:tables')}?in={grid}",
        f"{reverse('residents:table_excel')}?in={grid}",
    ]


def enter(client, person):
    person.__dict__.pop("_scope", None)
    client.force_login(person, "grids.auth.StaffBackend")
    return client


def leaks(client, world):
    """What somebody gets who should get nothing of 370402: (address, {method: status}), one by one."""
    addresses = [reverse(name, kwargs=kwargs) for name, kwargs in objects(world).items()]
    addresses += by_query(world)
    for address in addresses:
        answers = {
            method: getattr(client, method)(address).status_code for method in ("get", "post")
        }
        if not set(answers.values()) <= {404, 405} or 404 not in answers.values():
            yield address, answers


def nearby(world):
    """Everybody of the district in turn: who made things, then each role."""
    yield world.worker
    yield world.keeper
    for role in Role:
        yield _person(world, role)


def lets_in(client, address):
    """Whether the address does something for this person; what it does is taken back."""
    for method in (client.get, client.post):
        if status_of(method, address) not in {403, 404, 405}:
            return True
    return False


def status_of(ask, *what):
    """What is answered; what it does, or breaks in the transaction, is taken back."""
    with transaction.atomic():
        status = ask(*what).status_code
        transaction.set_rollback(True)
    return status


def body(answer):
    """What it says, also inside a workbook."""
    parts = b"".join(answer.streaming_content if answer.streaming else [answer.content])
    if zipfile.is_zipfile(BytesIO(parts)):
        with zipfile.ZipFile(BytesIO(parts)) as book:
            parts = b"".join(book.read(name) for name in book.namelist())
    return parts.decode(errors="replace")


def test_every_address_with_an_object_is_walked(world):
    assert set(WITH_OBJECT) == set(objects(world))


def test_every_page_says_which_right_opens_it():
    assert set(WITHOUT_OBJECT) == set(PAGES) | FREE_PAGES | PUBLIC | {"cases:report_place"}


@pytest.mark.parametrize("name", sorted(set(ROUTES) - PUBLIC))
def test_nobody_enters_without_logging_in(client, world, name):
    address = reverse(name, kwargs=objects(world).get(name))

    for method in (client.get, client.post):
        answer = method(address)
        assert answer.status_code in {302, 405}
        if answer.status_code == 302:
            assert answer.url.startswith("/login/")


def test_a_stranger_finds_no_object_of_another_district(client, world):
    assert list(leaks(enter(client, world.stranger), world)) == []


def test_each_object_is_found_by_somebody_of_its_district(client, world):
    """The twin of the walk above: an address that lets nobody in would pass it."""
    closed = {reverse(name, kwargs=kwargs) for name, kwargs in objects(world).items()}
    closed |= set(by_query(world))

    for person in nearby(world):
        enter(client, person)
        closed -= {address for address in closed if lets_in(client, address)}

    assert closed == set()


def said_to(client, world, name):
    """The secrets that a page says, whatever is asked of it."""
    queries = (
        {},
        {"q": "秘密"},
        {"q": world.case.number},
        {"grid": world.ground.pk},
        {"grid": world.ground.code},
    )
    pages = (body(client.get(reverse(name), query, follow=True)) for query in queries)
    return {secret for page in pages for secret in SECRETS if secret in page}


@pytest.mark.parametrize("name", sorted(set(PAGES) | {"search", "grids:inbox"}))
def test_a_strangers_pages_say_nothing_of_another_district(client, world, name):
    enter(client, world.stranger)

    assert said_to(client, world, name) == set()


ALL_EYES = {Role.COMMUNITY_STAFF, Role.ADMINISTRATOR, Role.AUDITOR}


def test_the_same_pages_say_it_to_somebody_of_the_district(client, world):
    """The twin of the test above: each page that shows rows shows these to those they concern."""
    silent, unsaid = set(PAGES) | {"search", "grids:inbox"}, set(SECRETS)

    for person in nearby(world):
        enter(client, person)
        # Those who see nearly everything look also where nobody should see a row.
        is_eye = any(one.role in ALL_EYES for one in person.postings.all())
        for name in sorted(silent if is_eye else silent - WITHOUT_ROWS):
            if said := said_to(client, world, name):
                silent, unsaid = silent - {name}, unsaid - said

    assert unsaid == set()
    assert silent == WITHOUT_ROWS


@pytest.mark.parametrize(
    "model",
    [
        model
        for model in apps.get_models()
        if model._meta.label
        in {
            "residents.Resident",
            "residents.Household",
            "residents.Premises",
            "residents.ImportBatch",
            "residents.Lease",
            "residents.Dwelling",
            "grids.Building",
            "cases.CatalogueUpload",
            "residents.MoveInRequest",
            "residents.DataRequest",
            "residents.Export",
            "residents.ExportList",
            "cases.Case",
            "cases.CasePhoto",
            "cases.CaseFile",
            "cases.SupervisionSlip",
            "cases.SavedView",
            "inspections.Visit",
            "inspections.DiaryItem",
            "grids.Grid",
        }
    ],
    ids=lambda model: model._meta.label,
)
def test_the_walk_notices_when_one_model_forgets_its_scope(client, world, monkeypatch, model):
    honest = ScopedQuerySet.visible_to

    def forgetful(rows, staff, right="view"):
        return rows.all() if rows.model is model else honest(rows, staff, right)

    monkeypatch.setattr(ScopedQuerySet, "visible_to", forgetful)

    assert next(leaks(enter(client, world.stranger), world), None)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_the_pages_of_its_rights_and_no_others(client, world, role):
    """The rights are those that supervisors read, not those of the table under test."""
    person = _person(world, role)
    enter(client, person)

    for name, right in PAGES.items():
        status = client.get(reverse(name)).status_code
        is_open = any({*one.split("&")} <= rights.written()[role] for one in right.split())
        expected = {200, 302, 304} if is_open else {403, 404}
        assert status in expected, (name, status)


@pytest.mark.parametrize("role", list(Role))
def test_no_address_breaks_or_stays_in_the_browser_for_any_role(client, world, role):
    enter(client, _person(world, role))
    client.raise_request_exception = False

    for name in sorted(set(ROUTES) - {"healthz", "logout", "account_logout"}):
        address = reverse(name, kwargs=objects(world).get(name))
        for method in (client.get, client.post):
            answer = method(address)
            assert answer.status_code < 500, (name, method.__name__)
            is_kept = "no-store" not in answer["Cache-Control"]
            assert is_kept == (name in MAY_BE_KEPT and answer.status_code == 200), name


@pytest.mark.parametrize("key", [10**18, 10**20, 10**90])
def test_no_address_breaks_at_a_key_that_no_row_can_have(client, world, key):
    enter(client, _person(world, Role.ADMINISTRATOR))
    client.raise_request_exception = False

    for name, kwargs in objects(world).items():
        made_up = {word: key if isinstance(one, int) else one for word, one in kwargs.items()}
        for method in (client.get, client.post):
            assert status_of(method, reverse(name, kwargs=made_up)) < 500, name


# Addresses that read a number, and one of which it would be too much.
NUMBERS = [
    ("get", "grids:inbox", "before"),
    ("get", "cases:slips", "before"),
    ("get", "cases:ladder", "category"),
    ("get", "cases:calendar", "year"),
    ("post", "cases:calendar_import", "year"),
    ("post", "inspections:decide_fact", "next"),
    ("post", "inspections:strike_off", "next"),
    ("get", "map:map", "grid"),
    ("get", "map:layer", "grid"),
    ("get", "cases:list", "after"),
    ("get", "cases:report", "household"),
    ("get", "residents:people", "in"),
    ("get", "residents:people", "after"),
    ("get", "residents:people", "fact"),
    ("get", "inspections:today", "page"),
    ("get", "inspections:overdue", "in"),
    ("post", "choose_place", "grid"),
    ("post", "cases:bulk", "pk"),
    ("post", "cases:step", "department"),
]


@pytest.mark.parametrize("number", ["²", "٣", "-1", "9999999", "9" * 20, "9" * 99, "nan", "1e999"])
def test_no_address_breaks_at_a_number_that_is_none(client, world, number):
    client.raise_request_exception = False

    for person in (_person(world, Role.ADMINISTRATOR), world.worker, world.keeper):
        enter(client, person)
        for method, name, word in NUMBERS:
            address = reverse(name, kwargs=objects(world).get(name))
            status = status_of(getattr(client, method), address, {word: number})
            assert status < 500, (name, word)
        place = {"lon": number, "lat": number}
        assert status_of(client.get, reverse("cases:report_place"), place) < 500


@pytest.mark.parametrize(
    "ask",
    [
        lambda client, address: client.get(address, {"q": "王\0"}),
        lambda client, address: client.get(address, {"王\0": "q"}),
        lambda client, address: client.get(address, {"page": "9" * 5000}),
        lambda client, address: client.get(address, headers={"x-queue": "1\0"}),
        lambda client, address: client.get(address + "%00"),
        lambda client, address: client.post(address, {"name": "王\0"}),
        lambda client, address: client.post(address, '"\\ud800"', "application/json"),
    ],
    ids=["query", "name", "number", "header", "address", "form", "json"],
)
def test_what_cannot_be_read_is_refused_at_every_address(client, world, ask):
    enter(client, _person(world, Role.ADMINISTRATOR))
    client.raise_request_exception = False

    for name in sorted(ROUTES):
        address = reverse(name, kwargs=objects(world).get(name))
        assert ask(client, address).status_code in {400, 404}, name


@pytest.mark.parametrize(
    "role", sorted(set(Role) - {Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR})
)
def test_the_admin_pages_do_not_exist_for_others(client, world, role):
    enter(client, _person(world, role))

    for address in _admin_addresses(world):
        assert client.get(address).status_code == 404, address


@pytest.mark.parametrize(
    ("code", "status"), [("370402", 200), ("520602", 404)], ids=["own", "another"]
)
def test_an_administrator_finds_the_objects_of_the_own_district_only(client, world, code, status):
    enter(client, make.staff("administrator", make.district(code)))

    for address in _object_admin_addresses(world):
        assert client.get(address).status_code == status, address


@pytest.mark.parametrize(
    ("code", "offers"), [("370402", True), ("520602", False)], ids=["own", "another"]
)
def test_autocompletes_of_the_admin_offer_only_the_own_district(client, world, code, offers):
    enter(client, make.staff("administrator", make.district(code)))

    answer = client.get(
        reverse("admin:autocomplete"),
        {
            "app_label": "grids",
            "model_name": "posting",
            "field_name": "grid",
            "term": "370402",
        },
    )

    assert answer.status_code == 200
    assert bool(answer.json()["results"]) is offers


def test_an_administrator_opens_every_admin_page(client, world):
    enter(client, make.staff("administrator", make.district("370402")))

    for model, page in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        may_add = page.has_add_permission(client.get("/admin/").wsgi_request)
        assert client.get(reverse(f"{name}_changelist")).status_code == 200, name
        assert client.get(reverse(f"{name}_add")).status_code == (200 if may_add else 403), name


def test_a_security_administrator_reads_staff_and_changes_the_rules_of_accounts_alone(
    client, world
):
    enter(client, make.staff("security_administrator", make.district("370402")))
    shown, added = set(), set()

    for model, page in admin.site._registry.items():
        request = client.get("/admin/").wsgi_request
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if client.get(reverse(f"{name}_changelist")).status_code == 200:
            shown.add(model.__name__)
        if client.get(reverse(f"{name}_add")).status_code == 200 or page.has_change_permission(
            request
        ):
            added.add(model.__name__)

    assert shown == {"Grid", "Compound", "Department", "Staff", "AccountPolicy"}
    assert added == {"AccountPolicy"}


def test_a_made_up_number_is_not_an_error(client, world):
    enter(client, world.worker)

    assert client.get(f"/cases/{uuid.uuid4()}/").status_code == 404
    assert client.get("/map/?grid=abc").status_code == 404
    assert client.get("/map/?grid=99999999999999999999").status_code == 404


def _person(world, role):
    if role in DEPARTMENT_ROLES:
        return make.staff(role, department=world.case.department)
    return make.staff(role, make.district("370402"))


def _object_admin_addresses(world):
    department, person = world.case.department, world.worker
    yield reverse("admin:grids_grid_change", args=[world.ground.pk])
    yield reverse("admin:grids_grid_history", args=[world.ground.pk])
    yield reverse("admin:grids_department_change", args=[department.pk])
    yield reverse("admin:grids_staff_change", args=[person.pk])


def _admin_addresses(world):
    yield reverse("admin:index")
    for model in admin.site._registry:
        yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    yield from _object_admin_addresses(world)
