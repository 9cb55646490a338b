"""What was measured, by version."""

import subprocess
from importlib.metadata import version

from django.db import connection


def described():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), split_part(postgis_version(), ' ', 1)")
        postgresql, postgis = cursor.fetchone()
    mapserver = subprocess.run(["/usr/bin/mapserv", "-v"], capture_output=True, text=True).stdout.split()[2]
    nginx = subprocess.run(["/usr/sbin/nginx", "-v"], capture_output=True, text=True).stderr.strip().rpartition("/")[2]
    return (
        f"PostgreSQL {postgresql.split()[0]}, PostGIS {postgis}, Django {version('django')}, "
        f"granian {version('granian')}, TiPg {version('tipg')}, MapServer {mapserver}, nginx {nginx}"
    )
