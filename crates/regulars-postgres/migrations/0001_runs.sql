-- What Regulars keeps beside the published tables, in the schema of the search path.

CREATE TABLE regulars_runs (
    publication bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset text NOT NULL,
    run_id text NOT NULL,
    analysis_date timestamp NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    published_by text NOT NULL DEFAULT current_user,
    program_version text NOT NULL,
    currency text,
    money_decimals smallint NOT NULL,
    customers bigint NOT NULL,
    table_count integer NOT NULL,
    row_count bigint NOT NULL,
    is_current boolean NOT NULL DEFAULT false,
    is_kept boolean NOT NULL DEFAULT true
);
CREATE UNIQUE INDEX regulars_runs_current ON regulars_runs (is_current) WHERE is_current;
COMMENT ON TABLE regulars_runs IS 'One row per published run';
COMMENT ON COLUMN regulars_runs.publication IS 'Number of the publication; its tables are named run_NUMBER_TABLE';
COMMENT ON COLUMN regulars_runs.dataset IS 'The data set';
COMMENT ON COLUMN regulars_runs.run_id IS 'The run, as in `regulars runs list`';
COMMENT ON COLUMN regulars_runs.analysis_date IS 'Later data were ignored';
COMMENT ON COLUMN regulars_runs.started_at IS 'Start of the run';
COMMENT ON COLUMN regulars_runs.finished_at IS 'End of the run';
COMMENT ON COLUMN regulars_runs.published_at IS 'Start of the transaction that published it';
COMMENT ON COLUMN regulars_runs.published_by IS 'The user who published it';
COMMENT ON COLUMN regulars_runs.program_version IS 'Version of the program that computed it';
COMMENT ON COLUMN regulars_runs.currency IS 'The currency, if known';
COMMENT ON COLUMN regulars_runs.money_decimals IS 'Decimals of amounts of money';
COMMENT ON COLUMN regulars_runs.customers IS 'Customers who bought';
COMMENT ON COLUMN regulars_runs.table_count IS 'Number of published tables';
COMMENT ON COLUMN regulars_runs.row_count IS 'Rows of all published tables';
COMMENT ON COLUMN regulars_runs.is_current IS 'Whether the views show this run';
COMMENT ON COLUMN regulars_runs.is_kept IS 'Whether its tables still exist';

-- The objects that Regulars created; it replaces and drops no others.
CREATE TABLE regulars_tables (
    relation regclass PRIMARY KEY,
    name text NOT NULL,
    publication bigint NOT NULL REFERENCES regulars_runs,
    row_count bigint NOT NULL
);
COMMENT ON TABLE regulars_tables IS 'One row per table of a published run';
CREATE TABLE regulars_views (
    relation regclass PRIMARY KEY,
    name text NOT NULL UNIQUE
);
COMMENT ON TABLE regulars_views IS 'One row per view over the tables of the current run';
