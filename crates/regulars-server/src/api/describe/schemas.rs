//! The shapes of responses as JSON Schema (draft 2020-12, as in OpenAPI 3.1).
//!
//! One entry per shape, one `name:type` per field. Types: `s` text, `i` integer, `n` number, `b` boolean, `*`
//! anything, `{}` any object, or the name of another shape; `[type]` a list, `?` after a type nullable, `-`
//! before a field optional. Objects have no other fields.

use serde_json::{Map, Value, json};

/// Name, what it is, its fields.
const SHAPES: &[(&str, &str, &str)] = &[
    ("Error", "Why a request failed", "code:s message:s hint:s docs:s -position:Position"),
    ("Position", "A position in a query, from 1", "line:i column:i"),
    ("DatasetList", "The data sets with a finished run", "datasets:[Dataset]"),
    ("Dataset", "A data set and its finished runs, newest first", "dataset:s runs:[Run]"),
    ("Run", "A finished run", "run_id:s started_at:s current:b"),
    (
        "Summary",
        "The headline numbers of a run; fields ending in _minor are in minor units of the currency",
        "dataset:s run_id:s as_of:s currency:s? money_decimals:i customers:i orders:i transactions:i \
         revenue_minor:i money:MoneyTotals refunds:s? average_order_value_minor:n repeat_rate:n top_20_revenue_share:n \
         first_purchase:s last_purchase:s periods:Periods? segments:[Segment] months:[Month] \
         top_customers:[TopCustomer] cuts:[ScoreCut] scoring:s \
         purchase_cycle_days:n? segment_checks:[SegmentCheck] findings:[i] clusters:Clusters? value:Value?",
    ),
    (
        "MoneyTotals",
        "Sold, cancelled, returned and revenue; the parts add up",
        "gross_minor:i cancelled_minor:i returned_minor:i net_minor:i gross_orders:i reversed_orders:i",
    ),
    (
        "Periods",
        "The last period, the one before it, and the same days of the year before if the data cover them",
        "days:i current:Period previous:Period year_before:Period?",
    ),
    ("Period", "One period", "from:s to:s customers:i orders:i revenue_minor:i returning_customers:i"),
    (
        "Segment",
        "One segment",
        "segment:s meaning:s priority:i customers:i customer_share:n revenue_minor:i revenue_share:n \
         recency_mean:n frequency_mean:n monetary_mean_minor:n average_order_value_minor:n",
    ),
    (
        "SegmentCheck",
        "Check of a segment's name against its customers; `caveat` says where it does not fit",
        "segment:s customers:i bought_last_90d:i overdue:i tenure_days_median:n? cycle_ratio_median:n? caveat:s?",
    ),
    ("Month", "One month", "month:s revenue_minor:i orders:i customers:i complete:b"),
    (
        "TopCustomer",
        "One of those who spent most",
        "customer_id:s monetary_minor:i frequency:i recency:i segment:s",
    ),
    ("ScoreCut", "The values of one score", "measure:s within:s? score:i from:i? to:i? customers:i"),
    (
        "Clusters",
        "The clustering",
        "strength:s reasons:[s] rule:s runner_up:i? elbow:i? silhouette:n? warnings:[s] notes:[s] \
         clusters:[Cluster]",
    ),
    (
        "Cluster",
        "One cluster",
        "cluster:i name:s traits:[s] customers:i customer_share:n revenue_minor:i revenue_share:n \
         recency_mean:n frequency_mean:n monetary_mean_minor:n silhouette:n? examples:[s] \
         segments:[SegmentShare]",
    ),
    ("SegmentShare", "Customers of a segment in a cluster", "segment:s customers:i"),
    (
        "Value",
        "Predicted lifetime value: forecasts and their accuracy",
        "model:s rule:s reason:s runner_up:s? horizon_days:i calibration_end:s holdout_days:i \
         holdout_customers:i actual_minor:i expected_minor:i actual_purchases:n holdout_expected_purchases:n \
         interval_level:n interval_covers:s coverage:n purchases_coverage:n discount:s? customers:i \
         total_ltv_minor:i total_ltv_low_minor:i total_ltv_high_minor:i total_purchases:n \
         total_purchases_low:n total_purchases_high:n mean_ltv_minor:n mean_ltv_low_minor:n \
         mean_ltv_high_minor:n mean_p_alive:n top_10_share:n new_customer_purchases:n \
         spend_frequency_correlation:n? warnings:[s] models:[Model] top_customers:[ValuedCustomer] \
         groups:[ValueGroup] deciles:[ValueDecile] best_learned:s? features:[Feature] churn:[Churn] \
         churn_bands:[ChurnBand] total_error:n total_errors:i total_margin_minor:i? origins:[Origin] \
         mean_p_purchase:n? alive:AliveEvidence? largest:LargestInHoldout?",
    ),
    (
        "AliveEvidence",
        "How far P(alive) can be trusted, from customers without an order for more than four purchase cycles",
        "model:s models_dropout:b silent:i inactive_but_certain:i silent_p_purchase:n?",
    ),
    (
        "LargestInHoldout",
        "The customer who spent most in the holdout period, and the model choice without it",
        "customer_id:s actual_minor:i expected_minor:i share:n model_without:s",
    ),
    (
        "Model",
        "A model, tested on the holdout period",
        "model:s kind:s chosen:b r2:n? mae_minor:n? rmse_minor:n? bias:n? gini:n? cross_validated_r2:n? \
         purchases_rmse:n? purchases_bias:n? holdout_log_likelihood:n? note:s? rmse_without_largest_minor:n? \
         mae_without_largest_minor:n? bias_without_largest:n?",
    ),
    (
        "ValuedCustomer",
        "One of the customers with the highest predicted LTV",
        "customer_id:s predicted_ltv_minor:i predicted_low_minor:i predicted_high_minor:i p_alive:n \
         expected_purchases:n p_purchase:n?",
    ),
    (
        "ValueGroup",
        "Forecast for a group",
        "grouping:s name:s customers:i predicted_ltv_minor:i predicted_low_minor:i predicted_high_minor:i \
         share:n? mean_p_alive:n mean_p_churn:n? mean_p_purchase:n?",
    ),
    (
        "ValueDecile",
        "One decile of customers by forecast",
        "decile:i customers:i expected_minor:n actual_minor:n coverage:n?",
    ),
    ("Feature", "Importance of a feature", "feature:s rmse_increase_minor:n mean_contribution_minor:n"),
    ("Churn", "A churn model", "model:s chosen:b auc:n? brier:n log_loss:n"),
    ("ChurnBand", "Predicted and observed churn rate", "customers:i mean_predicted:n observed_rate:n"),
    (
        "Origin",
        "Accuracy at an earlier forecast origin",
        "origin:s customers:i model:s rmse_minor:n bias:n? gini:n?",
    ),
    (
        "Manifest",
        "Provenance of a run; `config` has the keys of regulars.toml",
        "version:i run_id:s dataset:s started_at:s finished_at:s inputs:[Input] notes:[s] config:{} steps:[s] \
         seed:i as_of:s today:s money_decimals:i currency:s? rows:RowCounts customers:i tables:[TableFile] \
         versions:{} timings_seconds:[*] -timings_of_parts_seconds:[*] peak_memory_bytes:i threads:i -clusters:ClusterChoice \
         -value:ValueChoice -reading:[ReadingPlan]",
    ),
    (
        "ReadingPlan",
        "How an order file was read: assumptions, and the evidence from all rows",
        "file:s layout:s preset:s? row_is:s columns:[PlannedColumn] unused:[s] assumptions:[Assumption] \
         meanings:[WordMeaning]",
    ),
    ("PlannedColumn", "A column that is used, and why", "role:s source:s reason:s"),
    (
        "Assumption",
        "An assumption: rows it was checked on, rows that contradict it, and how those were handled",
        "name:s statement:s decided_by:s checked:i violations:i resolution:s -example:Sample",
    ),
    (
        "WordMeaning",
        "The meaning assigned to a word, and its effect; null if unknown",
        "column:s word:s meaning:s? rows:i amount_minor:i",
    ),
    ("Input", "A file read", "path:s role:s bytes:i sha256:s rows:i"),
    ("RowCounts", "Rows read, accepted, rejected and excluded", "read:i clean:i rejected:i excluded:i"),
    ("TableFile", "A table of the run", "name:s rows:i bytes:i sha256:s"),
    ("ClusterChoice", "Number of clusters, and why", "chosen:i rule:s runner_up:i? strength:s"),
    (
        "ValueChoice",
        "Chosen model, and why",
        "model:s rule:s runner_up:s? horizon_days:i calibration_end:s holdout_days:i",
    ),
    (
        "Validation",
        "Findings of the data checks",
        "rows:RowCounts money:MoneyTotals rejected_by_reason:[*] excluded_by_reason:[*] columns:[Completeness] findings:[Finding]",
    ),
    ("Completeness", "Missing values of a column", "column:s source:s missing:i missing_share:n"),
    (
        "Finding",
        "Finding of one check; severity is info, warning or error",
        "check:s severity:s column:s? count:i share:n message:s action:s samples:[Sample]",
    ),
    ("Sample", "An example row", "file:s line:i value:s"),
    (
        "Measures",
        "All measures of the selected customers",
        "dataset:s run_id:s currency:s? customers:i measures:[Measure]",
    ),
    (
        "Measure",
        "One measure; money in major units",
        "id:s label:s definition:s unit:s value:n? period:MeasurePeriods?",
    ),
    (
        "MeasurePeriods",
        "The measure in the last period, the previous period, and the same days of the previous year",
        "days:i current:n? previous:n? year_before:n?",
    ),
    ("ChartList", "The available charts", "charts:[s]"),
    (
        "Figure",
        "A plotly.js figure, and the links of its marks",
        "title:s units:s data:[{}] layout:{} -links:*",
    ),
    (
        "CustomerList",
        "A page of customers",
        "run_id:s customers_found:i offset:i page:i per_page:i customers:[ListedCustomer]",
    ),
    (
        "ListedCustomer",
        "A customer; money in major units, null if the run has no value",
        "customer_id:s segment:s cluster:s recency:n? frequency:n? monetary:n? rfm_score:n? \
         predicted_ltv:n? predicted_low:n? predicted_high:n? p_alive:n?",
    ),
    (
        "Customer",
        "All results for a customer",
        "id:s segment:s cluster:s? recency_days:i frequency:i monetary_minor:i scores:[i] rfm_score:i \
         decile:i? value:CustomerValue? at_stake_and_risk_minor:[n]? opportunity:Opportunity? orders:[Order] attributes:[*]",
    ),
    (
        "CustomerValue",
        "Forecast for a customer",
        "predicted_ltv_minor:i predicted_low_minor:i predicted_high_minor:i p_alive:n? p_purchase:n? p_churn:n? \
         expected_purchases:n? next_purchase_days:n? judged:[i]?",
    ),
    (
        "Opportunity",
        "Upside of a customer if it behaved like its look-alikes",
        "kind:s expected_ltv_minor:i look_alike_ltv_minor:i upside_minor:i",
    ),
    ("Order", "One order or refund", "date:s amount_minor:i is_purchase:b"),
    ("Tables", "The tables of a run", "dataset:s run_id:s tables:[Table]"),
    ("Table", "A table; `meaning` describes a row", "name:s meaning:s rows:i columns:[Column]"),
    ("Column", "A column; `type` is the Arrow type", "name:s type:s is_number:b meaning:s"),
    (
        "TableRows",
        "Rows of a table; decimals as numbers",
        "dataset:s run_id:s table:s total:i offset:i limit:i columns:[Column] rows:[{}]",
    ),
    (
        "QueryResult",
        "The result of a query; `cut` if there are more rows than `limit`",
        "dataset:s run_id:s columns:[Column] row_count:i limit:i cut:b seconds:n rows:[{}]",
    ),
    ("QueryRequest", "A query", "sql:s -limit:i"),
    ("Current", "The current run, used where no run is given", "run_id:s started_at:s"),
    ("Actions", "Recommended actions and upside", "segments:[SegmentAction] opportunities:[OpportunityKind]"),
    (
        "SegmentAction",
        "A segment and its recommended action; `before` is the analysis date of the run compared with",
        "segment:s priority:i customers:i customer_share:n revenue_minor:i revenue_share:n \
         predicted_ltv_minor:i? predicted_low_minor:i? predicted_high_minor:i? predicted_share:n? \
         recent_spend_minor:i? at_risk_minor:i? spend_at_cadence_minor:i? customers_with_cadence:i? bought_last_90d_share:n? \
         one_order_share:n? mean_p_purchase:n? expected_purchases:n? before:s? customers_before:i? \
         predicted_before_minor:i? recency_mean:n frequency_mean:n monetary_mean_minor:n advice_rule:s action:s \
         offer:s channel:s cadence:s avoid:s",
    ),
    (
        "OpportunityKind",
        "Upside of customers if they behaved like their look-alikes; `reason` says why there is no estimate",
        "kind:s customers:i considered:i without_look_alikes:i look_alikes:i expected_ltv_minor:i? \
         look_alike_ltv_minor:i? upside_minor:i? upside_low_minor:i? upside_high_minor:i? sentence:s \
         reason:s?",
    ),
    (
        "Contacts",
        "Customers to contact, best first; `curve` is the expected return by number of contacts, whatever the budget",
        "run_id:s contacts:i worthwhile:i cost_minor:i upside_minor:i expected_return_minor:i \
         return_low_minor:i return_high_minor:i interval_level:n break_even_response:n? margin:n assumed:s? \
         curve:[[i]] customers:[Contact]",
    ),
    (
        "Contact",
        "One customer to contact",
        "customer_id:s kind:s segment:s expected_ltv_minor:i upside_minor:i expected_return_minor:i",
    ),
    ("Jobs", "The runs started on this server", "runs:[Job]"),
    (
        "Job",
        "A run started on this server; `run_id` is the name of the finished run",
        "id:s dataset:s -inputs:[s] -as_of:s -steps:[s] -set:[s] state:s seconds:n stages:[Stage] notes:[s] run_id:s? \
         error:Failure?",
    ),
    (
        "RunOrder",
        "What to run; by default in the same way as the current run. `set` has configuration keys, as named by \
         questions",
        "dataset:s -inputs:[s] -as_of:s? -steps:[s] -set:[s]",
    ),
    (
        "Stage",
        "Progress of a stage of a run; `share` from 0 to 1 if the total is known",
        "stage:s unit:s done:i total:i? share:n? seconds:n ended:b",
    ),
    ("Note", "A message during a run", "note:s"),
    ("End", "How a run ended", "state:s run_id:s? error:Failure?"),
    (
        "Failure",
        "Why a run failed; `question` needs an answer by the user, through `set`",
        "message:s hint:s? question:Question?",
    ),
    (
        "Question",
        "Files that can be read in several ways, the most likely first",
        "text:s readings:[Reading]",
    ),
    (
        "Reading",
        "One way to read the files; `problem` says why there are no figures",
        "meaning:s setting:s figures:ReadingFigures? -problem:s",
    ),
    (
        "ReadingFigures",
        "The figures of this reading; `net_minor` is the revenue",
        "customers:i orders:i net_minor:i money_decimals:i",
    ),
    ("Process", "Memory and CPU time of the server process", "memory_bytes:i cpu_seconds:n"),
    ("Health", "Whether runs can be listed", "status:s version:s -datasets:i -message:s"),
];

/// All shapes by name.
pub(super) fn schemas() -> Value {
    let all = SHAPES.iter().map(|(name, what, fields)| ((*name).to_owned(), object(what, fields)));
    let mut all = Value::Object(all.collect());
    let asked = &mut all["QueryRequest"]["properties"];
    asked["sql"]["minLength"] = 1.into();
    asked["limit"] = json!({ "type": ["integer", "null"], "minimum": 1, "maximum": super::MAX_ROWS });
    for shape in ["Job", "End"] {
        all[shape]["properties"]["state"]["enum"] =
            json!(["waiting", "running", "done", "failed", "cancelled"]);
    }
    all["ReadingPlan"]["properties"]["row_is"]["enum"] =
        json!(["order", "order_line", "payment", "event", "document"]);
    all["Summary"]["properties"]["refunds"]["enum"] = json!(["match", "exclude", "net", "keep", null]);
    all["Stage"]["properties"]["unit"]["enum"] = json!(["bytes", "rows", "parts"]);
    all
}

fn object(what: &str, fields: &str) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields.split_whitespace() {
        let (name, of) = field.split_once(':').unwrap_or((field, "*"));
        let name = match name.strip_prefix('-') {
            Some(optional) => optional,
            None => {
                required.push(name);
                name
            }
        };
        properties.insert(name.to_owned(), of_type(of));
    }
    json!({
        "type": "object", "description": what, "properties": properties, "required": required,
        "additionalProperties": false,
    })
}

/// The schema of a type in the notation above.
pub(super) fn of_type(of: &str) -> Value {
    if let Some(inner) = of.strip_suffix('?') {
        let mut schema = of_type(inner);
        match schema.get("type").and_then(Value::as_str).map(str::to_owned) {
            Some(one) => schema["type"] = json!([one, "null"]),
            None => schema = json!({ "anyOf": [schema, { "type": "null" }] }),
        }
        return schema;
    }
    if let Some(inner) = of.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return json!({ "type": "array", "items": of_type(inner) });
    }
    match of {
        "s" => json!({ "type": "string" }),
        "i" => json!({ "type": "integer" }),
        "n" => json!({ "type": "number" }),
        "b" => json!({ "type": "boolean" }),
        "{}" => json!({ "type": "object" }),
        "*" => json!({}),
        name => json!({ "$ref": format!("#/components/schemas/{name}") }),
    }
}

/// A shape in readable form.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// Field names and types.
    pub(crate) fields: Vec<(String, String)>,
}

/// All shapes in readable form.
pub(crate) fn shapes() -> Vec<Shape> {
    let field = |field: &str| {
        let (name, of) = field.split_once(':').unwrap_or((field, "*"));
        let optional = name.starts_with('-');
        let words = if optional { format!("{}, may be missing", in_words(of)) } else { in_words(of) };
        (name.trim_start_matches('-').to_owned(), words)
    };
    let shape = |(name, what, fields): &(&'static str, &'static str, &str)| Shape {
        name,
        what,
        fields: fields.split_whitespace().map(field).collect(),
    };
    SHAPES.iter().map(shape).collect()
}

fn in_words(of: &str) -> String {
    if let Some(inner) = of.strip_suffix('?') {
        return format!("{} or null", in_words(inner));
    }
    if let Some(inner) = of.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return format!("list of {}", in_words(inner));
    }
    match of {
        "s" => "text",
        "i" => "integer",
        "n" => "number",
        "b" => "true or false",
        "{}" => "object",
        "*" => "anything",
        name => name,
    }
    .to_owned()
}
