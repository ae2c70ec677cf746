# The bot and nothing else: no compiler, no tests, a user who may write to /data alone.
FROM python:3.12-slim AS build
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home care && install -d -o care /data
COPY --from=build /venv /venv
WORKDIR /app
COPY manifest.yml ./
COPY bot bot
COPY handlers handlers
COPY schedules schedules
COPY storage storage
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 PORT=3000 LOG_FORMAT=json DATABASE_URL=sqlite+aiosqlite:////data/care.db
USER care
VOLUME /data
EXPOSE 3000
# Alive, not ready: while its database is away the bot waits, and restarting it would help nobody.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=2)"]
CMD ["python", "-m", "bot", "run"]
