import json
import os
import sys

from gis_layers.confinement import confine

DISK = 12 * 1024**3
SECONDS = 7200  # of processor time: 500 MB of JPEG are 1,700 million pixels


def main():
    options = json.loads(sys.argv[1])
    confine(memory=options["memory"], disk=DISK, seconds=SECONDS)
    told = {"ok": False, "code": "damaged", "detail": {}}
    try:
        from gis_layers.rasters.converter.convert import Unusable, convert

        try:
            told = {"ok": True, **convert(options["path"], options["folder"], tell)}
        except Unusable as error:
            told = {"ok": False, "code": error.code, "detail": error.detail}
    except MemoryError:
        told = {"ok": False, "code": "too_much_memory", "detail": {}}
    except OSError as error:
        if error.errno != 28:  # ENOSPC
            raise
        told = {"ok": False, "code": "disk_full", "detail": {}}
    tell(told)
    os._exit(0)  # no destructors of libraries that a strange file may have upset


def tell(line):
    os.write(1, json.dumps(line).encode() + b"\n")


if __name__ == "__main__":
    main()
