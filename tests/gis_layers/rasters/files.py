"""GeoTIFFs with known contents and known defects."""

import warnings

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import from_origin


def geotiff(
    path, *, width=600, height=500, bands=3, dtype="uint8", crs="EPSG:32638", origin=(702_000, 3_526_000), **more
):
    """A picture of 0.5 m a pixel that gets brighter from west to east."""
    ramp = np.linspace(0, 255 if dtype == "uint8" else 4000, width).astype(dtype)
    profile = {"width": width, "height": height, "count": bands, "dtype": dtype, "crs": crs}
    if origin:
        profile["transform"] = from_origin(*origin, 0.5, 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", driver="GTiff", **profile, **more) as file:
            for band in range(1, bands + 1):
                file.write(np.tile(ramp, (height, 1)), band)
    return path


def bomb(path):
    """A few kilobytes that stand for 40 GB: tiles that were never written."""
    profile = {"width": 49_000, "height": 49_000, "count": 4, "dtype": "float32", "crs": "EPSG:32638"}
    options = {"tiled": True, "blockxsize": 4096, "blockysize": 4096, "sparse_ok": True, "bigtiff": "yes"}
    with rasterio.open(
        path, "w", driver="GTiff", transform=from_origin(702_000, 3_526_000, 1, 1), **profile, **options
    ):
        pass
    return path
