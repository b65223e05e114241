"""All settings, from the environment (docs/operations.md lists every variable). Bad values raise at start."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

from config.keys import local_keys, parse_keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

SONGHE_ENV = env.str("SONGHE_ENV", "development")
if SONGHE_ENV not in {"development", "production"}:
    raise ImproperlyConfigured("SONGHE_ENV must be development or production")
PRODUCTION = SONGHE_ENV == "production"
DEBUG = env.bool("DEBUG", False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG must stay off in production")

SONGHE_HOME = Path(env.str("SONGHE_HOME", str(BASE_DIR / "var"))).resolve()
if PRODUCTION:
    SECRET_KEY = env.str("SECRET_KEY")
    SONGHE_KEYS = parse_keys(env.str("SONGHE_KEYS"))
else:
    SONGHE_HOME.mkdir(parents=True, exist_ok=True)
    _local = local_keys(SONGHE_HOME)
    SECRET_KEY = env.str("SECRET_KEY", _local["SECRET_KEY"])
    SONGHE_KEYS = parse_keys(env.str("SONGHE_KEYS", _local["SONGHE_KEYS"]))
SONGHE_KEY_VERSION = max(SONGHE_KEYS)

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "common",
    "accounts",
    "cadres",
    "visits",
    "services",
    "partybranches",
    "reports",
    "common.adminsite.SongheAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "axes",
    "csp",
    "crispy_forms",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "import_export",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SessionLimitsMiddleware",
    "accounts.middleware.SignInRequiredMiddleware",
    "common.middleware.RequestContextMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.navigation.context",
            ],
            "builtins": ["common.templatetags.songhe", "template_partials.templatetags.partials"],
        },
    }
]
FORM_RENDERER = "common.forms.SongheRenderer"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["songhe"]
CRISPY_TEMPLATE_PACK = "songhe"
DJANGO_TABLES2_TEMPLATE = "django_tables2/songhe.html"

# -- data ---------------------------------------------------------------------------------------------------
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{SONGHE_HOME / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A writer takes its lock when its transaction begins, and waits for its turn instead of failing.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
        " PRAGMA cache_size=-49152; PRAGMA temp_store=MEMORY;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("DB_CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = SONGHE_HOME / "media"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

SONGHE_UPLOAD_MAX_BYTES = env.int("SONGHE_UPLOAD_MAX_MB", 50) * 1024 * 1024
#: Uploads hold people: they stay in memory and never reach a clear temporary file.
FILE_UPLOAD_MAX_MEMORY_SIZE = SONGHE_UPLOAD_MAX_BYTES

# -- background work ----------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "visibility_timeout": env.int("CELERY_VISIBILITY_TIMEOUT", 3600)
    }
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    _queue = SONGHE_HOME / "celery"
    for _folder in ("queue", "processed", "control"):
        (_queue / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost//"  # the host is a word only: without it kombu warns
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "queue"),
        "data_folder_out": str(_queue / "queue"),
        "processed_folder": str(_queue / "processed"),
        "control_folder": str(_queue / "control"),
        "store_processed": False,
    }
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# -- sign-in ------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:signin"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:signin"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "accounts.passwords.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.OwnNameValidator"},
    {"NAME": "accounts.passwords.CompositionValidator"},
]
PASSWORD_PROFILE = env.str("PASSWORD_PROFILE", "dengbao")
if PASSWORD_PROFILE not in {"dengbao", "asvs"}:
    raise ImproperlyConfigured("PASSWORD_PROFILE must be dengbao or asvs")
PASSWORD_MAX_AGE = timedelta(days=env.int("PASSWORD_MAX_AGE_DAYS", 90 if PASSWORD_PROFILE == "dengbao" else 0))
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "accounts.views.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False
PROXY_COUNT = env.int("PROXY_COUNT", 0)
AXES_CLIENT_IP_CALLABLE = "common.client.client_ip"
SESSION_IDLE = timedelta(minutes=env.int("SESSION_IDLE_MINUTES", 30))
SESSION_ABSOLUTE = timedelta(hours=env.int("SESSION_ABSOLUTE_HOURS", 12))
SESSION_COOKIE_AGE = int(SESSION_ABSOLUTE.total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "common.errors.csrf_failure"

# -- headers ------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    if env.bool("BEHIND_TLS_PROXY", False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# -- rules of the bureau that differ from city to city ------------------------------------------------------
NOTICE_BIRTHDAY_DAYS = env.int("NOTICE_BIRTHDAY_DAYS", 7)
#: How many days before its deadline a unit's roster is reminded of.
NOTICE_ROSTER_DAYS = [int(day) for day in env.list("NOTICE_ROSTER_DAYS", default=["14", "7", "3", "1"])]
NOTICE_FESTIVAL_DAYS = env.int("NOTICE_FESTIVAL_DAYS", 14)
NOTICE_VERIFICATION_DAYS = env.int("NOTICE_VERIFICATION_DAYS", 30)
#: Keeping records fresh (cadres.upkeep).
CONFIRMATION_GRACE_DAYS = env.int("CONFIRMATION_GRACE_DAYS", 0, validate=validate.Range(min=0, max=60))
VERIFICATION_DUE = env.str(
    "VERIFICATION_DUE", "06-30", validate=validate.Regexp(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
)
STALE_MONTHS = env.int("STALE_MONTHS", 12, validate=validate.Range(min=1, max=120))
#: Yuan of 慰问金 per visit that need no reason, by occasion (visits.rules).
VISIT_GIFT_STANDARDS = {
    "default": env.int("VISIT_GIFT_STANDARD", 1000),
    "death": env.int("VISIT_GIFT_STANDARD_DEATH", 3000),
}
#: Which birthdays are 大寿, by group: 虚岁 or 周岁, the ages, and from which age every year is one.
BIRTHDAY_MILESTONES: dict[str, dict[str, Any]] = {
    "leave": {"nominal": True, "ages": (80, 85), "every_year_from": 90},
    "retiree": {"nominal": False, "ages": (70, 80, 90, 95), "every_year_from": 100},
}

# -- language, files, logs ----------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = env.str("SONGHE_TIME_ZONE", "Asia/Shanghai")
CELERY_TIMEZONE = TIME_ZONE
USE_TZ = True
USE_THOUSAND_SEPARATOR = False
STATIC_URL = "static/"
STATIC_ROOT = SONGHE_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
TESTING = "pytest" in sys.modules
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = TESTING or DEBUG
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING")},
}
