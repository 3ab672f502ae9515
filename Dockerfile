# syntax=docker/dockerfile:1
# One image for the four services and the jobs around them: `antar COMMAND`, as a user without rights.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /antar
COPY deploy/requirements.lock deploy/
RUN --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv .venv && .venv/bin/pip install --quiet --require-hashes -r deploy/requirements.lock
COPY pyproject.toml ./
COPY shared shared
COPY services services
COPY tools tools
RUN .venv/bin/python -m compileall -q -j 0 .venv/lib shared services tools && .venv/bin/pip uninstall --quiet --yes pip \
    && printf '#!/bin/sh\nexec /antar/.venv/bin/python -m tools.cli "$@"\n' > .venv/bin/antar && chmod 755 .venv/bin/antar

# `make sbom`: what is in the image, as CycloneDX.
FROM build AS listing
COPY deploy/audit.lock deploy/
RUN --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv /looking && /looking/bin/pip install --quiet --require-hashes -r deploy/audit.lock
RUN /looking/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml --mc-type application \
    --output-file /antar.cdx.json .venv

FROM scratch AS sbom
COPY --from=listing /antar.cdx.json /

# For backups: two programs of the server's own version, without the Perl that their package brings.
FROM python:3.13-slim AS postgres
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client-17

FROM python:3.13-slim
# As in pyproject.toml; a test compares them.
ARG ANTAR_VERSION=0.1.0
LABEL org.opencontainers.image.title="Antar" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$ANTAR_VERSION"
RUN apt-get update && apt-get install --yes --no-install-recommends libpq5 && rm -rf /var/lib/apt/lists/*
COPY --from=postgres /usr/lib/postgresql/17/bin/pg_dump /usr/lib/postgresql/17/bin/pg_restore /usr/local/bin/
RUN groupadd --gid 10001 antar && useradd --uid 10001 --gid antar --no-create-home --home-dir /tmp antar \
    && install -d -o antar -g antar -m 700 /data && install -d -m 777 /installation
COPY --from=build /antar /antar
ENV PATH=/antar/.venv/bin:$PATH PYTHONPATH=/antar PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ANTAR_HTTP_HOST=0.0.0.0 ANTAR_HTTP_PORT=8000 ANTAR_DATA_DIR=/data ANTAR_INSTALLATION=/installation
USER antar
VOLUME /data
ENTRYPOINT ["antar"]
CMD ["--help"]
