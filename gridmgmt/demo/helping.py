"""Help, benefits, stays and one custom field of the demo people: a few statements over sets.

Who gets what follows from the place of the row among its like, so that the same seed gives the
same help whatever keys the database hands out.
"""

from datetime import timedelta

from django.db import connection

from residents.models import CustomField, Resident

# The live people of the district, numbered.
PEOPLE = """
WITH r AS (
    SELECT *, row_number() OVER (ORDER BY id) AS n FROM residents_resident
    WHERE district_id = %(district)s AND ended_on IS NULL
), c AS (
    SELECT care.*, r.grid_id, r.n AS person, row_number() OVER (ORDER BY care.id) AS n
    FROM residents_carerecord care JOIN r ON r.id = care.resident_id WHERE care.until IS NULL
)"""

STAYS = """
INSERT INTO residents_stay (resident_id, came_from, reason, came_on, permit, permit_on, permit_until,
                            nationality, latin_surname, latin_given)
SELECT r.id, r.registered_address, (ARRAY['work','work','family','business','study'])[1 + r.n %% 5],
       %(today)s::date - (60 + r.n %% 900)::int, CASE WHEN r.n %% 3 = 0 THEN 'registration' ELSE 'residence' END,
       %(today)s::date - (30 + r.n %% 300)::int, %(today)s::date + (r.n %% 400)::int - 20, '', '', ''
FROM r WHERE r.kind = 'floating'
ON CONFLICT DO NOTHING
"""

PLANS = """
INSERT INTO residents_supportplan (resident_id, what, helper_id, helper_name, since, review_on, outcome)
SELECT c.resident_id, (ARRAY['每周二上门探望、代购生活用品', '陪同就医、代取药品', '节假日走访慰问', '上门打扫、测量血压', '协助办理救助申请'])
       [1 + c.n %% 5], p.staff_id, '', %(today)s::date - (100 + c.n %% 200)::int,
       %(today)s::date - 20 + (c.n %% 110)::int, ''
FROM c
JOIN residents_carecategory k ON k.id = c.category_id AND k.level = 'care'
JOIN LATERAL (
    SELECT staff_id FROM grids_posting
    WHERE grid_id = c.grid_id AND role = 'grid_worker' AND until IS NULL ORDER BY id LIMIT 1
) p ON true
WHERE c.n %% 4 = 0
"""

AIDS = """
INSERT INTO residents_supportaid (plan_id, given_on, what, worth, by_id)
SELECT p.id, %(today)s::date - (5 + p.n %% 60)::int,
       (ARRAY['米一袋、食用油一桶', '常用药品', '慰问金', '棉被一床'])[1 + p.n %% 4],
       (ARRAY[120, 65, 500, 158])[1 + p.n %% 4], p.helper_id
FROM (SELECT plan.*, row_number() OVER (ORDER BY plan.id) AS n
      FROM residents_supportplan plan JOIN residents_resident r ON r.id = plan.resident_id
      WHERE r.district_id = %(district)s) p
WHERE p.n %% 2 = 0
"""

BENEFITS = """
INSERT INTO residents_benefitrecord (resident_id, benefit_id, since, amount, source)
SELECT DISTINCT ON (c.resident_id, b.id) c.resident_id, b.id, %(today)s::date - (90 + c.person %% 700)::int,
       CASE b.code WHEN 'B01' THEN 780 WHEN 'B05' THEN 100 ELSE 200 END, '民政部门名册'
FROM residents_benefit b
JOIN residents_benefit_categories bc ON bc.benefit_id = b.id
JOIN c ON c.category_id = bc.carecategory_id
WHERE NOT b.needs_all AND b.min_age IS NULL
      AND b.code <> 'B11' AND c.person %% 10 < 8
ON CONFLICT DO NOTHING
"""

OLD_AGE = """
INSERT INTO residents_benefitrecord (resident_id, benefit_id, since, amount, source)
SELECT r.id, b.id, %(today)s::date - (90 + r.n %% 700)::int, 100, '民政部门名册'
FROM residents_benefit b JOIN r ON r.birth_on <= %(today)s::date - interval '80 years'
WHERE b.code = 'B05' AND r.n %% 10 < 9
ON CONFLICT DO NOTHING
"""

INSURANCE = """
UPDATE residents_resident AS found SET facts = jsonb_build_object(%(key)s::text,
    (ARRAY['职工医保', '居民医保', '居民医保', '未参保'])[1 + r.n %% 4])
FROM r WHERE found.id = r.id AND r.grid_id = %(grid)s
"""


def help_people(ground, today):
    """Give the people of a district stays, help, benefits; {table: rows}."""
    district = {"district": ground.district, "today": today}
    statements = {
        "stay": STAYS,
        "supportplan": PLANS,
        "supportaid": AIDS,
        "benefitrecord": BENEFITS,
    }
    written = {}
    with connection.cursor() as cursor:
        for name, sql in statements.items():
            cursor.execute(PEOPLE + sql, district)
            written[name] = cursor.rowcount
        cursor.execute(PEOPLE + OLD_AGE, district)
        written["benefitrecord"] += cursor.rowcount
    return written | _insure(ground, today)


def _insure(ground, today):
    """One custom field, asked for by the insurance office, filled in one grid."""
    field = CustomField.objects.create(
        district_id=ground.district,
        register="resident",
        key="yiliaobaoxian",
        label="医疗保险",
        kind="choice",
        choices=["职工医保", "居民医保", "未参保", "其他"],
        other_words=["医保", "参加医保", "医保类型"],
        purpose="全民参保动员",
        asked_by="区医疗保障局",
        last_used_on=today - timedelta(days=3),
    )
    people = Resident.objects.filter(district=ground.district).order_by("pk")
    facts = {"key": field.key, "district": ground.district, "grid": people[0].grid_id}
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE + INSURANCE, facts)
    return {"customfield": 1}
