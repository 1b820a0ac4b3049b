"""The role under which web, worker and beat reach the database: it owns nothing.

The owner's address serves `migrate` and erasure alone.
"""

from django.db import connection, transaction
from psycopg import sql

from grids.audit.guard import kept_models
from grids.models import AuditLink

ATTRIBUTES = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
GRANTS = """
GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role};
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role};
REVOKE DELETE ON pghistory_context FROM {role};
REVOKE ALL ON FUNCTION audit_erase(regclass, timestamptz) FROM PUBLIC;
REVOKE INSERT ON {links} FROM {role};
"""


@transaction.atomic
def grant(role, password=""):
    """Make the role when it is not there, and give it what it needs and no more.

    To be run after each `migrate`, by the owner of the tables.
    """
    name = sql.Identifier(role)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_user = %s", [role])
        database, is_own = cursor.fetchone()
        if is_own:
            raise ValueError("The owner of the tables cannot be the role of the application.")
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        verb = "ALTER" if cursor.fetchone() else "CREATE"
        statement = f"{verb} ROLE {{}} {ATTRIBUTES}"
        if password:
            statement += " PASSWORD {}"
        cursor.execute(sql.SQL(statement).format(name, *[sql.Literal(password)] * bool(password)))
        parts = {
            "role": name,
            "database": sql.Identifier(database),
            "links": sql.Identifier(AuditLink._meta.db_table),
        }
        cursor.execute(sql.SQL(GRANTS).format(**parts))
        for model in kept_models():
            table = sql.Identifier(model._meta.db_table)
            cursor.execute(sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(table, name))
