-- Compares the scores, segments and aggregates that SQL computes from the transactions with those of the run.
-- Prints `what|compared|different` per comparison. Needs the scripts of sql/; `data` is the folder of the export.

\set ON_ERROR_STOP on
\pset tuples_only on
\pset format unaligned
SET client_min_messages = warning;
SET search_path TO :schema;
\cd :data

CREATE TEMP TABLE run_summary (
    segment text, segment_priority bigint, customers bigint, customer_share double precision, revenue numeric,
    revenue_share double precision, recency_mean double precision, frequency_mean double precision,
    monetary_mean double precision, average_order_value double precision, bought_last_90d_share double precision,
    overdue_share double precision, tenure_median double precision, cycle_ratio_median double precision, caveat text
);
\copy run_summary FROM 'rfm_summary.csv' WITH (FORMAT csv, HEADER true)
CREATE TEMP TABLE run_thresholds (
    measure text, within text, score smallint, from_value double precision, to_value double precision, customers bigint
);
\copy run_thresholds FROM 'rfm_thresholds.csv' WITH (FORMAT csv, HEADER true)
CREATE TEMP TABLE run_months (month timestamp, revenue numeric, orders bigint, customers bigint);
\copy run_months FROM 'monthly_revenue.csv' WITH (FORMAT csv, HEADER true)
CREATE TEMP TABLE run_features (
    customer_id bigint, recency_days integer, frequency_orders bigint, monetary numeric, first_purchase timestamp,
    last_purchase timestamp, tenure_days integer, average_order_value double precision, minimum_order_value numeric,
    maximum_order_value numeric, order_value_deviation double precision, days_between_orders_mean double precision,
    days_between_orders_deviation double precision, orders_last_30d bigint, orders_last_90d bigint,
    orders_last_180d bigint, orders_last_365d bigint, spend_last_30d numeric, spend_last_90d numeric,
    spend_last_180d numeric, spend_last_365d numeric, distinct_categories bigint, distinct_payment_methods bigint,
    favourite_category text, favourite_category_share double precision, quantity_total numeric,
    quantity_per_order_mean double precision, weekday_order_share double precision,
    weekend_order_share double precision, winter_order_share double precision, spring_order_share double precision,
    summer_order_share double precision, autumn_order_share double precision, refund_share double precision,
    spend_trend double precision
);
\copy run_features FROM 'customer_features.csv' WITH (FORMAT csv, HEADER true)
CREATE TEMP TABLE run_clusters (
    cluster bigint, cluster_name text, customers bigint, customer_share double precision, revenue numeric,
    revenue_share double precision, recency_mean double precision, frequency_mean double precision,
    monetary_mean double precision, silhouette_mean double precision, traits text
);
\copy run_clusters FROM 'cluster_statistics.csv' WITH (FORMAT csv, HEADER true)
CREATE TEMP TABLE run_overlaps (cluster bigint, cluster_name text, segment text, customers bigint);
\copy run_overlaps FROM 'cluster_segments.csv' WITH (FORMAT csv, HEADER true)

-- Both sides as tables of the same columns; whole rows are compared.
CREATE TEMP TABLE computed AS SELECT * FROM rfm_computed;

CREATE TEMP TABLE by_segment AS
SELECT
    segment,
    count(*) AS customers,
    count(*)::double precision / (SELECT count(*) FROM computed) AS customer_share,
    sum(monetary) AS revenue,
    (sum(monetary) * 100)::double precision / (SELECT sum(monetary) * 100 FROM computed)::double precision
        AS revenue_share,
    sum(recency)::double precision / count(*) AS recency_mean,
    sum(frequency)::double precision / count(*) AS frequency_mean,
    (sum(monetary) * 100)::double precision / count(*) / 100 AS monetary_mean,
    (sum(monetary) * 100)::double precision / sum(frequency)::double precision / 100 AS average_order_value,
    count(*) FILTER (WHERE recency <= 90)::double precision / count(*) AS bought_last_90d_share,
    count(*) FILTER (WHERE cycle_ratio > 2)::double precision / count(*) AS overdue_share,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY tenure_days)::double precision AS tenure_median,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY cycle_ratio) AS cycle_ratio_median
FROM computed
GROUP BY segment;

CREATE TEMP TABLE run_by_segment AS
SELECT
    segment, customers, customer_share, revenue, revenue_share, recency_mean, frequency_mean, monetary_mean,
    average_order_value, bought_last_90d_share, overdue_share, tenure_median, cycle_ratio_median
FROM run_summary
WHERE customers > 0;

CREATE TEMP TABLE by_score AS
SELECT 'recency' AS measure, r_score AS score, min(recency)::double precision AS from_value,
    max(recency)::double precision AS to_value, count(*) AS customers
FROM computed GROUP BY r_score
UNION ALL
SELECT 'frequency', f_score, min(frequency), max(frequency), count(*) FROM computed GROUP BY f_score
UNION ALL
SELECT 'monetary', m_score, min(monetary), max(monetary), count(*) FROM computed GROUP BY m_score;

CREATE TEMP TABLE run_by_score AS
SELECT measure, score, from_value, to_value, customers FROM run_thresholds WHERE customers > 0;

CREATE TEMP TABLE by_month AS
SELECT date_trunc('month', transaction_date) AS month, sum(total_amount) AS revenue, count(*) AS orders,
    count(DISTINCT customer_id) AS customers
FROM transactions
GROUP BY 1;

CREATE TEMP TABLE by_customer AS
SELECT
    customer_id,
    as_of - max(transaction_date)::date AS recency_days,
    count(*) AS frequency_orders,
    sum(total_amount) AS monetary,
    min(transaction_date) AS first_purchase,
    max(transaction_date) AS last_purchase,
    as_of - min(transaction_date)::date AS tenure_days,
    (sum(total_amount) * 100)::double precision / count(*) / 100 AS average_order_value,
    min(total_amount) AS minimum_order_value,
    max(total_amount) AS maximum_order_value,
    (max(transaction_date)::date - min(transaction_date)::date)::double precision / nullif(count(*) - 1, 0)
        AS days_between_orders_mean,
    count(*) FILTER (WHERE transaction_date::date > as_of - 30) AS orders_last_30d,
    count(*) FILTER (WHERE transaction_date::date > as_of - 90) AS orders_last_90d,
    count(*) FILTER (WHERE transaction_date::date > as_of - 180) AS orders_last_180d,
    count(*) FILTER (WHERE transaction_date::date > as_of - 365) AS orders_last_365d,
    coalesce(sum(total_amount) FILTER (WHERE transaction_date::date > as_of - 30), 0) AS spend_last_30d,
    coalesce(sum(total_amount) FILTER (WHERE transaction_date::date > as_of - 90), 0) AS spend_last_90d,
    coalesce(sum(total_amount) FILTER (WHERE transaction_date::date > as_of - 180), 0) AS spend_last_180d,
    coalesce(sum(total_amount) FILTER (WHERE transaction_date::date > as_of - 365), 0) AS spend_last_365d,
    count(DISTINCT product_category) AS distinct_categories,
    count(DISTINCT payment_method) AS distinct_payment_methods,
    sum(quantity) AS quantity_total,
    count(*) FILTER (WHERE extract(isodow FROM transaction_date) <= 5)::double precision / count(*)
        AS weekday_order_share,
    count(*) FILTER (WHERE extract(month FROM transaction_date) IN (12, 1, 2))::double precision / count(*)
        AS winter_order_share
FROM transactions
CROSS JOIN analysis_date
GROUP BY customer_id, as_of;

CREATE TEMP TABLE run_by_customer AS
SELECT
    customer_id, recency_days, frequency_orders, monetary, first_purchase, last_purchase, tenure_days,
    average_order_value, minimum_order_value, maximum_order_value, days_between_orders_mean, orders_last_30d,
    orders_last_90d, orders_last_180d, orders_last_365d, spend_last_30d, spend_last_90d, spend_last_180d,
    spend_last_365d, distinct_categories, distinct_payment_methods, quantity_total, weekday_order_share,
    winter_order_share
FROM run_features;

CREATE TEMP TABLE by_cluster AS
SELECT
    cluster,
    cluster_name,
    count(*) AS customers,
    count(*)::double precision / (SELECT count(*) FROM computed) AS customer_share,
    sum(monetary) AS revenue,
    (sum(monetary) * 100)::double precision / (SELECT sum(monetary) * 100 FROM computed)::double precision
        AS revenue_share,
    sum(recency)::double precision / count(*) AS recency_mean,
    sum(frequency)::double precision / count(*) AS frequency_mean,
    (sum(monetary) * 100)::double precision / count(*) / 100 AS monetary_mean
FROM customer_clusters
JOIN computed USING (customer_id)
GROUP BY cluster, cluster_name;

CREATE TEMP TABLE run_by_cluster AS
SELECT
    cluster, cluster_name, customers, customer_share, revenue, revenue_share, recency_mean, frequency_mean, monetary_mean
FROM run_clusters;

CREATE TEMP TABLE by_overlap AS
SELECT cluster, cluster_name, segment, count(*) AS customers
FROM customer_clusters
JOIN computed USING (customer_id)
GROUP BY cluster, cluster_name, segment;

SELECT 'scores and segments', count(*), count(*) FILTER (WHERE computed IS DISTINCT FROM stored)
FROM computed FULL JOIN rfm_scores AS stored USING (customer_id);
SELECT 'segments', count(*), count(*) FILTER (WHERE computed IS DISTINCT FROM stored)
FROM (SELECT customer_id, segment FROM computed) AS computed
FULL JOIN (SELECT customer_id, segment FROM customer_segments) AS stored USING (customer_id);
SELECT 'features of customers', count(*), count(*) FILTER (WHERE computed IS DISTINCT FROM stored)
FROM by_customer AS computed FULL JOIN run_by_customer AS stored USING (customer_id);
SELECT 'statistics of segments', count(*), count(*) FILTER (WHERE computed IS DISTINCT FROM stored)
FROM by_segment AS computed FULL JOIN run_by_segment AS stored USING (segment);
SELECT 'score thresholds', count(*), count(*) FILTER (WHERE computed IS DISTINCT FROM stored)
FROM by_score AS computed FULL JOIN run_by_score AS stored USING (measure, score);
SELECT 'revenue by month', count(*), count(*) FILTER (WHERE computed IS DISTINCT FROM stored)
FROM by_month AS computed FULL JOIN run_months AS stored USING (month);
SELECT 'statistics of clusters', count(*), count(*) FILTER (WHERE computed IS DISTINCT FROM stored)
FROM by_cluster AS computed FULL JOIN run_by_cluster AS stored USING (cluster);
SELECT 'clusters and segments', count(*), count(*) FILTER (WHERE computed IS DISTINCT FROM stored)
FROM by_overlap AS computed
FULL JOIN (SELECT * FROM run_overlaps WHERE customers > 0) AS stored USING (cluster, segment);
