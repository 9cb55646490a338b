"""Makes a Cloud-Optimised GeoTIFF of a stranger's file in a process of its own: no Django, no database, limits on
memory, time and disk.

    python -m gis_layers.rasters.converter '{"path": ..., "folder": ..., "memory": ...}'

Lines of JSON go to standard output: {"progress": 0 to 100} on the way, at the end {"ok": true, ...facts} or
{"ok": false, "code", "detail"}. The result is `folder`/sheet.tif.
"""
