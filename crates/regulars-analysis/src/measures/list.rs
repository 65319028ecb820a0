//! The list of measures.

use regulars_core::label;
use regulars_core::summary::Period;

use super::figures::Figures;

/// The unit of a measure, which sets its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A count.
    Count,
    /// Minor units of the run's currency.
    Money,
    /// 0 to 1.
    Share,
    /// Days.
    Days,
    /// Any other number.
    Number,
}

impl Unit {
    /// The name of the unit in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Money => "money",
            Self::Share => "share",
            Self::Days => "days",
            Self::Number => "number",
        }
    }
}

/// One measure.
pub struct Measure {
    /// Name in the API and in URLs.
    pub id: &'static str,
    /// Name on pages.
    pub label: &'static str,
    /// Definition, in plain words.
    pub definition: &'static str,
    /// Unit, which sets the format.
    pub unit: Unit,
    /// Computes the value; `None` if the run does not have it.
    pub of: fn(&Figures) -> Option<f64>,
    /// Its value within a period, where that is meaningful.
    pub in_period: Option<fn(&Period) -> Option<f64>>,
    /// Text after the number of a period: `19,000 bought`.
    pub period_words: &'static str,
    /// Whether its value in a period depends on earlier orders.
    pub looks_back: bool,
}

fn per(sum: f64, of: u64) -> Option<f64> {
    (of > 0).then(|| sum / of as f64)
}

/// Every measure of the selected customers.
pub const MEASURES: &[Measure] = &[
    Measure {
        id: "customers",
        label: "Customers",
        definition: "Customers with at least one order.",
        unit: Unit::Count,
        of: |f| Some(f.summary.customers as f64),
        in_period: Some(|p| Some(p.customers as f64)),
        period_words: "bought",
        looks_back: false,
    },
    Measure {
        id: "orders",
        label: "Orders",
        definition: "Orders; the lines of one order count once.",
        unit: Unit::Count,
        of: |f| Some(f.summary.orders as f64),
        in_period: Some(|p| Some(p.orders as f64)),
        period_words: "orders",
        looks_back: false,
    },
    Measure {
        id: "revenue",
        label: label!(Revenue),
        definition: label!(revenue_means),
        unit: Unit::Money,
        of: |f| Some(f.summary.revenue_minor as f64),
        in_period: Some(|p| Some(p.revenue_minor as f64)),
        period_words: "",
        looks_back: false,
    },
    Measure {
        id: "average_order_value",
        label: "Average order value",
        definition: concat!(label!(Revenue), " divided by orders."),
        unit: Unit::Money,
        of: |f| per(f.summary.revenue_minor as f64, f.summary.orders),
        in_period: Some(|p| per(p.revenue_minor as f64, p.orders)),
        period_words: "per order",
        looks_back: false,
    },
    Measure {
        id: "predicted_value",
        label: "Predicted LTV per customer",
        definition: "Mean expected spend per customer in the horizon, by the chosen model. The interval is that of \
                     the mean of all customers; single customers vary far more.",
        unit: Unit::Money,
        of: |f| f.value.map(|value| value.mean_minor),
        in_period: None,
        period_words: "",
        looks_back: false,
    },
    Measure {
        id: "repeat_rate",
        label: "Repeat rate",
        definition: "Share of customers with more than one order. Below: share of recent buyers who had ordered before.",
        unit: Unit::Share,
        of: |f| (f.summary.customers > 0).then_some(f.summary.repeat_rate),
        in_period: Some(|p| per(p.returning_customers as f64, p.customers)),
        period_words: "of buyers had ordered before",
        looks_back: true,
    },
    Measure {
        id: "top_20_share",
        label: concat!(label!(Revenue), " from top 20%"),
        definition: concat!(
            "Share of ",
            label!(revenue),
            " from the 20% of customers who spent most. A high share means dependence on few customers."
        ),
        unit: Unit::Share,
        of: |f| (f.summary.customers > 0).then_some(f.summary.top_20_revenue_share),
        in_period: None,
        period_words: "",
        looks_back: false,
    },
    Measure {
        id: "still_customers",
        label: "Likely still active",
        definition: "Mean P(alive): probability that a customer is still active, by the buy-till-you-die model, which \
                     infers dropout from the time since the last order. Some models have no dropout, or none before the \
                     second order. Unlike P(purchase), it cannot be checked.",
        unit: Unit::Share,
        of: |f| f.value.map(|value| value.alive_mean),
        in_period: None,
        period_words: "",
        looks_back: false,
    },
    Measure {
        id: "predicted_total",
        label: "Total predicted LTV",
        definition: "Total expected spend of these customers in the horizon, by the chosen model. The interval is that of \
                     the total over all customers.",
        unit: Unit::Money,
        of: |f| f.value.map(|value| value.total_minor),
        in_period: None,
        period_words: "",
        looks_back: false,
    },
    Measure {
        id: "will_buy",
        label: "P(purchase)",
        definition: "Mean probability of at least one order in the horizon, by the buy-till-you-die model.",
        unit: Unit::Share,
        of: |f| f.value.map(|_| f.sums.purchase_mean()).filter(|mean| mean.is_finite()),
        in_period: None,
        period_words: "",
        looks_back: false,
    },
    Measure {
        id: "recency_mean",
        label: "Average recency",
        definition: "Mean days since each customer's last order; lower is better.",
        unit: Unit::Days,
        of: |f| per(f.sums.recency_days as f64, f.sums.customers),
        in_period: None,
        period_words: "",
        looks_back: false,
    },
    Measure {
        id: "frequency_mean",
        label: "Average frequency",
        definition: "Orders divided by customers.",
        unit: Unit::Number,
        of: |f| per(f.sums.orders as f64, f.sums.customers),
        in_period: None,
        period_words: "",
        looks_back: false,
    },
    Measure {
        id: "monetary_mean",
        label: "Average monetary value",
        definition: concat!(label!(Spend), " divided by customers."),
        unit: Unit::Money,
        of: |f| per(f.sums.spend_minor as f64, f.sums.customers),
        in_period: None,
        period_words: "",
        looks_back: false,
    },
    Measure {
        id: "rfm_score_mean",
        label: "Average RFM score",
        definition: "Mean sum of the R, F and M scores, each from 1 (weakest) up.",
        unit: Unit::Number,
        of: |f| per(f.rfm_scores as f64, f.sums.customers),
        in_period: None,
        period_words: "",
        looks_back: false,
    },
];

/// The measure with this id.
pub fn measure(id: &str) -> Option<&'static Measure> {
    MEASURES.iter().find(|measure| measure.id == id)
}
