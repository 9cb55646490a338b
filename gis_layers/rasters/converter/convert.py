"""Strip by strip into a tiled copy, then overviews, then the file in the order that clients can read in pieces."""

import math
import warnings
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Compression, MaskFlags, Resampling
from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioError
from rasterio.warp import transform, transform_bounds
from rasterio.windows import Window

MAX_PIXELS = 2_500_000_000
"""A sheet of 1 m × 1 m scanned at 1,200 dpi has 2.2 thousand million."""

BOMB = 2 * 1024**3
BOMB_RATIO = 1_000
"""Whoever unpacks to more than BOMB bytes and to so many times the file was made to fill the disk."""

TILE = 512
STRIP = 64 * 1024**2  # bytes of a band that are copied at a time
LONLAT = CRS.from_epsg(4326)
MERCATOR_METRES = 156_543.03  # a pixel of a 256-pixel tile at zoom 0 on the equator
MERCATOR_LATITUDE = 85.06

OPTIONS = {
    "GDAL_CACHEMAX": 64,
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_NUM_THREADS": "1",
    "GDAL_PAM_ENABLED": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "none",
    "CHECK_DISK_FREE_SPACE": "YES",
    "GDAL_TIFF_INTERNAL_MASK": "YES",
}


class Unusable(Exception):
    """Why a file cannot become a sheet: a code that the parent turns into a sentence, and what that sentence names."""

    def __init__(self, code, **detail):
        super().__init__(code)
        self.code = code
        self.detail = detail


def convert(path, folder, tell):
    """Writes folder/sheet.tif; gives the facts: crs, crs_wkt, bounds, step (three points in degrees: the middle, one
    pixel aside, one down), width, height, bands, max_zoom, stretch. Raises Unusable."""
    warnings.simplefilter("ignore", NotGeoreferencedWarning)
    folder = Path(folder)
    copy, result = folder / "copy.tif", folder / "sheet.tif"
    with rasterio.Env(**OPTIONS):
        try:
            with rasterio.open(path, driver="GTiff") as source:
                _refuse_bomb(source, Path(path).stat().st_size)
                facts = {**_place(source), "width": source.width, "height": source.height}
                options = _compression(source)
                indexes = _drawn_bands(source)
                _copy(source, copy, indexes, tell)
            facts |= {"bands": len(indexes)}
            with rasterio.open(copy, "r+") as tiled:
                factors = _factors(tiled)
                if factors:
                    tiled.build_overviews(factors, _resampling(tiled))
            tell({"progress": 85})
            with rasterio.open(copy) as tiled:
                facts["stretch"] = _stretch(tiled)
            rasterio.shutil.copy(copy, result, driver="COG", BLOCKSIZE=TILE, BIGTIFF="IF_SAFER", **options)
            copy.unlink()
        except RasterioError as error:
            is_other = "not recognized" in str(error)
            raise Unusable("not_a_geotiff" if is_other else "damaged", detail=_short(error)) from error
    tell({"progress": 100})
    return facts


def _refuse_bomb(source, size):
    pixels = source.width * source.height
    unpacked = pixels * sum(np.dtype(kind).itemsize for kind in source.dtypes)
    if pixels > MAX_PIXELS:
        raise Unusable("too_many_pixels", width=source.width, height=source.height)
    if unpacked > BOMB and unpacked > BOMB_RATIO * size:
        raise Unusable("bomb", gigabytes=round(unpacked / 1024**3))
    if any(np.dtype(kind).kind == "c" for kind in source.dtypes):
        raise Unusable("not_a_picture")


def _place(source):
    if source.crs is None:
        raise Unusable("only_control_points" if source.gcps[0] else "no_crs")
    if source.transform.is_identity or not source.transform.determinant:
        raise Unusable("no_position")
    middle = source.width / 2, source.height / 2
    offsets = (middle, (middle[0] + 1, middle[1]), (middle[0], middle[1] + 1))
    points = [source.transform * offset for offset in offsets]
    try:
        bounds = transform_bounds(source.crs, LONLAT, *_corners(source))
        step = list(zip(*transform(source.crs, LONLAT, *zip(*points, strict=True)), strict=True))
    except (CRSError, RasterioError, ValueError) as error:
        raise Unusable("nowhere") from error
    numbers = [*bounds, *(n for point in step for n in point)]
    west, south, east, north = bounds
    sane = -180 <= west < east <= 180 and -MERCATOR_LATITUDE <= south < north <= MERCATOR_LATITUDE
    if not all(map(math.isfinite, numbers)) or not sane:
        raise Unusable("nowhere")
    size = _ground_size(step)
    zoom = round(math.log2(MERCATOR_METRES * math.cos(math.radians((south + north) / 2)) / size))
    return {
        "crs": source.crs.to_string()[:200],
        "crs_wkt": source.crs.to_wkt(),
        "bounds": list(bounds),
        "step": step,
        "max_zoom": max(0, min(24, zoom)),
    }


def _corners(source):
    """The box around the picture in its own CRS, also when it is turned."""
    corners = [
        source.transform * corner
        for corner in ((0, 0), (source.width, 0), (0, source.height), (source.width, source.height))
    ]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _ground_size(step):
    """Metres of a pixel, roughly: for the zoom only."""
    (lon, lat), *others = step
    metres = [math.hypot((x - lon) * math.cos(math.radians(lat)), y - lat) * 111_320 for x, y in others]
    size = min(metres)
    if not size > 0:
        raise Unusable("nowhere")
    return size


def _drawn_bands(source):
    """Bands that make the picture: red, green and blue, or grey, and what makes it transparent."""
    colours = {kind: i for i, kind in enumerate(source.colorinterp, 1)}
    alpha = [colours[ColorInterp.alpha]] if ColorInterp.alpha in colours else []
    rgb = [colours.get(kind) for kind in (ColorInterp.red, ColorInterp.green, ColorInterp.blue)]
    if all(rgb):
        return [*rgb, *alpha]
    plain = [i for i in source.indexes if i not in alpha]
    return [*(plain[:3] if len(plain) >= 3 else plain[:1]), *alpha]


def _copy(source, copy, indexes, tell):
    """Reads every pixel, so damage anywhere is found here and not by whoever looks at the map."""
    kinds = {source.dtypes[i - 1] for i in indexes}
    profile = {
        "driver": "GTiff", "width": source.width, "height": source.height, "count": len(indexes),
        "dtype": np.result_type(*kinds).name, "crs": source.crs, "transform": source.transform, "nodata": source.nodata,
        "tiled": True, "blockxsize": TILE, "blockysize": TILE, "compress": "zstd", "zstd_level": 1,
        "bigtiff": "if_safer",
    }  # fmt: skip
    has_mask = MaskFlags.per_dataset in source.mask_flag_enums[0] and MaskFlags.alpha not in source.mask_flag_enums[0]
    with rasterio.open(copy, "w", **profile) as tiled:
        tiled.colorinterp = [source.colorinterp[i - 1] for i in indexes]
        if source.colorinterp[0] == ColorInterp.palette:
            tiled.write_colormap(1, source.colormap(1))
        rows = max(1, STRIP // (source.width * np.dtype(profile["dtype"]).itemsize * TILE)) * TILE
        for top in range(0, source.height, rows):
            window = Window(0, top, source.width, min(rows, source.height - top))
            for i, index in enumerate(indexes, 1):
                tiled.write(source.read(index, window=window), i, window=window)
            if has_mask:
                tiled.write_mask(source.read_masks(1, window=window), window=window)
            tell({"progress": int(70 * (top + window.height) / source.height)})


def _compression(source):
    """What was JPEG stays JPEG; all else is kept to the bit."""
    if source.compression == Compression.jpeg and set(source.dtypes) == {"uint8"}:
        return {"COMPRESS": "JPEG", "QUALITY": 90}
    return {"COMPRESS": "DEFLATE", "PREDICTOR": "YES"}


def _factors(tiled):
    count = max(0, math.ceil(math.log2(max(tiled.width, tiled.height) / TILE)))
    return [2**i for i in range(1, count + 1)]


def _resampling(tiled):
    return Resampling.nearest if tiled.colorinterp[0] == ColorInterp.palette else Resampling.average


def _stretch(tiled):
    """[[lowest, highest]] of each drawn band for values that are no colours yet: its 2nd and 98th percentile."""
    if tiled.dtypes[0] == "uint8":
        return None
    found = []
    for index in range(1, tiled.count + 1):
        if tiled.colorinterp[index - 1] == ColorInterp.alpha:
            continue
        shape = (min(1024, tiled.height), min(1024, tiled.width))
        values = tiled.read(index, out_shape=shape, masked=True).compressed()
        values = values[np.isfinite(values)]
        low, high = (float(v) for v in np.percentile(values, [2, 98])) if values.size else (0.0, 1.0)
        found.append([low, high if high > low else low + 1])
    return found


def _short(error):
    """GDAL's words without our paths and file names."""
    return str(error.__cause__ or error).split("\n")[0].rsplit("/", 1)[-1].removeprefix("incoming.tif, ")[:200]
