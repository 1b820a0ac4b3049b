"""Who is meant by a visit rule, for whole districts at once, in SQL.

`ScheduleQuerySet.applying` says the same of schedules that are there; a test holds the two together.
"""

# Who is under care on a day: household_id, is_care, categories. Parameters: district, today.
CARED = """
cared AS MATERIALIZED (
    SELECT resident.household_id, bool_or(category.level = 'care') AS is_care,
           array_agg(DISTINCT record.category_id) AS categories
    FROM residents_carerecord record
    JOIN residents_carecategory category ON category.id = record.category_id
    JOIN residents_resident resident ON resident.id = record.resident_id
    WHERE resident.district_id = %(district)s AND resident.ended_on IS NULL
      AND record.since <= %(today)s AND (record.until IS NULL OR record.until >= %(today)s)
    GROUP BY resident.household_id
)"""

# For a FROM: each live `household` of the district with each `rule` that is meant for it. Needs
# CARED and a table or CTE `rules`; on which rules, the statement says behind it with AND.
HOUSEHOLDS = """
residents_household household
LEFT JOIN cared ON cared.household_id = household.id
JOIN {rules} rule ON CASE rule.target
    WHEN 'ordinary' THEN NOT coalesce(cared.is_care, false)
    WHEN 'care' THEN coalesce(cared.is_care, false)
    WHEN 'category' THEN rule.care_category_id = ANY (cared.categories)
    WHEN 'new' THEN household.arrived_on > %(today)s - rule.new_days
    ELSE false END
WHERE household.district_id = %(district)s AND household.ended_on IS NULL"""

# The same of `premises`.
PREMISES = """
residents_premises premises
JOIN {rules} rule ON rule.target = 'premises' AND rule.premises_category IN ('', premises.category)
WHERE premises.district_id = %(district)s AND premises.ended_on IS NULL"""
