FROM python:3.13-slim AS packages
COPY requirements.txt /tmp/
RUN python -m venv /venv \
    && /venv/bin/python -m pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=gridmgmt.settings \
    STATIC_ROOT=/srv/static \
    MEDIA_ROOT=/srv/media
RUN useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin gridmgmt \
    && mkdir -p /app /srv/media /srv/static \
    && chown gridmgmt /srv/media
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# Only here do the development secrets serve: the image holds none, and refuses to start without.
RUN python manage.py collectstatic --no-input --verbosity 0
USER gridmgmt
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "gridmgmt.wsgi", "--config", "deploy/gunicorn.conf.py"]
