"""The clock of cases/clock.py for sets, and tables that are swept before they bloat."""

from django.db import migrations

WORKED = """
CREATE FUNCTION cases_worked(calendar bigint, moment timestamptz, zone text) RETURNS interval
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    day date := (moment AT TIME ZONE zone)::date;
    found interval;
BEGIN
    PERFORM cases_demand_day(calendar, day);
    SELECT make_interval(mins => minutes_before) + (least(moment, ends_at) - starts_at)
      INTO found FROM cases_workspan
     WHERE calendar_id = calendar AND starts_at <= moment ORDER BY starts_at DESC LIMIT 1;
    RETURN coalesce(found, interval '0');
END $$;
"""

DEMAND_DAY = """
CREATE FUNCTION cases_demand_day(calendar bigint, day date) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cases_workcalendar
                    WHERE id = calendar AND day BETWEEN first_day AND last_day) THEN
        RAISE EXCEPTION 'The work calendar % has no days for %.', calendar, extract(year FROM day)
              USING ERRCODE = 'datetime_field_overflow';
    END IF;
END $$;
"""

MOMENT = """
CREATE FUNCTION cases_moment(calendar bigint, worked interval) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    found timestamptz;
    closing timestamptz;
BEGIN
    SELECT starts_at + (worked - make_interval(mins => minutes_before)), ends_at
      INTO found, closing FROM cases_workspan
     WHERE calendar_id = calendar
       AND minutes_before < greatest(ceil(extract(epoch FROM worked) / 60)::int, 1)
     ORDER BY minutes_before DESC LIMIT 1;
    IF found IS NULL OR found > closing THEN
        RAISE EXCEPTION 'The work calendar % ends before that.', calendar
              USING ERRCODE = 'datetime_field_overflow';
    END IF;
    RETURN found;
END $$;
"""

ADD = """
CREATE FUNCTION cases_add(calendar bigint, start timestamptz, number int, unit text, zone text)
RETURNS timestamptz LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    day date := (start AT TIME ZONE zone)::date;
    closed int;
    found timestamptz;
BEGIN
    IF unit = 'minutes' THEN
        RETURN start + make_interval(mins => number);
    ELSIF unit = 'urgent_hours' THEN
        RETURN start + make_interval(hours => number);
    ELSIF unit = 'working_hours' THEN
        RETURN cases_moment(calendar, cases_worked(calendar, start, zone) + make_interval(hours => number));
    ELSIF unit = 'calendar_days' THEN
        day := day + number;
        PERFORM cases_demand_day(calendar, day);
        SELECT ends_at INTO found FROM cases_workspan
         WHERE calendar_id = calendar AND closes_day IS NOT NULL
           AND starts_at >= day::timestamp AT TIME ZONE zone
           AND starts_at < (day + 1)::timestamp AT TIME ZONE zone;
        RETURN coalesce(found, (day + 1)::timestamp AT TIME ZONE zone);
    ELSIF unit = 'working_days' THEN
        PERFORM cases_demand_day(calendar, day);
        SELECT closes_day INTO closed FROM cases_workspan
         WHERE calendar_id = calendar AND closes_day IS NOT NULL
           AND starts_at < (day + 1)::timestamp AT TIME ZONE zone
         ORDER BY starts_at DESC LIMIT 1;
        SELECT ends_at INTO found FROM cases_workspan
         WHERE calendar_id = calendar AND closes_day = coalesce(closed, 0) + number;
        IF found IS NULL THEN
            RAISE EXCEPTION 'The work calendar % ends before that.', calendar
                  USING ERRCODE = 'datetime_field_overflow';
        END IF;
        RETURN found;
    END IF;
    RAISE EXCEPTION 'unknown unit of a limit: %', unit;
END $$;
"""

# A dead row in every tenth is too many for index-only scans of the board and the sweep.
LIVELY = "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02"
PLAIN = "autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor"
TABLES = {
    "cases_case": "fillfactor = 85, ",
    "cases_alarm": "fillfactor = 85, ",
    "cases_caseevent": "",
}


def tuned(table, extra):
    reset = ("fillfactor, " if extra else "") + PLAIN
    return migrations.RunSQL(
        f"ALTER TABLE {table} SET ({extra}{LIVELY})",
        f"ALTER TABLE {table} RESET ({reset})",
    )


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_the_clock")]

    operations = [
        migrations.RunSQL(DEMAND_DAY, "DROP FUNCTION cases_demand_day(bigint, date)"),
        migrations.RunSQL(
            WORKED, "DROP FUNCTION cases_worked(bigint, timestamptz, text)"
        ),
        migrations.RunSQL(MOMENT, "DROP FUNCTION cases_moment(bigint, interval)"),
        migrations.RunSQL(
            ADD, "DROP FUNCTION cases_add(bigint, timestamptz, int, text, text)"
        ),
        *(tuned(table, extra) for table, extra in TABLES.items()),
    ]
