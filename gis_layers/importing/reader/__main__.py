import ctypes
import json
import os
import resource
import signal
import sys

DISK = 8 * 1024**3
SECONDS = {"probe": 120, "read": 3600}


def main():
    options = json.loads(sys.argv[1])
    _limit(options["task"], options["memory"])
    report = {"ok": False, "code": "damaged", "detail": {}}
    try:
        from gis_layers.importing.reader import tasks
        from gis_layers.importing.reader.errors import Unreadable

        try:
            report = {"ok": True, **tasks.TASKS[options["task"]](options)}
        except Unreadable as error:
            report = {"ok": False, "code": error.code, "detail": error.detail}
        except RecursionError:
            pass
    except MemoryError:
        report = {"ok": False, "code": "too_much_memory", "detail": {}}
    except OSError as error:
        if error.errno != 28:  # ENOSPC
            raise
        report = {"ok": False, "code": "disk_full", "detail": {}}
    os.write(options["report"], json.dumps(report).encode())
    os._exit(0)  # no destructors of libraries that a strange file may have upset


def _limit(task, memory):
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (DISK, DISK))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS[task], SECONDS[task]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (64, 64))
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: dies with the worker


if __name__ == "__main__":
    main()
