#!/bin/bash
# Run once by the postgres image on an empty volume: two roles, as the embedded server has them.
# The owner migrates. The application works with the rows and may not TRUNCATE or change the schema;
# migrations take from it what it may not do to the ledger.
set -euo pipefail

psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres \
    -v owner_password="$DATABASE_OWNER_PASSWORD" -v app_password="$DATABASE_APP_PASSWORD" <<'SQL'
CREATE ROLE promptfair_owner LOGIN CREATEDB PASSWORD :'owner_password';
CREATE ROLE promptfair_app LOGIN PASSWORD :'app_password';
CREATE DATABASE promptfair OWNER promptfair_owner ENCODING 'UTF8' TEMPLATE template0
    LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
\connect promptfair
ALTER DEFAULT PRIVILEGES FOR ROLE promptfair_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO promptfair_app;
ALTER DEFAULT PRIVILEGES FOR ROLE promptfair_owner GRANT USAGE, SELECT ON SEQUENCES TO promptfair_app;
SQL
