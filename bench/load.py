"""Load: wrk over HTTP, pgbench over SQL; eight connections each."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection

CONNECTIONS = 8
_PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
_HEADERS = {False: [], True: ["-H", "Accept-Encoding: gzip"]}
_WARM_UP_SECONDS = 2


@dataclass(frozen=True)
class Result:
    """rate: answers in a second; p50, p95: milliseconds; size: mean bytes of an answer, None for SQL."""

    name: str
    rate: float
    p50: float
    p95: float
    size: float | None = None
    errors: int = 0


def over_http(name, base, paths, seconds, *, gzipped=False):
    """Asks for the paths in turn, again and again."""
    with TemporaryDirectory() as folder:
        listed = Path(folder, "paths")
        listed.write_text("".join(f"{path}\n" for path in paths))
        for duration in (_WARM_UP_SECONDS, seconds):
            command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{duration}s", "--timeout", "30s"]
            script = ["-s", str(Path(__file__).with_name("walk.lua"))]
            printed = _run([*command, *_HEADERS[gzipped], *script, base, "--", str(listed)], duration + 60)
    return read_wrk(name, printed)


def read_wrk(name, printed):
    """The last line that walk.lua printed, as a Result."""
    seen = json.loads(printed.strip().splitlines()[-1])
    count = max(seen["requests"], 1)
    return Result(
        name, seen["requests"] / seen["seconds"], seen["p50_ms"], seen["p95_ms"], seen["bytes"] / count, seen["errors"]
    )


def over_sql(name, statement, count, seconds):
    """Runs the statement, prepared, for :i from 1 to count, again and again."""
    with TemporaryDirectory() as folder:
        script = Path(folder, "script.sql")
        step = -(-count // CONNECTIONS)
        script.write_text(
            f"\\set n :n + 1\n\\set i 1 + (:n + {step} * :client_id) % {count}\n{' '.join(statement.split())};\n"
        )
        where = "host={host} dbname={dbname} user={user}".format_map(connection.get_connection_params())
        command = [_PGBENCH, "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-D", "n=0", "-f", str(script)]
        for duration in (_WARM_UP_SECONDS, seconds):
            for log in Path(folder).glob("log.*"):
                log.unlink()
            _run([*command, "-T", str(duration), "-l", f"--log-prefix={folder}/log", where], duration + 60)
        lines = [line for log in Path(folder).glob("log.*") for line in log.read_text().splitlines()]
    return read_pgbench(name, lines, seconds)


def read_pgbench(name, lines, seconds):
    """pgbench's log, one line a transaction with its microseconds in the third column, as a Result."""
    times = sorted(int(line.split()[2]) / 1000 for line in lines)
    return Result(name, len(times) / seconds, times[len(times) // 2], times[len(times) * 95 // 100])


def _run(command, timeout):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
