-- The four roles. None of them logs in: a login is made a member and picks one.
DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('wheelhouse_owner', ''),
            ('wheelhouse_server', ''),
            ('wheelhouse_platform', ''),
            ('wheelhouse_maintenance', 'BYPASSRLS')
        ) AS role (name, rights)
    LOOP
        BEGIN
            IF to_regrole(wanted.name) IS NULL THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN %s', wanted.name, wanted.rights);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- another database of this cluster is being made at the same moment
        END;
    END LOOP;
    IF NOT pg_has_role(current_user, 'wheelhouse_owner', 'USAGE') THEN
        EXECUTE format('GRANT wheelhouse_owner TO %I', current_user);
    END IF;
    IF to_regnamespace('jobs') IS NULL THEN
        CREATE SCHEMA jobs AUTHORIZATION wheelhouse_owner;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'The login % may not make the roles of Wheelhouse, or not become wheelhouse_owner.', current_user
        USING ERRCODE = 'insufficient_privilege',
            DETAIL = SQLERRM,
            HINT = format(
                'Migrate once with a superuser''s DATABASE_MIGRATION_URL, or let a superuser run: '
                'CREATE ROLE wheelhouse_owner NOLOGIN; CREATE ROLE wheelhouse_server NOLOGIN; '
                'CREATE ROLE wheelhouse_platform NOLOGIN; CREATE ROLE wheelhouse_maintenance NOLOGIN BYPASSRLS; '
                'CREATE SCHEMA jobs AUTHORIZATION wheelhouse_owner; '
                'GRANT wheelhouse_owner TO %I; (leave out what exists)',
                current_user
            );
END $$;

GRANT USAGE, CREATE ON SCHEMA public TO wheelhouse_owner;
GRANT USAGE ON SCHEMA public TO wheelhouse_server, wheelhouse_platform, wheelhouse_maintenance;
GRANT SELECT ON alembic_version TO PUBLIC;
