"""python -m bench tiles|features [SECONDS]: started by script/bench, which makes the database."""

import os
import signal
import sys

import django

from bench import report

SECONDS = 15


def main(job, seconds=SECONDS):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped before it was done."))
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    django.setup()
    from bench import data, features, tiles, versions  # they need Django set up

    data.load()
    run = {"tiles": tiles, "features": features}[job].run
    command = "script/bench " + " ".join(sys.argv[1:])
    report.write(job, command, versions.described(), run(int(seconds)))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("Stopped before it was done.")
