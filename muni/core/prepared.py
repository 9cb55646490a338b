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
        self.name = f"asked_{sha256(text.encode()).hexdigest()[:32]}"
        declared = f"({', '.join(types)})" if types else ""
        self._prepare = f"PREPARE {self.name} {declared} AS {text}"
        self._execute = f"EXECUTE {self.name} ({', '.join(['%s'] * len(types))})"

    def rows(self, *values):
        """Every row of the answer."""
        with connection.cursor() as cursor:
            known = _known.setdefault(connection.connection, set())
            if self.name not in known:
                # The driver's own cursor: once a connection, so no part of what a request costs.
                with connection.wrap_database_errors:
                    cursor.cursor.execute(self._prepare)
                known.add(self.name)
            cursor.execute(self._execute, values)
            return cursor.fetchall()


class PreparedModels(Prepared):
    """A QuerySet asked for whole instances of its model."""

    def __init__(self, queryset, *types):
        fields = queryset.model._meta.concrete_fields
        self.model = queryset.model
        self.names = [field.attname for field in fields]
        super().__init__(plain(queryset, *self.names), *types)
        self._converted = []
        for place, column in enumerate(field.cached_col for field in fields):
            for convert in connection.ops.get_db_converters(column) + column.get_db_converters(connection):
                self._converted.append((place, column, convert))

    def instances(self, *values):
        """Every instance of the answer."""
        for row in map(list, self.rows(*values)):
            for place, column, convert in self._converted:
                row[place] = convert(row[place], column, connection)
            yield self.model.from_db(connection.alias, self.names, row)
