//! The result tables of a run: names, columns, and how a stored value is shown.
//!
//! Money is stored as Int64 minor units in a column ending in `_minor`, quantities as Int64
//! thousandths ending in `_milli`; in SQL, exports and on pages they are decimals under the
//! canonical name.

use crate::features::FEATURES;
use crate::label;

/// What a column holds, and so how it is stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An identifier: Int64 where every one is a whole number, else text.
    Id,
    /// Text.
    Text,
    /// A whole number of something.
    Count,
    /// Whole days.
    Days,
    /// Money; stored as Int64 minor units.
    Money,
    /// A mean or deviation of money; stored as Float64 minor units.
    MoneyMean,
    /// Pieces, kilograms, ...; stored as Int64 thousandths.
    Quantity,
    /// 0 to 1.
    Share,
    /// Any number.
    Number,
    /// A wall clock without a zone, in microseconds.
    Timestamp,
    /// A small whole number that orders customers.
    Score,
}

/// One column of a result table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnDef {
    /// The canonical name, as in SQL and exports.
    pub name: &'static str,
    /// What it holds.
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
    /// Its name everywhere; the file is `<name>.parquet`.
    pub name: &'static str,
    /// What a row is.
    pub meaning: &'static str,
    /// Its columns, in order. A table may have further columns (attributes of customers).
    pub columns: Vec<ColumnDef>,
}

const fn col(name: &'static str, kind: Kind, meaning: &'static str) -> ColumnDef {
    ColumnDef { name, kind, meaning }
}

const TRANSACTIONS: &[ColumnDef] = &[
    col("transaction_id", Kind::Id, "The order or invoice; lines of one order share it"),
    col("customer_id", Kind::Id, "Who bought"),
    col("transaction_date", Kind::Timestamp, "When"),
    col("product_category", Kind::Text, "The product's category"),
    col("product_id", Kind::Id, "The product"),
    col("price", Kind::Money, "Price of one piece"),
    col("quantity", Kind::Quantity, "Pieces"),
    col("payment_method", Kind::Text, "How it was paid"),
    col("status", Kind::Text, "Status as in the source"),
    col("total_amount", Kind::Money, "What was paid, for the row"),
];

const RETURNS_EXTRA: &[ColumnDef] = &[
    col("returned_at", Kind::Timestamp, "When it went back"),
    col("kind", Kind::Text, "cancelled where nothing is left of its order, else returned"),
];

const EXCLUDED_EXTRA: &[ColumnDef] = &[
    col("reason", Kind::Text, "Why the row does not count: one of the words in docs/reading.md"),
    col("file", Kind::Text, "The file the row comes from"),
    col("line", Kind::Count, "Its line there"),
];

const REJECTED: &[ColumnDef] = &[
    col("file", Kind::Text, "The file the row comes from"),
    col("line", Kind::Count, "Its line there"),
    col("reason", Kind::Text, "Why the row cannot be used"),
    col("column", Kind::Text, "The column concerned"),
    col("value", Kind::Text, "The offending value"),
    col("row", Kind::Text, "The row as it stands in the source"),
];

const RFM_SCORES: &[ColumnDef] = &[
    col("customer_id", Kind::Id, "The customer"),
    col("recency", Kind::Days, "Calendar days since the last purchase"),
    col("frequency", Kind::Count, "Purchases"),
    col("monetary", Kind::Money, label!(Spend)),
    col("r_score", Kind::Score, "Recency score; the highest bought last"),
    col("f_score", Kind::Score, "Frequency score; the highest buys most often"),
    col("m_score", Kind::Score, "Monetary score; the highest spends most"),
    col("rfm_score", Kind::Score, "Sum of the three scores"),
    col("rfm_weighted_score", Kind::Number, "Weighted sum of the three scores"),
    col("segment", Kind::Text, "The customer's segment"),
    col("tenure_days", Kind::Days, "Calendar days since the first purchase"),
    col(
        "cycle_ratio",
        Kind::Number,
        "Days since the last purchase in usual gaps of the customer; above 2 is overdue, above 4 lapsed",
    ),
];

const CUSTOMER_SEGMENTS: &[ColumnDef] = &[
    col("customer_id", Kind::Id, "The customer"),
    col("segment", Kind::Text, "The customer's segment"),
    col("segment_priority", Kind::Count, "1 for the segment to care for first"),
];

const RFM_SUMMARY: &[ColumnDef] = &[
    col("segment", Kind::Text, "The segment"),
    col("segment_priority", Kind::Count, "1 for the segment to care for first"),
    col("customers", Kind::Count, "Customers in it"),
    col("customer_share", Kind::Share, "Their share of all customers"),
    col("revenue", Kind::Money, concat!("Their ", label!(spend))),
    col("revenue_share", Kind::Share, concat!("Its share of all ", label!(spend))),
    col("recency_mean", Kind::Number, "Mean days since the last purchase"),
    col("frequency_mean", Kind::Number, "Mean purchases"),
    col("monetary_mean", Kind::MoneyMean, concat!("Mean ", label!(spend))),
    col("average_order_value", Kind::MoneyMean, concat!("Their ", label!(spend), " by their purchases")),
    col("bought_last_90d_share", Kind::Share, "Share of them who bought in the last 90 days"),
    col("overdue_share", Kind::Share, "Share of them who are overdue by their own pace"),
    col("tenure_median", Kind::Number, "Median days since the first purchase"),
    col("cycle_ratio_median", Kind::Number, "Median days since the last purchase in usual gaps of each"),
    col("caveat", Kind::Text, "What the name promises and more than a fifth of them are not"),
];

const RFM_CUTS: &[ColumnDef] = &[
    col("measure", Kind::Text, "recency, frequency or monetary"),
    col("within", Kind::Text, "The class of the measure before it, where scoring is nested; else empty"),
    col("score", Kind::Score, "The score"),
    col("from_value", Kind::Number, "Smallest value with this score; empty if no customer has it"),
    col("to_value", Kind::Number, "Largest value with this score"),
    col("customers", Kind::Count, "Customers with this score"),
];

const MONTHLY_REVENUE: &[ColumnDef] = &[
    col("month", Kind::Timestamp, "The first day of the month"),
    col("revenue", Kind::Money, label!(Spend)),
    col("orders", Kind::Count, "Purchases"),
    col("customers", Kind::Count, "Customers who bought"),
];

const CUSTOMER_CLUSTERS: &[ColumnDef] = &[
    col("customer_id", Kind::Id, "The customer"),
    col(
        "cluster",
        Kind::Count,
        "Number of the customer's cluster; the same from run to run while it is found again",
    ),
    col("cluster_name", Kind::Text, "The cluster in plain words"),
    col("distance", Kind::Number, "Distance to the cluster's centre, in standard deviations of the features"),
    col(
        "silhouette",
        Kind::Number,
        "-1 to 1: how much nearer the own cluster is than the next; empty where not computed",
    ),
    col("x", Kind::Number, "Place in the picture, first principal component"),
    col("y", Kind::Number, "Place in the picture, second principal component"),
];

const CLUSTER_STATISTICS: &[ColumnDef] = &[
    col("cluster", Kind::Count, "The cluster's number"),
    col("cluster_name", Kind::Text, "The cluster in plain words"),
    col("customers", Kind::Count, "Customers in it"),
    col("customer_share", Kind::Share, "Their share of all customers"),
    col("revenue", Kind::Money, concat!("Their ", label!(spend))),
    col("revenue_share", Kind::Share, concat!("Its share of all ", label!(spend))),
    col("recency_mean", Kind::Number, "Mean days since the last purchase"),
    col("frequency_mean", Kind::Number, "Mean purchases"),
    col("monetary_mean", Kind::MoneyMean, concat!("Mean ", label!(spend))),
    col("silhouette_mean", Kind::Number, "Mean silhouette; empty where not computed"),
    col("traits", Kind::Text, "The features that set it apart most"),
];

const CLUSTER_CENTERS: &[ColumnDef] = &[
    col("cluster", Kind::Count, "The cluster's number"),
    col("cluster_name", Kind::Text, "The cluster in plain words"),
    col("feature", Kind::Text, "The feature"),
    col("mean", Kind::Number, "Its mean in the cluster, in its own unit"),
    col("median", Kind::Number, "Its median in the cluster"),
    col(
        "center",
        Kind::Number,
        "The centre in standard deviations from the mean of all customers; empty for features not used",
    ),
];

const CLUSTER_SELECTION: &[ColumnDef] = &[
    col("k", Kind::Count, "Number of clusters"),
    col("verdict", Kind::Text, "chosen, runner-up, or empty"),
    col("inertia", Kind::Number, "Sum of squared distances to the centres"),
    col("is_elbow", Kind::Count, "1 where the inertia bends most"),
    col("silhouette", Kind::Number, "Mean silhouette"),
    col("silhouette_standard_error", Kind::Number, "Its standard error, where it is that of a sample"),
    col("calinski_harabasz", Kind::Number, "Calinski-Harabasz index; larger is better"),
    col("davies_bouldin", Kind::Number, "Davies-Bouldin index; smaller is better"),
    col(
        "stability",
        Kind::Number,
        "Adjusted Rand index of refits on resampled customers; 1 is the same again",
    ),
    col("gap", Kind::Number, "Gap statistic, if the configuration asks for it"),
    col("gap_standard_error", Kind::Number, "Its standard error"),
    col("iterations", Kind::Count, "Iterations of the best start over all customers"),
    col("converged", Kind::Count, "1 if K-means came to rest"),
    col("customers", Kind::Count, "Customers it was tried on: all, or a sample where a memory limit holds"),
    col("smallest_cluster", Kind::Count, "Those in the smallest cluster"),
];

const CLUSTER_SEGMENTS: &[ColumnDef] = &[
    col("cluster", Kind::Count, "The cluster's number"),
    col("cluster_name", Kind::Text, "The cluster in plain words"),
    col("segment", Kind::Text, "The segment"),
    col("customers", Kind::Count, "Customers in both"),
];

const CLUSTER_ALTERNATIVES: &[ColumnDef] = &[
    col(
        "method",
        Kind::Text,
        "k-means, mixture (Gaussian) or density (HDBSCAN), on the same sample of customers",
    ),
    col("clusters", Kind::Count, "Clusters; density finds their number itself"),
    col(
        "silhouette",
        Kind::Number,
        "Mean silhouette of the customers in clusters; density leaves the others out",
    ),
    col("stability", Kind::Number, "Adjusted Rand index of refits on four fifths of the sample"),
    col("agreement", Kind::Number, "Adjusted Rand index with K-means"),
    col("bic", Kind::Number, "Bayesian information criterion (mixture)"),
    col("noise_share", Kind::Share, "Share of the customers in no cluster (density)"),
    col("sizes", Kind::Text, "Customers of each cluster, the largest first"),
];

const LTV_PREDICTIONS: &[ColumnDef] = &[
    col("customer_id", Kind::Id, "The customer"),
    col(
        "predicted_ltv",
        Kind::Money,
        "Spend expected in the horizon from the analysis date on, discounted if configured",
    ),
    col("predicted_low", Kind::Money, "Lower end of the interval of that spend"),
    col("predicted_high", Kind::Money, "Upper end of the interval of that spend"),
    col("p_alive", Kind::Share, "Chance that the customer has not left for good"),
    col("expected_purchases", Kind::Number, "Purchases expected in the horizon"),
    col("purchases_low", Kind::Count, "Lower end of the interval of these purchases"),
    col("purchases_high", Kind::Count, "Upper end of the interval of these purchases"),
    col("p_purchase", Kind::Share, "Chance of at least one purchase in the horizon"),
    col("expected_spend", Kind::Money, "Spend expected at each purchase"),
    col(
        "next_purchase_days",
        Kind::Number,
        "Days to the next purchase that come true with a chance of one half, if there is one",
    ),
    col("repeat_purchases", Kind::Count, "Purchases after the first (x)"),
    col("last_purchase_age_days", Kind::Days, "Days from the first to the last purchase (t_x)"),
    col("observed_days", Kind::Days, "Days from the first purchase to the analysis date (T)"),
    col(
        "actual_ltv",
        Kind::Money,
        "Spend in the days held out; empty for customers who came after the calibration",
    ),
    col("judged_ltv", Kind::Money, "What the model had expected of it without knowing those days"),
    col("judged_low", Kind::Money, "Lower end of its interval"),
    col("judged_high", Kind::Money, "Upper end of its interval"),
    col("actual_purchases", Kind::Count, "Purchases in the days held out"),
    col("judged_purchases", Kind::Number, "What the model had expected of them"),
    col("ltv_decile", Kind::Count, "Tenth of the customers by predicted value; 1 is the highest"),
    col("buy_till_you_die_ltv", Kind::Money, "What the best buy-till-you-die model expects in the horizon"),
    col("buy_till_you_die_low", Kind::Money, "Lower end of its interval"),
    col("buy_till_you_die_high", Kind::Money, "Upper end of its interval"),
    col("linear_ltv", Kind::Money, "What linear regression expects; empty where it did not learn"),
    col("linear_low", Kind::Money, "Lower end of its interval"),
    col("linear_high", Kind::Money, "Upper end of its interval"),
    col("ridge_ltv", Kind::Money, "What ridge regression expects; empty likewise"),
    col("ridge_low", Kind::Money, "Lower end of its interval"),
    col("ridge_high", Kind::Money, "Upper end of its interval"),
    col("random_forest_ltv", Kind::Money, "What the random forest expects; empty likewise"),
    col("random_forest_low", Kind::Money, "Lower end of its interval"),
    col("random_forest_high", Kind::Money, "Upper end of its interval"),
    col("xgboost_ltv", Kind::Money, "What XGBoost expects; empty likewise"),
    col("xgboost_low", Kind::Money, "Lower end of its interval"),
    col("xgboost_high", Kind::Money, "Upper end of its interval"),
    col("lightgbm_ltv", Kind::Money, "What LightGBM expects; empty likewise"),
    col("lightgbm_low", Kind::Money, "Lower end of its interval"),
    col("lightgbm_high", Kind::Money, "Upper end of its interval"),
    col("blend_ltv", Kind::Money, "What the blend of them expects; empty likewise"),
    col("blend_low", Kind::Money, "Lower end of its interval"),
    col("blend_high", Kind::Money, "Upper end of its interval"),
    col(
        "p_churn",
        Kind::Share,
        "Chance to buy nothing in as many days as were held out, calibrated; empty where nothing was learned",
    ),
    col(
        "judged_p_churn",
        Kind::Share,
        "What the same model had said at the judged cut; empty for customers who came later",
    ),
    col(
        "learned_purchases",
        Kind::Number,
        "Purchases in the horizon by the best model that learned them; empty unless value.orders asks for it",
    ),
    col("learned_purchases_low", Kind::Number, "Lower end of its interval"),
    col("learned_purchases_high", Kind::Number, "Upper end of its interval"),
    col(
        "predicted_margin",
        Kind::Money,
        "What is left of predicted_ltv after cost; empty unless value.margin is given",
    ),
    col("margin_low", Kind::Money, "Lower end of its interval"),
    col("margin_high", Kind::Money, "Upper end of its interval"),
];

const CHURN_COMPARISON: &[ColumnDef] = &[
    col("model", Kind::Text, "The model of the chance to buy nothing"),
    col("chosen", Kind::Count, "1 for the model that p_churn comes from: the smallest Brier score"),
    col("auc", Kind::Share, "Chance that who stayed away was given more than who bought"),
    col("brier", Kind::Number, "Mean squared distance of the chance from what happened in the days held out"),
    col("log_loss", Kind::Number, "Mean negative logarithm of the chance given to what happened"),
];

const CHURN_RELIABILITY: &[ColumnDef] = &[
    col("model", Kind::Text, "The model of the chance to buy nothing"),
    col("customers", Kind::Count, "Customers given a chance in this tenth of the scale"),
    col("stated", Kind::Share, "Mean chance they were given"),
    col("happened", Kind::Share, "Share of them who bought nothing in the days held out"),
];

const FEATURE_IMPORTANCE: &[ColumnDef] = &[
    col("model", Kind::Text, "The learned model"),
    col("feature", Kind::Text, "The feature"),
    col("gain", Kind::Share, "Share of what all features helped in learning; empty for the blend"),
    col(
        "mean_contribution",
        Kind::MoneyMean,
        "Mean size of what it adds to or takes from a customer's expected spend",
    ),
    col(
        "rmse_increase",
        Kind::MoneyMean,
        "By how much the error of spend in the days held out grows when its values are dealt to other customers; of the best learned model",
    ),
    col("rmse_increase_deviation", Kind::MoneyMean, "Standard deviation of that over the deals"),
];

const LTV_DEPENDENCE: &[ColumnDef] = &[
    col("model", Kind::Text, "The best learned model"),
    col("feature", Kind::Text, "One of the features that it relies on most"),
    col("value", Kind::Number, "A value of the feature"),
    col(
        "mean_spend",
        Kind::MoneyMean,
        "Mean spend that the model expects, in as many days as were held out, if all customers had this value",
    ),
];

const LTV_ORIGINS: &[ColumnDef] = &[
    col("origin", Kind::Timestamp, "The day at whose end models spoke, knowing nothing later"),
    col("customers", Kind::Count, "Customers who had bought by then"),
    col("model", Kind::Text, "The model"),
    col("r2", Kind::Number, "Share of the variance of spend in the days after it that is explained"),
    col("mae", Kind::MoneyMean, "Mean absolute error of that spend"),
    col("rmse", Kind::MoneyMean, "Root mean squared error of that spend"),
    col("bias", Kind::Number, "Expected over actual spend of all customers, minus 1"),
    col("spearman", Kind::Number, "Correlation of the ranks of expected and actual spend"),
    col("gini", Kind::Number, "Normalised Gini coefficient of the order by expected spend"),
    col("top_decile_share", Kind::Share, "Share of that spend by the tenth with the highest forecasts"),
];

const LTV_SUMMARY: &[ColumnDef] = &[
    col(
        "grouping",
        Kind::Text,
        "What divides the customers: all, segment, cluster, decile (by predicted value)",
    ),
    col("name", Kind::Text, "The group"),
    col("customers", Kind::Count, "Customers in it"),
    col("predicted_ltv", Kind::Money, "What they will spend together in the horizon"),
    col("predicted_low", Kind::Money, "Lower end of the interval of the sum"),
    col("predicted_high", Kind::Money, "Upper end of the interval of the sum"),
    col("mean_ltv", Kind::MoneyMean, "Predicted value of a customer, on average"),
    col("share", Kind::Share, "Share of the predicted value of all customers"),
    col("expected_purchases", Kind::Number, "Purchases that are expected of them in the horizon"),
    col(
        "mean_p_alive",
        Kind::Share,
        "Mean chance not to have left for good, by a model that may not see customers leave",
    ),
    col("mean_p_churn", Kind::Share, "Mean chance to buy nothing in as many days as were held out"),
    col("mean_p_purchase", Kind::Share, "Mean chance of at least one purchase in the horizon"),
];

const LTV_DRIVERS: &[ColumnDef] = &[
    col("customer_id", Kind::Id, "The customer"),
    col("rank", Kind::Count, "1 for the feature with the largest effect"),
    col("feature", Kind::Text, "The feature"),
    col(
        "effect",
        Kind::Money,
        "What it adds to the customer's predicted value, or takes from it, beside that of an average customer",
    ),
];

const LTV_DECILES: &[ColumnDef] = &[
    col("model", Kind::Text, "The model"),
    col("decile", Kind::Count, "Tenth of the customers by the model's own forecast; 1 is the highest"),
    col("customers", Kind::Count, "Customers in it"),
    col("actual", Kind::MoneyMean, "Mean of what they spent in the days held out"),
    col("expected", Kind::MoneyMean, "Mean of what the model expected of them"),
    col("coverage", Kind::Share, "Share of them whose spend lay in its interval; empty without intervals"),
];

const MODEL_COMPARISON: &[ColumnDef] = &[
    col("model", Kind::Text, "The model"),
    col("kind", Kind::Text, "probabilistic, learned, blend or baseline"),
    col("chosen", Kind::Count, "1 for the model that the predictions come from"),
    col("r2", Kind::Number, "Share of the variance of spend in the days held out that is explained"),
    col("mae", Kind::MoneyMean, "Mean absolute error of that spend"),
    col("rmse", Kind::MoneyMean, "Root mean squared error of that spend"),
    col("bias", Kind::Number, "Expected over actual spend of all customers, minus 1"),
    col("spearman", Kind::Number, "Correlation of the ranks of expected and actual spend"),
    col(
        "gini",
        Kind::Number,
        "Normalised Gini coefficient: how well the order by expected spend is the right one",
    ),
    col("purchases_mae", Kind::Number, "Mean absolute error of purchases"),
    col("purchases_rmse", Kind::Number, "Root mean squared error of purchases"),
    col("purchases_bias", Kind::Number, "Expected over actual purchases, minus 1"),
    col("holdout_log_likelihood", Kind::Number, "Log-likelihood of the purchases in the days held out"),
    col("coverage_90", Kind::Share, "Share of customers whose purchases lie in the 90% interval"),
    col("log_likelihood", Kind::Number, "Log-likelihood of the calibration"),
    col("aic", Kind::Number, "Akaike's criterion; smaller is better"),
    col("bic", Kind::Number, "Bayesian information criterion; smaller is better"),
    col("top_decile_share", Kind::Share, "Share of that spend by the tenth with the highest forecasts"),
    col(
        "decile_mape",
        Kind::Number,
        "Mean over tenths of the forecast of how far it is off, as a share of what they spent",
    ),
    col(
        "cross_validated_r2",
        Kind::Number,
        "Mean R2 of five-fold cross-validation at the first cut, where asked for; on the scale the model learns on",
    ),
    col(
        "spend_coverage",
        Kind::Share,
        "Share of customers whose spend in the days held out lay in its interval; empty without intervals",
    ),
    col(
        "rmse_without_largest",
        Kind::MoneyMean,
        "rmse without the customer who spent most in the days held out, the same for every model",
    ),
    col("mae_without_largest", Kind::MoneyMean, "mae without that customer"),
    col("bias_without_largest", Kind::Number, "bias without that customer"),
    col("converged", Kind::Count, "1 if the fit arrived; empty for baselines"),
    col("note", Kind::Text, "A boundary of the fit in words, or why there is none"),
];

const MODEL_PARAMETERS: &[ColumnDef] = &[
    col("model", Kind::Text, "The model"),
    col("history", Kind::Text, "calibration (judged) or all (used for the predictions)"),
    col("parameter", Kind::Text, "The letter of the paper"),
    col("value", Kind::Number, "The estimate"),
    col("standard_error", Kind::Number, "Its standard error; empty where the likelihood has no curvature"),
    col("low", Kind::Number, "Lower end of its 90% interval"),
    col("high", Kind::Number, "Upper end of its 90% interval"),
    col("unit", Kind::Text, "The unit of the value: of time, or money; empty for a plain number"),
];

const LTV_TRACKING: &[ColumnDef] = &[
    col("model", Kind::Text, "The model, fitted on the calibration"),
    col("period_end", Kind::Timestamp, "The last day of the period"),
    col("held_out", Kind::Count, "1 for periods after the calibration"),
    col("actual", Kind::Count, "Repeat purchases in the period, of customers of the calibration"),
    col("expected", Kind::Number, "What the model expects of it"),
    col("actual_cumulative", Kind::Count, "Repeat purchases up to the end of the period"),
    col("expected_cumulative", Kind::Number, "What the model expects of it"),
];

const LTV_FREQUENCY: &[ColumnDef] = &[
    col("model", Kind::Text, "The model, fitted on the calibration"),
    col("repeat_purchases", Kind::Count, "Purchases after the first, in the calibration"),
    col("and_more", Kind::Count, "1 if the class is of all who bought so often or more"),
    col("customers", Kind::Count, "Customers who did"),
    col("customers_expected", Kind::Number, "Customers whom the model expects to"),
    col("holdout_actual", Kind::Number, "Mean of their purchases in the days held out"),
    col("holdout_expected", Kind::Number, "Mean of what the model expects of it"),
    col("holdout_mae", Kind::Number, "Mean absolute error of it"),
];

const SEGMENT_ACTIONS: &[ColumnDef] = &[
    col("segment", Kind::Text, "The segment"),
    col("segment_priority", Kind::Count, "1 for the segment to care for first"),
    col("customers", Kind::Count, "Customers in it"),
    col("customer_share", Kind::Share, "Their share of all customers"),
    col("revenue", Kind::Money, concat!("Their ", label!(spend))),
    col("revenue_share", Kind::Share, concat!("Its share of all ", label!(spend))),
    col(
        "predicted_ltv",
        Kind::Money,
        "What they will spend together in the horizon; empty without lifetime value",
    ),
    col("predicted_low", Kind::Money, "Lower end of the interval of the sum"),
    col("predicted_high", Kind::Money, "Upper end of the interval of the sum"),
    col("predicted_share", Kind::Share, "Share of the predicted value of all customers"),
    col(
        "at_stake",
        Kind::Money,
        "What they spent in the last days: as many as the longest of 30, 90, 180 and 365 within the horizon",
    ),
    col(
        "at_risk",
        Kind::Money,
        "Of at_stake, each customer's times the chance to buy nothing (p_churn), or else to have left (1 - p_alive)",
    ),
    col(
        "at_own_pace",
        Kind::Money,
        "What they would spend in the horizon if they came back to their own pace: a ceiling, no forecast",
    ),
    col("with_own_pace", Kind::Count, "Customers who have a pace of their own: two orders or more"),
    col("bought_last_90d_share", Kind::Share, "Share who bought in the 90 days up to the cut"),
    col("one_order_share", Kind::Share, "Share with one order"),
    col(
        "mean_p_purchase",
        Kind::Share,
        "Mean chance of at least one purchase in the horizon; empty without lifetime value",
    ),
    col(
        "expected_purchases",
        Kind::Number,
        "Purchases expected of them together in the horizon; empty likewise",
    ),
    col("before", Kind::Text, "The analysis date of the latest run with an earlier one; empty without one"),
    col("customers_before", Kind::Count, "Customers in the segment in that run"),
    col("customers_change", Kind::Count, "Customers more or less than in that run"),
    col(
        "predicted_before",
        Kind::Money,
        "What they were expected to spend; empty if the horizon was another",
    ),
    col("predicted_change", Kind::Money, "Predicted value more or less than in that run"),
    col("recency_mean", Kind::Number, "Mean days since the last purchase"),
    col("frequency_mean", Kind::Number, "Mean purchases"),
    col("monetary_mean", Kind::MoneyMean, concat!("Mean ", label!(spend))),
    col(
        "advice_rule",
        Kind::Text,
        "as named, still buying, not gone, more than one order or gone quiet: whether its customers are what its name says",
    ),
    col("action", Kind::Text, "What to do"),
    col("offer", Kind::Text, "What to offer"),
    col("channel", Kind::Text, "How to reach them"),
    col("cadence", Kind::Text, "How often"),
    col("avoid", Kind::Text, "What to leave alone, and why"),
];

const OPPORTUNITIES: &[ColumnDef] = &[
    col("customer_id", Kind::Id, "The customer"),
    col("kind", Kind::Text, "reactivation, retention, second purchase or upsell"),
    col("segment", Kind::Text, "The customer's segment"),
    col("expected_ltv", Kind::Money, "What the customer is expected to spend in the horizon"),
    col(
        "look_alike_ltv",
        Kind::Money,
        "What it would spend if it behaved as its 30 look-alikes do on average",
    ),
    col("potential", Kind::Money, "The second less the first: a ceiling, no forecast of a campaign"),
];

const OPPORTUNITY_SUMMARY: &[ColumnDef] = &[
    col("kind", Kind::Text, "reactivation, retention, second purchase or upsell"),
    col("customers", Kind::Count, "Customers whose look-alikes bring more: the rows of opportunities"),
    col("considered", Kind::Count, "Customers in the position that the kind is about"),
    col("without_look_alikes", Kind::Count, "Those of them whom nobody among the look-alikes is near to"),
    col("look_alikes", Kind::Count, "Customers among whom look-alikes were sought"),
    col("expected_ltv", Kind::Money, "What these customers are expected to spend in the horizon"),
    col("look_alike_ltv", Kind::Money, "What they would spend if they behaved as their look-alikes"),
    col("potential", Kind::Money, "The second less the first: a ceiling, no forecast of a campaign"),
    col("potential_low", Kind::Money, "Lower end of its interval, over other customers of the same shop"),
    col("potential_high", Kind::Money, "Upper end of its interval"),
    col("sentence", Kind::Text, "The same in words"),
    col("reason", Kind::Text, "Why there is no number; empty if there is one"),
];

/// All result tables, in the order of the flow.
///
/// `customers` is listed with its key alone: its other columns are the source's.
pub fn tables() -> Vec<TableDef> {
    let mut features = vec![col("customer_id", Kind::Id, "The customer")];
    features.extend_from_slice(FEATURES);
    let table = |name, meaning, columns: &[ColumnDef]| TableDef { name, meaning, columns: columns.to_vec() };
    vec![
        table("transactions", "One row of the sources that counts", TRANSACTIONS),
        table(
            "returns",
            "What went back of one row of a sale, at one time; its amount is what went back",
            &[TRANSACTIONS, RETURNS_EXTRA].concat(),
        ),
        table("excluded", "One good row that a policy leaves out", &[TRANSACTIONS, EXCLUDED_EXTRA].concat()),
        table("rejected", "One row that cannot be used", REJECTED),
        table(
            "customers",
            "One customer, with the attributes of the customers file",
            &[col("customer_id", Kind::Id, "The customer")],
        ),
        table("customer_features", "One customer who bought, at the cut", &features),
        table("rfm_scores", "One customer who bought", RFM_SCORES),
        table("customer_segments", "One customer who bought", CUSTOMER_SEGMENTS),
        table("rfm_summary", "One segment", RFM_SUMMARY),
        table("rfm_cuts", "One score of one measure", RFM_CUTS),
        table("monthly_revenue", "One month", MONTHLY_REVENUE),
        table("customer_clusters", "One customer who bought", CUSTOMER_CLUSTERS),
        table("cluster_statistics", "One cluster", CLUSTER_STATISTICS),
        table("cluster_centers", "One feature of one cluster", CLUSTER_CENTERS),
        table("cluster_selection", "One number of clusters that was tried", CLUSTER_SELECTION),
        table("cluster_segments", "One segment within one cluster", CLUSTER_SEGMENTS),
        table("cluster_alternatives", "One method of clustering", CLUSTER_ALTERNATIVES),
        table("ltv_predictions", "One customer who bought", LTV_PREDICTIONS),
        table("ltv_summary", "One group of customers", LTV_SUMMARY),
        table("model_comparison", "One model that was tried", MODEL_COMPARISON),
        table("model_parameters", "One parameter of a model, for one history", MODEL_PARAMETERS),
        table("ltv_tracking", "One week of the history", LTV_TRACKING),
        table("ltv_frequency", "One number of repeat purchases, for one model", LTV_FREQUENCY),
        table("feature_importance", "One feature of one learned model", FEATURE_IMPORTANCE),
        table(
            "ltv_origins",
            "One model at one earlier day; empty unless value.origins asks for it",
            LTV_ORIGINS,
        ),
        table("ltv_dependence", "One value of one feature", LTV_DEPENDENCE),
        table("ltv_drivers", "One feature that moves one customer's predicted value", LTV_DRIVERS),
        table("churn_comparison", "One model of the chance to buy nothing", CHURN_COMPARISON),
        table("churn_reliability", "One tenth of the scale of chances, for one model", CHURN_RELIABILITY),
        table("ltv_deciles", "One tenth of the customers, for one model", LTV_DECILES),
        table("segment_actions", "One segment, in the order of the rules", SEGMENT_ACTIONS),
        table("opportunities", "One customer whose look-alikes bring more", OPPORTUNITIES),
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
