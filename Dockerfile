# The image that the action runs in: Python, the locked dependencies and publish_action, and nothing that could install more.

# A digest cannot be met by an image that was made locally, so the release pins it: BASE=python:3.13-slim@sha256:...
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
COPY requirements/image.txt /build/
# Wheels only: a source distribution would run its own code here. Every hash is in the lock.
RUN python -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-compile --require-hashes \
    --only-binary :all: --target /build/site-packages --requirement /build/image.txt
COPY src/publish_action /build/site-packages/publish_action
# Byte code is what starts fast. It is not compared with its source again: both come from this build.
RUN rm -rf /build/site-packages/bin && \
    python -m compileall -q -j 0 --invalidation-mode unchecked-hash -s /build/site-packages \
    -p /usr/local/lib/python3.13/site-packages /build/site-packages

FROM ${BASE} AS system
# The base brings an installer (pip, and ensurepip that could bring it back), parts of the standard library that only a
# person at a terminal needs, and no byte code of the rest.
RUN python -m pip uninstall --quiet --yes --root-user-action ignore pip && \
    library="$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" && \
    rm -rf "$library/ensurepip" "$library/idlelib" "$library/pydoc_data" "$library/test" "$library/tkinter" \
    "$library/turtledemo" "$library"/config-* /usr/share/python-wheels && \
    python -m compileall -q -j 0 --invalidation-mode unchecked-hash "$library"
# Debian's own installer, and Perl, which only installing needs. dpkg forgets them too, so scanners are told the truth.
# What stays (sh, tail, tar, find, stat) is what Kubernetes runners start a container action with.
RUN rm -f /var/lib/dpkg/info/*.prerm /var/lib/dpkg/info/*.postrm && \
    dpkg --purge --force-all apt libapt-pkg7.0 sqv debian-archive-keyring debconf perl-base libstdc++6 && \
    rm -rf /usr/lib/*-linux-gnu/gconv /var/cache/* /var/log/* /var/lib/apt /usr/share/doc /usr/share/man \
    /usr/share/locale /usr/share/perl* /root/.cache
COPY --from=build /build/site-packages /usr/local/lib/python3.13/site-packages

# From nothing, in one layer: what was taken away above is not carried along below.
FROM scratch
LABEL org.opencontainers.image.title="publish-action" \
    org.opencontainers.image.description="Publish Python distributions from GitHub to the index they belong on, and to no other" \
    org.opencontainers.image.licenses="Apache-2.0"
# hadolint ignore=DL3067
COPY --from=system / /
# One heap for all threads: the uploads share what they free, instead of each keeping its own (measured).
ENV PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 MALLOC_ARENA_MAX=1
# No USER: the runner's files belong to another account, and GitHub's documentation asks for root.
# -I: nothing in the checkout is imported, and no PYTHON* variable is obeyed. -u: the log is live.
ENTRYPOINT ["python", "-I", "-u", "-m", "publish_action", "action"]
