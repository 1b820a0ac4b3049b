"""The registers of a whole district for the bench: everybody who lives there, by a few INSERT .. SELECT."""

import random

from django.db import connection

from bench import ground

PERSONS, HOUSEHOLDS = 1_000_000, 286_000
NAMES = 200_000
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾"
)
GIVEN = (
    "秀英兰芳建华志强淑珍海燕明辉玉梅国庆文静雨涵子轩欣怡桂红军平丽霞伟勇艳杰娟涛超云龙凤鹏飞"
    "春花敏刚莉荣波宁俊峰浩宇晨晓东永福德才振兴家乐思源佳琪梦瑶嘉豪一诺博文天佑清泉立新凯旋"
)
COMPOUNDS = [
    "幸福小区",
    "阳光花园",
    "光明小区",
    "龙凤家园",
    "立新里",
    "东盛花园",
    "利民新村",
    "和谐家园",
    "翠湖苑",
    "书香苑",
]

LAND = """
CREATE TEMP TABLE crowd_unit ON COMMIT DROP AS
SELECT unit.id, unit.district_id, unit.parent_id AS base, community.id AS community,
       row_number() OVER (ORDER BY unit.code) - 1 AS place
FROM grids_grid AS unit JOIN grids_grid AS community ON community.code = left(unit.code, 12)
WHERE unit.tier = 'unit';
INSERT INTO grids_compound (id, district_id, community_id, name, property_company)
SELECT base, min(district_id), community,
       (%(compounds)s::text[])[1 + base %% %(compound_count)s] || CASE WHEN n > 1 THEN n::text ELSE '' END, ''
FROM (SELECT *, dense_rank() OVER (PARTITION BY community, base %% %(compound_count)s ORDER BY base)
             AS n FROM crowd_unit) AS unit
GROUP BY base, community, n;
INSERT INTO grids_building (id, district_id, grid_id, compound_id, name, entrances, floors)
SELECT place * 5 + n, district_id, id, base,
       row_number() OVER (PARTITION BY base ORDER BY place, n) || '号楼', 5, 5
FROM crowd_unit, generate_series(1, 5) AS n;
"""
DWELLINGS = """
INSERT INTO residents_dwelling
    (id, district_id, grid_id, building_id, entrance, room, address, house_code, use)
SELECT n, building.district_id, building.grid_id, building.id, entrance || '单元', room::text,
       compound.name || building.name || entrance || '单元' || room || '室',
       lpad(n::text, 25, '0'), 'own'
FROM (SELECT n, 1 + (n - 1) %% buildings AS building, door %% 5 + 1 AS entrance,
             (door / 10 + 1) * 100 + door / 5 %% 2 + 1 AS room
      FROM (SELECT count(*) AS buildings FROM grids_building) AS found,
           LATERAL (SELECT n, (n - 1) / buildings AS door
                    FROM generate_series(1, %(count)s) AS n) AS numbered) AS place
JOIN grids_building AS building ON building.id = place.building
JOIN grids_compound AS compound ON compound.id = building.compound_id
"""
HOUSEHOLDS_IN = """
INSERT INTO residents_household (id, district_id, grid_id, dwelling_id, community_id, number,
    head_name, phone, created_at, end_reason)
SELECT dwelling.id, dwelling.district_id, grid_id, dwelling.id, community,
       lpad(dwelling.id::text, 9, '0'), name.name,
       '1' || lpad((dwelling.id * 7919::bigint * 104729 %% 10000000000)::text, 10, '3'),
       %(now)s, ''
FROM residents_dwelling AS dwelling
JOIN crowd_unit AS unit ON unit.id = dwelling.grid_id
JOIN crowd_name AS name ON name.n = dwelling.id::bigint * 7919 %% %(names)s
"""
PEOPLE = """
INSERT INTO residents_resident (id, household_id, district_id, grid_id, relation, name, pinyin,
    initials, document, id_sealed, id_index, id_mask, sex, birth_on, ethnicity, education, marital,
    phone, kind, registered_address, employer, note, end_reason)
SELECT numbers.n, household.id, household.district_id, grid_id,
       CASE numbers.n / %(households)s WHEN 0 THEN '02' WHEN 1 THEN '10' ELSE '20' END,
       name.name, name.pinyin, name.initials, 'id_card', sha256(numbers.n::text::bytea) || sha256('s'),
       sha256(numbers.n::text::bytea), '3****************' || numbers.n %% 10, (numbers.n %% 2 + 1)::text,
       date '1940-01-01' + (numbers.n * 7919::bigint %% 29000)::int, '01', '60', '20',
       '1' || lpad((numbers.n * 7919::bigint * 104729 %% 10000000000)::text, 10, '3'),
       CASE numbers.n %% 10 WHEN 0 THEN 'floating' ELSE 'registered' END, '山东省枣庄市市中区',
       CASE numbers.n %% 3 WHEN 0 THEN '个体经营' ELSE '' END, '', ''
FROM generate_series(1, %(count)s) AS numbers (n)
JOIN residents_household AS household ON household.id = 1 + numbers.n %% %(households)s
JOIN crowd_name AS name ON name.n = numbers.n::bigint * 7919 %% %(names)s
"""
PREMISES = """
INSERT INTO residents_premises (district_id, grid_id, building_id, code, name, kind, category,
    credit_code, head_count, responsible_person, phone, address, end_reason)
SELECT building.district_id, building.grid_id, building.id, 'Q' || lpad(numbers.n::text, 7, '0'),
       name.name || (ARRAY['超市', '诊所', '餐馆', '理发店', '五金店'])[numbers.n %% 5 + 1], 'self_employed',
       '', lpad(numbers.n::text, 18, '9'), numbers.n %% 30, name.name, '', building.name, ''
FROM generate_series(1, %(count)s) AS numbers (n)
JOIN grids_building AS building ON building.id = 1 + numbers.n * 31 %% (SELECT count(*) FROM grids_building)
JOIN crowd_name AS name ON name.n = numbers.n::bigint * 104729 %% %(names)s
"""
KEYS = """
SELECT setval(pg_get_serial_sequence(name, 'id'), 10000000)
FROM unnest(ARRAY['grids_compound', 'grids_building', 'residents_dwelling', 'residents_household',
                  'residents_resident']) AS name
"""


def settle(persons: int):
    """A district of so many persons, 3.5 in a dwelling, with their premises; without history."""
    from django.db import transaction

    ground.lay_ground()
    homes = max(persons * HOUSEHOLDS // PERSONS, 1)
    with transaction.atomic():
        # No history and no look-up of foreign keys for rows that are right by construction.
        ground.run("SET LOCAL session_replication_role = replica")
        _copy_names()
        ground.run(LAND, compounds=COMPOUNDS, compound_count=len(COMPOUNDS))
        values = {"now": ground.NOW, "names": NAMES, "households": homes}
        ground.run(DWELLINGS, count=homes)
        ground.run(HOUSEHOLDS_IN, **values)
        ground.run(PEOPLE, count=persons, **values)
        ground.run(PREMISES, count=max(persons // 50, 1), **values)
        ground.run(KEYS)


def _copy_names():
    """NAMES full names, the frequent ones often, with their keys."""
    from residents import pinyin

    chance = random.Random("names")
    weights = [1 / (place + 3) for place in range(max(len(SURNAMES), len(GIVEN)))]
    surnames = chance.choices(SURNAMES, weights[: len(SURNAMES)], k=NAMES)
    given = chance.choices(GIVEN, [w**0.7 for w in weights[: len(GIVEN)]], k=2 * NAMES)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE crowd_name (n int PRIMARY KEY, name text, pinyin text,"
            " initials text) ON COMMIT DROP"
        )
        with cursor.copy("COPY crowd_name FROM STDIN") as copy:
            for n, surname in enumerate(surnames):
                name = surname + given[2 * n] + (given[2 * n + 1] if n % 4 else "")
                copy.write_row((n, name, *pinyin.keys(name)))
