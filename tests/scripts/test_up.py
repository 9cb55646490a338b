import os
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.scripts.conftest import ROOT, wait_for

pytestmark = pytest.mark.slow

FIRST_RUN = [
    "migrate --noinput",
    "load_reference",
    "collectstatic --noinput",
    "load_demo maysan",
    "load_demo nineveh",
]
WORKERS = ["worker", "worker --exclude-queues long"]


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def arguments(pid):
    return Path(f"/proc/{pid}/cmdline").read_text()


def kill_everything(project, up):
    os.kill(up.pid, signal.SIGKILL)
    os.kill(project.postmaster(), signal.SIGKILL)
    for pid in project.processes():
        with suppress(ProcessLookupError):  # a few end by themselves once the database is gone
            os.kill(pid, signal.SIGKILL)
    up.wait()


def test_up_serves_and_stops_cleanly(project):
    up = project.up()
    assert project.get("/readyz") == "/readyz"
    assert sorted(project.calls()) == sorted([*FIRST_RUN, *WORKERS])
    up.send_signal(signal.SIGINT)
    assert up.wait(timeout=120) == 0
    assert project.processes() == []
    assert "is not running" in project.run("postgres", "status").stderr


def test_nothing_is_lost_and_nothing_done_twice_after_a_kill(project):
    up = project.up()
    project.sql("CREATE TABLE deed (no int); INSERT INTO deed VALUES (7)")
    kill_everything(project, up)
    project.up()
    assert project.sql("SELECT no FROM deed") == "7"
    assert sorted(project.calls()) == sorted([*FIRST_RUN, *WORKERS, *WORKERS])


def test_what_outlives_a_killed_up_is_ended_by_the_next(project):
    up = project.up()
    os.kill(up.pid, signal.SIGSTOP)
    before = set(project.processes())
    os.kill(up.pid, signal.SIGKILL)
    up.wait()
    project.up()
    assert before
    assert not before & set(project.processes())


def test_a_killed_web_server_and_database_are_started_again(project):
    project.up()
    (web,) = (p for p in project.processes() if parent(p) == project.started[0].pid and "granian" in arguments(p))
    os.kill(web, signal.SIGKILL)
    wait_for(lambda: project.get("/") == "/")
    first = project.postmaster()
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: project.run("postgres", "status").returncode == 0 and project.postmaster() != first)


def test_a_second_up_in_the_same_data_directory(project):
    project.up()
    second = project.run("up")
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert project.get("/") == "/"


def test_a_taken_port(project):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", project.port))
        taken.listen()
        result = project.run("up")
    assert result.returncode == 1
    assert f"Port {project.port} is taken" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_port_that_is_none(project):
    assert 'PORT is "http"' in project.run("up", env={"PORT": "http"}).stderr
    assert 'PORT is "65536"' in project.run("up", env={"PORT": "65536"}).stderr


def test_a_server_of_ones_own_gets_no_private_cluster_and_no_demo(project):
    server = project.folder / "data-server"
    project.run("postgres", "start", data=server)
    project.up(env={"DATABASE_URL": project.run("postgres", "url", data=server).stdout.strip()})
    assert not (project.data / "postgres").exists()
    assert sorted(project.calls()) == sorted([*(call for call in FIRST_RUN if "demo" not in call), *WORKERS])


def test_a_server_of_ones_own_that_is_not_there(project):
    result = project.run("up", env={"DATABASE_URL": f"postgis://somebody@127.0.0.1:{project.port}/baladiya"})
    assert result.returncode == 1
    assert "The database server of DATABASE_URL cannot be used" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_step_that_fails_is_one_sentence_and_stops_the_database(project):
    (project.folder / "fail-migrate").write_text("Traceback ...\n  File x\ndjango.db.utils.DataError: too long")
    result = project.run("up")
    assert result.returncode == 1
    assert "Updating the database failed: django.db.utils.DataError: too long" in result.stderr
    assert "Traceback" not in result.stderr
    assert project.run("postgres", "status").returncode == 1


@pytest.mark.parametrize(("printed", "told"), [("something odd", "something odd"), (" ", "it printed nothing")])
def test_a_step_that_does_not_say_why_it_fails_still_gets_its_sentence(project, printed, told):
    (project.folder / "fail-migrate").write_text(printed)
    result = project.run("up")
    assert result.returncode == 1
    assert f"Updating the database failed: {told}" in result.stderr


def test_the_real_system_on_an_empty_server(project):
    server = project.folder / "data-server"
    project.run("postgres", "start", data=server)
    address = project.run("postgres", "url", data=server).stdout.strip()
    project.scripts = ROOT / "script"
    project.up(env={"DATABASE_URL": address}, seconds=400)
    home = project.get("/")
    assert '<html lang="ar" dir="rtl"' in home
    style = re.search(r'href="(/static/[^"]+\.css)"', home)[1]
    assert "{" in project.get(style)
    # More visitors at once than PostgreSQL takes connections: they wait for their turn and nobody is refused.
    with ThreadPoolExecutor(250) as crowd:
        answers = list(crowd.map(lambda _: project.get("/api/v1/layers/", timeout=120), range(500)))
    assert len(answers) == 500
    assert all('"results"' in answer for answer in answers)
    # Two processes answered, and both count.
    figures = project.get("/metrics")
    assert 'http_requests_total{method="GET",status="200",view="layers:list"} 500.0' in figures
