"""Settings of the whole house. The environment is read here and nowhere else.

DATABASE_URL     PostgreSQL with PostGIS; default: the private cluster under BALADIYA_DATA
BALADIYA_DATA    uploads, tile cache, collected static files, private cluster; default .data
SECRET_KEY       or a file BALADIYA_DATA/secret-key, made at the first start
ALLOWED_HOSTS    comma-separated; default: this machine only
PUBLIC_URL       scheme and host that links in notices and documents carry
SECURE           1 behind HTTPS: secure cookies, HSTS
TRUSTED_PROXIES  how many proxies of ours stand in front and add to X-Forwarded-For; default 0
EMAIL_URL        smtp://user:password@host:587 (smtps:// for TLS from the start); default: printed to the log
EMAIL_FROM       sender of our letters
SIGNING_KEY      file of the Ed25519 key (PEM) that papers are signed with; else a development key, and papers say so
SMS_URL          https://name:password@host/path of an SMS gateway (muni/notices/gateways.py); default: the log
DEBUG            1 for development only
BASE_STYLE_URL   MapLibre style of an external base map; default: our own layers only
BASE_STYLE_ORIGINS  where that style fetches from, space-separated; default: the style's own origin
MUNI_SRID        metric CRS of stored geometry; fixed once the first migration has run
"""

import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
from csp.constants import NONCE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("BALADIYA_DATA", BASE_DIR / ".data")).resolve()


def _flag(name):
    return os.environ.get(name, "") in {"1", "true", "yes"}


def _secret_key():
    if key := os.environ.get("SECRET_KEY"):
        return key
    path = DATA_DIR / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text()


def _bundled(package, pattern):
    """Path of a library inside a wheel: Debian 12's GDAL 3.6 is not safe with hostile files (gis.W001)."""
    libraries = Path(find_spec(package).origin).parent.with_name(f"{package}.libs")
    return next(str(path) for path in libraries.glob(pattern))


DEBUG = _flag("DEBUG")
SECURE = _flag("SECURE")
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "0"))
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://localhost:" + os.environ.get("PORT", "8000"))

# Space: metres are stored, longitude/latitude travels, tiles are drawn in Web Mercator.
MUNI_SRID = int(os.environ.get("MUNI_SRID", "32638"))

GDAL_LIBRARY_PATH = os.environ.get("GDAL_LIBRARY_PATH") or _bundled("pyogrio", "libgdal*.so*")
GEOS_LIBRARY_PATH = os.environ.get("GEOS_LIBRARY_PATH") or _bundled("shapely", "libgeos_c*.so*")

INSTALLED_APPS = [
    "muni.core",
    "muni.web",
    "muni.accounts",
    "muni.places",
    "muni.journal",
    "muni.notices",
    "muni.documents",
    "gis_layers",
    "gis_layers.editing",
    "gis_layers.quality",
    "gis_layers.rasters",
    "gis_layers.plans",
    "property",
    "muni.accounts.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.gis",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "muni.accounts.apps.AxesConfig",
    "csp",
    "django_filters",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_tasks",
    "django_tasks_db",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rest_framework_gis",
]

MIDDLEWARE = [
    "muni.core.figures.FiguresMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "muni.web.middleware.LanguageMiddleware",
    "muni.core.cross_origin.CrossOriginMiddleware",
    "muni.core.visitors.VisitorsMiddleware",
    # What follows is for people, and for programs that sign in.
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "muni.accounts.middleware.CredentialsMiddleware",
    "muni.accounts.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "muni.urls"
WSGI_APPLICATION = "muni.wsgi.application"
FORM_RENDERER = "muni.web.forms.Renderer"
CSRF_FAILURE_VIEW = "muni.web.errors.csrf_failure"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "muni.web.context.site",
                "muni.notices.context.unread",
            ],
        },
    }
]

DATABASES = {
    "default": dj_database_url.config(
        default=f"postgis:///baladiya?host={DATA_DIR / 'run'}&user=baladiya",
        conn_max_age=600,
        conn_health_checks=True,
    )
}
# Parallel plans cost more than they bring on tile-sized questions: PostGIS 3.3's function costs mislead the planner.
DATABASES["default"]["ENGINE"] = "muni.core.postgis"
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c jit=off -c max_parallel_workers_per_gather=0"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "muni.accounts.backends.MembershipBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_CLIENT_IP_CALLABLE = "muni.core.http.client_address"
AXES_LOCKOUT_CALLABLE = "muni.accounts.lockout.lockout_response"
BASIC_REMEMBERED_SECONDS = 300
OTP_TOTP_ISSUER = "Baladiya"

# Letters
_email = urlsplit(os.environ.get("EMAIL_URL", ""))
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _email.hostname else 'console'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = _email.hostname or "", _email.port or 587
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_email.username or ""), unquote(_email.password or "")
EMAIL_USE_SSL = _email.scheme == "smtps"
EMAIL_USE_TLS = _email.scheme == "smtp"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "baladiya@localhost")
SMS_URL = os.environ.get("SMS_URL", "")

# Languages: Arabic first, English beside it; another language is a .po file and a line here.
LANGUAGE_CODE = "ar"
LANGUAGES = [("ar", _("Arabic")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "muni/web/locale"]
FORMAT_MODULE_PATH = ["muni.web.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Baghdad"
USE_THOUSAND_SEPARATOR = True

# Files
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [
    ("vendor/maplibre-gl", BASE_DIR / "node_modules/maplibre-gl/dist"),
    ("vendor/rtl-text", BASE_DIR / "node_modules/@mapbox/mapbox-gl-rtl-text/dist"),
    ("vendor/terra-draw", BASE_DIR / "node_modules/terra-draw/dist"),
    ("vendor/terra-draw-maplibre", BASE_DIR / "node_modules/terra-draw-maplibre-gl-adapter/dist"),
    ("vendor/htmx", BASE_DIR / "node_modules/htmx.org/dist"),
    ("vendor/bootstrap", BASE_DIR / "node_modules/bootstrap/dist"),
    ("vendor/bootstrap-icons", BASE_DIR / "node_modules/bootstrap-icons/icons"),
    ("vendor/plex", BASE_DIR / "node_modules/@fontsource/ibm-plex-sans-arabic"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "muni.web.staticfiles.ManifestStorage"},
}
MEDIA_ROOT = DATA_DIR / "media"
TILE_CACHE_DIR = DATA_DIR / "tiles"
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
IMPORT_MAX_BYTES = 2 * 1024**3
RASTER_MAX_BYTES = 500 * 1024**2
DOCUMENT_MAX_BYTES = 20 * 1024**2
SIGNING_KEY = Path(os.environ["SIGNING_KEY"]) if os.environ.get("SIGNING_KEY") else None
DEVELOPMENT_KEY = DATA_DIR / "development-signing-key.pem"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024**2

# Working days that an act on the property register may take: confirm locally.
PROPERTY_WORKING_DAYS = {
    "first": 30,
    "survey": 60,
    "transfer": 7,
    "mortgage": 5,
    "release": 3,
    "seizure": 1,
    "lift": 2,
    "easement": 10,
    "usufruct": 7,
    "waqf": 15,
    "claim": 30,
    "end": 3,
    "split": 15,
    "merge": 15,
    "boundary": 15,
    "error": 10,
}

# Map: an external base map is another origin that browsers may fetch from; everything else comes from our own.
BASE_STYLE_URL = os.environ.get("BASE_STYLE_URL", "")
_BASE_ORIGINS = os.environ.get("BASE_STYLE_ORIGINS", "").split() or (
    ["{0.scheme}://{0.netloc}".format(urlsplit(BASE_STYLE_URL))] if BASE_STYLE_URL else []
)

# Safety
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, "'unsafe-inline'"],  # MapLibre positions popups and markers with style attributes
        "img-src": [SELF, "data:", "blob:", *_BASE_ORIGINS],
        "worker-src": [SELF, "blob:"],
        "connect-src": [SELF, *_BASE_ORIGINS],
        "object-src": ["'none'"],
        "base-uri": [SELF],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
    }
}
SILENCED_SYSTEM_CHECKS = [] if SECURE else ["security.W004", "security.W008", "security.W012", "security.W016"]

# Interfaces
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["muni.accounts.authentication.RequestUserAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "muni.core.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "muni.core.api.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Baladiya",
    "DESCRIPTION": "Land, plans, permits, networks and services of a province. Coordinates are longitude, latitude.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_PUBLIC": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
PROMETHEUS_EXPORT_MIGRATIONS = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "axes": {"level": "ERROR"},
        "fontTools": {"level": "WARNING"},
        "numexpr": {"level": "WARNING"},
        "weasyprint": {"level": "WARNING"},
    },
}
