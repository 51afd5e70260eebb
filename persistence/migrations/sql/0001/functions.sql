CREATE FUNCTION public.wheelhouse_uuid_at(moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

COMMENT ON FUNCTION public.wheelhouse_uuid_at IS
    'The smallest UUID that a UUIDv7 of this moment or later can be: bounds a partition, or a query by time.';

CREATE FUNCTION public.wheelhouse_expect_few_tenants(target regclass) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pg_restore_attribute_stats(
        'schemaname', class.relnamespace::regnamespace::text, 'relname', class.relname::text,
        'attname', 'tenant_id', 'inherited', false, 'null_frac', 0::real, 'avg_width', 16, 'n_distinct', 1::real
    )
    FROM pg_class AS class WHERE class.oid = target
$$;

COMMENT ON FUNCTION public.wheelhouse_expect_few_tenants IS
    'Tells the planner that an empty table will hold few tenants, until it has been analyzed. Without it an index that'
    ' only begins with tenant_id looks as good as the key, and a plan cached then reads a tenant''s rows one by one.';

CREATE FUNCTION public.wheelhouse_create_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '30s'
AS $$
DECLARE
    parent record;
    month timestamptz;
    partition text;
    made integer := 0;
BEGIN
    IF months_ahead IS NULL OR months_ahead NOT BETWEEN 0 AND 24 THEN
        RAISE EXCEPTION 'months_ahead is 0 to 24, not %', months_ahead USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('wheelhouse_create_partitions'));
    -- gives up before Postgres, which looks for deadlocks after a second, gives up a play instead
    PERFORM set_config('lock_timeout', '500ms', true);
    FOR parent IN
        SELECT
            class.relname,
            -- rows that change leave room beside them for their next version
            CASE WHEN EXISTS (
                SELECT FROM pg_attribute WHERE attrelid = class.oid AND attname = 'updated_at'
            ) THEN 80 ELSE 100 END AS fillfactor
        FROM pg_class AS class
        WHERE class.relkind = 'p' AND class.relnamespace = 'public'::regnamespace
            AND pg_get_userbyid(class.relowner) = current_user
        ORDER BY class.oid
    LOOP
        FOR month IN
            SELECT generate_series(
                date_trunc('month', now()), date_trunc('month', now()) + months_ahead * interval '1 month', '1 month'
            )
        LOOP
            partition := parent.relname || to_char(month, '"_y"YYYY"m"MM');
            CONTINUE WHEN to_regclass(format('public.%I', partition)) IS NOT NULL;
            -- made beside and then attached: the parent stays readable and writable meanwhile
            EXECUTE format(
                'CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)'
                ' WITH (fillfactor = %s)',
                partition, parent.relname, parent.fillfactor
            );
            -- no policy and no grant: by its own name a partition shows nothing to anybody
            EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', partition);
            EXECUTE format(
                'ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                parent.relname, partition,
                public.wheelhouse_uuid_at(month), public.wheelhouse_uuid_at(month + interval '1 month')
            );
            PERFORM public.wheelhouse_expect_few_tenants(format('public.%I', partition)::regclass);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

COMMENT ON FUNCTION public.wheelhouse_create_partitions IS
    'Makes the partitions of this month and of so many months ahead that are not there yet; answers how many it made.';

REVOKE ALL ON FUNCTION public.wheelhouse_create_partitions, public.wheelhouse_expect_few_tenants FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.wheelhouse_create_partitions TO wheelhouse_platform, wheelhouse_maintenance;
