# Sourced by benchmarks: a PostgreSQL server of their own, with its default settings, on a socket.

# Starts it in a new folder and sets `pg_folder`; `stop_postgres` ends it and removes the folder.
start_postgres() {
    local newest
    newest=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -1 || true)
    PATH=$PATH:$(dirname "${newest:-/usr/bin/initdb}")
    command -v initdb >/dev/null || { echo "missing: postgresql (Debian package)" >&2; exit 2; }
    pg_folder=$(mktemp -d)
    as_server=()
    # initdb refuses root.
    if ((EUID == 0)); then
        local user=nobody
        if id postgres >/dev/null 2>&1; then user=postgres; fi
        chown "$user" "$pg_folder"
        as_server=(runuser -u "$user" --)
    fi
    (cd / && "${as_server[@]}" env PATH="$PATH" initdb -D "$pg_folder/data" -A trust -U regulars -E UTF8 --locale=C) >/dev/null
    (cd / && "${as_server[@]}" env PATH="$PATH" pg_ctl -D "$pg_folder/data" -w -l "$pg_folder/log" \
        -o "-k $pg_folder -c listen_addresses=''" start) >/dev/null
    export PGHOST=$pg_folder PGUSER=regulars PGDATABASE=postgres
}

stop_postgres() {
    (cd / && "${as_server[@]}" env PATH="$PATH" pg_ctl -D "$pg_folder/data" -w -m immediate stop) >/dev/null || true
    rm -rf "$pg_folder"
}
