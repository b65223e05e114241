#!/usr/bin/env bash
# restore.sh BACKUP: put a folder made by backup.sh into the EMPTY database that DATABASE_URL names.
# A damaged copy, or a database that holds tables already, is refused before anything is changed.
set -euo pipefail
umask 077
backup=$(cd "${1:?which backup folder?}" && pwd)
: "${DATABASE_URL:?DATABASE_URL is not set}" "${SONGHE_HOME:?SONGHE_HOME is not set}"
(cd "$backup" && sha256sum --check --quiet SHA256SUMS) || { echo "The backup is damaged: nothing restored." >&2; exit 1; }
pg_restore --list "$backup/database.dump" >/dev/null
tables=$(psql "$DATABASE_URL" -XAtc "select count(*) from information_schema.tables where table_schema = 'public'")
[ "$tables" = 0 ] || { echo "The database holds $tables tables already: nothing restored." >&2; exit 1; }
pg_restore --exit-on-error --single-transaction --no-owner --dbname="$DATABASE_URL" "$backup/database.dump"
mkdir -p "$SONGHE_HOME"
tar --extract --gzip --file="$backup/media.tar.gz" --directory="$SONGHE_HOME"
echo "Restored. Next: manage.py migrate, manage.py verify_audit."
