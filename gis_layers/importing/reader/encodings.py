"""Which encoding a table's text is in, judged on its real bytes."""

import codecs
import math
import struct

from charset_normalizer import from_bytes

SAMPLE = 2 * 1024**2

# Language driver ids of dBase files that name a code page. The Western ones are what many programs write whatever the
# text is, so they only count when the text does not speak against them.
LDID = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x08: "cp865", 0x09: "cp437", 0x0A: "cp850", 0x13: "cp932",
    0x4D: "gbk", 0x4E: "cp949", 0x4F: "cp950", 0x50: "cp874", 0x58: "cp1252", 0x59: "cp1252", 0x64: "cp852",
    0x65: "cp866", 0x66: "cp865", 0x67: "cp861", 0x6A: "cp737", 0x6B: "cp857", 0x78: "cp950", 0x79: "cp949",
    0x7A: "gbk", 0x7B: "cp932", 0x7C: "cp874", 0x7D: "cp1255", 0x7E: "cp1256", 0x86: "cp737", 0x87: "cp852",
    0x88: "cp857", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253", 0xCC: "cp1257",
}  # fmt: skip
WESTERN = {"cp437", "cp850", "cp1252", "cp865", "cp861"}
ARABIC = ("cp1256", "iso8859-6", "cp720")

# Share of each letter in Arabic place names and plain text, per mille; other characters count as 0.05.
_FREQUENCY = dict(zip("النيمورتبةعدسفهكقحجىشأخصطذغضزئثإءآظؤ", (
    155, 118, 66, 72, 62, 55, 50, 42, 36, 32, 35, 32, 27, 25, 28, 20, 22, 21, 14, 10,
    12, 22, 9, 11, 9, 5, 5, 6, 6, 4, 6, 7, 4, 2, 2, 1,
), strict=True))  # fmt: skip


def guess(sample, stated=None, ldid=None):
    """{"name", "found_by", "confidence"} for raw bytes.

    found_by: "cpg" (stated by the file), "bom", "ascii", "utf-8" (valid UTF-8 is hardly ever an accident), "ldid",
    "letters" (Arabic letter frequencies) or "statistics".
    """
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if sample.startswith(mark):
            return _found(name, "bom", 1)
    stated = known(stated)
    if stated and _decodes(sample, stated):
        return _found(stated, "cpg", 1)
    if sample.isascii():
        return _found("utf-8", "ascii", 1)
    if _decodes(sample, "utf-8"):
        return _found("utf-8", "utf-8", 0.99)
    named = LDID.get(ldid)
    if named and named not in WESTERN and _decodes(sample, named):
        return _found(named, "ldid", 0.9)
    name, score = max(((name, _arabic_score(sample, name)) for name in ARABIC), key=lambda pair: pair[1])
    if score > -4.6 and _runs(sample) > 0.6:
        return _found(name, "letters", 0.95 if score > -3.9 else 0.7)
    if named and _decodes(sample, named):
        return _found(named, "ldid", 0.6)
    if _runs(sample) < 0.3 and _decodes(sample, "cp1252"):
        return _found("cp1252", "statistics", 0.6)
    best = from_bytes(sample[:65536]).best()
    return _found(known(best.encoding) if best else "cp1256", "statistics", 0.5)


def known(name):
    """Python's name of an encoding as a .cpg file or a person writes it, or None."""
    if not name:
        return None
    name = name.strip().strip("\ufeff").lower().replace("ansi", "").replace("big-5", "big5").strip()
    if name.isdigit():
        name = f"iso8859-{name[4:]}" if name.startswith("8859") and len(name) > 4 else f"cp{name}"
        name = {"cp65001": "utf-8", "cp88596": "iso8859-6", "cp88598": "iso8859-8"}.get(name, name)
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def dbf_text(path):
    """(bytes of the text cells and field names of a dBase file, its language driver id); at most SAMPLE bytes."""
    with open(path, "rb") as file:
        head = file.read(32)
        if len(head) < 32:
            return b"", None
        header_size, record_size = struct.unpack_from("<HH", head, 8)
        fields = file.read(max(header_size - 32, 0))
        cells, offset, names = [], 1, []
        for start in range(0, len(fields) - 31, 32):
            if fields[start] == 0x0D:
                break
            names.append(fields[start : start + 11].split(b"\0")[0])
            width = fields[start + 16]
            if fields[start + 11 : start + 12] == b"C":
                width += fields[start + 17] << 8  # long character fields keep the high byte here
                cells.append((offset, offset + width))
            offset += width
        data = file.read(SAMPLE) if record_size else b""
    text = [
        data[start + low : start + high].rstrip(b" \0")
        for start in range(0, len(data) - record_size + 1, record_size or 1)
        for low, high in cells
    ]
    # a multi-byte character cut by the width of its cell is no sign against an encoding
    return b"\n".join(names + [_whole_utf8(cell) for cell in text]), head[29]


def file_sample(path):
    with open(path, "rb") as file:
        sample = file.read(SAMPLE)
    return _whole_utf8(sample) if len(sample) == SAMPLE else sample


def _whole_utf8(cell):
    for back in range(1, min(4, len(cell)) + 1):
        byte = cell[-back]
        if byte & 0xC0 == 0x80:
            continue
        length = 2 if byte & 0xE0 == 0xC0 else 3 if byte & 0xF0 == 0xE0 else 4 if byte & 0xF8 == 0xF0 else 1
        return cell[:-back] if length > back and back > 0 and _decodes(cell[:-back], "utf-8") else cell
    return cell


def _found(name, found_by, confidence):
    return {"name": codecs.lookup(name).name, "found_by": found_by, "confidence": confidence}


def _decodes(sample, encoding):
    try:
        sample.decode(encoding)
    except UnicodeError:
        return False
    return True


def _runs(sample):
    """Share of the bytes beyond ASCII that stand beside another: accents in Latin words stand alone."""
    high = [byte > 127 for byte in sample[:200_000]]
    beside = sum(
        here and (before or after)
        for before, here, after in zip([False, *high], high, [*high[1:], False], strict=False)
    )
    return beside / max(sum(high), 1)


def _arabic_score(sample, encoding):
    """Mean log-probability of the characters beyond ASCII, were the bytes Arabic in this encoding."""
    try:
        text = sample[:200_000].decode(encoding)
    except UnicodeError:
        return -math.inf
    letters = [c for c in text if ord(c) > 127]
    return sum(math.log(_FREQUENCY.get(c, 0.05) / 1000) for c in letters) / len(letters)
