-- What the planner is to think of the tables while they are new.
SELECT wheelhouse_expect_few_tenants(class.oid)
FROM pg_class AS class
JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attname = 'tenant_id'
WHERE class.relnamespace = 'public'::regnamespace AND class.relkind = 'r';
