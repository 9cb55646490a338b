"""GeoDjango's PostGIS backend, which asks the socket and not the server whether a kept connection still holds."""

import select

from django.contrib.gis.db.backends.postgis import base
from psycopg2.extensions import TRANSACTION_STATUS_INERROR


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self):
        """False once the server has closed the line. An idle connection has nothing to read until then; what else may
        come unasked (a setting that was reloaded) costs a new connection. Django asks this before each request: its own
        SELECT 1 takes a third of what a small request spends with the database."""
        if self.connection.closed or self.connection.get_transaction_status() == TRANSACTION_STATUS_INERROR:
            return False
        line = select.poll()
        line.register(self.connection.fileno(), select.POLLIN | select.POLLPRI)
        return not line.poll(0)
