#!/usr/bin/env bash
# backup.sh FOLDER: one dated folder with the PostgreSQL database, the uploaded files and a list of checksums.
# The encryption keys are not in it: keep /etc/songhe/songhe.env in another place, or a thief needs only one.
set -euo pipefail
umask 077
target=${1:?which folder?}/$(date +%Y%m%d-%H%M%S)
mkdir -p "$target.part"
pg_dump --format=custom --no-owner --file="$target.part/database.dump" "${DATABASE_URL:?DATABASE_URL is not set}"
mkdir -p "${SONGHE_HOME:?SONGHE_HOME is not set}/media"
tar --create --gzip --file="$target.part/media.tar.gz" --directory="$SONGHE_HOME" media
(cd "$target.part" && sha256sum database.dump media.tar.gz >SHA256SUMS)
mv "$target.part" "$target"
echo "$target"
