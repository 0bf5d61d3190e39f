#!/bin/sh
# Makes the secrets of deploy/compose.yml, once: `sh deploy/make-secrets.sh [FOLDER]`.
# A file that is there stays as it is. Twilio's token is yours to put in.
set -eu
folder=${1:-$(dirname "$0")/secrets}
umask 077
mkdir -p "$folder"

keep() { # keep NAME VALUE: a file that is there is not touched
    [ -s "$folder/$1" ] || printf '%s' "$2" > "$folder/$1"
    # Readable by the account of the containers; the folder above is closed to everyone else.
    chmod 644 "$folder/$1"
}

fresh() { # 32 random bytes as hexadecimal digits
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

for name in postgres_password redis_password secret_key api_token internal_token metrics_token; do
    keep "$name" "$(fresh)"
done
keep database_url "postgresql+psycopg://sapa:$(cat "$folder/postgres_password")@postgres:5432/sapa"
keep redis_url "redis://:$(cat "$folder/redis_password")@valkey:6379/0"
[ -e "$folder/twilio_auth_token" ] || { : > "$folder/twilio_auth_token"; chmod 644 "$folder/twilio_auth_token"; }
echo "secrets are in $folder; put Twilio's auth token into $folder/twilio_auth_token"
