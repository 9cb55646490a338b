"""Tiles of a raster sheet, drawn by rio-tiler from its Cloud-Optimised GeoTIFF."""

from functools import cache

import numpy as np
import rasterio
from django.utils.translation import gettext as _
from rio_tiler.errors import TileOutsideBounds
from rio_tiler.io import Reader
from rio_tiler.models import ImageData

from muni.core.errors import BadRequest

SIZE = 256
MAX_ZOOM = 24
_OPTIONS = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO", "GDAL_CACHEMAX": 64}


def tile(sheet, z, x, y):
    """The PNG of the tile (z, x, y) of the XYZ scheme, transparent where the sheet does not lie. Raises BadRequest."""
    if z > MAX_ZOOM or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise BadRequest(
            _("There is no tile %(z)s/%(x)s/%(y)s; zooms go from 0 to %(last)s.")
            % {"z": z, "x": x, "y": y, "last": MAX_ZOOM}
        )
    with rasterio.Env(**_OPTIONS), Reader(str(sheet.cog)) as reader:
        try:
            picture = reader.tile(
                x, y, z, tilesize=SIZE, resampling_method="nearest" if reader.colormap else "bilinear"
            )
        except TileOutsideBounds:
            return _nothing()
        if sheet.stretch:
            picture.rescale(in_range=[tuple(span) for span in sheet.stretch])
        return picture.render(img_format="PNG", colormap=reader.colormap)


@cache
def _nothing():
    return ImageData(np.ma.masked_all((1, SIZE, SIZE), dtype="uint8")).render(img_format="PNG")
