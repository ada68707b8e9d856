# The production image: web, workers, beat and `migrate` are the same image with another command.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /venv
COPY requirements/base.txt /tmp/base.txt
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/base.txt

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /home/promptfair promptfair \
    && install -d -o promptfair -g promptfair /data/media
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    PROMPTFAIR_ENV=production \
    MEDIA_ROOT=/data/media \
    STATIC_ROOT=/app/staticfiles \
    GRANIAN_INTERFACE=wsgi \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_WORKERS=2 \
    GRANIAN_BLOCKING_THREADS=1 \
    GRANIAN_RESPAWN_FAILED_WORKERS=true
# The settings refuse to start without their secrets; these serve this one step and reach nothing.
RUN python -m common.translations \
    && PUBLIC_URL=https://build.invalid SECRET_KEY=build-only-build-only-build-only-build-only-build-only \
       DATABASE_URL=postgresql://build@build.invalid/build REDIS_URL=redis://build.invalid/0 \
       EMAIL_URL=smtp://build.invalid STRIPE_SECRET_KEY=sk_test_build STRIPE_WEBHOOK_SECRET=whsec_build \
       STRIPE_CONNECT_WEBHOOK_SECRET=whsec_build \
       python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q accounts common config listings marketplace payments
USER promptfair
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["python", "deploy/healthcheck.py"]
CMD ["granian", "config.wsgi:application"]
