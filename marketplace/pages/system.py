"""What machines ask: is the process up, can it serve, how much work waits."""

import hmac

from celery import current_app
from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.cache import never_cache
from kombu.exceptions import OperationalError as BrokerError
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from redis.exceptions import RedisError

from payments.models import Finding, Order, OrderStatus, ReconciliationRun
from payments.services.work import WORK


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def favicon(request: HttpRequest) -> HttpResponse:
    """For those who ask without reading the page's link."""
    return redirect(static("img/mark.svg"))


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """503 with the reason for each part that cannot serve. Reasons name the part, never an address."""
    checks = {"database": _database, "migrations": _migrations_missing, "redis": _redis, "broker": _broker}
    problems = {}
    for name, check in checks.items():
        try:
            if problem := check():
                problems[name] = problem
        except (DatabaseError, RedisError, BrokerError, OSError) as error:
            problems[name] = f"does not answer ({type(error).__name__})"
    return JsonResponse({"ready": not problems, "problems": problems}, status=503 if problems else 200)


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures, counted in the database so that every process gives the same. Not public."""
    _require_metrics_access(request)
    registry = CollectorRegistry()
    waiting = Gauge("promptfair_waiting", "Rows of work not done yet", ["kind"], registry=registry)
    tried_often = Gauge(
        "promptfair_tried_often", "Rows tried five times or more", ["kind"], registry=registry
    )
    for work in WORK:
        rows = work.model._default_manager.filter(work.waiting)
        waiting.labels(work.name).set(rows.count())
        tried_often.labels(work.name).set(rows.filter(attempts__gte=5).count())
    open_orders = Gauge("promptfair_open_orders", "Orders waiting for payment", registry=registry)
    open_orders.set(Order.objects.filter(status=OrderStatus.PENDING).count())
    _count_findings(registry)
    moment = Gauge("promptfair_metrics_time_seconds", "When these were counted", registry=registry)
    moment.set(timezone.now().timestamp())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _count_findings(registry: CollectorRegistry) -> None:
    findings = Gauge(
        "promptfair_findings", "Open differences in the books", ["source", "kind"], registry=registry
    )
    still_open = Finding.objects.filter(resolved_at=None, closed_at=None)
    counted = still_open.values_list("source", "kind").annotate(Count("pk"))
    for source, kind, count in counted:
        findings.labels(source, kind).set(count)
    complete = ReconciliationRun.objects.filter(finished_at__isnull=False, error="")
    if run := complete.order_by("-started_at").first():
        help_text = "When books and Stripe were last compared"
        moment = Gauge("promptfair_reconciled_time_seconds", help_text, registry=registry)
        moment.set(run.started_at.timestamp())


def _require_metrics_access(request: HttpRequest) -> None:
    """With METRICS_TOKEN by bearer token; without one only from this machine and past no proxy."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        allowed = hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    else:
        is_direct = "X-Forwarded-For" not in request.headers and "Forwarded" not in request.headers
        allowed = is_direct and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}
    if not allowed:
        raise Http404


def _database() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return None


_migrations_were_applied = False


def _migrations_missing() -> str | None:
    """Asked until it is once true: loading every migration is too much for each call of a load balancer."""
    global _migrations_were_applied
    if _migrations_were_applied:
        return None
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    _migrations_were_applied = not missing
    return f"{len(missing)} not applied: run manage.py migrate" if missing else None


def _redis() -> str | None:
    caches["default"].client.get_client().ping()  # type: ignore[attr-defined]
    return None


def _broker() -> str | None:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
    return None
