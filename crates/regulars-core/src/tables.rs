//! The result tables of a run: names, columns, and how a stored value is shown.
//!
//! Money is stored as Int64 minor units in a column ending in `_minor`, quantities as Int64
//! thousandths ending in `_milli`; in SQL, exports and on pages they are decimals under the
//! canonical name.

use crate::features::FEATURES;
use crate::label;

/// The kind of a column, which decides how it is stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An identifier: Int64 if all are whole numbers, else text.
    Id,
    /// Text.
    Text,
    /// A count.
    Count,
    /// Whole days.
    Days,
    /// Money; stored as Int64 minor units.
    Money,
    /// A mean or deviation of money; stored as Float64 minor units.
    MoneyMean,
    /// A quantity in units, kilograms, ...; stored as Int64 thousandths.
    Quantity,
    /// 0 to 1.
    Share,
    /// Any number.
    Number,
    /// Local time without a time zone, in microseconds.
    Timestamp,
    /// A small whole number that ranks customers.
    Score,
}

/// One column of a result table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnDef {
    /// The canonical name, as in SQL and exports.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// What it means, in one sentence.
    pub meaning: &'static str,
}

impl ColumnDef {
    /// The column's name in the run's Parquet files.
    pub fn stored_name(&self) -> String {
        match self.kind {
            Kind::Money | Kind::MoneyMean => format!("{}_minor", self.name),
            Kind::Quantity => format!("{}_milli", self.name),
            _ => self.name.to_owned(),
        }
    }
}

/// One result table.
#[derive(Debug, Clone)]
pub struct TableDef {
    /// The name; the file is `<name>.parquet`.
    pub name: &'static str,
    /// What one row is.
    pub meaning: &'static str,
    /// The columns, in order. A table may have further columns (customer attributes).
    pub columns: Vec<ColumnDef>,
}

const fn col(name: &'static str, kind: Kind, meaning: &'static str) -> ColumnDef {
    ColumnDef { name, kind, meaning }
}

const TRANSACTIONS: &[ColumnDef] = &[
    col("transaction_id", Kind::Id, "Order or invoice number; lines of one order share it"),
    col("customer_id", Kind::Id, "The customer"),
    col("transaction_date", Kind::Timestamp, "Date or time of the order"),
    col("product_category", Kind::Text, "The product's category"),
    col("product_id", Kind::Id, "The product"),
    col("price", Kind::Money, "Unit price"),
    col("quantity", Kind::Quantity, "Quantity"),
    col("payment_method", Kind::Text, "Payment method"),
    col("status", Kind::Text, "Status as in the source"),
    col("total_amount", Kind::Money, "Amount paid for the row"),
];

const RETURNS_EXTRA: &[ColumnDef] = &[
    col("returned_at", Kind::Timestamp, "Time of the return"),
    col("kind", Kind::Text, "cancelled if nothing is left of the order, else returned"),
];

const EXCLUDED_EXTRA: &[ColumnDef] = &[
    col("reason", Kind::Text, "Why the row is excluded: one of the reasons in docs/reading.md"),
    col("file", Kind::Text, "Source file"),
    col("line", Kind::Count, "Line in the file"),
];

const REJECTED: &[ColumnDef] = &[
    col("file", Kind::Text, "Source file"),
    col("line", Kind::Count, "Line in the file"),
    col("reason", Kind::Text, "Why the row is invalid"),
    col("column", Kind::Text, "The affected column"),
    col("value", Kind::Text, "The invalid value"),
    col("row", Kind::Text, "The complete row as in the source"),
];

const RFM_SCORES: &[ColumnDef] = &[
    col("customer_id", Kind::Id, "The customer"),
    col("recency", Kind::Days, "Calendar days since the last order"),
    col("frequency", Kind::Count, "Number of orders"),
    col("monetary", Kind::Money, label!(Spend)),
    col("r_score", Kind::Score, "Recency score; the highest is the most recent"),
    col("f_score", Kind::Score, "Frequency score; the highest orders most often"),
    col("m_score", Kind::Score, "Monetary score; the highest spends most"),
    col("rfm_score", Kind::Score, "Sum of the three scores"),
    col("rfm_weighted_score", Kind::Number, "Weighted sum of the three scores"),
    col("segment", Kind::Text, "The customer's segment"),
    col("tenure_days", Kind::Days, "Calendar days since the first order"),
    col(
        "cycle_ratio",
        Kind::Number,
        "Days since the last order divided by the customer's purchase cycle; above 2 overdue, above 4 lapsed",
    ),
];

const CUSTOMER_SEGMENTS: &[ColumnDef] = &[
    col("customer_id", Kind::Id, "The customer"),
    col("segment", Kind::Text, "The customer's segment"),
    col("segment_priority", Kind::Count, "Priority of the segment; 1 is the highest"),
];

const RFM_SUMMARY: &[ColumnDef] = &[
    col("segment", Kind::Text, "The segment"),
    col("segment_priority", Kind::Count, "Priority of the segment; 1 is the highest"),
    col("customers", Kind::Count, "Customers in it"),
    col("customer_share", Kind::Share, "Their share of all customers"),
    col("revenue", Kind::Money, concat!("Their ", label!(spend))),
    col("revenue_share", Kind::Share, concat!("Share of all ", label!(spend))),
    col("recency_mean", Kind::Number, "Mean days since the last order"),
    col("frequency_mean", Kind::Number, "Mean number of orders"),
    col("monetary_mean", Kind::MoneyMean, concat!("Mean ", label!(spend))),
    col("average_order_value", Kind::MoneyMean, concat!("Their ", label!(spend), " per order")),
    col("bought_last_90d_share", Kind::Share, "Share of customers who bought in the last 90 days"),
    col("overdue_share", Kind::Share, "Share of customers who are overdue: cycle ratio above 2"),
    col("tenure_median", Kind::Number, "Median days since the first order"),
    col("cycle_ratio_median", Kind::Number, "Median cycle ratio"),
    col("caveat", Kind::Text, "What the segment's name says but does not fit more than 20% of its customers"),
];

const RFM_CUTS: &[ColumnDef] = &[
    col("measure", Kind::Text, "recency, frequency or monetary"),
    col("within", Kind::Text, "Score of the preceding measure, if scoring is nested; else empty"),
    col("score", Kind::Score, "The score"),
    col("from_value", Kind::Number, "Smallest value with this score; empty if no customer has it"),
    col("to_value", Kind::Number, "Largest value with this score"),
    col("customers", Kind::Count, "Customers with this score"),
];

const MONTHLY_REVENUE: &[ColumnDef] = &[
    col("month", Kind::Timestamp, "First day of the month"),
    col("revenue", Kind::Money, label!(Revenue)),
    col("orders", Kind::Count, "Orders"),
    col("customers", Kind::Count, "Customers who bought"),
];

const CUSTOMER_CLUSTERS: &[ColumnDef] = &[
    col("customer_id", Kind::Id, "The customer"),
    col(
        "cluster",
        Kind::Count,
        "Number of the customer's cluster; stays the same in later runs if the cluster is found again",
    ),
    col("cluster_name", Kind::Text, "Name of the cluster"),
    col("distance", Kind::Number, "Distance to the cluster centre, in standard deviations of the features"),
    col(
        "silhouette",
        Kind::Number,
        "-1 to 1: how much closer the customer's own cluster is than the next; empty if not computed",
    ),
    col("x", Kind::Number, "First principal component"),
    col("y", Kind::Number, "Second principal component"),
];

const CLUSTER_STATISTICS: &[ColumnDef] = &[
    col("cluster", Kind::Count, "The cluster's number"),
    col("cluster_name", Kind::Text, "Name of the cluster"),
    col("customers", Kind::Count, "Customers in it"),
    col("customer_share", Kind::Share, "Their share of all customers"),
    col("revenue", Kind::Money, concat!("Their ", label!(spend))),
    col("revenue_share", Kind::Share, concat!("Share of all ", label!(spend))),
    col("recency_mean", Kind::Number, "Mean days since the last order"),
    col("frequency_mean", Kind::Number, "Mean number of orders"),
    col("monetary_mean", Kind::MoneyMean, concat!("Mean ", label!(spend))),
    col("silhouette_mean", Kind::Number, "Mean silhouette; empty if not computed"),
    col("traits", Kind::Text, "The most distinctive features"),
];

const CLUSTER_CENTERS: &[ColumnDef] = &[
    col("cluster", Kind::Count, "The cluster's number"),
    col("cluster_name", Kind::Text, "Name of the cluster"),
    col("feature", Kind::Text, "The feature"),
    col("mean", Kind::Number, "Mean in the cluster, in the feature's unit"),
    col("median", Kind::Number, "Median in the cluster, in the feature's unit"),
    col(
        "center",
        Kind::Number,
        "Cluster centre, in standard deviations from the mean of all customers; empty for features not used",
    ),
];

const CLUSTER_SELECTION: &[ColumnDef] = &[
    col("k", Kind::Count, "Number of clusters"),
    col("verdict", Kind::Text, "chosen, runner-up, or empty"),
    col("inertia", Kind::Number, "Sum of squared distances to the cluster centres"),
    col("is_elbow", Kind::Count, "1 for the elbow of the inertia"),
    col("silhouette", Kind::Number, "Mean silhouette"),
    col(
        "silhouette_standard_error",
        Kind::Number,
        "Standard error of the silhouette, if computed on a sample",
    ),
    col("calinski_harabasz", Kind::Number, "Calinski-Harabasz index; larger is better"),
    col("davies_bouldin", Kind::Number, "Davies-Bouldin index; smaller is better"),
    col("stability", Kind::Number, "Adjusted Rand index of refits on resampled customers; 1 is identical"),
    col("gap", Kind::Number, "Gap statistic, if configured"),
    col("gap_standard_error", Kind::Number, "Standard error of the gap statistic"),
    col("iterations", Kind::Count, "Iterations of the best start on all customers"),
    col("converged", Kind::Count, "1 if K-means converged"),
    col("customers", Kind::Count, "Customers used: all, or a sample under a memory limit"),
    col("smallest_cluster", Kind::Count, "Customers in the smallest cluster"),
];

const CLUSTER_SEGMENTS: &[ColumnDef] = &[
    col("cluster", Kind::Count, "The cluster's number"),
    col("cluster_name", Kind::Text, "Name of the cluster"),
    col("segment", Kind::Text, "The segment"),
    col("customers", Kind::Count, "Customers in both"),
];

const CLUSTER_ALTERNATIVES: &[ColumnDef] = &[
    col(
        "method",
        Kind::Text,
        "k-means, mixture (Gaussian) or density (HDBSCAN), on the same sample of customers",
    ),
    col("clusters", Kind::Count, "Number of clusters; the density method finds it itself"),
    col("silhouette", Kind::Number, "Mean silhouette of the customers in clusters; excludes noise (density)"),
    col("stability", Kind::Number, "Adjusted Rand index of refits on 80% of the sample"),
    col("agreement", Kind::Number, "Adjusted Rand index with K-means"),
    col("bic", Kind::Number, "Bayesian information criterion (mixture)"),
    col("noise_share", Kind::Share, "Share of customers in no cluster (density)"),
    col("sizes", Kind::Text, "Customers per cluster, largest first"),
];

const LTV_PREDICTIONS: &[ColumnDef] = &[
    col("customer_id", Kind::Id, "The customer"),
    col(
        "predicted_ltv",
        Kind::Money,
        "Expected spend in the horizon after the analysis date, discounted if configured",
    ),
    col("predicted_low", Kind::Money, "Lower bound of the prediction interval of that spend"),
    col("predicted_high", Kind::Money, "Upper bound of the prediction interval of that spend"),
    col("p_alive", Kind::Share, "P(alive): probability that the customer is still active"),
    col("expected_purchases", Kind::Number, "Expected purchases in the horizon"),
    col("purchases_low", Kind::Count, "Lower bound of the prediction interval of these purchases"),
    col("purchases_high", Kind::Count, "Upper bound of the prediction interval of these purchases"),
    col("p_purchase", Kind::Share, "P(purchase): probability of at least one purchase in the horizon"),
    col("expected_spend", Kind::Money, "Expected spend per purchase"),
    col("next_purchase_days", Kind::Number, "Median days until the next purchase, if there is one"),
    col("repeat_purchases", Kind::Count, "Purchases after the first (x)"),
    col("last_purchase_age_days", Kind::Days, "Days from the first to the last purchase (t_x)"),
    col("observed_days", Kind::Days, "Days from the first purchase to the analysis date (T)"),
    col(
        "actual_ltv",
        Kind::Money,
        "Actual spend in the holdout period; empty for customers acquired after the calibration period",
    ),
    col("holdout_ltv", Kind::Money, "Predicted spend in the holdout period, from the calibration period"),
    col("holdout_low", Kind::Money, "Lower bound of its prediction interval"),
    col("holdout_high", Kind::Money, "Upper bound of its prediction interval"),
    col("actual_purchases", Kind::Count, "Actual purchases in the holdout period"),
    col("holdout_purchases", Kind::Number, "Predicted purchases in the holdout period"),
    col("ltv_decile", Kind::Count, "Decile of the customers by predicted LTV; 1 is the highest"),
    col("buy_till_you_die_ltv", Kind::Money, "Predicted LTV of the best buy-till-you-die model"),
    col("buy_till_you_die_low", Kind::Money, "Lower bound of its prediction interval"),
    col("buy_till_you_die_high", Kind::Money, "Upper bound of its prediction interval"),
    col("linear_ltv", Kind::Money, "Predicted LTV of linear regression; empty if not fitted"),
    col("linear_low", Kind::Money, "Lower bound of its prediction interval"),
    col("linear_high", Kind::Money, "Upper bound of its prediction interval"),
    col("ridge_ltv", Kind::Money, "Predicted LTV of ridge regression; empty if not fitted"),
    col("ridge_low", Kind::Money, "Lower bound of its prediction interval"),
    col("ridge_high", Kind::Money, "Upper bound of its prediction interval"),
    col("random_forest_ltv", Kind::Money, "Predicted LTV of the random forest; empty if not fitted"),
    col("random_forest_low", Kind::Money, "Lower bound of its prediction interval"),
    col("random_forest_high", Kind::Money, "Upper bound of its prediction interval"),
    col("xgboost_ltv", Kind::Money, "Predicted LTV of XGBoost; empty if not fitted"),
    col("xgboost_low", Kind::Money, "Lower bound of its prediction interval"),
    col("xgboost_high", Kind::Money, "Upper bound of its prediction interval"),
    col("lightgbm_ltv", Kind::Money, "Predicted LTV of LightGBM; empty if not fitted"),
    col("lightgbm_low", Kind::Money, "Lower bound of its prediction interval"),
    col("lightgbm_high", Kind::Money, "Upper bound of its prediction interval"),
    col("blend_ltv", Kind::Money, "Predicted LTV of the blend of the learned models; empty if not fitted"),
    col("blend_low", Kind::Money, "Lower bound of its prediction interval"),
    col("blend_high", Kind::Money, "Upper bound of its prediction interval"),
    col(
        "p_churn",
        Kind::Share,
        "P(churn): calibrated probability of no purchase in as many days as the holdout period has; empty \
         if not fitted",
    ),
    col(
        "holdout_p_churn",
        Kind::Share,
        "P(churn) at the end of the calibration period; empty for customers acquired later",
    ),
    col(
        "learned_purchases",
        Kind::Number,
        "Expected purchases in the horizon by the best learned model; empty unless value.orders is set",
    ),
    col("learned_purchases_low", Kind::Number, "Lower bound of its prediction interval"),
    col("learned_purchases_high", Kind::Number, "Upper bound of its prediction interval"),
    col("predicted_margin", Kind::Money, "Gross margin of predicted_ltv; empty unless value.margin is set"),
    col("margin_low", Kind::Money, "Lower bound of its prediction interval"),
    col("margin_high", Kind::Money, "Upper bound of its prediction interval"),
];

const CHURN_COMPARISON: &[ColumnDef] = &[
    col("model", Kind::Text, "The churn model"),
    col("chosen", Kind::Count, "1 for the model used for p_churn: the one with the smallest Brier score"),
    col("auc", Kind::Share, "Area under the ROC curve"),
    col("brier", Kind::Number, "Brier score: mean squared error of P(churn) on the holdout period"),
    col("log_loss", Kind::Number, "Mean negative log-likelihood of the holdout outcomes"),
];

const CHURN_RELIABILITY: &[ColumnDef] = &[
    col("model", Kind::Text, "The churn model"),
    col("customers", Kind::Count, "Customers in this bin of predicted P(churn); bins are 0.1 wide"),
    col("mean_predicted", Kind::Share, "Mean predicted P(churn)"),
    col("observed_rate", Kind::Share, "Observed churn rate: share without a purchase in the holdout period"),
];

const FEATURE_IMPORTANCE: &[ColumnDef] = &[
    col("model", Kind::Text, "The learned model"),
    col("feature", Kind::Text, "The feature"),
    col("gain", Kind::Share, "Gain of the feature as a share of the total gain; empty for the blend"),
    col(
        "mean_contribution",
        Kind::MoneyMean,
        "Mean absolute contribution (SHAP value) to a customer's expected spend",
    ),
    col(
        "rmse_increase",
        Kind::MoneyMean,
        "Permutation importance: rise in holdout RMSE when the values are shuffled; best learned model only",
    ),
    col("rmse_increase_sd", Kind::MoneyMean, "Standard deviation of rmse_increase over the shuffles"),
];

const LTV_DEPENDENCE: &[ColumnDef] = &[
    col("model", Kind::Text, "The best learned model"),
    col("feature", Kind::Text, "One of its most important features"),
    col("value", Kind::Number, "A value of the feature"),
    col(
        "mean_spend",
        Kind::MoneyMean,
        "Partial dependence: mean predicted spend, in as many days as the holdout period has, if all \
         customers had this value",
    ),
];

const LTV_ORIGINS: &[ColumnDef] = &[
    col("origin", Kind::Timestamp, "Forecast origin: the last day that the model knows"),
    col("customers", Kind::Count, "Customers with an order by then"),
    col("model", Kind::Text, "The model"),
    col("r2", Kind::Number, "R2 of spend in the days after the origin"),
    col("mae", Kind::MoneyMean, "Mean absolute error of that spend"),
    col("rmse", Kind::MoneyMean, "Root mean squared error of that spend"),
    col("bias", Kind::Number, "Predicted over actual total spend, minus 1"),
    col("spearman", Kind::Number, "Rank correlation of predicted and actual spend"),
    col("gini", Kind::Number, "Normalised Gini coefficient of the ranking by forecast"),
    col("top_decile_share", Kind::Share, "Share of actual spend in the decile with the highest forecasts"),
];

const LTV_SUMMARY: &[ColumnDef] = &[
    col(
        "grouping",
        Kind::Text,
        "Grouping of the customers: all, segment, cluster or decile (by predicted LTV)",
    ),
    col("name", Kind::Text, "The group"),
    col("customers", Kind::Count, "Customers in it"),
    col("predicted_ltv", Kind::Money, "Total expected spend in the horizon"),
    col("predicted_low", Kind::Money, "Lower bound of the prediction interval of the total"),
    col("predicted_high", Kind::Money, "Upper bound of the prediction interval of the total"),
    col("mean_ltv", Kind::MoneyMean, "Expected spend per customer"),
    col("share", Kind::Share, "Share of the total expected spend of all customers"),
    col("expected_purchases", Kind::Number, "Total expected purchases in the horizon"),
    col("mean_p_alive", Kind::Share, "Mean P(alive); the model may have no dropout"),
    col("mean_p_churn", Kind::Share, "Mean P(churn) in as many days as the holdout period has"),
    col("mean_p_purchase", Kind::Share, "Mean P(purchase) in the horizon"),
];

const LTV_DRIVERS: &[ColumnDef] = &[
    col("customer_id", Kind::Id, "The customer"),
    col("rank", Kind::Count, "1 for the feature with the largest effect"),
    col("feature", Kind::Text, "The feature"),
    col(
        "effect",
        Kind::Money,
        "SHAP value: what it adds to the customer's predicted LTV, relative to an average customer",
    ),
];

const LTV_DECILES: &[ColumnDef] = &[
    col("model", Kind::Text, "The model"),
    col("decile", Kind::Count, "Decile of the customers by the model's forecast; 1 is the highest"),
    col("customers", Kind::Count, "Customers in it"),
    col("actual", Kind::MoneyMean, "Mean actual spend in the holdout period"),
    col("expected", Kind::MoneyMean, "Mean predicted spend in the holdout period"),
    col(
        "coverage",
        Kind::Share,
        "Share whose spend lies in the prediction interval; empty without intervals",
    ),
];

const MODEL_COMPARISON: &[ColumnDef] = &[
    col("model", Kind::Text, "The model"),
    col("kind", Kind::Text, "probabilistic, learned, blend or baseline"),
    col("chosen", Kind::Count, "1 for the model used for the predictions"),
    col("r2", Kind::Number, "R2 of spend in the holdout period"),
    col("mae", Kind::MoneyMean, "Mean absolute error of that spend"),
    col("rmse", Kind::MoneyMean, "Root mean squared error of that spend"),
    col("bias", Kind::Number, "Predicted over actual total spend, minus 1"),
    col("spearman", Kind::Number, "Rank correlation of predicted and actual spend"),
    col("gini", Kind::Number, "Normalised Gini coefficient of the ranking by forecast"),
    col("purchases_mae", Kind::Number, "Mean absolute error of purchases"),
    col("purchases_rmse", Kind::Number, "Root mean squared error of purchases"),
    col("purchases_bias", Kind::Number, "Predicted over actual purchases, minus 1"),
    col("holdout_log_likelihood", Kind::Number, "Log-likelihood of the purchases in the holdout period"),
    col("coverage_90", Kind::Share, "Share of customers whose purchases lie in the 90% prediction interval"),
    col("log_likelihood", Kind::Number, "Log-likelihood in the calibration period"),
    col("aic", Kind::Number, "Akaike information criterion; smaller is better"),
    col("bic", Kind::Number, "Bayesian information criterion; smaller is better"),
    col("top_decile_share", Kind::Share, "Share of actual spend in the decile with the highest forecasts"),
    col("decile_mape", Kind::Number, "Mean absolute percentage error of the mean spend per forecast decile"),
    col(
        "cross_validated_r2",
        Kind::Number,
        "Mean R2 of five-fold cross-validation on the training data, if configured; on the scale of the \
         model's target",
    ),
    col(
        "spend_coverage",
        Kind::Share,
        "Share of customers whose holdout spend lies in the prediction interval; empty without intervals",
    ),
    col(
        "rmse_without_largest",
        Kind::MoneyMean,
        "rmse without the customer with the highest holdout spend, the same for every model",
    ),
    col("mae_without_largest", Kind::MoneyMean, "mae without that customer"),
    col("bias_without_largest", Kind::Number, "bias without that customer"),
    col("converged", Kind::Count, "1 if the fit converged; empty for baselines"),
    col("note", Kind::Text, "Remark on the fit, such as a parameter at its bound, or why there is none"),
];

const MODEL_PARAMETERS: &[ColumnDef] = &[
    col("model", Kind::Text, "The model"),
    col("history", Kind::Text, "calibration (for the holdout test) or all (for the predictions)"),
    col("parameter", Kind::Text, "Parameter name as in the paper"),
    col("value", Kind::Number, "Estimate"),
    col("standard_error", Kind::Number, "Standard error; empty if the likelihood has no curvature"),
    col("low", Kind::Number, "Lower bound of the 90% confidence interval"),
    col("high", Kind::Number, "Upper bound of the 90% confidence interval"),
    col("unit", Kind::Text, "Unit of the value: time or money; empty for a plain number"),
];

const LTV_TRACKING: &[ColumnDef] = &[
    col("model", Kind::Text, "The model, fitted on the calibration period"),
    col("period_end", Kind::Timestamp, "Last day of the period"),
    col("is_holdout", Kind::Count, "1 for periods in the holdout period"),
    col("actual", Kind::Count, "Actual repeat purchases of customers of the calibration period"),
    col("expected", Kind::Number, "Expected repeat purchases"),
    col("actual_cumulative", Kind::Count, "Cumulative actual repeat purchases"),
    col("expected_cumulative", Kind::Number, "Cumulative expected repeat purchases"),
];

const LTV_FREQUENCY: &[ColumnDef] = &[
    col("model", Kind::Text, "The model, fitted on the calibration period"),
    col("repeat_purchases", Kind::Count, "Repeat purchases in the calibration period"),
    col("is_open_ended", Kind::Count, "1 if the row includes all higher numbers of repeat purchases"),
    col("customers", Kind::Count, "Actual number of customers"),
    col("customers_expected", Kind::Number, "Expected number of customers"),
    col("holdout_actual", Kind::Number, "Mean actual purchases in the holdout period"),
    col("holdout_expected", Kind::Number, "Mean expected purchases in the holdout period"),
    col("holdout_mae", Kind::Number, "Mean absolute error of these purchases"),
];

const SEGMENT_ACTIONS: &[ColumnDef] = &[
    col("segment", Kind::Text, "The segment"),
    col("segment_priority", Kind::Count, "Priority of the segment; 1 is the highest"),
    col("customers", Kind::Count, "Customers in it"),
    col("customer_share", Kind::Share, "Their share of all customers"),
    col("revenue", Kind::Money, concat!("Their ", label!(spend))),
    col("revenue_share", Kind::Share, concat!("Share of all ", label!(spend))),
    col("predicted_ltv", Kind::Money, "Total expected spend in the horizon; empty without lifetime value"),
    col("predicted_low", Kind::Money, "Lower bound of the prediction interval of the total"),
    col("predicted_high", Kind::Money, "Upper bound of the prediction interval of the total"),
    col("predicted_share", Kind::Share, "Share of the total expected spend of all customers"),
    col(
        "recent_spend",
        Kind::Money,
        "Recent spend: in the longest of the last 30, 90, 180 and 365 days that fits in the horizon",
    ),
    col(
        "at_risk",
        Kind::Money,
        "Recent spend (recent_spend) weighted by each customer's p_churn, or by 1 - p_alive without it",
    ),
    col(
        "spend_at_cadence",
        Kind::Money,
        "Spend in the horizon if all returned to their own purchase cycle: a ceiling, not a forecast",
    ),
    col("customers_with_cadence", Kind::Count, "Customers with a purchase cycle: two orders or more"),
    col("bought_last_90d_share", Kind::Share, "Share of customers who bought in the last 90 days"),
    col("one_order_share", Kind::Share, "Share of customers with one order"),
    col("mean_p_purchase", Kind::Share, "Mean P(purchase) in the horizon; empty without lifetime value"),
    col(
        "expected_purchases",
        Kind::Number,
        "Total expected purchases in the horizon; empty without lifetime value",
    ),
    col(
        "before",
        Kind::Text,
        "Analysis date of the run compared with: the latest one with an earlier date; empty without one",
    ),
    col("customers_before", Kind::Count, "Customers in the segment in that run"),
    col("customers_change", Kind::Count, "Change in customers since that run"),
    col("predicted_before", Kind::Money, "Total expected spend in that run; empty if its horizon differs"),
    col("predicted_change", Kind::Money, "Change in expected spend since that run"),
    col("recency_mean", Kind::Number, "Mean days since the last order"),
    col("frequency_mean", Kind::Number, "Mean number of orders"),
    col("monetary_mean", Kind::MoneyMean, concat!("Mean ", label!(spend))),
    col(
        "advice_rule",
        Kind::Text,
        "Whether the segment's name fits its customers: as named, still buying, not gone, more than one \
         order or gone quiet",
    ),
    col("action", Kind::Text, "Recommended action"),
    col("offer", Kind::Text, "Recommended offer"),
    col("channel", Kind::Text, "Recommended channel"),
    col("cadence", Kind::Text, "How often to contact them"),
    col("avoid", Kind::Text, "What to avoid, and why"),
];

const OPPORTUNITIES: &[ColumnDef] = &[
    col("customer_id", Kind::Id, "The customer"),
    col("kind", Kind::Text, "reactivation, retention, second purchase or upsell"),
    col("segment", Kind::Text, "The customer's segment"),
    col("expected_ltv", Kind::Money, "Expected spend in the horizon"),
    col(
        "look_alike_ltv",
        Kind::Money,
        "Expected spend if the customer behaved like the average of 30 look-alikes",
    ),
    col("upside", Kind::Money, "Upside: look_alike_ltv minus expected_ltv; a ceiling, not a forecast"),
];

const OPPORTUNITY_SUMMARY: &[ColumnDef] = &[
    col("kind", Kind::Text, "reactivation, retention, second purchase or upsell"),
    col("customers", Kind::Count, "Customers with upside: the rows of opportunities"),
    col("considered", Kind::Count, "Customers eligible for this kind"),
    col("without_look_alikes", Kind::Count, "Eligible customers without comparable customers"),
    col("look_alikes", Kind::Count, "Size of the pool of possible look-alikes"),
    col("expected_ltv", Kind::Money, "Total expected spend of these customers in the horizon"),
    col("look_alike_ltv", Kind::Money, "Total expected spend if they behaved like their look-alikes"),
    col("upside", Kind::Money, "Upside: look_alike_ltv minus expected_ltv; a ceiling, not a forecast"),
    col("upside_low", Kind::Money, "Lower bound of the upside, over resampled customers of the shop"),
    col("upside_high", Kind::Money, "Upper bound of the upside"),
    col("sentence", Kind::Text, "The numbers in a sentence"),
    col("reason", Kind::Text, "Why there are no numbers; empty if there are"),
];

/// All result tables, in the order in which they are computed.
///
/// `customers` is listed with its key only: its other columns are those of the source.
pub fn tables() -> Vec<TableDef> {
    let mut features = vec![col("customer_id", Kind::Id, "The customer")];
    features.extend_from_slice(FEATURES);
    let table = |name, meaning, columns: &[ColumnDef]| TableDef { name, meaning, columns: columns.to_vec() };
    vec![
        table("transactions", "One valid row of the source files", TRANSACTIONS),
        table(
            "returns",
            "One return or cancellation of one row of a sale; the amount is what was returned",
            &[TRANSACTIONS, RETURNS_EXTRA].concat(),
        ),
        table("excluded", "One valid row that a policy excludes", &[TRANSACTIONS, EXCLUDED_EXTRA].concat()),
        table("rejected", "One invalid row", REJECTED),
        table(
            "customers",
            "One customer, with the attributes of the customers file",
            &[col("customer_id", Kind::Id, "The customer")],
        ),
        table("customer_features", "One customer who bought, at the analysis date", &features),
        table("rfm_scores", "One customer who bought", RFM_SCORES),
        table("customer_segments", "One customer who bought", CUSTOMER_SEGMENTS),
        table("rfm_summary", "One segment", RFM_SUMMARY),
        table("rfm_thresholds", "One score of one measure", RFM_CUTS),
        table("monthly_revenue", "One month", MONTHLY_REVENUE),
        table("customer_clusters", "One customer who bought", CUSTOMER_CLUSTERS),
        table("cluster_statistics", "One cluster", CLUSTER_STATISTICS),
        table("cluster_centers", "One feature of one cluster", CLUSTER_CENTERS),
        table("cluster_selection", "One number of clusters tried", CLUSTER_SELECTION),
        table("cluster_segments", "One combination of cluster and segment", CLUSTER_SEGMENTS),
        table("cluster_alternatives", "One clustering method", CLUSTER_ALTERNATIVES),
        table("ltv_predictions", "One customer who bought", LTV_PREDICTIONS),
        table("ltv_summary", "One group of customers", LTV_SUMMARY),
        table("model_comparison", "One model", MODEL_COMPARISON),
        table("model_parameters", "One parameter of one model, for one history", MODEL_PARAMETERS),
        table("ltv_tracking", "One week, for one model", LTV_TRACKING),
        table(
            "ltv_frequency",
            "One number of repeat purchases, for one model (frequency histogram)",
            LTV_FREQUENCY,
        ),
        table("feature_importance", "One feature of one learned model", FEATURE_IMPORTANCE),
        table(
            "ltv_origins",
            "One model at one earlier forecast origin; empty unless value.origins is set",
            LTV_ORIGINS,
        ),
        table("ltv_dependence", "One value of one feature (partial dependence)", LTV_DEPENDENCE),
        table("ltv_drivers", "One feature that contributes to one customer's predicted LTV", LTV_DRIVERS),
        table("churn_comparison", "One churn model", CHURN_COMPARISON),
        table("churn_reliability", "One bin of predicted P(churn), for one model", CHURN_RELIABILITY),
        table("ltv_deciles", "One forecast decile, for one model", LTV_DECILES),
        table("segment_actions", "One segment, by priority", SEGMENT_ACTIONS),
        table("opportunities", "One customer with upside", OPPORTUNITIES),
        table("opportunity_summary", "One kind of opportunity", OPPORTUNITY_SUMMARY),
    ]
}

/// The table of that name.
pub fn table(name: &str) -> Option<TableDef> {
    tables().into_iter().find(|t| t.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_stored_names_carry_units() {
        let all = tables();
        let names: std::collections::BTreeSet<&str> = all.iter().map(|t| t.name).collect();
        assert_eq!(names.len(), all.len());
        for table in &all {
            let columns: std::collections::BTreeSet<String> =
                table.columns.iter().map(ColumnDef::stored_name).collect();
            assert_eq!(columns.len(), table.columns.len(), "{}", table.name);
        }
        let amount =
            table("transactions").expect("known").columns.into_iter().find(|c| c.name == "total_amount");
        assert_eq!(amount.expect("there").stored_name(), "total_amount_minor");
    }
}
