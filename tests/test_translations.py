"""Every string is there in Arabic, and the catalogue holds just the strings of the code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).parents[1]
CATALOGUE = Path("muni/web/locale/ar/LC_MESSAGES/django.po")


def test_no_string_lacks_its_arabic():
    catalogue = polib.pofile(str(ROOT / CATALOGUE))
    assert [entry.msgid for entry in catalogue.untranslated_entries() + catalogue.fuzzy_entries()] == []


@pytest.mark.skipif(not shutil.which("xgettext"), reason="gettext is not installed")
def test_the_catalogue_holds_just_the_strings_of_the_code(tmp_path):
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    for name in filter(None, tracked):
        if name.endswith((".py", ".html", ".txt", ".po")) and not name.startswith("tests/") and (ROOT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "-l", "ar", "--no-location", "--no-obsolete"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "muni.settings", "BALADIYA_DATA": str(tmp_path / "data")},
    )
    committed, fresh = (
        {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in polib.pofile(str(root / CATALOGUE))}
        for root in (ROOT, tmp_path)
    )
    assert fresh - committed == set(), "run: script/manage makemessages -l ar --no-location --no-obsolete"
    assert committed - fresh == set(), "strings that are in the catalogue alone"
