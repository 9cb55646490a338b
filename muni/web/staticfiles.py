from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Names carry a hash of the content, inside JavaScript modules' imports too, so browsers keep files for ever."""

    support_js_module_import_aggregation = True
    manifest_strict = False

    def create_compressor(self, **kwargs):
        """gzip alone: brotli, which comes with the libraries of papers, takes minutes of the first start."""
        return Compressor(use_brotli=False, **kwargs)

    def url_converter(self, name, hashed_files, template=None):
        """Leaves bare names, as in import("muni/map"), to the page's import map."""
        convert = super().url_converter(name, hashed_files, template)

        def converter(match):
            is_bare = match["matched"].startswith("import(") and not match["url"].startswith((".", "/"))
            return match["matched"] if is_bare else convert(match)

        return converter
