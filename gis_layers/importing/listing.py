"""Rows that an import rejected or repaired, as a table for people."""

import csv

import shapely
from django.utils.translation import gettext as _


class Listing:
    """A table of rows with what befell each, for a spreadsheet: row number, reason, the row's own values, its geometry
    as WKT in the file's coordinates. Made when the first row comes."""

    def __init__(self, path, columns):
        self.path = path
        self.columns = columns
        self.count = 0
        self._file = None
        path.unlink(missing_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._file:
            self._file.close()

    def add(self, number, reason, wkb, values):
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(self.path, "w", encoding="utf-8-sig", newline="")  # noqa: SIM115 closed by __exit__
            self._csv = csv.writer(self._file)
            self._csv.writerow([_("row"), _("reason"), *(column.source for column in self.columns), "wkt"])
        self.count += 1
        self._csv.writerow([number, reason, *map(_harmless, values), _wkt(wkb)])


def _wkt(wkb):
    shape = shapely.from_wkb(wkb, on_invalid="ignore") if wkb else None
    return "" if shape is None else shapely.to_wkt(shape, rounding_precision=-1)


def _harmless(value):
    """A spreadsheet would run what begins like a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "@", "\t", "\r"} else value
