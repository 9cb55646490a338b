"""Zip archives from strangers: every member is judged before the first byte is unpacked."""

import stat
import zipfile
from pathlib import Path, PurePosixPath

from gis_layers.importing.reader.errors import Unreadable

MAX_MEMBERS = 2_000
MAX_TOTAL = 8 * 1024**3
RATIO_MATTERS_FROM = 100 * 1024**2  # small files may well be all blanks
MAX_RATIO = 200
ARCHIVES = {".zip", ".kmz", ".rar", ".7z", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst"}


def unpack(path, target):
    """Unpacks the zip archive into the folder `target`; returns it. Raises Unreadable."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not _is_litter(m.filename)]
            _check(members)
            for member in members:
                _write(archive, member, target / _file_name(member))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise Unreadable("damaged_archive") from error
    except RuntimeError as error:  # what zipfile raises for an encrypted member
        raise Unreadable("encrypted_archive") from error
    return target


def _check(members):
    if len(members) > MAX_MEMBERS:
        raise Unreadable("too_many_members", limit=MAX_MEMBERS)
    for member in members:
        name = _file_name(member)
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or "\0" in name:
            raise Unreadable("path_traversal", name=name[:100])
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Unreadable("symlink", name=name[:100])
        if path.suffix.lower() in ARCHIVES:
            raise Unreadable("nested_archive", name=name[:100])
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if total > MAX_TOTAL or (total > RATIO_MATTERS_FROM and total > MAX_RATIO * max(packed, 1)):
        raise Unreadable("zip_bomb", gigabytes=round(total / 1024**3, 1))


def _write(archive, member, path):
    """Stops at the size that the listing promised, whatever the stream goes on to say."""
    path.parent.mkdir(parents=True, exist_ok=True)
    left = member.file_size
    with archive.open(member) as source, open(path, "wb") as target:
        while chunk := source.read(1024 * 1024):
            left -= len(chunk)
            if left < 0:
                raise Unreadable("zip_bomb", gigabytes=round(member.file_size / 1024**3, 1))
            target.write(chunk)


def _is_litter(name):
    return name.startswith("__MACOSX/") or Path(name).name in {".DS_Store", "Thumbs.db"}


def _file_name(member):
    """The member's name: archives made on Arabic Windows write it in the machine's code page without saying so."""
    name = member.filename.replace("\\", "/")
    if member.flag_bits & 0x800 or name.isascii():
        return name
    raw = name.encode("cp437", "replace")
    for encoding in ("utf-8", "cp1256"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name
