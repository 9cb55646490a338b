import json
import os
import sys

from gis_layers.confinement import confine

DISK = 8 * 1024**3
SECONDS = {"probe": 120, "read": 3600}


class WithoutPandas:
    """pyogrio and pyarrow load these where they find them, which doubles the time that this process needs to start;
    nothing here uses them."""

    UNUSED = frozenset({"geopandas", "pandas", "pyproj"})

    def find_spec(self, name, path=None, target=None):
        if name in self.UNUSED:
            raise ModuleNotFoundError(name=name)


def main():
    options = json.loads(sys.argv[1])
    confine(memory=options["memory"], disk=DISK, seconds=SECONDS[options["task"]])
    report = {"ok": False, "code": "damaged", "detail": {}}
    sys.meta_path.insert(0, WithoutPandas())
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


if __name__ == "__main__":
    main()
