"""What people are told about a case: events that nobody has announced yet become messages.

Claiming an event and writing its messages is one statement: never lost, never double.
"""

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation

from cases.models import CaseEvent
from cases.steps import table
from cases.telling import hearers

BATCH = 5000

TITLES = {kind: step.title for kind, step in table.EVENTS.items() if step.title}

ANNOUNCE = f"""
WITH word AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(titles)s::text[]) AS word(kind, title)
), fresh AS (
    SELECT id FROM cases_caseevent
     WHERE notified_at IS NULL AND (%(events)s::bigint[] IS NULL OR id = ANY(%(events)s::bigint[]))
     ORDER BY id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE cases_caseevent AS event SET notified_at = %(now)s FROM fresh WHERE event.id = fresh.id
    RETURNING event.id, event.kind, event.case_id, event.by_id, event.note, event.data
), news AS MATERIALIZED (
    SELECT claimed.*, word.title AS word, found.number, found.title, found.grid_id, found.department_id,
           found.is_urgent, found.reporter_id, found.handler_id,
           found.decider_id, found.companion_id,
           found.stage = ANY(%(with_department)s) AS in_department
      FROM claimed JOIN word USING (kind) JOIN cases_case AS found ON found.id = claimed.case_id
), item AS MATERIALIZED (
    SELECT id AS item, kind AS key, grid_id, department_id, in_department, is_urgent FROM news
), {hearers.TOLD}, everybody AS (
    SELECT item, staff_id FROM told
    UNION
    SELECT news.id, CASE rule.role
               WHEN 'reporter' THEN news.reporter_id
               WHEN 'handler' THEN news.handler_id
               WHEN 'decider' THEN news.decider_id
               WHEN 'companion' THEN news.companion_id
               WHEN 'dispatched_by' THEN (
                   SELECT by_id FROM cases_caseevent
                    WHERE case_id = news.case_id AND kind = 'dispatch' ORDER BY at DESC, id DESC LIMIT 1)
               WHEN 'issuer' THEN (
                   SELECT issued_by_id FROM cases_supervisionslip WHERE id = (news.data ->> 'slip')::bigint)
           END
      FROM news JOIN rule ON rule.key = news.kind AND rule.place = 'person'
    UNION
    SELECT news.id, named.staff_id::bigint
      FROM news JOIN rule ON rule.key = news.kind AND rule.role = 'named'
     CROSS JOIN LATERAL jsonb_array_elements_text(news.data -> 'tell') AS named(staff_id)
    UNION
    SELECT news.id, supporter.staff_id
      FROM news JOIN rule ON rule.key = news.kind AND rule.role = 'supporters'
      JOIN cases_casesupporter AS supporter ON supporter.case_id = news.case_id
), notice AS (
    INSERT INTO grids_notification (recipient_id, kind, title, body, url, is_urgent, key, created_at)
    SELECT everybody.staff_id, 'case_' || news.kind, left(news.word || ' ' || news.number || ' ' || news.title, 200),
           news.note, replace(%(url)s, 'NUMBER', news.number), news.is_urgent, 'event:' || news.id, %(now)s
      FROM everybody JOIN news ON news.id = everybody.item
     WHERE everybody.staff_id IS NOT NULL AND everybody.staff_id IS DISTINCT FROM news.by_id
        ON CONFLICT (recipient_id, key) DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM claimed), (SELECT count(*) FROM notice)
"""  # noqa: S608  only constants of this package


def announce(now, *, events=None):
    """Tell the hearers of every event not yet announced (or of these events); number of messages."""
    if events is None and not CaseEvent.objects.filter(notified_at=None).exists():
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        titles = [str(title) for title in TITLES.values()]
    parameters = hearers.parameters(timezone.localdate(now)) | {
        "now": now,
        "events": events,
        "batch": BATCH,
        "kinds": list(TITLES),
        "titles": titles,
        "url": reverse("cases:detail", args=["NUMBER"]),
    }
    told = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(ANNOUNCE, parameters)
            claimed, notices = cursor.fetchone()
            told += notices
            if claimed < BATCH:
                return told
