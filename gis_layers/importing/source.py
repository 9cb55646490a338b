"""The parent's side of the reader: starts it, keeps it within bounds, turns its ways of failing into sentences."""

import json
import os
import signal
import subprocess  # noqa: S404
import sys
import tempfile
import threading
from contextlib import contextmanager

import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _

from gis_layers.confinement import ENVIRONMENT
from muni.core.errors import BadRequest

MEMORY = 1024**3
PROBE_SECONDS = 180
SILENCE_SECONDS = 300


class FileRefused(BadRequest):
    """The file cannot be read, or not safely."""

    code = "file_refused"


class SourceFile:
    """A stranger's file. `folder` is private to the job; `name` is what the file was called where it came from."""

    def __init__(self, path, folder, name=None):
        self.path = path
        self.folder = folder
        self.name = name or path.name

    def probe(self, *, encoding=None, sublayer=None):
        """The facts of every sublayer, see reader.tasks.probe. Raises FileRefused."""
        with self._reader("probe", encoding=encoding, sublayer=sublayer) as child:
            try:
                child.process.communicate(timeout=PROBE_SECONDS)
            except subprocess.TimeoutExpired:
                child.timed_out = True
                child.process.kill()
            return child.report()["sublayers"]

    @contextmanager
    def reading(self, sublayer, *, encoding=None):
        """Gives the running reader, whose batches() are record batches as its docstring describes them and whose
        `warnings` say afterwards what GDAL doubted. Raises FileRefused."""
        with self._reader("read", encoding=encoding, sublayer=sublayer) as child:
            yield child

    @contextmanager
    def _reader(self, task, **options):
        child = _Child(
            {
                "task": task,
                "path": str(self.path),
                "name": self.name,
                "unpacked": str(self.folder / "unpacked"),
                **options,
            }
        )
        try:
            yield child
        finally:
            child.close()


class _Child:
    def __init__(self, options):
        self.timed_out = False
        self.warnings = []
        self._report = tempfile.TemporaryFile()  # noqa: SIM115 closed by close()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        number = self._report.fileno()
        self.process = subprocess.Popen(  # noqa: S603
            [
                sys.executable,
                "-m",
                "gis_layers.importing.reader",
                json.dumps({**options, "memory": MEMORY, "report": number}),
            ],
            cwd=settings.BASE_DIR,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            pass_fds=[number],
        )

    def batches(self):
        rows = 0
        try:
            with self._watched() as stay, pa.ipc.open_stream(self.process.stdout) as stream:
                for batch in stream:
                    stay()
                    rows += batch.num_rows
                    yield batch
        except (pa.ArrowException, OSError, EOFError):
            self.process.stdout.close()
        self.process.wait()
        told = self.report()
        if told["rows"] != rows:
            raise FileRefused(_sentence("damaged", {"detail": f"{rows} / {told['rows']}"}))
        self.warnings = told["warnings"]

    def report(self):
        """The child's last word, or FileRefused with the reason in the reader's language."""
        self.process.wait()
        self._report.seek(0)
        try:
            told = json.loads(self._report.read())
        except ValueError:
            told = {"ok": False, "code": self._way_of_death(), "detail": {}}
        if not told["ok"]:
            raise FileRefused(_sentence(told["code"], told["detail"]))
        return told

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self._report.close()
        self._errors.close()

    def _way_of_death(self):
        self._errors.seek(0)
        last_words = self._errors.read()[-20_000:]
        if b"bad_alloc" in last_words or b"MemoryError" in last_words or b"malloc" in last_words:
            return "too_much_memory"
        if self.timed_out or self.process.returncode in {-signal.SIGXCPU, -signal.SIGKILL}:
            return "too_slow"
        if self.process.returncode == -signal.SIGXFSZ or b"File too large" in last_words:
            return "disk_full"
        return "broke_the_reader"

    @contextmanager
    def _watched(self):
        """Kills a child that says nothing for long."""
        heard = threading.Event()
        over = threading.Event()

        def watch():
            while not over.is_set():
                heard.clear()
                over.wait(SILENCE_SECONDS)
                if not heard.is_set() and not over.is_set():
                    self.timed_out = True
                    self.process.kill()
                    return

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield heard.set
        finally:
            over.set()
            thread.join()


def _sentence(code, detail):
    sentences = {
        "damaged": _("The file is damaged or is not what its name says.")
        if not detail.get("detail")
        else _("The file is damaged or is not what its name says (%(detail)s)."),
        "damaged_archive": _("The zip archive is damaged or was cut off on its way; make it again."),
        "encrypted_archive": _("The zip archive is locked with a password; make it again without one."),
        "too_many_members": _("The zip archive holds more than %(limit)s files; put only one data set in it."),
        "path_traversal": _("The zip archive tries to write outside its folder (“%(name)s”); it was refused."),
        "symlink": _("The zip archive holds a link instead of a file (“%(name)s”); it was refused."),
        "nested_archive": _("The zip archive holds another archive (“%(name)s”); unpack that one and send it alone."),
        "zip_bomb": _("The zip archive would unpack to %(gigabytes)s GB out of almost nothing; it was refused."),
        "nothing_known_inside": _("The zip archive holds no file of a kind that can be imported."),
        "unknown_format": _(
            "This kind of file cannot be imported. Send a zipped Shapefile, GeoPackage, GeoJSON, FlatGeobuf,"
            " GeoParquet, KML, KMZ, GPX, DXF or CSV."
        ),
        "incomplete_shapefile": _(
            "The shapefile is not whole: %(missing)s is missing. Zip the .shp, .shx, .dbf and .prj files together."
        ),
        "empty_file": _("The file is empty."),
        "no_geometry": _("The file holds tables without geometry: there is nothing to put on the map."),
        "geometry_encoding": _("The GeoParquet file keeps its geometry as “%(name)s”; write it as WKB."),
        "no_coordinates": _(
            "No column of the table holds coordinates (columns: %(names)s). Name them lat and lon, x and y, or wkt."
        ),
        "xml_entities": _("The file declares XML entities or a document type, which can be an attack; it was refused."),
        "too_deep": _("The file is nested deeper than any map data; it was refused."),
        "unknown_encoding": _("“%(name)s” is not the name of a text encoding; use UTF-8 or cp1256, for example."),
        "no_such_sublayer": _("The file holds no layer “%(name)s”."),
        "too_much_memory": _("Reading the file needs more memory than an import may use; split it into parts."),
        "too_slow": _("Reading the file took too long; split it into parts."),
        "disk_full": _("There is not enough disk space to unpack the file."),
        "broke_the_reader": _("The file broke the program that reads it, so it is damaged or was made to do harm."),
    }
    return sentences.get(code, sentences["broke_the_reader"]) % {"detail": "", **detail}


def sibling_files(path):
    """The files that belong to `path`: a shapefile's parts, or the file alone."""
    if path.suffix.lower() != ".shp":
        return [path]
    parts = {".shp", ".shx", ".dbf", ".prj", ".cpg"}
    return sorted(p for p in path.parent.iterdir() if p.stem == path.stem and p.suffix.lower() in parts)


def size_of(paths):
    return sum(os.path.getsize(path) for path in paths)
