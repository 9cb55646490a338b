"""What a file is, told by its bytes and not by its name."""

import zipfile

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
WEBP = "image/webp"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

EXTENSIONS = {PDF: {"pdf"}, PNG: {"png"}, JPEG: {"jpg", "jpeg"}, WEBP: {"webp"}, DOCX: {"docx"}, XLSX: {"xlsx"}}
SHOWN = {PDF, PNG, JPEG, WEBP}
"""Types that a browser may show by itself."""


def kind_of(file):
    """The media type among EXTENSIONS, or None. file: open for reading bytes; it is rewound."""
    file.seek(0)
    start = file.read(16)
    kind = None
    if start.startswith(b"%PDF-"):
        kind = PDF
    elif start.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = PNG
    elif start.startswith(b"\xff\xd8\xff"):
        kind = JPEG
    elif start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        kind = WEBP
    elif start.startswith(b"PK\x03\x04"):
        kind = _office_kind(file)
    file.seek(0)
    return kind


def _office_kind(file):
    """Word and Excel files without macros."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names or any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    if "word/document.xml" in names:
        return DOCX
    return XLSX if "xl/workbook.xml" in names else None
