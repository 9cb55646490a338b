from whitenoise.storage import CompressedManifestStaticFilesStorage


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Names carry a hash of the content, inside JavaScript modules' imports too, so browsers keep files for ever."""

    support_js_module_import_aggregation = True
    manifest_strict = False
