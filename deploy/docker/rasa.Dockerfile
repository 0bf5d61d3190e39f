# The assistant: Rasa in its own Python 3.10, trained while the image is built, so that an image is
# one version of what it understands.
#   docker build -f deploy/docker/rasa.Dockerfile -t sapa-rasa .
ARG PYTHON_IMAGE=python:3.10-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /app
COPY bot/requirements.txt bot/requirements.txt
RUN python -m venv bot/.venv \
    && bot/.venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r bot/requirements.txt
COPY config.yml config.yml
COPY bot bot
COPY data data
ENV PYTHONPATH=/app RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=""
RUN bot/.venv/bin/python -m rasa train --config config.yml --domain bot/domain \
        --data data/nlu data/rules --out /models --fixed-model-name assistant

FROM ${PYTHON_IMAGE}
RUN groupadd --system --gid 10001 sapa \
    && useradd --system --uid 10001 --gid sapa --home-dir /tmp --no-create-home \
        --shell /usr/sbin/nologin sapa
WORKDIR /app
COPY --from=build /app /app
COPY --from=build /models /models
COPY scripts/probe.py scripts/probe.py
ENV HOME=/tmp \
    MPLCONFIGDIR=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONWARNINGS=ignore \
    SQLALCHEMY_SILENCE_UBER_WARNING=1 \
    TF_CPP_MIN_LOG_LEVEL=3 \
    CUDA_VISIBLE_DEVICES=""
USER 10001:10001
EXPOSE 5005
# Says hello once the model is loaded.
HEALTHCHECK --interval=10s --timeout=4s --start-period=120s --retries=3 \
    CMD ["python", "/app/scripts/probe.py", "http://127.0.0.1:5005/"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/bot/.venv/bin/python", "bot/serve.py", "--model", "/models/assistant.tar.gz"]
CMD ["--host", "0.0.0.0", "--port", "5005"]
