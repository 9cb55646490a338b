"""A small project under the real scripts: a web page and a worker that need no Django, so that a test takes seconds."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MANAGE = """\
import os, pathlib, sys, time
root = pathlib.Path(__file__).parent
with open(root / "calls", "a") as calls:
    print(*sys.argv[1:], file=calls)
if (root / f"fail-{sys.argv[1]}").exists():
    sys.exit((root / f"fail-{sys.argv[1]}").read_text())
if sys.argv[1] in {"worker", "wait"}:
    time.sleep(120)
if sys.argv[1] == "port":
    print(os.environ["PORT"])
"""
WSGI = """\
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]
"""


class Project:
    """A copy of the scripts over a stub application, with a data directory and a port of its own."""

    def __init__(self, folder):
        self.folder, self.data, self.port = folder, folder / "data", free_port()
        self.scripts = folder / "script"
        shutil.copytree(ROOT / "script", self.scripts)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        (folder / "node_modules").mkdir()
        (folder / "muni").mkdir()
        (folder / "manage.py").write_text(MANAGE)
        (folder / "muni" / "wsgi.py").write_text(WSGI)
        (folder / "package-lock.json").touch()
        (folder / "node_modules" / ".baladiya").write_text(f"{sha256().hexdigest()}  -\n")
        self.started = []

    def command(self, script, *arguments, env=None, data=None, prefix=()):
        environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "PGHOST", "SECRET_KEY"}}
        environment |= {"BALADIYA_DATA": str(data or self.data), "PORT": str(self.port), **(env or {})}
        return [*prefix, str(self.scripts / script), *arguments], environment

    def run(self, script, *arguments, timeout=300, **options):
        command, environment = self.command(script, *arguments, **options)
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL
        )

    def start(self, script, *arguments, **options):
        command, environment = self.command(script, *arguments, **options)
        log = self.folder / f"output-{len(self.started)}"
        with log.open("w") as output:
            process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        process.output = log
        self.started.append(process)
        return process

    def up(self, seconds=300, **options):
        process = self.start("up", **options)
        wait_for(lambda: "Baladiya is at" in process.output.read_text() or process.poll() is not None, seconds)
        assert process.poll() is None, process.output.read_text()
        return process

    def sql(self, statement, **options):
        result = self.run("postgres", "exec", "psql", "-XAtqc", statement, **options)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def get(self, path, timeout=60):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=timeout) as answer:
                return answer.read().decode()
        except OSError as error:
            return str(error)

    def postmaster(self):
        return int((self.data / "postgres" / "postmaster.pid").read_text().split()[0])

    def processes(self):
        """Everything that script/up started, the database apart."""
        mark = f"BALADIYA_STARTED_BY_UP={self.data}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    found.append(int(process.name))
            except OSError:
                continue
        return found

    def calls(self):
        return (self.folder / "calls").read_text().splitlines()

    def end(self):
        for process in self.started:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=120)
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for data in {self.data, *self.folder.glob("data*")}:
            self.run("postgres", "stop", data=data)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds=300):
    for _ in range(seconds * 10):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("what the test waits for did not come about")


def served(folder):
    if not Path("/usr/lib/postgresql/15/bin/postgres").exists():
        pytest.skip("PostgreSQL 15 is not installed: script/bootstrap installs it")
    project = Project(folder)
    yield project
    project.end()


@pytest.fixture
def project(tmp_path):
    yield from served(tmp_path / "baladiya")


@pytest.fixture
def open_project():
    """One that other users can read; tmp_path is closed to them."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield from served(Path(folder) / "baladiya")
