#!/usr/bin/env bash
# What scripts/backup and scripts/restore share: paths are from where the caller stands, the database is that of DATABASE_URL or of the demo
# in DATA_DIR.
set -eu
command=$1
[ $# -eq 2 ] || { echo "Usage: scripts/$command FILE" >&2; exit 2; }
root=$(cd "$(dirname "$0")/../.." && pwd)
from_here() { case "$1" in /*) printf '%s' "$1" ;; *) printf '%s/%s' "$PWD" "$1" ;; esac; }
file=$(from_here "$2")
DATA_DIR=$(from_here "${DATA_DIR:-$root/.data}")
export DATA_DIR
cd "$root/backend-repo"
[ -d node_modules ] || npm ci --no-audit --no-fund >/dev/null
if [ -n "${DATABASE_URL:-}" ]; then exec npm run --silent "$command" -- "$file"; fi
exec npm run --silent demo:database -- "$command" "$file"
