"""The servers, each started alone on a free port of this machine and ended with its block."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from django.conf import settings
from django.db import connection

from bench.data import ATTRIBUTES

ROOT = settings.BASE_DIR
FOLDER = settings.DATA_DIR
_TEMPLATES = Path(__file__).parent / "peers"
_WORKERS = 2
_START_SECONDS = 60
_STOP_SECONDS = 10


def fetch(address, *, gzipped=False):
    """The body of an answer, b"" when it is 204. gzipped: asked for and returned as sent."""
    request = Request(address, headers={"Accept-Encoding": "gzip"} if gzipped else {})
    with urlopen(request, timeout=120) as answer:
        return answer.read()


@contextmanager
def ours(module="bench.settings"):
    """Granian as script/up starts it. module: its settings; bench.settings has no tile cache, muni.settings has."""
    port = _free_port()
    command = [
        Path(sys.executable).with_name("granian"), "--interface", "wsgi", "muni.wsgi:application",
        "--working-dir", ROOT, "--host", "127.0.0.1", "--port", port, "--workers", _WORKERS,
        "--blocking-threads", 16, "--respawn-failed-workers", "--workers-kill-timeout", 10,
    ]  # fmt: skip
    with (
        TemporaryDirectory() as figures,
        _running("ours", [command], DJANGO_SETTINGS_MODULE=module, PROMETHEUS_MULTIPROC_DIR=figures) as answering,
    ):
        yield answering(port, "/healthz")


@contextmanager
def tipg():
    """Two workers; it sees the peers' table only, and its tile buffer is as wide as ours."""
    port = _free_port()
    database = connection.get_connection_params()
    table = {"public_bench_parcels": {"pk": "id", "geomcol": "geom", "properties": json.dumps(ATTRIBUTES)}}
    command = [
        sys.executable, "-m", "uvicorn", "tipg.main:app", "--host", "127.0.0.1", "--port", port,
        "--workers", _WORKERS, "--log-level", "warning",
    ]  # fmt: skip
    environment = {
        "DATABASE_URL": f"postgresql://{database['user']}@{quote(database['host'], safe='')}/{database['dbname']}",
        "TIPG_DB_TABLES": '["public.bench_parcels"]',
        "TIPG_TABLE_CONFIG": json.dumps(table),
        "TIPG_TILE_BUFFER": "64",
        "TIPG_CATALOG_TTL": "0",
    }
    with _running("tipg", [command], **environment) as answering:
        yield answering(port, "/healthz")


@contextmanager
def mapserver():
    """Two FastCGI processes that share a socket, behind nginx, which opens a connection for each request (no
    keep-alive: with it, two connections would hold both processes)."""
    listening = socket.socket(socket.AF_UNIX)
    path = FOLDER / "mapserver.socket"
    path.unlink(missing_ok=True)
    listening.bind(str(path))
    listening.listen(128)
    source = "host={host} dbname={dbname} user={user}".format_map(connection.get_connection_params())
    map_file = _written("parcels.map", _filled("parcels.map", connection=source))
    config = _written("mapserver.conf", _filled("mapserver.conf", map_file=map_file))
    port = _free_port()
    try:
        with (
            _running(
                "mapserver",
                [["/usr/bin/mapserv"]] * _WORKERS,
                stdin=listening,
                MAPSERVER_CONFIG_FILE=str(config),
            ),
            _nginx(_filled("mapserver.site", port=port, socket=path), port) as base,
        ):
            yield base
    finally:
        listening.close()
        path.unlink(missing_ok=True)


@contextmanager
def tile_files():
    """nginx and the stored tiles as plain files."""
    port = _free_port()
    with _nginx(_filled("files.site", port=port, folder=FOLDER), port) as base:
        yield base


@contextmanager
def ours_behind_nginx():
    """deploy/nginx.conf, its addresses and folders turned to the ones here, before the server with its tile cache."""
    port = _free_port()
    with ours("muni.settings") as web:
        site = (ROOT / "deploy/nginx.conf").read_text()
        here = {
            "server web:8000;": f"server {web.removeprefix('http://')};",
            "listen 80;": f"listen 127.0.0.1:{port};",
            "/var/lib/baladiya": str(FOLDER),
        }
        for there, replacement in here.items():
            if there not in site:
                raise SystemExit(f"deploy/nginx.conf no longer says {there!r}: tell bench/servers.py what it says now.")
            site = site.replace(there, replacement)
        with _nginx(site, port) as base:
            yield base


@contextmanager
def _nginx(site, port):
    user = "user root;" if os.geteuid() == 0 else ""
    config = _written("nginx.conf", _filled("nginx.conf", user=user, folder=FOLDER, workers=_WORKERS))
    _written("site.conf", site)
    command = ["/usr/sbin/nginx", "-e", FOLDER / "logs/nginx.log", "-c", config]
    with _running("nginx", [command]) as answering:
        yield answering(port, "/")


@contextmanager
def _running(name, commands, stdin=subprocess.DEVNULL, **environment):
    """Starts the commands, each in a session of its own that also ends when this process does; gives a function that
    waits until they answer at (port, path), with whatever status, and returns their address."""
    log = FOLDER / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    inherited = {key: value for key, value in os.environ.items() if key not in {"PROJ_LIB", "PROJ_DATA"}}
    environment = inherited | {"PYTHONPATH": str(ROOT)} | environment
    processes = []
    try:
        with log.open("ab") as output:
            for command in commands:
                process = subprocess.Popen(
                    ["setpriv", "--pdeathsig", "TERM", "--", *map(str, command)],
                    stdin=stdin, stdout=output, stderr=output, cwd=FOLDER, env=environment, start_new_session=True,
                )  # fmt: skip
                processes.append(process)

        def answering(port, path):
            address = f"http://127.0.0.1:{port}"
            end = time.monotonic() + _START_SECONDS
            while time.monotonic() < end and all(process.poll() is None for process in processes):
                try:
                    fetch(address + path)
                    return address
                except HTTPError:
                    return address
                except OSError:
                    time.sleep(0.1)
            raise SystemExit(f"{name} did not start: see {log}")

        yield answering
    finally:
        for process in processes:
            _signal(process, signal.SIGTERM)
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            _signal(process, signal.SIGKILL)
            process.wait()


def _signal(process, number):
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _filled(template, **values):
    """A file beside this one with its @names@ filled in."""
    text = (_TEMPLATES / template).read_text()
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    return text


def _written(name, text):
    path = FOLDER / name
    path.write_text(text)
    return path


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
