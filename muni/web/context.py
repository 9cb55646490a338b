from django.conf import settings
from django.core.cache import cache
from django.utils.translation import get_language, get_language_info

from muni.accounts.models import User
from muni.places.models import Department
from muni.web import menu

DEMO_CACHE_SECONDS = 60


def holds_demo_data():
    """Whether demo accounts or offices are here; asked of the database once a minute."""
    return cache.get_or_set(
        "web.demo",
        lambda: User.objects.filter(is_demo=True).exists() or Department.objects.filter(is_demo=True).exists(),
        DEMO_CACHE_SECONDS,
    )


def languages(request):
    """Language and direction, also where a request failed before its language was known."""
    language = get_language_info(get_language() or settings.LANGUAGE_CODE)
    return {
        "LANGUAGES": [get_language_info(code) for code, _name in settings.LANGUAGES],
        "LANGUAGE_CODE": language["code"],
        "direction": "rtl" if language["bidi"] else "ltr",
    }


def site(request):
    """What every page needs: languages, direction, the menu, whether the data is a demo's."""
    user = getattr(request, "user", None)
    return {
        **languages(request),
        "menu": menu.entries_for(user) if user else [],
        "is_demo": holds_demo_data(),
    }
