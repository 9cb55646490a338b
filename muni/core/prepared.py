"""Questions asked again and again: written by the ORM once, planned once for each connection."""

from hashlib import sha256
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.models import Func

_known = WeakKeyDictionary()


class Parameter(Func):
    """$number of the statement, in an expression of the ORM."""

    def __init__(self, number, output_field):
        super().__init__(template=f"${number}", output_field=output_field)


def plain(rows, *columns):
    """The SQL text of those columns of a QuerySet, its values inside."""
    sql, params = rows.order_by().values_list(*columns).query.sql_with_params()
    with connection.cursor() as cursor:
        return cursor.mogrify(sql, params).decode()


class Prepared:
    """A statement with $1, $2 ... of those PostgreSQL types. Equal texts share a name and a plan."""

    def __init__(self, text, *types):
        self.text = text
        self.types = types
        self.digest = sha256(text.encode()).hexdigest()[:32]
        self.name = f"asked_{self.digest}"

    @property
    def execution(self):
        """The SQL that asks it, with a placeholder for each value; prepares it where this connection has not yet."""
        with connection.cursor() as cursor:
            known = _known.setdefault(connection.connection, set())
            if self.name not in known:
                declared = f"({', '.join(self.types)})" if self.types else ""
                cursor.execute(f"PREPARE {self.name} {declared} AS {self.text.replace('%', '%%')}", [])
                known.add(self.name)
        return f"EXECUTE {self.name} ({', '.join(['%s'] * len(self.types))})"

    def rows(self, *values):
        """Every row of the answer."""
        execution = self.execution
        with connection.cursor() as cursor:
            cursor.execute(execution, values)
            return cursor.fetchall()
