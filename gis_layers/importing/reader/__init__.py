"""Reads a stranger's file in a process of its own: no Django, no database, limits on memory, time and disk.

    python -m gis_layers.importing.reader '{"task": "probe", ...}'

The parent (gis_layers.importing.source) hands one JSON object of options:

    task       "probe" or "read"
    path       the file; a zip archive is checked and unpacked into `unpacked`
    unpacked   a private folder
    memory     bytes of address space that the reader may use
    report     number of an open file descriptor that takes one line of JSON at the end
    sublayer   name of the layer in the file (read; optional for probe)
    encoding   text encoding, where the file does not state it beyond doubt

"read" writes an Arrow IPC stream to standard output: column 0 is WKB, column 1 the code of what is wrong with the row
(or null), then the attributes in the order of the probe's `fields`, named "2", "3", ...; rows keep the file's order.
"""
