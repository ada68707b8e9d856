-- Put into the tests' template database by tests/support/database.py; run by the owner after each test that
-- commits. Only tables with rows are touched: most stay empty.

CREATE SCHEMA baseline;

CREATE FUNCTION baseline.tables() RETURNS SETOF name LANGUAGE sql AS $$
    SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations'
$$;

CREATE FUNCTION baseline.keep() RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text; filled boolean;
BEGIN
    FOR name IN SELECT * FROM baseline.tables() LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
        IF filled THEN EXECUTE format('CREATE TABLE baseline.%I AS TABLE public.%I', name, name); END IF;
    END LOOP;
END $$;

CREATE FUNCTION baseline.reset() RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text; filled boolean; names text[] := '{}'; guarded text[]; columns text;
BEGIN
    FOR name IN SELECT * FROM baseline.tables() LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
        IF filled THEN names := names || format('public.%I', name); END IF;
    END LOOP;
    IF names = '{}' THEN RETURN; END IF;
    SELECT coalesce(array_agg(DISTINCT tgrelid::regclass::text), '{}') INTO guarded
        FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = ANY (names::regclass[]);
    FOREACH name IN ARRAY guarded LOOP EXECUTE 'ALTER TABLE ' || name || ' DISABLE TRIGGER USER'; END LOOP;
    EXECUTE 'TRUNCATE ' || array_to_string(names, ', ') || ' CASCADE';
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'baseline'
    LOOP
        SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
            WHERE attrelid = format('public.%I', name)::regclass AND attnum > 0
              AND NOT attisdropped AND attgenerated = '';
        EXECUTE format('INSERT INTO public.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM baseline.%I',
                       name, columns, columns, name);
    END LOOP;
    FOREACH name IN ARRAY guarded LOOP EXECUTE 'ALTER TABLE ' || name || ' ENABLE TRIGGER USER'; END LOOP;
END $$;

SELECT baseline.keep();
