from django.conf import settings
from django.utils.translation import get_language_info


def site(request):
    """What every page needs: languages, direction, whether the data is a demo's."""
    language = get_language_info(request.LANGUAGE_CODE)
    return {
        "LANGUAGES": settings.LANGUAGES,
        "LANGUAGE_CODE": language["code"],
        "direction": "rtl" if language["bidi"] else "ltr",
    }
