"""KML, GPX and GML: refused when they declare entities or refer elsewhere, before GDAL sees them."""

from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.saxutils import XMLGenerator

from defusedxml import DefusedXmlException
from defusedxml.sax import parse

from gis_layers.importing.reader.errors import Unreadable

MAX_DEPTH = 100
BOUNDARIES = {"outerBoundaryIs", "innerBoundaryIs"}


def safe_xml(path, folder):
    """The path of a file that GDAL may read: `path`, or its like in `folder` where GDAL would lose features."""
    found = _Look()
    try:
        parse(str(path), found, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Unreadable("xml_entities") from error
    except SAXParseException as error:
        raise Unreadable("damaged", detail=f"XML, line {error.getLineNumber()}: {error.getMessage()}"[:200]) from error
    except (ValueError, UnicodeError, LookupError) as error:
        raise Unreadable("damaged", detail=str(error)[:200]) from error
    if not found.lone_rings:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / path.name, "w", encoding="utf-8") as out:
        parse(str(path), _RingsAsLines(out), forbid_dtd=True)
    return folder / path.name


class _Path(ContentHandler):
    """Knows the elements that are open."""

    def __init__(self):
        super().__init__()
        self.open = [""]

    def startElement(self, name, attrs):  # noqa: N802
        self.open.append(name.split(":")[-1])
        if len(self.open) > MAX_DEPTH:
            raise Unreadable("too_deep")

    def endElement(self, name):  # noqa: N802
        self.open.pop()

    def is_lone_ring(self):
        """A LinearRing that bounds no polygon: allowed in KML, and GDAL gives it no geometry."""
        return self.open[-1] == "LinearRing" and self.open[-2] not in BOUNDARIES


class _Look(_Path):
    lone_rings = False

    def startElement(self, name, attrs):  # noqa: N802
        super().startElement(name, attrs)
        self.lone_rings = self.lone_rings or self.is_lone_ring()


class _RingsAsLines(XMLGenerator):
    """Writes the same document with lone rings as closed lines."""

    def __init__(self, out):
        super().__init__(out, encoding="utf-8")
        self.path = _Path()

    def startElement(self, name, attrs):  # noqa: N802
        self.path.startElement(name, attrs)
        super().startElement(self._renamed(name), attrs)

    def endElement(self, name):  # noqa: N802
        super().endElement(self._renamed(name))
        self.path.endElement(name)

    def _renamed(self, name):
        return name.replace("LinearRing", "LineString") if self.path.is_lone_ring() else name
