-- Tables of the data set `kaggle` in PostgreSQL 12 or later: creates them, loads a run, and checks it.
--
--   regulars export all --name kaggle --out FOLDER
--   psql -v ON_ERROR_STOP=1 -v data=FOLDER -f sql/setup_kaggle_database.sql
--   psql -v ON_ERROR_STOP=1 -f sql/kaggle_rfm_analysis.sql
--
-- The tables are in the schema `kaggle`. The script can be run again: it replaces their rows in one
-- transaction, and leaves views over them alone. If a check fails, nothing is stored and psql exits with 3.
-- This file is generated from the declaration of the tables; write it with `cargo xtask docs`.

\set ON_ERROR_STOP on
\if :{?data}
\else
DO $$ BEGIN RAISE EXCEPTION 'the folder of the CSV files is missing: add -v data=FOLDER'; END $$;
\endif
SET client_min_messages = warning;

BEGIN;
CREATE SCHEMA IF NOT EXISTS kaggle;
SET search_path TO kaggle;

-- One row per customer, with the attributes of the customers file.
CREATE TABLE IF NOT EXISTS customers (
    customer_id bigint NOT NULL,
    age smallint CHECK (age BETWEEN 0 AND 150),
    gender text,
    annual_income_k integer CHECK (annual_income_k >= 0),
    spending_score smallint CHECK (spending_score BETWEEN 0 AND 100),
    PRIMARY KEY (customer_id)
);

-- One valid row of the source files.
CREATE TABLE IF NOT EXISTS transactions (
    transaction_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    transaction_date timestamp NOT NULL,
    product_category text,
    product_id bigint,
    price numeric(19, 2),
    quantity numeric(19, 3),
    payment_method text,
    status text,
    total_amount numeric(19, 2) NOT NULL,
    PRIMARY KEY (transaction_id)
);

-- One row per customer who bought.
CREATE TABLE IF NOT EXISTS rfm_scores (
    customer_id bigint NOT NULL,
    recency integer NOT NULL CHECK (recency >= 0),
    frequency bigint NOT NULL CHECK (frequency >= 0),
    monetary numeric(19, 2) NOT NULL,
    r_score smallint NOT NULL CHECK (r_score >= 1),
    f_score smallint NOT NULL CHECK (f_score >= 1),
    m_score smallint NOT NULL CHECK (m_score >= 1),
    rfm_score smallint NOT NULL CHECK (rfm_score >= 1),
    rfm_weighted_score double precision NOT NULL,
    segment text NOT NULL,
    tenure_days integer NOT NULL CHECK (tenure_days >= 0),
    cycle_ratio double precision NOT NULL,
    PRIMARY KEY (customer_id)
);

-- One row per customer who bought.
CREATE TABLE IF NOT EXISTS customer_segments (
    customer_id bigint NOT NULL,
    segment text NOT NULL,
    segment_priority bigint NOT NULL CHECK (segment_priority >= 0),
    PRIMARY KEY (customer_id)
);

-- One row per customer who bought.
CREATE TABLE IF NOT EXISTS customer_clusters (
    customer_id bigint NOT NULL,
    cluster bigint NOT NULL CHECK (cluster >= 0),
    cluster_name text NOT NULL,
    distance double precision NOT NULL,
    silhouette double precision,
    x double precision NOT NULL,
    y double precision NOT NULL,
    PRIMARY KEY (customer_id)
);

-- One row per customer who bought.
CREATE TABLE IF NOT EXISTS ltv_predictions (
    customer_id bigint NOT NULL,
    predicted_ltv numeric(19, 2) NOT NULL,
    predicted_low numeric(19, 2),
    predicted_high numeric(19, 2),
    p_alive double precision NOT NULL CHECK (p_alive BETWEEN 0 AND 1),
    expected_purchases double precision NOT NULL,
    purchases_low bigint NOT NULL CHECK (purchases_low >= 0),
    purchases_high bigint NOT NULL CHECK (purchases_high >= 0),
    p_purchase double precision NOT NULL CHECK (p_purchase BETWEEN 0 AND 1),
    expected_order_value numeric(19, 2) NOT NULL,
    next_purchase_days double precision NOT NULL,
    repeat_purchases bigint NOT NULL CHECK (repeat_purchases >= 0),
    last_purchase_age_days integer NOT NULL CHECK (last_purchase_age_days >= 0),
    observed_days integer NOT NULL CHECK (observed_days >= 0),
    actual_ltv numeric(19, 2),
    holdout_ltv numeric(19, 2),
    holdout_low numeric(19, 2),
    holdout_high numeric(19, 2),
    actual_purchases bigint CHECK (actual_purchases >= 0),
    holdout_purchases double precision,
    ltv_decile bigint NOT NULL CHECK (ltv_decile >= 0),
    buy_till_you_die_ltv numeric(19, 2) NOT NULL,
    buy_till_you_die_low numeric(19, 2) NOT NULL,
    buy_till_you_die_high numeric(19, 2) NOT NULL,
    linear_ltv numeric(19, 2),
    linear_low numeric(19, 2),
    linear_high numeric(19, 2),
    ridge_ltv numeric(19, 2),
    ridge_low numeric(19, 2),
    ridge_high numeric(19, 2),
    random_forest_ltv numeric(19, 2),
    random_forest_low numeric(19, 2),
    random_forest_high numeric(19, 2),
    xgboost_ltv numeric(19, 2),
    xgboost_low numeric(19, 2),
    xgboost_high numeric(19, 2),
    lightgbm_ltv numeric(19, 2),
    lightgbm_low numeric(19, 2),
    lightgbm_high numeric(19, 2),
    blend_ltv numeric(19, 2),
    blend_low numeric(19, 2),
    blend_high numeric(19, 2),
    p_churn double precision CHECK (p_churn BETWEEN 0 AND 1),
    holdout_p_churn double precision CHECK (holdout_p_churn BETWEEN 0 AND 1),
    learned_purchases double precision,
    learned_purchases_low double precision,
    learned_purchases_high double precision,
    predicted_margin numeric(19, 2),
    margin_low numeric(19, 2),
    margin_high numeric(19, 2),
    PRIMARY KEY (customer_id)
);

-- The columns of existing tables must be those of the files.
DO $$
DECLARE
    other text;
BEGIN
    SELECT string_agg(name, ', ') INTO other
    FROM (
        VALUES
            ('customers', 'customer_id,age,gender,annual_income_k,spending_score'),
            ('transactions', 'transaction_id,customer_id,transaction_date,product_category,product_id,price,'
                'quantity,payment_method,status,total_amount'),
            ('rfm_scores', 'customer_id,recency,frequency,monetary,r_score,f_score,'
                'm_score,rfm_score,rfm_weighted_score,segment,tenure_days,cycle_ratio'),
            ('customer_segments', 'customer_id,segment,segment_priority'),
            ('customer_clusters', 'customer_id,cluster,cluster_name,distance,silhouette,x,'
                'y'),
            ('ltv_predictions', 'customer_id,predicted_ltv,predicted_low,predicted_high,p_alive,expected_purchases,'
                'purchases_low,purchases_high,p_purchase,expected_order_value,next_purchase_days,repeat_purchases,'
                'last_purchase_age_days,observed_days,actual_ltv,holdout_ltv,holdout_low,holdout_high,'
                'actual_purchases,holdout_purchases,ltv_decile,buy_till_you_die_ltv,buy_till_you_die_low,buy_till_you_die_high,'
                'linear_ltv,linear_low,linear_high,ridge_ltv,ridge_low,ridge_high,'
                'random_forest_ltv,random_forest_low,random_forest_high,xgboost_ltv,xgboost_low,xgboost_high,'
                'lightgbm_ltv,lightgbm_low,lightgbm_high,blend_ltv,blend_low,blend_high,'
                'p_churn,holdout_p_churn,learned_purchases,learned_purchases_low,learned_purchases_high,predicted_margin,'
                'margin_low,margin_high')
    ) AS expected (name, columns)
    WHERE columns <> (
        SELECT string_agg(column_name, ',' ORDER BY ordinal_position)
        FROM information_schema.columns
        WHERE table_schema = 'kaggle' AND table_name = name
    );
    IF other IS NOT NULL THEN
        RAISE EXCEPTION 'tables with other columns: %', other
            USING HINT = 'they are of another version; drop them, or the whole schema kaggle';
    END IF;
END $$;

-- Loading is faster without references and indexes; they are created again below.
ALTER TABLE transactions DROP CONSTRAINT IF EXISTS transactions_customer;
DROP INDEX IF EXISTS transactions_by_customer_id_transaction_date;
DROP INDEX IF EXISTS transactions_by_transaction_date;
ALTER TABLE rfm_scores DROP CONSTRAINT IF EXISTS rfm_scores_customer;
DROP INDEX IF EXISTS rfm_scores_by_segment;
DROP INDEX IF EXISTS rfm_scores_by_monetary;
ALTER TABLE customer_segments DROP CONSTRAINT IF EXISTS customer_segments_customer;
DROP INDEX IF EXISTS customer_segments_by_segment;
ALTER TABLE customer_clusters DROP CONSTRAINT IF EXISTS customer_clusters_customer;
DROP INDEX IF EXISTS customer_clusters_by_cluster;
ALTER TABLE ltv_predictions DROP CONSTRAINT IF EXISTS ltv_predictions_customer;
DROP INDEX IF EXISTS ltv_predictions_by_predicted_ltv;
TRUNCATE customers, transactions, rfm_scores, customer_segments, customer_clusters, ltv_predictions;

-- \copy expands no variables, hence \cd.
\cd :data
\copy customers FROM 'customers.csv' WITH (FORMAT csv, HEADER true)
\copy transactions FROM 'transactions.csv' WITH (FORMAT csv, HEADER true)
\copy rfm_scores FROM 'rfm_scores.csv' WITH (FORMAT csv, HEADER true)
\copy customer_segments FROM 'customer_segments.csv' WITH (FORMAT csv, HEADER true)
\copy customer_clusters FROM 'customer_clusters.csv' WITH (FORMAT csv, HEADER true)
\copy ltv_predictions FROM 'ltv_predictions.csv' WITH (FORMAT csv, HEADER true)

ALTER TABLE transactions ADD CONSTRAINT transactions_customer FOREIGN KEY (customer_id) REFERENCES customers;
CREATE INDEX transactions_by_customer_id_transaction_date ON transactions (customer_id, transaction_date);
CREATE INDEX transactions_by_transaction_date ON transactions (transaction_date);
ALTER TABLE rfm_scores ADD CONSTRAINT rfm_scores_customer FOREIGN KEY (customer_id) REFERENCES customers;
CREATE INDEX rfm_scores_by_segment ON rfm_scores (segment);
CREATE INDEX rfm_scores_by_monetary ON rfm_scores (monetary);
ALTER TABLE customer_segments ADD CONSTRAINT customer_segments_customer FOREIGN KEY (customer_id) REFERENCES customers;
CREATE INDEX customer_segments_by_segment ON customer_segments (segment);
ALTER TABLE customer_clusters ADD CONSTRAINT customer_clusters_customer FOREIGN KEY (customer_id) REFERENCES customers;
CREATE INDEX customer_clusters_by_cluster ON customer_clusters (cluster);
ALTER TABLE ltv_predictions ADD CONSTRAINT ltv_predictions_customer FOREIGN KEY (customer_id) REFERENCES customers;
CREATE INDEX ltv_predictions_by_predicted_ltv ON ltv_predictions (predicted_ltv);
ANALYZE customers, transactions, rfm_scores, customer_segments, customer_clusters, ltv_predictions;

COMMENT ON TABLE customers IS 'One row per customer, with the attributes of the customers file';
COMMENT ON COLUMN customers.customer_id IS 'The customer';
COMMENT ON COLUMN customers.age IS 'Age in years';
COMMENT ON COLUMN customers.gender IS 'Gender';
COMMENT ON COLUMN customers.annual_income_k IS 'Annual income in thousands';
COMMENT ON COLUMN customers.spending_score IS 'Spending score of the source, 0 to 100';

COMMENT ON TABLE transactions IS 'One valid row of the source files';
COMMENT ON COLUMN transactions.transaction_id IS 'Order or invoice number; lines of one order share it';
COMMENT ON COLUMN transactions.customer_id IS 'The customer';
COMMENT ON COLUMN transactions.transaction_date IS 'Date or time of the order';
COMMENT ON COLUMN transactions.product_category IS 'The product''s category';
COMMENT ON COLUMN transactions.product_id IS 'The product';
COMMENT ON COLUMN transactions.price IS 'Unit price';
COMMENT ON COLUMN transactions.quantity IS 'Quantity';
COMMENT ON COLUMN transactions.payment_method IS 'Payment method';
COMMENT ON COLUMN transactions.status IS 'Status as in the source';
COMMENT ON COLUMN transactions.total_amount IS 'Amount paid for the row';

COMMENT ON TABLE rfm_scores IS 'One row per customer who bought';
COMMENT ON COLUMN rfm_scores.customer_id IS 'The customer';
COMMENT ON COLUMN rfm_scores.recency IS 'Calendar days since the last order';
COMMENT ON COLUMN rfm_scores.frequency IS 'Number of orders';
COMMENT ON COLUMN rfm_scores.monetary IS 'Spend';
COMMENT ON COLUMN rfm_scores.r_score IS 'Recency score; the highest is the most recent';
COMMENT ON COLUMN rfm_scores.f_score IS 'Frequency score; the highest orders most often';
COMMENT ON COLUMN rfm_scores.m_score IS 'Monetary score; the highest spends most';
COMMENT ON COLUMN rfm_scores.rfm_score IS 'Sum of the three scores';
COMMENT ON COLUMN rfm_scores.rfm_weighted_score IS 'Weighted sum of the three scores';
COMMENT ON COLUMN rfm_scores.segment IS 'The customer''s segment';
COMMENT ON COLUMN rfm_scores.tenure_days IS 'Calendar days since the first order';
COMMENT ON COLUMN rfm_scores.cycle_ratio IS 'Days since the last order divided by the customer''s purchase cycle; above 2 overdue, above 4 lapsed';

COMMENT ON TABLE customer_segments IS 'One row per customer who bought';
COMMENT ON COLUMN customer_segments.customer_id IS 'The customer';
COMMENT ON COLUMN customer_segments.segment IS 'The customer''s segment';
COMMENT ON COLUMN customer_segments.segment_priority IS 'Priority of the segment; 1 is the highest';

COMMENT ON TABLE customer_clusters IS 'One row per customer who bought';
COMMENT ON COLUMN customer_clusters.customer_id IS 'The customer';
COMMENT ON COLUMN customer_clusters.cluster IS 'Number of the customer''s cluster; stays the same in later runs if the cluster is found again';
COMMENT ON COLUMN customer_clusters.cluster_name IS 'Name of the cluster';
COMMENT ON COLUMN customer_clusters.distance IS 'Distance to the cluster center, in standard deviations of the features';
COMMENT ON COLUMN customer_clusters.silhouette IS '-1 to 1: how much closer the customer''s own cluster is than the next; empty if not computed';
COMMENT ON COLUMN customer_clusters.x IS 'First principal component';
COMMENT ON COLUMN customer_clusters.y IS 'Second principal component';

COMMENT ON TABLE ltv_predictions IS 'One row per customer who bought';
COMMENT ON COLUMN ltv_predictions.customer_id IS 'The customer';
COMMENT ON COLUMN ltv_predictions.predicted_ltv IS 'Predicted spend in the horizon after the analysis date, discounted if configured';
COMMENT ON COLUMN ltv_predictions.predicted_low IS 'Lower bound of the prediction interval of that spend';
COMMENT ON COLUMN ltv_predictions.predicted_high IS 'Upper bound of the prediction interval of that spend';
COMMENT ON COLUMN ltv_predictions.p_alive IS 'P(alive): probability that the customer is still active';
COMMENT ON COLUMN ltv_predictions.expected_purchases IS 'Expected purchases in the horizon';
COMMENT ON COLUMN ltv_predictions.purchases_low IS 'Lower bound of the prediction interval of these purchases';
COMMENT ON COLUMN ltv_predictions.purchases_high IS 'Upper bound of the prediction interval of these purchases';
COMMENT ON COLUMN ltv_predictions.p_purchase IS 'P(purchase): probability of at least one purchase in the horizon';
COMMENT ON COLUMN ltv_predictions.expected_order_value IS 'Expected value of a future order';
COMMENT ON COLUMN ltv_predictions.next_purchase_days IS 'Median days until the next purchase, if there is one';
COMMENT ON COLUMN ltv_predictions.repeat_purchases IS 'Purchases after the first (x)';
COMMENT ON COLUMN ltv_predictions.last_purchase_age_days IS 'Days from the first to the last purchase (t_x)';
COMMENT ON COLUMN ltv_predictions.observed_days IS 'Days from the first purchase to the analysis date (T)';
COMMENT ON COLUMN ltv_predictions.actual_ltv IS 'Actual spend in the holdout period; empty for customers acquired after the calibration period';
COMMENT ON COLUMN ltv_predictions.holdout_ltv IS 'Predicted spend in the holdout period, from the calibration period';
COMMENT ON COLUMN ltv_predictions.holdout_low IS 'Lower bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.holdout_high IS 'Upper bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.actual_purchases IS 'Actual purchases in the holdout period';
COMMENT ON COLUMN ltv_predictions.holdout_purchases IS 'Predicted purchases in the holdout period';
COMMENT ON COLUMN ltv_predictions.ltv_decile IS 'Decile of the customers by predicted LTV; 1 is the highest';
COMMENT ON COLUMN ltv_predictions.buy_till_you_die_ltv IS 'Predicted LTV of the best buy-till-you-die model';
COMMENT ON COLUMN ltv_predictions.buy_till_you_die_low IS 'Lower bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.buy_till_you_die_high IS 'Upper bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.linear_ltv IS 'Predicted LTV of linear regression; empty if not fitted';
COMMENT ON COLUMN ltv_predictions.linear_low IS 'Lower bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.linear_high IS 'Upper bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.ridge_ltv IS 'Predicted LTV of ridge regression; empty if not fitted';
COMMENT ON COLUMN ltv_predictions.ridge_low IS 'Lower bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.ridge_high IS 'Upper bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.random_forest_ltv IS 'Predicted LTV of the random forest; empty if not fitted';
COMMENT ON COLUMN ltv_predictions.random_forest_low IS 'Lower bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.random_forest_high IS 'Upper bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.xgboost_ltv IS 'Predicted LTV of XGBoost; empty if not fitted';
COMMENT ON COLUMN ltv_predictions.xgboost_low IS 'Lower bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.xgboost_high IS 'Upper bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.lightgbm_ltv IS 'Predicted LTV of LightGBM; empty if not fitted';
COMMENT ON COLUMN ltv_predictions.lightgbm_low IS 'Lower bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.lightgbm_high IS 'Upper bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.blend_ltv IS 'Predicted LTV of the blend of the learned models; empty if not fitted';
COMMENT ON COLUMN ltv_predictions.blend_low IS 'Lower bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.blend_high IS 'Upper bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.p_churn IS 'P(churn): calibrated probability of no purchase in as many days as the holdout period has; empty if not fitted';
COMMENT ON COLUMN ltv_predictions.holdout_p_churn IS 'P(churn) at the end of the calibration period; empty for customers acquired later';
COMMENT ON COLUMN ltv_predictions.learned_purchases IS 'Expected purchases in the horizon by the best learned model; empty unless value.orders is set';
COMMENT ON COLUMN ltv_predictions.learned_purchases_low IS 'Lower bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.learned_purchases_high IS 'Upper bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.predicted_margin IS 'Gross margin of predicted_ltv; empty unless value.margin is set';
COMMENT ON COLUMN ltv_predictions.margin_low IS 'Lower bound of its prediction interval';
COMMENT ON COLUMN ltv_predictions.margin_high IS 'Upper bound of its prediction interval';

-- How many rows were loaded, and do they agree with each other? `wrong` must be 0 everywhere.
CREATE TEMP TABLE setup_checks (number, item, rows, wrong) ON COMMIT DROP AS
    SELECT 1, 'rows of customers', count(*), NULL::bigint FROM customers
    UNION ALL
    SELECT 2, 'rows of transactions', count(*), NULL::bigint FROM transactions
    UNION ALL
    SELECT 3, 'rows of rfm_scores', count(*), NULL::bigint FROM rfm_scores
    UNION ALL
    SELECT 4, 'rows of customer_segments', count(*), NULL::bigint FROM customer_segments
    UNION ALL
    SELECT 5, 'rows of customer_clusters', count(*), NULL::bigint FROM customer_clusters
    UNION ALL
    SELECT 6, 'rows of ltv_predictions', count(*), NULL::bigint FROM ltv_predictions
    UNION ALL
    SELECT 7, 'customers has rows', NULL, (
        SELECT (NOT EXISTS (SELECT FROM customers))::integer
    )
    UNION ALL
    SELECT 8, 'transactions has rows', NULL, (
        SELECT (NOT EXISTS (SELECT FROM transactions))::integer
    )
    UNION ALL
    SELECT 9, 'every customer who bought has scores, and nobody else', NULL, (
        SELECT count(*)
        FROM (SELECT DISTINCT customer_id FROM transactions) AS bought
        FULL JOIN rfm_scores USING (customer_id)
        WHERE bought.customer_id IS NULL OR rfm_scores.customer_id IS NULL
    )
    UNION ALL
    SELECT 10, 'revenue of the transactions = spend of the customers', NULL, (
        SELECT (sum(total_amount) IS DISTINCT FROM (SELECT sum(monetary) FROM rfm_scores))::integer
        FROM transactions
    )
    UNION ALL
    SELECT 11, 'orders of the transactions = orders of the customers', NULL, (
        SELECT (count(*) IS DISTINCT FROM (SELECT sum(frequency) FROM rfm_scores))::integer
        FROM transactions
    )
    UNION ALL
    SELECT 12, 'scores are 1 to 5', NULL, (
        SELECT count(*) FROM rfm_scores WHERE greatest(r_score, f_score, m_score) > 5
    )
    UNION ALL
    SELECT 13, 'rfm_score is the sum of the three scores', NULL, (
        SELECT count(*) FROM rfm_scores WHERE rfm_score <> r_score + f_score + m_score
    )
    UNION ALL
    SELECT 14, 'the first order is not after the last', NULL, (
        SELECT count(*) FROM rfm_scores WHERE recency > tenure_days
    )
    UNION ALL
    SELECT 15, 'customer_segments has the segments of rfm_scores', NULL, (
        SELECT count(*)
        FROM rfm_scores
        FULL JOIN customer_segments USING (customer_id)
        WHERE rfm_scores.segment IS DISTINCT FROM customer_segments.segment
    )
    UNION ALL
    SELECT 16, 'a segment has one priority', NULL, (
        SELECT count(DISTINCT (segment, segment_priority)) - count(DISTINCT segment) FROM customer_segments
    )
    UNION ALL
    SELECT 17, 'every customer with scores has a cluster, and nobody else', NULL, (
        SELECT count(*)
        FROM rfm_scores
        FULL JOIN customer_clusters USING (customer_id)
        WHERE rfm_scores.customer_id IS NULL OR customer_clusters.customer_id IS NULL
    )
    UNION ALL
    SELECT 18, 'every customer with scores has a predicted LTV, and nobody else', NULL, (
        SELECT count(*)
        FROM rfm_scores
        FULL JOIN ltv_predictions USING (customer_id)
        WHERE rfm_scores.customer_id IS NULL OR ltv_predictions.customer_id IS NULL
    );
SELECT item, rows, wrong, CASE WHEN wrong > 0 THEN 'FAILED' ELSE 'ok' END AS result
FROM setup_checks
ORDER BY number;
DO $$
DECLARE
    failed text;
BEGIN
    SELECT string_agg(item, '; ' ORDER BY number) INTO failed FROM setup_checks WHERE wrong > 0;
    IF failed IS NOT NULL THEN
        RAISE EXCEPTION 'checks failed, nothing is stored: %', failed
            USING HINT = 'the files must be those of one run with all steps: regulars export all';
    END IF;
END $$;
COMMIT;
