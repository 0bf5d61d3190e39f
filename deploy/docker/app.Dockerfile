# Web server, worker, timetable, action server and the `sapa` command: one image, Python 3.11.
#   docker build -f deploy/docker/app.Dockerfile -t sapa-app .
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /app
COPY pyproject.toml package.json package-lock.json ./
COPY requirements requirements
COPY scripts scripts
COPY crm_core crm_core
COPY actions actions
COPY channels channels
# The same set-up as on any machine: hash-locked libraries, browser files checked by integrity.
RUN python scripts/setup.py --production --only installer --only application --only browser-files \
    && rm -rf .tools

FROM ${PYTHON_IMAGE}
RUN groupadd --system --gid 10001 sapa \
    && useradd --system --uid 10001 --gid sapa --home-dir /data --no-create-home \
        --shell /usr/sbin/nologin sapa \
    && install --directory --owner=sapa --group=sapa --mode=0750 /data
WORKDIR /app
COPY --from=build /app /app
COPY config.yml config.yml
COPY bot bot
COPY data data
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SAPA_DATA_DIR=/data \
    SAPA_HOST=0.0.0.0 \
    SAPA_PORT=8000
USER 10001:10001
VOLUME /data
EXPOSE 8000
# Of the web server; what else is started from this image brings its own check.
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 \
    CMD ["python", "/app/scripts/probe.py", "http://127.0.0.1:8000/readyz/web"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["sapa"]
CMD ["web"]
