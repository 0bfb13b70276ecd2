#!/bin/sh
# Roles and databases, each reachable by its own role alone. Runs once, when the database is first started.
set -eu

psql --username postgres --set ON_ERROR_STOP=1 \
  --set temporal="$LYCEUM_TEMPORAL_DATABASE_PASSWORD" --set mlflow="$LYCEUM_TRACKING_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE ROLE mlflow LOGIN PASSWORD :'mlflow';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE mlflow OWNER mlflow;
REVOKE CONNECT ON DATABASE temporal, temporal_visibility, mlflow FROM PUBLIC;
SQL
