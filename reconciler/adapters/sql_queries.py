"""The statements that look into a database. They name every function of the server, and never give a value of the data.

What belongs to an extension is told by the extension; the schemas of the system and of Heroku itself are left out.
"""

# ruff: noqa: S608  # every piece stands in this file

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.sql import Composed

    from reconciler.core.contents import TableFact

_OURS = """
    n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'heroku_ext', '_heroku')
"""
_NO_EXTENSION = """
    not exists (
        select from pg_depend d
        where d.classid = '{catalogue}'::regclass and d.objid = {oid} and d.deptype = 'e'
    )
"""


def _own(catalogue: str, oid: str) -> str:
    return _NO_EXTENSION.format(catalogue=catalogue, oid=oid)


SERVER = """
select current_setting('server_version_num')::int, pg_database_size(oid), pg_encoding_to_char(encoding)
from pg_database where datname = current_database()
"""
EXTENSIONS = "select extname::text from pg_extension order by 1"
TABLES = f"""
select n.nspname::text, c.relname::text, pg_relation_size(c.oid), c.relpersistence = 'u'
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't' and {_OURS} and {_own("pg_class", "c.oid")}
order by 1, 2
"""
OBJECTS = f"""
select case c.relkind
        when 'i' then 'index ' when 'I' then 'index ' when 'v' then 'view '
        when 'm' then 'materialized view ' when 'p' then 'partitioned table ' else 'foreign table '
    end || n.nspname || '.' || c.relname
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('i', 'I', 'v', 'm', 'p', 'f') and c.relpersistence <> 't'
    and {_OURS} and {_own("pg_class", "c.oid")}
union all
select 'function ' || n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')'
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where {_OURS} and {_own("pg_proc", "p.oid")}
union all
select 'trigger ' || t.tgname || ' on ' || n.nspname || '.' || c.relname
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
where not t.tgisinternal and {_OURS} and {_own("pg_trigger", "t.oid")}
union all
select 'constraint ' || o.conname || ' on ' || n.nspname || '.' || c.relname
from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
where o.contype <> 'n' and {_OURS} and {_own("pg_class", "c.oid")}
order by 1
"""
"""NOT NULL is a constraint with a name from PostgreSQL 18 on only, and so is left out."""
INVALID_INDEXES = f"""
select n.nspname || '.' || c.relname
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
where not (i.indisvalid and i.indisready) and {_OURS}
order by 1
"""
SEQUENCES = f"""
select n.nspname || '.' || c.relname, s.last_value,
    has_sequence_privilege(c.oid, 'SELECT, USAGE'), s.increment_by < 0
from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_sequences s on s.schemaname = n.nspname and s.sequencename = c.relname
where c.relkind = 'S' and {_OURS} and {_own("pg_class", "c.oid")}
order by 1
"""
GRANTS = f"""
select case when a.grantee = 0 then 'everybody' when r.rolname = current_user then 'the default credential'
        else coalesce(r.rolname, 'a role that is gone') end
    || ' may ' || a.privilege_type || ' ' || o.name
from (
    select n.nspname || '.' || c.relname as name, c.relacl as list
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where {_OURS} and {_own("pg_class", "c.oid")}
    union all
    select 'schema ' || n.nspname, n.nspacl from pg_namespace n where {_OURS}
    union all
    select 'the database', datacl from pg_database where datname = current_database()
) o cross join lateral aclexplode(o.list) a left join pg_roles r on r.oid = a.grantee
order by 1
"""


def careful(*, within_s: float, held_s: int) -> str:
    """What a session begins with: nothing is written, nothing takes for ever, nobody's function is called."""
    return (
        "set default_transaction_read_only = on;"
        f" set statement_timeout = {max(1, int(within_s * 1000))};"
        " set lock_timeout = 1000;"
        f" set idle_in_transaction_session_timeout = {held_s * 1000};"
        " set row_security = off;"
        " set search_path = pg_catalog"
    )


def time_limit(seconds: float) -> str:
    """For the statements of this transaction that follow."""
    return f"set local statement_timeout = {max(1, int(seconds * 1000))}"


def count_of(tables: Sequence[TableFact]) -> Composed:
    """How many rows each has, without those of its children: rows of its place in `tables` and the number."""
    from psycopg import sql  # noqa: PLC0415  # only where there is a connection

    return sql.SQL(" union all ").join(
        sql.SQL("select {}::int, count(*) from only {}").format(
            sql.Literal(place), sql.Identifier(table.schema_name, table.table)
        )
        for place, table in enumerate(tables)
    )
