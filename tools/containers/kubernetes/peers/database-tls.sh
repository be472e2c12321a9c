#!/bin/sh
# Runs once, in an empty cluster: connections are encrypted, and there are as many as database/cluster.yaml allows.
cat >>"$PGDATA/postgresql.conf" <<'CONF'
ssl = on
ssl_cert_file = '/etc/tls/tls.crt'
ssl_key_file = '/etc/tls/tls.key'
max_connections = 500
CONF
