"""Files with known contents and known defects, and the short way through an import."""

import json
import zipfile

import geopandas
import shapely

from gis_layers.importing import services
from gis_layers.models import ImportJob
from tests.factories import DepartmentFactory

AMARAH = (47.145, 31.84)


def imported(path, *, slug="trial", department=None, **choices):
    """The ended job of an import run here and now."""
    job = services.receive(path, name=path.name, department=department or DepartmentFactory())
    services.prepare(job, slug=slug, **choices)
    ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.QUEUED)
    services.run(job.pk)
    job.refresh_from_db()
    return job


def geojson(path, *rows):
    """rows: (geometry as a shapely shape, GeoJSON dict or None, attributes)."""
    features = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": shape if shape is None or isinstance(shape, dict) else json.loads(shapely.to_geojson(shape)),
        }
        for shape, properties in rows
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))
    return path


def box(lon=AMARAH[0], lat=AMARAH[1], size=0.001):
    return shapely.box(lon, lat, lon + size, lat + size)


def bow_tie(lon=AMARAH[0], lat=AMARAH[1], size=0.001):
    return shapely.Polygon([(lon, lat), (lon + size, lat + size), (lon + size, lat), (lon, lat + size), (lon, lat)])


def shapefile(folder, frame, *, encoding="UTF-8", without=(), stem="data"):
    """A zip of a shapefile, without the parts named."""
    parts = folder / "parts"
    parts.mkdir()
    frame.to_file(parts / f"{stem}.shp", engine="pyogrio", encoding=encoding)
    target = folder / f"{stem}.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for part in sorted(parts.iterdir()):
            if part.suffix not in without:
                archive.write(part, part.name)
    return target


def arabic_frame(crs="EPSG:4326"):
    names = ["حي العسكري", "حي النصر", "ناحية المشرح", "قضاء قلعة صالح", "محلة السراي"]
    return geopandas.GeoDataFrame(
        {"NAME_AR": names, "CODE": range(1, 6)},
        geometry=[box(AMARAH[0] + i * 0.002) for i in range(5)],
        crs="EPSG:4326",
    ).to_crs(crs)
