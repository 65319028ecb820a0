-- Queries of sql/rfm_analysis.sql in the forms that were compared: with window functions and with subqueries.
--
--   psql -X -q -f bench/sql_alternatives.sql | grep -E '^==|Execution Time|Buffers: shared' | less
--
-- Needs the tables and views of sql/setup_database.sql and sql/rfm_analysis.sql. Results are in docs/sql.md.

\set ON_ERROR_STOP on
\set QUIET on
\pset tuples_only on
\pset format unaligned
SET search_path TO synthetic;
CREATE TEMP TABLE metrics AS SELECT * FROM rfm_metrics;
ANALYZE metrics;

\echo '== scores: rank() as window function'
EXPLAIN (ANALYZE, BUFFERS)
SELECT
    *,
    (5 - 5 * (rank() OVER (ORDER BY recency) - 1) / count(*) OVER ())::smallint AS r_score,
    (1 + 5 * (rank() OVER (ORDER BY frequency) - 1) / count(*) OVER ())::smallint AS f_score,
    (1 + 5 * (rank() OVER (ORDER BY monetary) - 1) / count(*) OVER ())::smallint AS m_score
FROM metrics;

\echo '== scores: cut points from a subquery (percentile_disc)'
EXPLAIN (ANALYZE, BUFFERS)
SELECT
    metrics.*,
    5 - (recency > r[1])::integer - (recency > r[2])::integer - (recency > r[3])::integer - (recency > r[4])::integer AS r_score,
    1 + (frequency > f[1])::integer + (frequency > f[2])::integer + (frequency > f[3])::integer + (frequency > f[4])::integer AS f_score,
    1 + (monetary > m[1])::integer + (monetary > m[2])::integer + (monetary > m[3])::integer + (monetary > m[4])::integer AS m_score
FROM metrics
CROSS JOIN (
    SELECT
        percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY recency) AS r,
        percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY frequency) AS f,
        percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY monetary) AS m
    FROM metrics
) AS cuts;

\echo '== scores: customers with a smaller value, counted per value and joined'
EXPLAIN (ANALYZE, BUFFERS)
WITH r AS (
    SELECT recency, sum(count(*)) OVER (ORDER BY recency) - count(*) AS smaller FROM metrics GROUP BY recency
),
f AS (
    SELECT frequency, sum(count(*)) OVER (ORDER BY frequency) - count(*) AS smaller FROM metrics GROUP BY frequency
),
m AS (
    SELECT monetary, sum(count(*)) OVER (ORDER BY monetary) - count(*) AS smaller FROM metrics GROUP BY monetary
)
SELECT
    metrics.*,
    5 - div(5 * r.smaller, customers)::smallint AS r_score,
    1 + div(5 * f.smaller, customers)::smallint AS f_score,
    1 + div(5 * m.smaller, customers)::smallint AS m_score
FROM metrics
JOIN r USING (recency)
JOIN f USING (frequency)
JOIN m USING (monetary)
CROSS JOIN (SELECT count(*) AS customers FROM metrics) AS all_customers;

\echo '== share of the total (3.1): window function over the groups'
EXPLAIN (ANALYZE, BUFFERS)
SELECT product_category, sum(total_amount), 100 * sum(total_amount) / sum(sum(total_amount)) OVER ()
FROM transactions
GROUP BY 1;

\echo '== share of the total (3.1): total from a subquery'
EXPLAIN (ANALYZE, BUFFERS)
SELECT product_category, sum(total_amount), 100 * sum(total_amount) / (SELECT sum(total_amount) FROM transactions)
FROM transactions
GROUP BY 1;

\echo '== change to the month before (7.1): lag(), count(DISTINCT)'
EXPLAIN (ANALYZE, BUFFERS)
SELECT month, customers, revenue - lag(revenue) OVER (ORDER BY month)
FROM (
    SELECT
        date_trunc('month', transaction_date)::date AS month,
        sum(total_amount) AS revenue,
        count(*) AS orders,
        count(DISTINCT customer_id) AS customers
    FROM transactions
    GROUP BY 1
) AS months;

\echo '== change to the month before (7.1): join with itself, count(DISTINCT)'
EXPLAIN (ANALYZE, BUFFERS)
WITH months AS (
    SELECT
        date_trunc('month', transaction_date)::date AS month,
        sum(total_amount) AS revenue,
        count(*) AS orders,
        count(DISTINCT customer_id) AS customers
    FROM transactions
    GROUP BY 1
)
SELECT months.month, months.customers, months.revenue - before.revenue
FROM months
LEFT JOIN months AS before ON before.month = months.month - interval '1 month';

\echo '== change to the month before (7.1): lag(), per customer and month first'
EXPLAIN (ANALYZE, BUFFERS)
SELECT month, customers, revenue - lag(revenue) OVER (ORDER BY month)
FROM (
    SELECT month, sum(revenue) AS revenue, sum(orders) AS orders, count(*) AS customers
    FROM (
        SELECT
            customer_id,
            date_trunc('month', transaction_date)::date AS month,
            sum(total_amount) AS revenue,
            count(*) AS orders
        FROM transactions
        GROUP BY 1, 2
    ) AS months_of_customers
    GROUP BY month
) AS months;

\echo '== new customers by month (7.2): min() as window function'
EXPLAIN (ANALYZE, BUFFERS)
SELECT
    date_trunc('month', transaction_date)::date AS month,
    count(DISTINCT customer_id) FILTER (WHERE is_new),
    count(DISTINCT customer_id) FILTER (WHERE NOT is_new),
    sum(total_amount) FILTER (WHERE is_new)
FROM (
    SELECT
        customer_id,
        transaction_date,
        total_amount,
        date_trunc('month', transaction_date) = date_trunc('month', min(transaction_date) OVER (PARTITION BY customer_id)) AS is_new
    FROM transactions
) AS orders
GROUP BY 1;

\echo '== new customers by month (7.2): first order from a subquery'
EXPLAIN (ANALYZE, BUFFERS)
SELECT
    date_trunc('month', transaction_date)::date AS month,
    count(DISTINCT customer_id) FILTER (WHERE is_new),
    count(DISTINCT customer_id) FILTER (WHERE NOT is_new),
    sum(total_amount) FILTER (WHERE is_new)
FROM (
    SELECT
        customer_id,
        transaction_date,
        total_amount,
        date_trunc('month', transaction_date) = first_month AS is_new
    FROM transactions
    JOIN (
        SELECT customer_id, date_trunc('month', min(transaction_date)) AS first_month
        FROM transactions
        GROUP BY customer_id
    ) AS firsts USING (customer_id)
) AS orders
GROUP BY 1;

\echo '== new customers by month (7.2): per customer and month first, then per month'
EXPLAIN (ANALYZE, BUFFERS)
SELECT
    month,
    count(*) FILTER (WHERE is_new),
    count(*) FILTER (WHERE NOT is_new),
    sum(revenue) FILTER (WHERE is_new)
FROM (
    SELECT customer_id, month, revenue, month = min(month) OVER (PARTITION BY customer_id) AS is_new
    FROM (
        SELECT customer_id, date_trunc('month', transaction_date)::date AS month, sum(total_amount) AS revenue
        FROM transactions
        GROUP BY 1, 2
    ) AS months_of_customers
) AS months
GROUP BY 1;

\echo '== cohorts (8.1): min() as window function'
EXPLAIN (ANALYZE, BUFFERS)
SELECT date_trunc('month', first_day)::date, count(*), count(*) FILTER (WHERE days_to_second <= 90)
FROM (
    SELECT
        customer_id,
        first_day,
        min(transaction_date::date) FILTER (WHERE transaction_date::date > first_day) - first_day AS days_to_second
    FROM (
        SELECT customer_id, transaction_date, (min(transaction_date) OVER (PARTITION BY customer_id))::date AS first_day
        FROM transactions
    ) AS orders
    GROUP BY customer_id, first_day
) AS customers_by_first_day
GROUP BY 1;

\echo '== cohorts (8.1): first day from a subquery, joined'
EXPLAIN (ANALYZE, BUFFERS)
SELECT date_trunc('month', first_day)::date, count(*), count(*) FILTER (WHERE days_to_second <= 90)
FROM (
    SELECT
        customer_id,
        first_day,
        min(transaction_date::date) FILTER (WHERE transaction_date::date > first_day) - first_day AS days_to_second
    FROM transactions
    JOIN (
        SELECT customer_id, min(transaction_date)::date AS first_day FROM transactions GROUP BY customer_id
    ) AS firsts USING (customer_id)
    GROUP BY customer_id, first_day
) AS customers_by_first_day
GROUP BY 1;

\echo '== cohorts (8.1): second day from a lateral subquery on the index'
EXPLAIN (ANALYZE, BUFFERS)
SELECT date_trunc('month', first_day)::date, count(*), count(*) FILTER (WHERE second_day - first_day <= 90)
FROM (SELECT customer_id, min(transaction_date)::date AS first_day FROM transactions GROUP BY customer_id) AS firsts
LEFT JOIN LATERAL (
    SELECT transaction_date::date AS second_day
    FROM transactions
    WHERE transactions.customer_id = firsts.customer_id AND transaction_date >= first_day + 1
    ORDER BY transaction_date
    LIMIT 1
) AS seconds ON true
GROUP BY 1;

\echo '== five cities per segment (6.4): row_number()'
EXPLAIN (ANALYZE, BUFFERS)
SELECT segment, city, customers
FROM (
    SELECT segment, city, count(*) AS customers, row_number() OVER (PARTITION BY segment ORDER BY count(*) DESC, city) AS place
    FROM customer_segments
    JOIN customers USING (customer_id)
    GROUP BY segment, city
) AS cities
WHERE place <= 5;

\echo '== five cities per segment (6.4): lateral subquery'
EXPLAIN (ANALYZE, BUFFERS)
SELECT segment, cities.city, cities.customers
FROM (SELECT DISTINCT segment FROM customer_segments) AS segments
CROSS JOIN LATERAL (
    SELECT city, count(*) AS customers
    FROM customer_segments
    JOIN customers USING (customer_id)
    WHERE customer_segments.segment = segments.segment
    GROUP BY city
    ORDER BY customers DESC, city
    LIMIT 5
) AS cities;

\echo '== share of the top customers (9.2): row_number()'
EXPLAIN (ANALYZE, BUFFERS)
SELECT top.percent, count(*), sum(monetary), 100 * sum(monetary) / (SELECT sum(monetary) FROM rfm_scores)
FROM (
    SELECT monetary, row_number() OVER (ORDER BY monetary DESC, customer_id) AS place, count(*) OVER () AS customers
    FROM rfm_scores
) AS ranked
JOIN (VALUES (1), (5), (10), (20)) AS top (percent) ON place <= ceil(customers * top.percent / 100.0)
GROUP BY top.percent;

\echo '== share of the top customers (9.2): limited subqueries on the index'
EXPLAIN (ANALYZE, BUFFERS)
SELECT top.percent, best.customers, best.revenue, 100 * best.revenue / total.revenue
FROM (VALUES (1), (5), (10), (20)) AS top (percent)
CROSS JOIN (SELECT count(*) AS customers, sum(monetary) AS revenue FROM rfm_scores) AS total
CROSS JOIN LATERAL (
    SELECT count(*) AS customers, sum(monetary) AS revenue
    FROM (
        SELECT monetary FROM rfm_scores ORDER BY monetary DESC LIMIT ceil(total.customers * top.percent / 100.0)
    ) AS ordered
) AS best;
