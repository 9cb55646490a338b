import os
import signal
import subprocess
import time

import pytest

from tests.scripts.conftest import wait_for

pytestmark = pytest.mark.slow

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def test_a_killed_database_keeps_what_was_committed(project):
    project.sql("CREATE TABLE deed (no int); INSERT INTO deed VALUES (7)")
    busy = project.start("postgres", "exec", "psql", "-XAtqc", "SELECT pg_sleep(100)")
    wait_for(lambda: project.sql("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(100)'") == "1")
    os.kill(project.postmaster(), signal.SIGKILL)

    assert project.run("postgres", "start").returncode == 0
    assert project.sql("SELECT no FROM deed") == "7"
    assert busy.wait(timeout=120) != 0


def test_a_stale_pid_file_that_names_another_cluster_does_not_stop_the_start(project):
    other = project.folder / "data-other"
    project.sql("CREATE TABLE deed (no int)", data=other)
    project.sql("CREATE TABLE deed (no int); INSERT INTO deed VALUES (7)")
    stranger = (other / "postgres" / "postmaster.pid").read_text().split()[0]
    os.kill(project.postmaster(), signal.SIGKILL)
    time.sleep(0.5)
    pid_file = project.data / "postgres" / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(str(project.postmaster()), stranger, 1))

    assert project.run("postgres", "start").returncode == 0
    assert project.sql("SELECT no FROM deed") == "7"
    assert project.sql("SELECT count(*) FROM deed", data=other) == "0"


def test_the_cluster_is_private(project):
    assert project.sql("SHOW listen_addresses") == ""
    assert project.sql("SHOW fsync") == "on"
    for folder in ("postgres", "run"):
        status = (project.data / folder).stat()
        assert status.st_mode & 0o777 == 0o700
        assert status.st_uid != 0
    assert os.stat(f"/proc/{project.postmaster()}").st_uid != 0
    assert project.sql("SELECT rolsuper FROM pg_roles WHERE rolname = 'baladiya'") == "f"


def test_new_databases_of_the_application_have_the_extensions(project):
    def as_application(database, statement):
        return project.run("postgres", "exec", "psql", "-XAtq", "-U", "baladiya", "-d", database, "-c", statement)

    assert as_application("baladiya", "CREATE DATABASE test_one").returncode == 0
    names = as_application("test_one", "SELECT string_agg(extname, ' ' ORDER BY extname) FROM pg_extension")
    assert names.stdout == "btree_gist pg_trgm plpgsql postgis unaccent\n"
    # Arabic letters are letters to the trigram index.
    assert as_application("test_one", "SELECT show_trgm('ميسان') <> '{}'").stdout == "t\n"


def test_many_commands_at_once_on_a_new_data_directory(project):
    commands = [project.start("manage", "check") for _ in range(4)]
    assert [command.wait(timeout=300) for command in commands] == [0, 0, 0, 0]
    assert project.calls() == ["check"] * 4
    assert project.run("postgres", "status").returncode == 0


def test_a_command_writes_links_with_the_port_of_the_server(project):
    assert project.run("manage", "port", env={"PORT": ""}).stdout == "8000\n"
    (project.data / "up.lock").write_text("process 12345, port 8642")
    assert project.run("manage", "port", env={"PORT": ""}).stdout == "8642\n"
    assert project.run("manage", "port", env={"PORT": "8001"}).stdout == "8001\n"


def test_the_database_is_not_stopped_under_a_command_that_uses_it(project):
    command = project.start("manage", "wait")
    wait_for(lambda: (project.folder / "calls").exists())
    refused = project.run("postgres", "stop")
    assert refused.returncode == 1
    assert "stays up" in refused.stderr
    command.kill()
    command.wait()
    assert project.run("postgres", "stop").returncode == 0
    assert project.run("postgres", "status").returncode == 1


def test_a_data_directory_too_deep_for_a_socket(project):
    deep = project.folder / ("data-" + "d" * 120)
    project.sql("SELECT 1", data=deep)
    socket = project.run("postgres", "socket", data=deep).stdout.strip()
    assert not socket.startswith(str(deep))
    assert os.stat(socket).st_mode & 0o777 == 0o700


def test_a_data_directory_that_cannot_be_written(project):
    result = project.run("postgres", "start", data="/proc/baladiya")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "may not write to /proc/baladiya" in result.stderr


@as_root
@pytest.mark.parametrize(
    ("megabytes", "before"),
    [(20, ""), (400, "$POSTGRES start && $POSTGRES stop && cat /dev/zero > $BALADIYA_DATA/fill;")],
    ids=["at first", "later"],
)
def test_a_full_disk(project, megabytes, before):
    project.data.mkdir()
    _, environment = project.command("postgres")
    script = f"""
        mount -t tmpfs -o size={megabytes}m tmpfs "$BALADIYA_DATA" || exit 77
        {{ {before} :; }} 2>/dev/null
        exec $POSTGRES start
    """
    result = subprocess.run(
        ["unshare", "--mount", "bash", "-c", script],
        env=environment | {"POSTGRES": str(project.folder / "script" / "postgres")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    if result.returncode == 77:
        pytest.skip("a tmpfs cannot be mounted here")
    assert result.returncode == 1
    assert "is full (" in result.stderr
    assert result.stderr.count("\n") == 1


@as_root
def test_an_ordinary_user_owns_the_cluster_and_others_are_told_whose_it_is(open_project):
    open_project.data.mkdir()
    os.chown(open_project.data, 65534, 65534)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    assert open_project.run("postgres", "start", prefix=nobody).returncode == 0
    assert os.stat(f"/proc/{open_project.postmaster()}").st_uid == 65534
    assert open_project.sql("SELECT 1") == "1"  # root may use it
    games = ["setpriv", "--reuid=5", "--regid=5", "--clear-groups"]
    os.chmod(open_project.data, 0o777)
    os.chmod(open_project.data / "logs", 0o777)
    result = open_project.run("postgres", "start", prefix=games)
    assert result.returncode == 1
    assert "belongs to user nobody" in result.stderr
