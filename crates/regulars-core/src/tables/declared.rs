//! The declarations.
//!
//! `name: Kind, "meaning";` with the stored name, and `| null` where values may be missing.

use super::{Cell, ColumnDef, Kind, TableDef, Value, declare_tables};

declare_tables! {
    transactions: "One valid row of the source files" {
        transaction_id: Id, "Order or invoice number; lines of one order share it";
        customer_id: Id, "The customer";
        transaction_date: Timestamp, "Date or time of the order";
        product_category: Category | null, "The product's category";
        product_id: Id | null, "The product";
        price_minor: Money | null, "Unit price";
        quantity_milli: Quantity | null, "Quantity";
        payment_method: Category | null, "Payment method";
        status: Category | null, "Status as in the source";
        total_amount_minor: Money, "Amount paid for the row";
    }

    returns extends transactions: "One return or cancellation of one row of a sale; the amount is what was returned" {
        returned_at: Timestamp, "Time of the return";
        kind: Text, "cancelled if nothing is left of the order, else returned";
    }

    excluded extends transactions | null: "One valid row that a policy excludes" {
        reason: Category, "Why the row is excluded: one of the reasons in docs/reading.md";
        file: Category, "Source file";
        line: Count, "Line in the file";
    }

    rejected: "One invalid row" {
        file: Category, "Source file";
        line: Count, "Line in the file";
        reason: Category, "Why the row is invalid";
        column: Category | null, "The affected column";
        value: Text, "The invalid value";
        row: Text, "The complete row as in the source";
    }

    customers: "One row per customer, with the attributes of the customers file" {
        customer_id: Id, "The customer";
    }

    customer_features: "One row per customer who bought, at the analysis date" {
        customer_id: Id, "The customer";
        recency_days: Days, "Calendar days from the last order to the analysis date";
        frequency_orders: Count, "Orders up to the analysis date; lines of one order count once";
        monetary_minor: Money, concat!(crate::label!(Spend), " up to the analysis date");
        first_purchase: Timestamp, "Time of the first order";
        last_purchase: Timestamp, "Time of the last order up to the analysis date";
        tenure_days: Days, "Calendar days from the first order to the analysis date";
        average_order_value_minor: MoneyMean, "Mean order amount";
        minimum_order_value_minor: Money, "Smallest order amount";
        maximum_order_value_minor: Money, "Largest order amount";
        order_value_deviation_minor: MoneyMean | null,
            "Sample standard deviation of the order amounts; empty for one order";
        days_between_orders_mean: Number | null, "Mean days between consecutive orders; empty for one order";
        days_between_orders_deviation: Number | null,
            "Sample standard deviation of the days between orders; empty for fewer than three orders";
        orders_last_30d: Count, "Orders in the 30 days up to the analysis date";
        orders_last_90d: Count, "Orders in the 90 days up to the analysis date";
        orders_last_180d: Count, "Orders in the 180 days up to the analysis date";
        orders_last_365d: Count, "Orders in the 365 days up to the analysis date";
        spend_last_30d_minor: Money, concat!(crate::label!(Spend), " in the 30 days up to the analysis date");
        spend_last_90d_minor: Money, concat!(crate::label!(Spend), " in the 90 days up to the analysis date");
        spend_last_180d_minor: Money, concat!(crate::label!(Spend), " in the 180 days up to the analysis date");
        spend_last_365d_minor: Money, concat!(crate::label!(Spend), " in the 365 days up to the analysis date");
        distinct_categories: Count, "Number of distinct product categories";
        distinct_payment_methods: Count, "Number of distinct payment methods";
        favourite_category: Category | null, "Most frequent category, by rows; ties are broken by name";
        favourite_category_share: Share | null, "Its share of the customer's rows with a category";
        quantity_total_milli: Quantity | null, "Units bought";
        quantity_per_order_mean: Number | null, "Mean units per order";
        weekday_order_share: Share, "Share of orders placed Monday to Friday";
        weekend_order_share: Share, "Share of orders placed on Saturday or Sunday";
        winter_order_share: Share, "Share of orders placed in December, January or February";
        spring_order_share: Share, "Share of orders placed in March, April or May";
        summer_order_share: Share, "Share of orders placed in June, July or August";
        autumn_order_share: Share, "Share of orders placed in September, October or November";
        refund_share: Share, "Refunded, returned and cancelled rows as a share of these and the order rows";
        spend_trend: Number | null,
            concat!(crate::label!(Spend), " of the last 180 days minus that of the 180 days before, divided by their \
             sum: -1 stopped, 0 steady, 1 new; empty without spend in either");
    }

    rfm_scores: "One row per customer who bought" {
        customer_id: Id, "The customer";
        recency: Days, "Calendar days since the last order";
        frequency: Count, "Number of orders";
        monetary_minor: Money, crate::label!(Spend);
        r_score: Score, "Recency score; the highest is the most recent";
        f_score: Score, "Frequency score; the highest orders most often";
        m_score: Score, "Monetary score; the highest spends most";
        rfm_score: Score, "Sum of the three scores";
        rfm_weighted_score: Number, "Weighted sum of the three scores";
        segment: Category, "The customer's segment";
        tenure_days: Days, "Calendar days since the first order";
        cycle_ratio: Number,
            "Days since the last order divided by the customer's purchase cycle; above 2 overdue, above 4 lapsed";
    }

    customer_segments: "One row per customer who bought" {
        customer_id: Id, "The customer";
        segment: Category, "The customer's segment";
        segment_priority: Count, "Priority of the segment; 1 is the highest";
    }

    rfm_summary: "One row per segment" {
        segment: Text, "The segment";
        segment_priority: Count, "Priority of the segment; 1 is the highest";
        customers: Count, "Customers in it";
        customer_share: Share, "Their share of all customers";
        revenue_minor: Money, concat!("Their ", crate::label!(spend));
        revenue_share: Share, concat!("Share of all ", crate::label!(spend));
        recency_mean: Number, "Mean days since the last order";
        frequency_mean: Number, "Mean number of orders";
        monetary_mean_minor: MoneyMean, concat!("Mean ", crate::label!(spend));
        average_order_value_minor: MoneyMean, concat!("Their ", crate::label!(spend), " per order");
        bought_last_90d_share: Share | null, "Share of customers who bought in the last 90 days";
        overdue_share: Share | null, "Share of customers who are overdue: cycle ratio above 2";
        tenure_median: Number | null, "Median days since the first order";
        cycle_ratio_median: Number | null, "Median cycle ratio";
        caveat: Text | null, "What the segment's name implies that is false for more than 20% of its customers";
    }

    rfm_thresholds: "One row per score of one measure" {
        measure: Text, "recency, frequency or monetary";
        within: Text | null, "Score of the preceding measure, if scoring is nested; else empty";
        score: Score, "The score";
        from_value: Number | null, "Smallest value with this score; empty if no customer has it";
        to_value: Number | null, "Largest value with this score";
        customers: Count, "Customers with this score";
    }

    monthly_revenue: "One row per month" {
        month: Timestamp, "First day of the month";
        revenue_minor: Money, crate::label!(Revenue);
        orders: Count, "Orders";
        customers: Count, "Customers who bought";
    }

    customer_clusters: "One row per customer who bought" {
        customer_id: Id, "The customer";
        cluster: Count,
            "Number of the customer's cluster; stays the same in later runs if the cluster is found again";
        cluster_name: Category, "Name of the cluster";
        distance: Number, "Distance to the cluster center, in standard deviations of the features";
        silhouette: Number | null,
            "-1 to 1: how much closer the customer's own cluster is than the next; empty if not computed";
        x: Number, "First principal component";
        y: Number, "Second principal component";
    }

    cluster_statistics: "One row per cluster" {
        cluster: Count, "The cluster's number";
        cluster_name: Text, "Name of the cluster";
        customers: Count, "Customers in it";
        customer_share: Share, "Their share of all customers";
        revenue_minor: Money, concat!("Their ", crate::label!(spend));
        revenue_share: Share, concat!("Share of all ", crate::label!(spend));
        recency_mean: Number, "Mean days since the last order";
        frequency_mean: Number, "Mean number of orders";
        monetary_mean_minor: MoneyMean, concat!("Mean ", crate::label!(spend));
        silhouette_mean: Number | null, "Mean silhouette; empty if not computed";
        traits: Text, "The most distinctive features";
    }

    cluster_centers: "One row per feature of one cluster" {
        cluster: Count, "The cluster's number";
        cluster_name: Text, "Name of the cluster";
        feature: Text, "The feature";
        mean: Number | null, "Mean in the cluster, in the feature's unit";
        median: Number | null, "Median in the cluster, in the feature's unit";
        center: Number | null,
            "Cluster center, in standard deviations from the mean of all customers; empty for features not used";
    }

    cluster_selection: "One row per number of clusters tried" {
        k: Count, "Number of clusters";
        verdict: Text | null, "chosen, runner-up, or empty";
        inertia: Number | null, "Sum of squared distances to the cluster centers";
        is_elbow: Flag, "1 for the elbow of the inertia";
        silhouette: Number | null, "Mean silhouette";
        silhouette_standard_error: Number | null, "Standard error of the silhouette, if computed on a sample";
        calinski_harabasz: Number | null, "Calinski-Harabasz index; larger is better";
        davies_bouldin: Number | null, "Davies-Bouldin index; smaller is better";
        stability: Number | null, "Adjusted Rand index of refits on resampled customers; 1 is identical";
        gap: Number | null, "Gap statistic, if configured";
        gap_standard_error: Number | null, "Standard error of the gap statistic";
        iterations: Count, "Iterations of the best start on all customers";
        converged: Flag, "1 if K-means converged";
        customers: Count, "Customers used: all, or a sample under a memory limit";
        smallest_cluster: Count, "Customers in the smallest cluster";
    }

    cluster_segments: "One row per combination of cluster and segment" {
        cluster: Count, "The cluster's number";
        cluster_name: Text, "Name of the cluster";
        segment: Text, "The segment";
        customers: Count, "Customers in both";
    }

    cluster_alternatives: "One row per clustering method" {
        method: Text, "k-means, mixture (Gaussian) or density (HDBSCAN), on the same sample of customers";
        clusters: Count, "Number of clusters; the density method finds it itself";
        silhouette: Number | null, "Mean silhouette of the customers in clusters; excludes noise (density)";
        stability: Number | null, "Adjusted Rand index of refits on 80% of the sample";
        agreement: Number | null, "Adjusted Rand index with K-means";
        bic: Number | null, "Bayesian information criterion (mixture)";
        noise_share: Share | null, "Share of customers in no cluster (density)";
        sizes: Text, "Customers per cluster, largest first";
    }

    ltv_predictions: "One row per customer who bought" {
        customer_id: Id, "The customer";
        predicted_ltv_minor: Money, "Predicted spend in the horizon after the analysis date, discounted if configured";
        predicted_low_minor: Money | null, "Lower bound of the prediction interval of that spend";
        predicted_high_minor: Money | null, "Upper bound of the prediction interval of that spend";
        p_alive: Share, "P(alive): probability that the customer is still active";
        expected_purchases: Number, "Expected purchases in the horizon";
        purchases_low: Count, "Lower bound of the prediction interval of these purchases";
        purchases_high: Count, "Upper bound of the prediction interval of these purchases";
        p_purchase: Share, "P(purchase): probability of at least one purchase in the horizon";
        expected_order_value_minor: Money, "Expected value of a future order";
        next_purchase_days: Number, "Median days until the next purchase, if there is one";
        repeat_purchases: Count, "Purchases after the first (x)";
        last_purchase_age_days: Days, "Days from the first to the last purchase (t_x)";
        observed_days: Days, "Days from the first purchase to the analysis date (T)";
        actual_ltv_minor: Money | null,
            "Actual spend in the holdout period; empty for customers acquired after the calibration period";
        holdout_ltv_minor: Money | null, "Predicted spend in the holdout period, from the calibration period";
        holdout_low_minor: Money | null, "Lower bound of its prediction interval";
        holdout_high_minor: Money | null, "Upper bound of its prediction interval";
        actual_purchases: Count | null, "Actual purchases in the holdout period";
        holdout_purchases: Number | null, "Predicted purchases in the holdout period";
        ltv_decile: Count, "Decile of the customers by predicted LTV; 1 is the highest";
        buy_till_you_die_ltv_minor: Money, "Predicted LTV of the best buy-till-you-die model";
        buy_till_you_die_low_minor: Money, "Lower bound of its prediction interval";
        buy_till_you_die_high_minor: Money, "Upper bound of its prediction interval";
        linear_ltv_minor: Money | null, "Predicted LTV of linear regression; empty if not fitted";
        linear_low_minor: Money | null, "Lower bound of its prediction interval";
        linear_high_minor: Money | null, "Upper bound of its prediction interval";
        ridge_ltv_minor: Money | null, "Predicted LTV of ridge regression; empty if not fitted";
        ridge_low_minor: Money | null, "Lower bound of its prediction interval";
        ridge_high_minor: Money | null, "Upper bound of its prediction interval";
        random_forest_ltv_minor: Money | null, "Predicted LTV of the random forest; empty if not fitted";
        random_forest_low_minor: Money | null, "Lower bound of its prediction interval";
        random_forest_high_minor: Money | null, "Upper bound of its prediction interval";
        xgboost_ltv_minor: Money | null, "Predicted LTV of XGBoost; empty if not fitted";
        xgboost_low_minor: Money | null, "Lower bound of its prediction interval";
        xgboost_high_minor: Money | null, "Upper bound of its prediction interval";
        lightgbm_ltv_minor: Money | null, "Predicted LTV of LightGBM; empty if not fitted";
        lightgbm_low_minor: Money | null, "Lower bound of its prediction interval";
        lightgbm_high_minor: Money | null, "Upper bound of its prediction interval";
        blend_ltv_minor: Money | null, "Predicted LTV of the blend of the learned models; empty if not fitted";
        blend_low_minor: Money | null, "Lower bound of its prediction interval";
        blend_high_minor: Money | null, "Upper bound of its prediction interval";
        p_churn: Share | null,
            "P(churn): calibrated probability of no purchase in as many days as the holdout period has; empty \
             if not fitted";
        holdout_p_churn: Share | null,
            "P(churn) at the end of the calibration period; empty for customers acquired later";
        learned_purchases: Number | null,
            "Expected purchases in the horizon by the best learned model; empty unless value.orders is set";
        learned_purchases_low: Number | null, "Lower bound of its prediction interval";
        learned_purchases_high: Number | null, "Upper bound of its prediction interval";
        predicted_margin_minor: Money | null, "Gross margin of predicted_ltv; empty unless value.margin is set";
        margin_low_minor: Money | null, "Lower bound of its prediction interval";
        margin_high_minor: Money | null, "Upper bound of its prediction interval";
    }

    ltv_summary: "One row per group of customers" {
        grouping: Text, "Grouping of the customers: all, segment, cluster or decile (by predicted LTV)";
        name: Text, "The group";
        customers: Count, "Customers in it";
        predicted_ltv_minor: Money, "Total predicted LTV";
        predicted_low_minor: Money, "Lower bound of the prediction interval of the total";
        predicted_high_minor: Money, "Upper bound of the prediction interval of the total";
        mean_ltv_minor: MoneyMean, "Mean predicted LTV";
        share: Share | null, "Share of the total predicted LTV of all customers";
        expected_purchases: Number, "Total expected purchases in the horizon";
        mean_p_alive: Share, "Mean P(alive); the model may have no dropout";
        mean_p_churn: Share | null, "Mean P(churn) in as many days as the holdout period has";
        mean_p_purchase: Share, "Mean P(purchase) in the horizon";
    }

    model_comparison: "One row per model" {
        model: Text, "The model";
        kind: Text, "probabilistic, learned, blend or baseline";
        chosen: Flag, "1 for the model used for the predictions";
        r2: Number | null, "R2 of spend in the holdout period";
        mae_minor: MoneyMean | null, "Mean absolute error of that spend";
        rmse_minor: MoneyMean | null, "Root mean squared error of that spend";
        bias: Number | null, "Predicted over actual total spend, minus 1";
        spearman: Number | null, "Rank correlation of predicted and actual spend";
        gini: Number | null, "Normalised Gini coefficient of the ranking by forecast";
        purchases_mae: Number | null, "Mean absolute error of purchases";
        purchases_rmse: Number | null, "Root mean squared error of purchases";
        purchases_bias: Number | null, "Predicted over actual purchases, minus 1";
        holdout_log_likelihood: Number | null, "Log-likelihood of the purchases in the holdout period";
        coverage_90: Share | null, "Share of customers whose purchases lie in the 90% prediction interval";
        log_likelihood: Number | null, "Log-likelihood in the calibration period";
        aic: Number | null, "Akaike information criterion; smaller is better";
        bic: Number | null, "Bayesian information criterion; smaller is better";
        top_decile_share: Share | null, "Share of actual spend in the decile with the highest forecasts";
        decile_mape: Number | null, "Mean absolute percentage error of the mean spend per forecast decile";
        cross_validated_r2: Number | null,
            "Mean R2 of five-fold cross-validation on the training data, if configured; on the scale of the \
             model's target";
        spend_coverage: Share | null,
            "Share of customers whose holdout spend lies in the prediction interval; empty without intervals";
        rmse_without_largest_minor: MoneyMean | null,
            "rmse without the customer with the highest holdout spend, the same for every model";
        mae_without_largest_minor: MoneyMean | null, "mae without that customer";
        bias_without_largest: Number | null, "bias without that customer";
        converged: Flag | null, "1 if the fit converged; empty for baselines";
        note: Text | null, "Remark on the fit, such as a parameter at its bound, or why there is none";
    }

    model_parameters: "One row per parameter of one model, for one history" {
        model: Text, "The model";
        history: Text, "calibration (for the holdout test) or all (for the predictions)";
        parameter: Text, "Parameter name as in the paper";
        value: Number, "Estimate";
        standard_error: Number | null, "Standard error; empty if the likelihood has no curvature";
        low: Number | null, "Lower bound of the 90% confidence interval";
        high: Number | null, "Upper bound of the 90% confidence interval";
        unit: Text | null, "Unit of the value: time or money; empty for a plain number";
    }

    ltv_tracking: "One row per week, for one model" {
        model: Text, "The model, fitted on the calibration period";
        period_end: Timestamp, "Last day of the period";
        is_holdout: Flag, "1 for periods in the holdout period";
        actual: Count, "Actual repeat purchases of customers of the calibration period";
        expected: Number, "Expected repeat purchases";
        actual_cumulative: Count, "Cumulative actual repeat purchases";
        expected_cumulative: Number, "Cumulative expected repeat purchases";
    }

    ltv_frequency: "One row per number of repeat purchases, for one model (frequency histogram)" {
        model: Text, "The model, fitted on the calibration period";
        repeat_purchases: Count, "Repeat purchases in the calibration period";
        is_open_ended: Flag, "1 if the row includes all higher numbers of repeat purchases";
        customers: Count, "Actual number of customers";
        customers_expected: Number, "Expected number of customers";
        holdout_actual: Number | null, "Mean actual purchases in the holdout period";
        holdout_expected: Number | null, "Mean expected purchases in the holdout period";
        holdout_mae: Number | null, "Mean absolute error of these purchases";
    }

    feature_importance: "One row per feature of one learned model" {
        model: Text, "The learned model";
        feature: Text, "The feature";
        gain: Share | null, "Gain of the feature as a share of the total gain; empty for the blend";
        mean_contribution_minor: MoneyMean, "Mean absolute contribution (SHAP value) to a customer's predicted spend";
        rmse_increase_minor: MoneyMean | null,
            "Permutation importance: rise in holdout RMSE when the values are shuffled; best learned model only";
        rmse_increase_sd_minor: MoneyMean | null, "Standard deviation of rmse_increase over the shuffles";
    }

    ltv_origins: "One row per model at one earlier forecast origin; empty unless value.origins is set" {
        origin: Timestamp, "Forecast origin: the last day that the model knows";
        customers: Count, "Customers with an order by then";
        model: Text, "The model";
        r2: Number | null, "R2 of spend in the days after the origin";
        mae_minor: MoneyMean, "Mean absolute error of that spend";
        rmse_minor: MoneyMean, "Root mean squared error of that spend";
        bias: Number | null, "Predicted over actual total spend, minus 1";
        spearman: Number | null, "Rank correlation of predicted and actual spend";
        gini: Number | null, "Normalised Gini coefficient of the ranking by forecast";
        top_decile_share: Share | null, "Share of actual spend in the decile with the highest forecasts";
    }

    ltv_dependence: "One row per value of one feature (partial dependence)" {
        model: Text, "The best learned model";
        feature: Text, "One of its most important features";
        value: Number, "A value of the feature";
        mean_spend_minor: MoneyMean,
            "Partial dependence: mean predicted spend, in as many days as the holdout period has, if all \
             customers had this value";
    }

    ltv_drivers: "One row per feature that contributes to one customer's predicted LTV" {
        customer_id: Id, "The customer";
        rank: Count, "1 for the feature with the largest effect";
        feature: Category, "The feature";
        effect_minor: Money,
            "SHAP value: what it adds to the customer's predicted LTV, relative to an average customer";
    }

    churn_comparison: "One row per churn model" {
        model: Text, "The churn model";
        chosen: Flag, "1 for the model used for p_churn: the one with the smallest Brier score";
        auc: Share | null, "Area under the ROC curve";
        brier: Number, "Brier score: mean squared error of P(churn) on the holdout period";
        log_loss: Number, "Mean negative log-likelihood of the holdout outcomes";
    }

    churn_reliability: "One row per bin of predicted P(churn), for one model" {
        model: Text, "The churn model";
        customers: Count, "Customers in this bin of predicted P(churn); bins are 0.1 wide";
        mean_predicted: Share, "Mean predicted P(churn)";
        observed_rate: Share, "Observed churn rate: share without a purchase in the holdout period";
    }

    ltv_deciles: "One row per forecast decile, for one model" {
        model: Text, "The model";
        decile: Count, "Decile of the customers by the model's forecast; 1 is the highest";
        customers: Count, "Customers in it";
        actual_minor: MoneyMean, "Mean actual spend in the holdout period";
        expected_minor: MoneyMean, "Mean predicted spend in the holdout period";
        coverage: Share | null, "Share whose spend lies in the prediction interval; empty without intervals";
    }

    segment_actions: "One row per segment, by priority" {
        segment: Text, "The segment";
        segment_priority: Count, "Priority of the segment; 1 is the highest";
        customers: Count, "Customers in it";
        customer_share: Share, "Their share of all customers";
        revenue_minor: Money, concat!("Their ", crate::label!(spend));
        revenue_share: Share, concat!("Share of all ", crate::label!(spend));
        predicted_ltv_minor: Money | null, "Total predicted LTV; empty without lifetime value";
        predicted_low_minor: Money | null, "Lower bound of the prediction interval of the total";
        predicted_high_minor: Money | null, "Upper bound of the prediction interval of the total";
        predicted_share: Share | null, "Share of the total predicted LTV of all customers";
        recent_spend_minor: Money | null,
            "Recent spend: in the longest of the last 30, 90, 180 and 365 days that fits in the horizon";
        at_risk_minor: Money | null,
            "Recent spend (recent_spend) weighted by each customer's p_churn, or by 1 - p_alive without it";
        spend_at_cadence_minor: Money | null,
            "Spend in the horizon if all returned to their own purchase cycle: a ceiling, not a forecast";
        customers_with_cadence: Count | null, "Customers with a purchase cycle: two orders or more";
        bought_last_90d_share: Share | null, "Share of customers who bought in the last 90 days";
        one_order_share: Share | null, "Share of customers with one order";
        mean_p_purchase: Share | null, "Mean P(purchase) in the horizon; empty without lifetime value";
        expected_purchases: Number | null, "Total expected purchases in the horizon; empty without lifetime value";
        before: Text | null,
            "Analysis date of the run compared with: the latest one with an earlier date; empty without one";
        customers_before: Count | null, "Customers in the segment in that run";
        customers_change: Integer | null, "Change in customers since that run";
        predicted_before_minor: Money | null, "Total predicted LTV in that run; empty if its horizon differs";
        predicted_change_minor: Money | null, "Change in predicted LTV since that run";
        recency_mean: Number, "Mean days since the last order";
        frequency_mean: Number, "Mean number of orders";
        monetary_mean_minor: MoneyMean, concat!("Mean ", crate::label!(spend));
        recommendation_rule: Text,
            "Which recommendation applies: as named, or adjusted because the customers are still buying, not gone, have \
             more than one order or have gone quiet";
        action: Text, "Recommended action";
        offer: Text, "Recommended offer";
        channel: Text, "Recommended channel";
        cadence: Text, "How often to contact them";
        avoid: Text, "What to avoid, and why";
    }

    opportunities: "One row per customer with upside" {
        customer_id: Id, "The customer";
        kind: Category, "reactivation, retention, second purchase or upsell";
        segment: Category, "The customer's segment";
        predicted_ltv_minor: Money, "Predicted LTV";
        similar_customers_ltv_minor: Money,
            "Predicted LTV if the customer behaved like the average of 30 similar customers";
        upside_minor: Money, "Upside: similar_customers_ltv minus predicted_ltv; a ceiling, not a forecast";
    }

    opportunity_summary: "One row per kind of opportunity" {
        kind: Text, "reactivation, retention, second purchase or upsell";
        customers: Count, "Customers with upside: the rows of opportunities";
        considered: Count, "Customers eligible for this kind";
        without_similar_customers: Count, "Eligible customers without comparable customers";
        similar_customers: Count, "Candidates for similar customers";
        predicted_ltv_minor: Money | null, "Total predicted LTV of these customers";
        similar_customers_ltv_minor: Money | null,
            "Total predicted LTV if they behaved like their similar customers";
        upside_minor: Money | null, "Upside: similar_customers_ltv minus predicted_ltv; a ceiling, not a forecast";
        upside_low_minor: Money | null, "Lower bound of the upside, over resampled customers of the shop";
        upside_high_minor: Money | null, "Upper bound of the upside";
        sentence: Text, "The numbers in a sentence";
        reason: Text | null, "Why there are no numbers; empty if there are";
    }
}
