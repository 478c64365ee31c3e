# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# The caches keep downloaded crates and finished ones from build to build; what is built is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package modelservice --bin modelservice \
    && cp target/release/modelservice /modelservice \
    && mkdir /data

# No shell, no package manager: the C library, certificates and the one binary.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /modelservice /usr/local/bin/modelservice
COPY --from=build --chown=nonroot:nonroot /data /data
USER nonroot
ENV SIMPL_SERVICE_LISTEN=0.0.0.0:8080 \
    SIMPL_GAMES_API_LISTEN=0.0.0.0:8100 \
    SIMPL_GAMES_API_DATA=/data
EXPOSE 8080 8100
VOLUME /data
# Of the model service; a container that runs the games API asks its own port, see docker-compose.yml.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["modelservice", "health"]
ENTRYPOINT ["modelservice"]
CMD ["run"]
