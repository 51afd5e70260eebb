-- The database and the roles of the embedded Postgres. Run at every start; what exists is left as it is.

SELECT format('CREATE ROLE %I NOLOGIN', role)
  FROM unnest(ARRAY['wheelhouse_owner', 'wheelhouse_server', 'wheelhouse_platform']) AS role
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

SELECT 'CREATE ROLE wheelhouse_maintenance NOLOGIN BYPASSRLS'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wheelhouse_maintenance')
\gexec

-- The server logs in with no rights of its own and picks one of its two roles for each connection.
SELECT 'CREATE ROLE wheelhouse LOGIN NOINHERIT'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wheelhouse')
\gexec

SELECT format('GRANT %I TO wheelhouse WITH INHERIT FALSE, SET TRUE', role)
  FROM unnest(ARRAY['wheelhouse_server', 'wheelhouse_platform']) AS role
 WHERE NOT EXISTS (SELECT FROM pg_auth_members
                    WHERE roleid = role::regrole AND member = 'wheelhouse'::regrole)
\gexec

SELECT 'CREATE DATABASE wheelhouse OWNER wheelhouse_owner'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'wheelhouse')
\gexec
