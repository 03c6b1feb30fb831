# Any image with Python 3.11 or newer and its venv module will do as BASE.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS builder
WORKDIR /src
COPY requirements/build.txt requirements/run.txt requirements/
# The program's environment comes without pip: nothing can be installed into a running container.
RUN python3 -m venv /opt/build \
    && python3 -m venv --without-pip /opt/sla-monitor \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt \
    && /opt/build/bin/pip --python /opt/sla-monitor/bin/python install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md ./
COPY sla_monitor sla_monitor
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel . \
    && /opt/build/bin/pip --python /opt/sla-monitor/bin/python install --no-cache-dir --no-deps --no-index /wheel/*.whl \
    && /opt/sla-monitor/bin/python -m compileall -q /opt/sla-monitor

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="sla-monitor" \
      org.opencontainers.image.description="Service level agreements, kept by the book: windows, budgets and verdicts from Prometheus" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=builder /opt/sla-monitor /opt/sla-monitor
# The ledger's default place is under the XDG state folder, so /var/lib makes it /var/lib/sla-monitor.
ENV PATH=/opt/sla-monitor/bin:${PATH} \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    XDG_STATE_HOME=/var/lib \
    SLA_MONITOR_CONFIG=/etc/sla-monitor/sla-monitor.yaml \
    SLA_MONITOR_WEB__LISTEN=:9797
RUN install -d -o 65532 -g 65532 -m 0750 /var/lib/sla-monitor
VOLUME /var/lib/sla-monitor
# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 9797
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m --retries=3 \
    CMD ["/opt/sla-monitor/bin/python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9797/healthz', timeout=4)"]
ENTRYPOINT ["sla-monitor"]
CMD ["run", "--config", "/etc/sla-monitor/sla-monitor.yaml"]
