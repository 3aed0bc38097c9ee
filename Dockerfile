# Two images from one file: `--target operator` and `--target runtime`. BuildKit and the classic builder both build it.
# The images hold a Node program, the libraries that it loads, and nothing else: no shell, no package manager.

# Another image of Node.js 24 on Debian 12: one that knows a proxy, a mirror or a company's authority. It compiles, and isn't shipped.
ARG NODE_BASE=node:24-bookworm-slim

FROM ${NODE_BASE} AS source
WORKDIR /src
COPY package.json package-lock.json ./
COPY operator/package.json operator/
COPY runtime/package.json runtime/
# Not `npm ci`: it refuses a lock without the entries of platforms that the registry at hand doesn't carry.
RUN npm install --no-save --ignore-scripts --no-audit --no-fund

FROM source AS bundles
COPY scripts/bundle.ts scripts/
COPY operator/src operator/src
COPY runtime/src runtime/src
RUN node scripts/bundle.ts

# Packages of the runtime, with the prebuilt addons of this platform alone.
FROM source AS packages
COPY scripts/image/keep-own-prebuilds.sh /
RUN rm -rf node_modules && npm install --no-save --ignore-scripts --no-audit --no-fund --omit=dev --workspace runtime \
 && sh /keep-own-prebuilds.sh node_modules

# What a Node program and the addons need of the distribution, collected into /root-*.
FROM ${NODE_BASE} AS system
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libatomic1 ca-certificates \
 && rm -rf /var/lib/apt/lists/*
COPY scripts/image/collect.sh /
COPY --from=packages /src/node_modules /src/node_modules
RUN sh /collect.sh /root-base /usr/local/bin/node \
 && sh /collect.sh /root-addons $(find /src/node_modules -name '*.node')

# One layer that both images share.
FROM scratch AS base
COPY --from=system /root-base /
COPY --from=system /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY scripts/image/etc /etc
WORKDIR /app
# Each arena of malloc keeps what it once had, and four threads that write files would have one each.
ENV MALLOC_ARENA_MAX=2
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 10001:10001
# V8 collects when memory has grown by three tenths of what is in use, instead of by as much again: after many commands ORK keeps 180 MB
# and not 300. What is young has room enough that what is under way is not taken for old: with a quarter of it ORK does a third less.
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=16", "--heap-growing-percent=30", "/app/main.js"]

FROM base AS operator
COPY --from=bundles /src/dist/operator /app

FROM base AS runtime
COPY --from=system /root-addons /
COPY --from=packages /src/node_modules /app/node_modules
COPY --from=bundles /src/dist/runtime /app
# `kubectl exec DEPLOYMENT -- mdk doctor`: there is no shell to find it with.
COPY scripts/image/bin/mdk /usr/local/bin/mdk
