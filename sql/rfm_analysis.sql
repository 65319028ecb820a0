-- Analyses of the data set `synthetic` in PostgreSQL 12 or later.
--
--   psql -v ON_ERROR_STOP=1 -f sql/rfm_analysis.sql
--
-- Needs the tables of sql/setup_database.sql. Creates the views `analysis_date`, `rfm_metrics`, `rfm_quintiles` and
-- `rfm_computed`, and changes nothing else. Options: -v method=ntile, -v as_of=2024-06-30 (see below).
-- Shares are in percent; amounts are exact.

\set ON_ERROR_STOP on
\pset footer off
SET client_min_messages = warning;
SET search_path TO synthetic;

\echo
\echo '== 1 Totals'
\echo
\echo '1.1 How much was sold, to how many customers, and when?'
SELECT
    (SELECT count(*) FROM customers) AS customers,
    count(DISTINCT customer_id) AS customers_who_bought,
    count(*) AS orders,
    sum(total_amount) AS revenue,
    round(avg(total_amount), 2) AS average_order,
    round(sum(total_amount) / count(DISTINCT customer_id), 2) AS revenue_per_customer,
    min(transaction_date)::date AS first_day,
    max(transaction_date)::date AS last_day,
    max(transaction_date)::date - min(transaction_date)::date + 1 AS days
FROM transactions;

\echo
\echo '== 2 Demographics'
\echo
\echo '2.1 How old are the customers who bought, and what do the age groups spend?'
SELECT
    CASE
        WHEN age < 25 THEN 'under 25'
        WHEN age < 35 THEN '25 to 34'
        WHEN age < 45 THEN '35 to 44'
        WHEN age < 55 THEN '45 to 54'
        WHEN age < 65 THEN '55 to 64'
        WHEN age >= 65 THEN '65 and over'
        ELSE 'unknown'
    END AS age_group,
    count(*) AS customers,
    round(100.0 * count(*) / sum(count(*)) OVER (), 2) AS customer_share,
    sum(monetary) AS revenue,
    round(100 * sum(monetary) / sum(sum(monetary)) OVER (), 2) AS revenue_share,
    round(avg(monetary), 2) AS revenue_per_customer
FROM rfm_scores
JOIN customers USING (customer_id)
GROUP BY age_group
ORDER BY min(age);

\echo
\echo '2.2 How do the genders differ?'
SELECT
    coalesce(gender, 'unknown') AS gender,
    count(*) AS customers,
    round(100.0 * count(*) / sum(count(*)) OVER (), 2) AS customer_share,
    sum(monetary) AS revenue,
    round(100 * sum(monetary) / sum(sum(monetary)) OVER (), 2) AS revenue_share,
    round(avg(monetary), 2) AS revenue_per_customer
FROM rfm_scores
JOIN customers USING (customer_id)
GROUP BY 1
ORDER BY customers DESC, gender;

\echo
\echo '2.3 Where do the customers live?'
SELECT
    coalesce(city, 'unknown') AS city,
    count(*) AS customers,
    round(100.0 * count(*) / sum(count(*)) OVER (), 2) AS customer_share,
    sum(monetary) AS revenue,
    round(100 * sum(monetary) / sum(sum(monetary)) OVER (), 2) AS revenue_share,
    round(avg(monetary), 2) AS revenue_per_customer
FROM rfm_scores
JOIN customers USING (customer_id)
GROUP BY 1
ORDER BY customers DESC, city;

\echo
\echo '2.4 Which kinds of customers are there, and how many of them bought?'
SELECT
    coalesce(customer_type, 'unknown') AS customer_type,
    count(*) AS customers,
    round(100.0 * count(*) / sum(count(*)) OVER (), 2) AS customer_share,
    count(rfm_scores.customer_id) AS customers_who_bought,
    round(100.0 * count(rfm_scores.customer_id) / count(*), 2) AS bought_share,
    coalesce(sum(monetary), 0) AS revenue
FROM customers
LEFT JOIN rfm_scores USING (customer_id)
GROUP BY 1
ORDER BY customers DESC, customer_type;

\echo
\echo '== 3 Products and payment'
\echo
\echo '3.1 How do the product categories perform?'
SELECT
    coalesce(product_category, 'unknown') AS product_category,
    count(*) AS orders,
    count(DISTINCT customer_id) AS customers,
    sum(quantity)::bigint AS units,
    sum(total_amount) AS revenue,
    round(100 * sum(total_amount) / sum(sum(total_amount)) OVER (), 2) AS revenue_share,
    round(avg(total_amount), 2) AS average_order
FROM transactions
GROUP BY 1
ORDER BY revenue DESC, product_category;

\echo
\echo '3.2 How do customers pay?'
SELECT
    coalesce(payment_method, 'unknown') AS payment_method,
    count(*) AS orders,
    round(100.0 * count(*) / sum(count(*)) OVER (), 2) AS order_share,
    sum(total_amount) AS revenue,
    round(100 * sum(total_amount) / sum(sum(total_amount)) OVER (), 2) AS revenue_share,
    round(avg(total_amount), 2) AS average_order
FROM transactions
GROUP BY 1
ORDER BY orders DESC, payment_method;

\echo
\echo '== 4 Purchases'
\echo
\echo '4.1 How often do customers order?'
SELECT
    CASE
        WHEN frequency = 1 THEN '1'
        WHEN frequency = 2 THEN '2'
        WHEN frequency <= 5 THEN '3 to 5'
        WHEN frequency <= 10 THEN '6 to 10'
        WHEN frequency <= 20 THEN '11 to 20'
        ELSE 'over 20'
    END AS orders,
    count(*) AS customers,
    round(100.0 * count(*) / sum(count(*)) OVER (), 2) AS customer_share,
    sum(monetary) AS revenue,
    round(100 * sum(monetary) / sum(sum(monetary)) OVER (), 2) AS revenue_share
FROM rfm_scores
GROUP BY 1
ORDER BY min(frequency);

\echo
\echo '4.2 How large are the orders?'
SELECT
    min(total_amount) AS smallest,
    percentile_disc(0.25) WITHIN GROUP (ORDER BY total_amount) AS percentile_25,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY total_amount) AS median,
    round(avg(total_amount), 2) AS mean,
    percentile_disc(0.75) WITHIN GROUP (ORDER BY total_amount) AS percentile_75,
    percentile_disc(0.95) WITHIN GROUP (ORDER BY total_amount) AS percentile_95,
    max(total_amount) AS largest
FROM transactions;

\echo
\echo '4.3 Which months of the year are strong?'
SELECT
    extract(month FROM transaction_date)::integer AS month,
    count(*) AS orders,
    round(100.0 * count(*) / sum(count(*)) OVER (), 2) AS order_share,
    sum(total_amount) AS revenue,
    round(100 * sum(total_amount) / sum(sum(total_amount)) OVER (), 2) AS revenue_share,
    round(avg(total_amount), 2) AS average_order
FROM transactions
GROUP BY 1
ORDER BY 1;

\echo
\echo '4.4 On which weekdays do customers order (1 is Monday)?'
SELECT
    extract(isodow FROM transaction_date)::integer AS weekday,
    count(*) AS orders,
    round(100.0 * count(*) / sum(count(*)) OVER (), 2) AS order_share,
    sum(total_amount) AS revenue,
    round(avg(total_amount), 2) AS average_order
FROM transactions
GROUP BY 1
ORDER BY 1;

\echo
\echo '== 5 RFM scores from the transactions'
\echo
-- Generated by `cargo xtask docs`: begin.
-- Settings: the method of the scores (quantile or ntile, as in `scores.method`) and the analysis date (as in `--as-of`);
-- by default that of the last order.
\if :{?method}
\else
\set method quantile
\endif
SELECT :'method' = 'ntile' AS by_ntile, :'method' NOT IN ('quantile', 'ntile') AS unknown_method \gset
\if :unknown_method
DO $$ BEGIN
    RAISE EXCEPTION 'unknown method of the scores' USING HINT = 'use -v method=quantile or -v method=ntile';
END $$;
\endif

\if :{?as_of}
CREATE OR REPLACE VIEW analysis_date AS SELECT :'as_of'::date AS as_of;
\else
CREATE OR REPLACE VIEW analysis_date AS SELECT max(transaction_date)::date AS as_of FROM transactions;
\endif

-- How recently, how often and for how much did each customer buy?
CREATE OR REPLACE VIEW rfm_metrics AS
SELECT
    customer_id,
    as_of - max(transaction_date)::date AS recency,
    count(*) AS frequency,
    sum(total_amount) AS monetary,
    as_of - min(transaction_date)::date AS tenure_days
FROM transactions
CROSS JOIN analysis_date
WHERE transaction_date < as_of + 1
GROUP BY customer_id, as_of;

\if :by_ntile
-- All scores have equally many customers; equal values are divided by customer id.
CREATE OR REPLACE VIEW rfm_quintiles AS
SELECT
    *,
    ntile(5) OVER (ORDER BY recency DESC, customer_id)::smallint AS r_score,
    ntile(5) OVER (ORDER BY frequency, customer_id)::smallint AS f_score,
    ntile(5) OVER (ORDER BY monetary, customer_id)::smallint AS m_score
FROM rfm_metrics;
\else
-- Equal values have equal scores: a cut point is the smallest value with at least that share of the customers at or
-- below it; a score counts the cut points below the value.
CREATE OR REPLACE VIEW rfm_quintiles AS
WITH metrics AS (
    SELECT * FROM rfm_metrics
),
cuts AS (
    SELECT
        percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY recency) AS recency_cuts,
        percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY frequency) AS frequency_cuts,
        percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY monetary) AS monetary_cuts
    FROM metrics
)
SELECT
    metrics.*,
    (5 - (recency > recency_cuts[1])::integer
        - (recency > recency_cuts[2])::integer
        - (recency > recency_cuts[3])::integer
        - (recency > recency_cuts[4])::integer)::smallint AS r_score,
    (1 + (frequency > frequency_cuts[1])::integer
        + (frequency > frequency_cuts[2])::integer
        + (frequency > frequency_cuts[3])::integer
        + (frequency > frequency_cuts[4])::integer)::smallint AS f_score,
    (1 + (monetary > monetary_cuts[1])::integer
        + (monetary > monetary_cuts[2])::integer
        + (monetary > monetary_cuts[3])::integer
        + (monetary > monetary_cuts[4])::integer)::smallint AS m_score
FROM metrics
CROSS JOIN cuts;
\endif

-- Which scores and which segment does each customer have?
--
-- The purchase cycle is the mean of the customer's gaps between orders and one typical gap of the shop, at least a day.
-- The typical gap is the lower median of the customers' mean gaps; 30 days if nobody came back.
CREATE OR REPLACE VIEW rfm_computed AS
WITH quintiles AS (
    SELECT * FROM rfm_quintiles
),
shop AS (
    SELECT greatest(coalesce(
        percentile_disc(0.5) WITHIN GROUP (ORDER BY (tenure_days - recency)::double precision / (frequency - 1)), 30
    ), 1) AS typical_gap
    FROM quintiles
    WHERE frequency > 1
),
cycles AS (
    SELECT
        quintiles.*,
        CASE
            WHEN frequency = 1 THEN typical_gap
            ELSE greatest(
                ((tenure_days - recency)::double precision / (frequency - 1) * (frequency - 1) + typical_gap) / frequency,
                1
            )
        END AS purchase_cycle
    FROM quintiles
    CROSS JOIN shop
),
ratios AS (
    SELECT *, recency / purchase_cycle * 100 AS hundredths FROM cycles
),
scored AS (
    SELECT
        customer_id,
        recency,
        frequency,
        monetary,
        r_score,
        f_score,
        m_score,
        (r_score + f_score + m_score)::smallint AS rfm_score,
        (0.5 * r_score + 0.3 * f_score + 0.2 * m_score)::double precision AS rfm_weighted_score,
        tenure_days,
        -- To two decimals; halves are rounded up.
        (CASE WHEN hundredths - floor(hundredths) >= 0.5 THEN ceil(hundredths) ELSE floor(hundredths) END) / 100
            AS cycle_ratio
    FROM ratios
)
SELECT
    customer_id,
    recency,
    frequency,
    monetary,
    r_score,
    f_score,
    m_score,
    rfm_score,
    rfm_weighted_score,
    CASE
        WHEN r_score >= 4 AND f_score >= 4 AND m_score >= 4 AND cycle_ratio <= 4
            THEN 'High-Value'
        WHEN r_score >= 3 AND f_score >= 4 AND m_score >= 4 AND cycle_ratio <= 4
            THEN 'Loyal'
        WHEN r_score <= 2 AND f_score >= 3 AND m_score >= 3 AND cycle_ratio > 2
            THEN 'At-Risk'
        WHEN r_score >= 4 AND f_score <= 2 AND m_score <= 2 AND tenure_days <= 90
            THEN 'New'
        WHEN r_score >= 4 AND f_score >= 3 AND m_score <= 2 AND tenure_days <= 180 AND cycle_ratio <= 4
            THEN 'Promising'
        WHEN r_score >= 4 AND f_score >= 3 AND m_score <= 2 AND frequency <= 5 AND cycle_ratio <= 4
            THEN 'Promising'
        WHEN r_score <= 2 AND f_score <= 2 AND m_score <= 2 AND recency > 90 AND cycle_ratio > 2
            THEN 'Lost'
        WHEN r_score <= 2 AND f_score >= 4 AND m_score >= 4
            THEN 'Loyal'
        WHEN f_score >= 4 AND m_score >= 4
            THEN 'At-Risk'
        ELSE 'Regular'
    END AS segment,
    tenure_days,
    cycle_ratio
FROM scored;
COMMENT ON VIEW rfm_computed IS 'RFM scores and segments computed from the transactions; equal to rfm_scores';
-- Generated by `cargo xtask docs`: end.

\echo
\echo '5.1 Do the scores and segments from the transactions equal those of the run? Different must be 0.'
SELECT
    count(*) AS customers,
    count(*) FILTER (WHERE computed.customer_id IS NULL) AS only_in_the_run,
    count(*) FILTER (WHERE stored.customer_id IS NULL) AS only_in_the_transactions,
    count(*) FILTER (
        WHERE computed.recency IS DISTINCT FROM stored.recency
            OR computed.frequency IS DISTINCT FROM stored.frequency
            OR computed.monetary IS DISTINCT FROM stored.monetary
            OR computed.r_score IS DISTINCT FROM stored.r_score
            OR computed.f_score IS DISTINCT FROM stored.f_score
            OR computed.m_score IS DISTINCT FROM stored.m_score
            OR computed.rfm_score IS DISTINCT FROM stored.rfm_score
            OR computed.rfm_weighted_score IS DISTINCT FROM stored.rfm_weighted_score
            OR computed.segment IS DISTINCT FROM stored.segment
            OR computed.tenure_days IS DISTINCT FROM stored.tenure_days
            OR computed.cycle_ratio IS DISTINCT FROM stored.cycle_ratio
    ) AS different
FROM rfm_computed AS computed
FULL JOIN rfm_scores AS stored USING (customer_id);

\echo
\echo '5.2 Which values have which score?'
SELECT 'recency' AS measure, r_score AS score, min(recency) AS from_value, max(recency) AS to_value, count(*) AS customers
FROM rfm_scores
GROUP BY r_score
UNION ALL
SELECT 'frequency', f_score, min(frequency), max(frequency), count(*)
FROM rfm_scores
GROUP BY f_score
UNION ALL
SELECT 'monetary', m_score, min(monetary), max(monetary), count(*)
FROM rfm_scores
GROUP BY m_score
ORDER BY measure, score;

\echo
\echo '5.3 How are the weighted scores distributed?'
SELECT
    floor(rfm_weighted_score)::integer AS weighted_score_from,
    count(*) AS customers,
    round(100.0 * count(*) / sum(count(*)) OVER (), 2) AS customer_share,
    sum(monetary) AS revenue,
    round(100 * sum(monetary) / sum(sum(monetary)) OVER (), 2) AS revenue_share
FROM rfm_scores
GROUP BY 1
ORDER BY 1;

\echo
\echo '== 6 Segments'
\echo
\echo '6.1 How large are the segments, and what do they spend?'
SELECT
    segment,
    count(*) AS customers,
    round(100.0 * count(*) / sum(count(*)) OVER (), 2) AS customer_share,
    sum(monetary) AS revenue,
    round(100 * sum(monetary) / sum(sum(monetary)) OVER (), 2) AS revenue_share,
    round(avg(recency), 1) AS mean_recency,
    round(avg(frequency), 1) AS mean_frequency,
    round(avg(monetary), 2) AS mean_monetary,
    round(sum(monetary) / sum(frequency), 2) AS average_order
FROM rfm_scores
JOIN customer_segments USING (customer_id, segment)
GROUP BY segment, segment_priority
ORDER BY segment_priority;

\echo
\echo '6.2 How old are the customers of each segment?'
SELECT
    segment,
    round(avg(age), 1) AS mean_age,
    round(100.0 * count(*) FILTER (WHERE age < 25) / count(*), 1) AS under_25,
    round(100.0 * count(*) FILTER (WHERE age BETWEEN 25 AND 34) / count(*), 1) AS age_25_to_34,
    round(100.0 * count(*) FILTER (WHERE age BETWEEN 35 AND 44) / count(*), 1) AS age_35_to_44,
    round(100.0 * count(*) FILTER (WHERE age BETWEEN 45 AND 54) / count(*), 1) AS age_45_to_54,
    round(100.0 * count(*) FILTER (WHERE age BETWEEN 55 AND 64) / count(*), 1) AS age_55_to_64,
    round(100.0 * count(*) FILTER (WHERE age >= 65) / count(*), 1) AS age_65_and_over
FROM customer_segments
JOIN customers USING (customer_id)
GROUP BY segment, segment_priority
ORDER BY segment_priority;

\echo
\echo '6.3 Which genders do the segments have?'
SELECT
    segment,
    coalesce(gender, 'unknown') AS gender,
    count(*) AS customers,
    round(100.0 * count(*) / sum(count(*)) OVER (PARTITION BY segment), 2) AS share_of_segment
FROM customer_segments
JOIN customers USING (customer_id)
GROUP BY segment, segment_priority, 2
ORDER BY segment_priority, customers DESC, gender;

\echo
\echo '6.4 Which five cities have most customers of each segment?'
SELECT segment, city, customers, share_of_segment
FROM (
    SELECT
        segment,
        segment_priority,
        coalesce(city, 'unknown') AS city,
        count(*) AS customers,
        round(100.0 * count(*) / sum(count(*)) OVER (PARTITION BY segment), 2) AS share_of_segment,
        row_number() OVER (PARTITION BY segment ORDER BY count(*) DESC, coalesce(city, 'unknown')) AS place
    FROM customer_segments
    JOIN customers USING (customer_id)
    GROUP BY segment, segment_priority, 3
) AS cities
WHERE place <= 5
ORDER BY segment_priority, place;

\echo
\echo '6.5 What do the segments buy?'
SELECT
    segment,
    coalesce(product_category, 'unknown') AS product_category,
    count(*) AS orders,
    sum(total_amount) AS revenue,
    round(100 * sum(total_amount) / sum(sum(total_amount)) OVER (PARTITION BY segment), 2) AS share_of_segment
FROM transactions
JOIN customer_segments USING (customer_id)
GROUP BY segment, segment_priority, 2
ORDER BY segment_priority, revenue DESC, product_category;

\echo
\echo '6.6 How do the segments pay?'
SELECT
    segment,
    coalesce(payment_method, 'unknown') AS payment_method,
    count(*) AS orders,
    sum(total_amount) AS revenue,
    round(100 * sum(total_amount) / sum(sum(total_amount)) OVER (PARTITION BY segment), 2) AS share_of_segment
FROM transactions
JOIN customer_segments USING (customer_id)
GROUP BY segment, segment_priority, 2
ORDER BY segment_priority, orders DESC, payment_method;

\echo
\echo '== 7 Trends'
\echo
\echo '7.1 How does revenue develop by month?'
SELECT
    month,
    revenue,
    round(100 * (revenue - lag(revenue) OVER (ORDER BY month)) / lag(revenue) OVER (ORDER BY month), 2) AS change,
    orders,
    customers,
    round(revenue / orders, 2) AS average_order,
    sum(revenue) OVER (ORDER BY month) AS revenue_so_far
FROM (
    SELECT
        date_trunc('month', transaction_date)::date AS month,
        sum(total_amount) AS revenue,
        count(*) AS orders,
        count(DISTINCT customer_id) AS customers
    FROM transactions
    GROUP BY 1
) AS months
ORDER BY month;

\echo
\echo '7.2 How many customers are new in each month, and what do new and earlier customers spend?'
SELECT
    date_trunc('month', transaction_date)::date AS month,
    count(DISTINCT customer_id) FILTER (WHERE is_new) AS new_customers,
    count(DISTINCT customer_id) FILTER (WHERE NOT is_new) AS earlier_customers,
    coalesce(sum(total_amount) FILTER (WHERE is_new), 0) AS revenue_of_new,
    coalesce(sum(total_amount) FILTER (WHERE NOT is_new), 0) AS revenue_of_earlier
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
    ) AS first_orders USING (customer_id)
) AS orders
GROUP BY 1
ORDER BY 1;

\echo
\echo '== 8 Cohorts'
\echo
\echo '8.1 Of the customers of each month of the first order, how many ordered again within 30, 90 and 180 days?'
-- Only customers whose first order is at least as many days ago are counted; the share is empty without any.
SELECT
    date_trunc('month', first_day)::date AS cohort,
    count(*) AS customers,
    round(100.0 * count(*) FILTER (WHERE observed_days >= 30 AND days_to_second <= 30)
        / nullif(count(*) FILTER (WHERE observed_days >= 30), 0), 2) AS within_30_days,
    round(100.0 * count(*) FILTER (WHERE observed_days >= 90 AND days_to_second <= 90)
        / nullif(count(*) FILTER (WHERE observed_days >= 90), 0), 2) AS within_90_days,
    round(100.0 * count(*) FILTER (WHERE observed_days >= 180 AND days_to_second <= 180)
        / nullif(count(*) FILTER (WHERE observed_days >= 180), 0), 2) AS within_180_days
FROM (
    SELECT
        customer_id,
        first_day,
        as_of - first_day AS observed_days,
        -- Further orders on the first day do not count as coming back.
        min(transaction_date::date) FILTER (WHERE transaction_date::date > first_day) - first_day AS days_to_second
    FROM (
        SELECT
            customer_id,
            transaction_date,
            (min(transaction_date) OVER (PARTITION BY customer_id))::date AS first_day
        FROM transactions
    ) AS orders
    CROSS JOIN analysis_date
    GROUP BY customer_id, first_day, as_of
) AS customers_by_first_day
GROUP BY 1
ORDER BY 1;

\echo
\echo '== 9 Top customers'
\echo
\echo '9.1 Who are the 20 customers with the highest spend?'
SELECT customer_id, monetary, frequency, recency, segment, city, customer_type
FROM rfm_scores
JOIN customers USING (customer_id)
ORDER BY monetary DESC, customer_id
LIMIT 20;

\echo
\echo '9.2 What share of revenue do the top 1%, 5%, 10% and 20% of the customers have?'
SELECT
    percent,
    customers,
    revenue,
    round(100 * revenue / total, 2) AS revenue_share
FROM (
    SELECT 1 AS percent, count(*) AS customers, sum(monetary) AS revenue
    FROM (
        SELECT monetary FROM rfm_scores ORDER BY monetary DESC
        LIMIT (SELECT ceil(count(*) * 1 / 100.0) FROM rfm_scores)
    ) AS ordered
    UNION ALL
    SELECT 5 AS percent, count(*) AS customers, sum(monetary) AS revenue
    FROM (
        SELECT monetary FROM rfm_scores ORDER BY monetary DESC
        LIMIT (SELECT ceil(count(*) * 5 / 100.0) FROM rfm_scores)
    ) AS ordered
    UNION ALL
    SELECT 10 AS percent, count(*) AS customers, sum(monetary) AS revenue
    FROM (
        SELECT monetary FROM rfm_scores ORDER BY monetary DESC
        LIMIT (SELECT ceil(count(*) * 10 / 100.0) FROM rfm_scores)
    ) AS ordered
    UNION ALL
    SELECT 20 AS percent, count(*) AS customers, sum(monetary) AS revenue
    FROM (
        SELECT monetary FROM rfm_scores ORDER BY monetary DESC
        LIMIT (SELECT ceil(count(*) * 20 / 100.0) FROM rfm_scores)
    ) AS ordered
) AS best
CROSS JOIN (SELECT sum(monetary) AS total FROM rfm_scores) AS everybody
ORDER BY percent;

\echo
\echo '== 10 Summary'
\echo
\echo '10.1 What are the key figures?'
SELECT
    count(*) AS customers,
    sum(frequency) AS orders,
    sum(monetary) AS revenue,
    round(sum(monetary) / count(*), 2) AS revenue_per_customer,
    round(100.0 * count(*) FILTER (WHERE frequency > 1) / count(*), 2) AS repeat_share,
    round(100.0 * count(*) FILTER (WHERE recency <= 90) / count(*), 2) AS bought_last_90_days,
    round(100.0 * count(*) FILTER (WHERE cycle_ratio > 2) / count(*), 2) AS overdue,
    round(100 * sum(monetary) FILTER (WHERE segment IN ('High-Value', 'Loyal')) / sum(monetary), 2)
        AS revenue_share_of_best_segments,
    round(100 * sum(monetary) FILTER (WHERE segment = 'At-Risk') / sum(monetary), 2) AS revenue_share_at_risk
FROM rfm_scores;

-- Fails if scores or segments differ from those of the run (see 5.1).
DO $$
DECLARE
    different bigint;
BEGIN
    SELECT count(*) INTO different
    FROM rfm_computed AS computed
    FULL JOIN rfm_scores AS stored USING (customer_id)
    WHERE computed IS DISTINCT FROM stored;
    IF different > 0 THEN
        RAISE EXCEPTION '% customers have other scores or segments than in the run', different
            USING HINT = 'the views use the default weights and rules; after `regulars run` with '
                '--set scores.method=ntile or --as-of DATE add -v method=ntile or -v as_of=DATE';
    END IF;
END $$;
