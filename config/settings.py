"""All settings, read from the environment; production fails loudly on a missing secret.

PROMPTFAIR_ENV is `development` (the default), `demo`, `test` or `production`. Each variable is
described in docs/settings.md, and a test keeps that page whole.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env

from common.embedded import ensure_services, needs_owner_role

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = BASE_DIR / ".local"

PROMPTFAIR_ENV = env.str("PROMPTFAIR_ENV", "development")
IS_PRODUCTION = PROMPTFAIR_ENV == "production"
IS_DEMO = PROMPTFAIR_ENV == "demo"
if PROMPTFAIR_ENV not in {"development", "demo", "test", "production"}:
    raise ImproperlyConfigured(
        f"PROMPTFAIR_ENV={PROMPTFAIR_ENV!r}: use development, demo, test or production."
    )


def secret(name: str, development_default: str) -> str:
    """A value that production must be given; elsewhere a harmless default serves."""
    value = env.str(name, "")
    if value:
        return value
    if IS_PRODUCTION:
        raise ImproperlyConfigured(f"{name} is missing. Production needs it in the environment.")
    return development_default


SECRET_KEY = secret("SECRET_KEY", "development-only-key-that-signs-nothing-of-worth-" + "0" * 20)
# Old keys still open what they signed, such as links in mails that must work for ever.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
DEBUG = env.bool("DEBUG", False)
PUBLIC_URL = secret("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
_public = urlsplit(PUBLIC_URL)
# Where AI clients find the MCP server: by path behind the proxy, by port in the demo.
MCP_URL = env.str("MCP_URL", f"{PUBLIC_URL}/mcp")
# Where the site hands /mcp on to, if no proxy does so before it.
MCP_UPSTREAM = env.str("MCP_UPSTREAM", "")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", [_public.hostname or "127.0.0.1"] + ([] if IS_PRODUCTION else ["127.0.0.1", "localhost"])
)
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]

# --- Servers -----------------------------------------------------------------------------------

DATABASE_URL = secret("DATABASE_URL", "")
REDIS_URL = secret("REDIS_URL", "")
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", DATABASE_URL)
if not DATABASE_URL or not REDIS_URL:
    _services = ensure_services()
    if not DATABASE_URL:
        DATABASE_URL, DATABASE_OWNER_URL = _services.database_url, _services.owner_database_url
    REDIS_URL = REDIS_URL or _services.redis_url

# The application's role may not rewrite the ledger; only the owner may change the schema.
USE_OWNER_ROLE = env.bool("DATABASE_USE_OWNER", needs_owner_role(sys.argv))
DATABASES = {
    "default": env.dj_db_url("", DATABASE_OWNER_URL if USE_OWNER_ROLE else DATABASE_URL)
    | {"CONN_MAX_AGE": env.int("CONN_MAX_AGE", 60), "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
}
# What may lag, the catalogue, is read from here; empty: from the primary. See common.replica.
DATABASE_REPLICA_URL = env.str("DATABASE_REPLICA_URL", "")
if DATABASE_REPLICA_URL:
    DATABASES["replica"] = env.dj_db_url("", DATABASE_REPLICA_URL) | {
        "CONN_MAX_AGE": DATABASES["default"]["CONN_MAX_AGE"],
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"MIRROR": "default"},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "common.cache.RedisOrMemoryCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": env.str("CACHE_PREFIX", "promptfair"),
        # A page must not fail because Redis is away: the cache holds nothing that cannot be made again.
        "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 1},
    }
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
# Memory of each web process for copies of public pages; see marketplace.pages.kept.
PAGE_COPIES_MB = env.int("PAGE_COPIES_MB", 24)


def celery_url(redis_url: str) -> str:
    """Celery names a unix socket differently from redis-py: unix://PATH?db=N → redis+socket://PATH?virtual_host=N."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")


CELERY_BROKER_URL = celery_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    # Comparing books takes minutes, and must not stand before a payment.
    "payments.reconcile": {"queue": "default"},
    "payments.invariant*": {"queue": "default"},
    "payments.*": {"queue": "payments"},
    # Waiting for other people's servers delays nobody else.
    "marketplace.webhooks_deliver": {"queue": "webhooks"},
}
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,  # longer than any task may run, so that none is handed out twice while it runs
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "max_retries": 0,  # a page or a task that hints at its rows does not wait for Redis: sweepers find them
    "global_keyprefix": env.str("CELERY_PREFIX", "promptfair-"),
}
CELERY_TIMEZONE = "UTC"
SWEEP_SECONDS = env.int("SWEEP_SECONDS", 15)
CELERY_BEAT_SCHEDULE_FILENAME = env.str(
    "CELERY_BEAT_SCHEDULE", str(LOCAL_DIR / "run" / "celerybeat-schedule")
)
CELERY_BEAT_SCHEDULE = {
    "sweep-stripe-events": {"task": "payments.stripe_events_sweep", "schedule": SWEEP_SECONDS},
    "sweep-deliveries": {"task": "payments.deliveries_sweep", "schedule": SWEEP_SECONDS},
    "sweep-orders": {"task": "payments.orders_sweep", "schedule": SWEEP_SECONDS},
    "sweep-processing-fees": {"task": "payments.processing_fees_sweep", "schedule": 300},
    "forget-apps": {"task": "marketplace.apps_forget", "schedule": 86_400},
    "sweep-idempotency-records": {"task": "marketplace.idempotency_records_sweep", "schedule": 3600},
    "sweep-gifts": {"task": "payments.gifts_sweep", "schedule": SWEEP_SECONDS},
    "sweep-refunds": {"task": "payments.refunds_sweep", "schedule": SWEEP_SECONDS},
    "sweep-refund-claims": {"task": "payments.refund_claims_sweep", "schedule": 60},
    "sweep-disputes": {"task": "payments.disputes_sweep", "schedule": 3600},
    "sweep-evidence": {"task": "payments.evidence_sweep", "schedule": SWEEP_SECONDS},
    "forget-accesses": {"task": "payments.accesses_forget", "schedule": 86_400},
    "release-earnings": {"task": "payments.earnings_release", "schedule": 600},
    "roll-up-days": {"task": "payments.days_roll", "schedule": SWEEP_SECONDS},
    "sweep-rolled-up-days": {"task": "payments.days_sweep", "schedule": 3600},
    "mend-rolled-up-days": {"task": "payments.days_mend", "schedule": crontab(minute=50, hour=2)},
    "weekly-payouts": {
        "task": "payments.payouts_weekly",
        "schedule": crontab(minute=0, hour=0, day_of_week="mon"),
    },
    "make-up-for-weekly-payouts": {"task": "payments.payouts_weekly", "schedule": 600},
    "sweep-payouts": {"task": "payments.payouts_sweep", "schedule": SWEEP_SECONDS},
    "sweep-payout-reversals": {"task": "payments.payout_reversals_sweep", "schedule": SWEEP_SECONDS},
    "sweep-accounts": {"task": "payments.accounts_sweep", "schedule": 600},
    "sweep-shared-pictures": {"task": "marketplace.pictures_sweep", "schedule": 3600},
    "drain-views": {"task": "listings.views_drain", "schedule": 60},
    "sweep-checks": {"task": "listings.checks_sweep", "schedule": SWEEP_SECONDS},
    "forget-deleted-drafts": {"task": "listings.deleted_drafts_forget", "schedule": 3600},
    "sweep-example-pictures": {"task": "marketplace.example_pictures_sweep", "schedule": 3600},
    "sweep-text-prints": {"task": "listings.prints_sweep", "schedule": 3600},
    "sweep-search": {"task": "listings.search_sweep", "schedule": SWEEP_SECONDS},
    "adjust-search-tiers": {"task": "listings.search_tiers", "schedule": 600},
    "sweep-rewrites": {"task": "listings.rewrites_sweep", "schedule": SWEEP_SECONDS},
    "sweep-imports": {"task": "listings.imports_sweep", "schedule": SWEEP_SECONDS},
    "sweep-webhooks": {"task": "marketplace.webhooks_sweep", "schedule": SWEEP_SECONDS},
    "forget-webhooks": {"task": "marketplace.webhooks_forget", "schedule": 86_400},
    "sweep-notifications": {"task": "marketplace.notifications_mail", "schedule": SWEEP_SECONDS},
    "sweep-spreads": {"task": "marketplace.spreads_sweep", "schedule": SWEEP_SECONDS},
    "begin-digests": {"task": "marketplace.digests_begin", "schedule": 600},
    "forget-notifications": {"task": "marketplace.notifications_forget", "schedule": 86_400},
    "fold-public-changes": {"task": "listings.public_changes_fold", "schedule": SWEEP_SECONDS},
    "sweep-outbox": {"task": "common.outbox_sweep", "schedule": SWEEP_SECONDS},
    "reconcile": {"task": "payments.reconcile", "schedule": crontab(minute=7)},
    "check-invariants": {"task": "payments.invariants_check", "schedule": 900},
    "check-all-books": {"task": "payments.invariants_check_all", "schedule": crontab(minute=20, hour=3)},
}

# --- Payments ----------------------------------------------------------------------------------

STRIPE_SECRET_KEY = secret("STRIPE_SECRET_KEY", "sk_test_promptfair_development")
STRIPE_WEBHOOK_SECRET = secret("STRIPE_WEBHOOK_SECRET", "")
STRIPE_CONNECT_WEBHOOK_SECRET = env.str("STRIPE_CONNECT_WEBHOOK_SECRET", "")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "https://api.stripe.com")
STRIPE_LIVE_MODE = env.bool("STRIPE_LIVE_MODE", False)
if STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_")) and not STRIPE_LIVE_MODE:
    raise ImproperlyConfigured("STRIPE_SECRET_KEY is a live key. Set STRIPE_LIVE_MODE=1 if that is meant.")
USES_STRIPE_SANDBOX = urlsplit(STRIPE_API_BASE).hostname in {"127.0.0.1", "localhost"}
STRIPE_CHECKOUT_ORIGIN = STRIPE_API_BASE if USES_STRIPE_SANDBOX else "https://checkout.stripe.com"
STRIPE_CONNECT_ORIGIN = STRIPE_API_BASE if USES_STRIPE_SANDBOX else "https://connect.stripe.com"
PLATFORM_FEE_BPS = env.int("PLATFORM_FEE_BPS", 2000)
EARNINGS_HOLD_DAYS = env.int("EARNINGS_HOLD_DAYS", 7)
DISPUTE_EVIDENCE_AUTO_HOURS = env.int("DISPUTE_EVIDENCE_AUTO_HOURS", 24)
ACCESS_LOG_DAYS = env.int("ACCESS_LOG_DAYS", 540)
SELLER_OVERDRAFT_AMOUNT = env.int("SELLER_OVERDRAFT_AMOUNT", 5000)
REFUND_ANSWER_HOURS = env.int("REFUND_ANSWER_HOURS", 72)
REFUND_CLAIM_DAYS = env.int("REFUND_CLAIM_DAYS", 14)
REFUND_CLAIMS_AT_ONCE = env.int("REFUND_CLAIMS_AT_ONCE", 3)
REFUND_SHARE_PERCENT = env.int("REFUND_SHARE_PERCENT", 30)
REFUNDS_AT_ONCE_PER_MONTH = env.int("REFUNDS_AT_ONCE_PER_MONTH", 10)
DECISION_UNDO_SECONDS = env.int("DECISION_UNDO_SECONDS", 60)
COUNTER_NOTICE_DAYS = env.int("COUNTER_NOTICE_DAYS", 14)
REPORTS_PER_DAY = env.int("REPORTS_PER_DAY", 10)
QUESTIONS_PER_DAY = env.int("QUESTIONS_PER_DAY", 10)
OWN_LINK_DAYS = env.int("OWN_LINK_DAYS", 30)
ORDER_LIFETIME_MINUTES = env.int("ORDER_LIFETIME_MINUTES", 60)
if not 30 <= ORDER_LIFETIME_MINUTES <= 1440:
    raise ImproperlyConfigured("ORDER_LIFETIME_MINUTES must be 30 to 1440: Stripe's limits for a session.")

# --- Applications ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.idp.oidc",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "anymail",
    "common",
    "accounts",
    "listings",
    "payments",
    "marketplace",
]
SITE_ID = 1

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "marketplace.pages.carts.GuestCartMiddleware",
]
if DATABASE_REPLICA_URL:
    MIDDLEWARE.insert(0, "common.replica.ReplicaReads")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before the installed apps, so that our account pages win over allauth's own.
        "DIRS": [BASE_DIR / "marketplace" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketplace.context.site",
            ],
        },
    },
]

# --- Accounts ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "accounts.models.user_display"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
# A buyer who signs up on the way to paying is not sent to the mailbox; submitting a listing asks for it.
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "accounts.entrance.LoginForm",
    "signup": "accounts.entrance.SignupForm",
    "add_email": "accounts.entrance.AddEmailForm",
    "change_password": "accounts.entrance.ChangePasswordForm",
    "reset_password": "accounts.entrance.ResetPasswordForm",
    "reset_password_from_key": "accounts.entrance.ResetPasswordKeyForm",
}
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
IDP_OIDC_ADAPTER = "accounts.oauth.OAuthAdapter"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 3600
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 90 * 86_400
IDP_OIDC_DCR_ENABLED = True
# AI programs register themselves. What they may do, a person decides each time.
IDP_OIDC_DCR_REQUIRES_INITIAL_ACCESS_TOKEN = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/library/"
SELLER_HOME_URL = "/sell/"
LOGOUT_REDIRECT_URL = "/"

# --- Mail, files, language ---------------------------------------------------------------------

DEFAULT_FROM_EMAIL = secret("DEFAULT_FROM_EMAIL", "Promptfair <hello@promptfair.test>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAILBOX_DIR = env.path("MAILBOX_DIR", LOCAL_DIR / "mailbox")
EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend"
    if IS_PRODUCTION
    else "django.core.mail.backends.filebased.EmailBackend",
)
EMAIL_FILE_PATH = str(MAILBOX_DIR)
if IS_PRODUCTION and "smtp" in EMAIL_BACKEND:
    _mail = env.dj_email_url("EMAIL_URL")
    EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"], _mail["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail["EMAIL_USE_TLS"], _mail["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", (BASE_DIR if IS_PRODUCTION else LOCAL_DIR) / "staticfiles")
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
MEDIA_URL = "/media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", LOCAL_DIR / "media")
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
S3_BUCKET = env.str("S3_BUCKET", "")
_s3 = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {"bucket_name": S3_BUCKET, "endpoint_url": env.str("S3_ENDPOINT_URL", "") or None},
}
_disk = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
STORAGES = {
    "default": _s3 if S3_BUCKET else _disk,
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "marketplace" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Suggestions by a model -----------------------------------------------------------------------

# Off without an address and a model. Only the operator chooses where sellers' texts are sent.
REWRITE_API_URL = env.str("REWRITE_API_URL", "")
REWRITE_API_KEY = env.str("REWRITE_API_KEY", "")
REWRITE_MODEL = env.str("REWRITE_MODEL", "")
REWRITE_TIMEOUT_SECONDS = env.int("REWRITE_TIMEOUT_SECONDS", 30)
if REWRITE_API_URL and urlsplit(REWRITE_API_URL).scheme not in {"http", "https"}:
    raise ImproperlyConfigured(
        "REWRITE_API_URL must start with https:// (or http:// inside your own network)."
    )

# --- API ---------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["marketplace.api.authentication.BearerTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "marketplace.api.problems.problem_response",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.str("API_ANON_RATE", "300/min"),
        "user": env.str("API_USER_RATE", "1200/min"),
        "pictures": env.str("API_PICTURE_RATE", "30/min"),
    },
    # Without this DRF believes whatever address a client writes into X-Forwarded-For.
    "NUM_PROXIES": 1 if env.bool("BEHIND_PROXY", False) else 0,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Promptfair API",
    "DESCRIPTION": "Search the catalogue, sell prompts, buy them, and render what you own.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ListingStatusEnum": "listings.models.ListingStatus",
        "OrderStatusEnum": "payments.models.OrderStatus",
        "RefundStatusEnum": "payments.models.RefundStatus",
        "PayoutStatusEnum": "payments.models.PayoutStatus",
        "RevisionStatusEnum": "listings.models.RevisionStatus",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Security ----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # Browsers hold a form's redirects to this as well: to the payment page, and to a seller's account.
        "form-action": [SELF, *sorted({STRIPE_CHECKOUT_ORIGIN, STRIPE_CONNECT_ORIGIN})],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
_https = _public.scheme == "https"
if IS_PRODUCTION and not _https:
    raise ImproperlyConfigured("PUBLIC_URL must start with https:// in production.")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", _https)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000 if _https else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
if env.bool("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# Where webhooks may go beside the public internet, without TLS too: for tests, and for one's own network.
WEBHOOK_ALLOWED_NETWORKS: list[str] = env.list("WEBHOOK_ALLOWED_NETWORKS", [])

# Prometheus reads /metrics with this bearer token; without one only from the same machine.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

# --- Logging -----------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"discreet": {"()": "common.logs.Discreet", "loggers": ["mcp"]}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["discreet"]}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Stripe's SDK names every session and payment at INFO.
        "stripe": {"level": "WARNING"},
        # The MCP SDK's own errors quote what was sent, rendered prompts among it.
        "mcp": {"level": "WARNING"},
    },
}

if PROMPTFAIR_ENV == "test":
    # Hashing is not what the tests are about; a real hasher would cost them half their time.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
