# The production image: the runtime lock and the four packages, no embedded servers, no root.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src

# The build backend, by hash too: its entries are taken out of the developers' lock.
COPY requirements-dev.lock requirements.lock ./
RUN python -m venv /build \
    && cat requirements.lock requirements-dev.lock \
    | awk '/^[^ ]/ {name = $1; sub(/==.*/, "", name); \
        wanted = name ~ /^(hatchling|packaging|pathspec|pluggy|trove-classifiers)$/ && !seen[name]++} \
        wanted' > build.lock \
    && /build/bin/pip install --no-deps --require-hashes -r build.lock

RUN python -m venv /opt/redress \
    && /opt/redress/bin/pip install --no-deps --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY complaints complaints
COPY providers providers
COPY tasks tasks
COPY worker worker
RUN /build/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /wheels . \
    && /opt/redress/bin/pip install --no-deps --no-index /wheels/redress-*.whl


FROM python:3.11-slim
RUN groupadd --gid 10001 redress \
    && useradd --uid 10001 --gid redress --home-dir /var/lib/redress --create-home redress \
    && mkdir /etc/redress
COPY --from=build /opt/redress /opt/redress
ENV PATH=/opt/redress/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    REDRESS_CONFIG=/etc/redress/redress.toml
USER redress
WORKDIR /var/lib/redress
EXPOSE 8080
CMD ["redress", "receiver", "--host", "0.0.0.0", "--port", "8080"]
