#!/bin/sh
# Runs once, in an empty cluster: a database and a role of the same name for each service, closed to the others.
# psql reads each password itself, so it appears in no argument and no environment.
set -eu
for name in authz idp rs kms; do
  psql -v ON_ERROR_STOP=1 --no-psqlrc -U "$POSTGRES_USER" -d postgres <<SQL
\\set password \`cat /run/secrets/$name-database-password\`
CREATE ROLE cryptoutil_$name LOGIN PASSWORD :'password';
CREATE DATABASE cryptoutil_$name OWNER cryptoutil_$name;
REVOKE ALL ON DATABASE cryptoutil_$name FROM PUBLIC;
SQL
done
