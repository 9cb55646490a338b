FROM node:20-bookworm-slim AS front-end
WORKDIR /baladiya
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM python:3.11-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gettext && pip install --no-cache-dir uv==0.13.8
WORKDIR /baladiya
COPY pyproject.toml uv.lock ./
RUN UV_PYTHON_DOWNLOADS=never uv sync --frozen --no-default-groups --compile-bytecode
COPY . .
RUN find . -path '*/LC_MESSAGES/*.po' -not -path './.venv/*' | while read -r po; do msgfmt -o "${po%.po}.mo" "$po" || exit 1; done

FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /var/lib/baladiya baladiya \
    && install -d -o baladiya -g baladiya /var/lib/baladiya /var/lib/baladiya/static /var/lib/baladiya/tiles
COPY --from=build /baladiya /baladiya
COPY --from=front-end /baladiya/node_modules /baladiya/node_modules
WORKDIR /baladiya
ENV PATH=/baladiya/.venv/bin:$PATH PYTHONUNBUFFERED=1 BALADIYA_DATA=/var/lib/baladiya
USER baladiya
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "muni.wsgi:application", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "16"]
