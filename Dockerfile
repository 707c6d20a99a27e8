# mock-apns in a container: docs/docker.md

ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
ENV npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
# Scripts of dependencies are for their native parts, and nothing here has any.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run --silent build && chmod +x dist/bin.js

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="mock-apns" \
      org.opencontainers.image.description="A local stand-in for the Apple Push Notification service" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /build/package.json /opt/mock-apns/
COPY --from=build /build/scenarios /opt/mock-apns/scenarios
COPY --from=build /build/dist /opt/mock-apns/dist
# Mode 1777: whichever user the container runs as can write there, and so can a volume that is made from it.
RUN ln -s /opt/mock-apns/dist/bin.js /usr/local/bin/mock-apns && \
    mkdir -m 1777 /certs && mkdir /scenarios
ENV NODE_ENV=production \
    MOCK_APNS_HOST=0.0.0.0 \
    MOCK_APNS_CERTS=/certs
USER node
# Paths given to --scenario start here.
WORKDIR /scenarios
VOLUME ["/certs", "/scenarios"]
# sandbox channels, production channels, pushes and broadcasts, control API and page
EXPOSE 2195 2196 2197 2198
HEALTHCHECK --interval=2s --timeout=3s --start-period=10s --retries=3 CMD ["mock-apns", "health"]
ENTRYPOINT ["mock-apns"]
