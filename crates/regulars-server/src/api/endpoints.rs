//! Every endpoint of the API, declared once: the router, parameter checks, `/api/openapi.json` and
//! `/api/docs` all derive from this list.

use axum::http::Method;
use axum::routing::{MethodRouter, get};
use regulars_analysis::customer::Customer;
use regulars_core::actions::Actions;
use regulars_core::manifest::RunManifest;
use regulars_core::summary::RunSummary;
use regulars_core::validation::ValidationReport;

use super::body::Body;
use super::endpoint::{Answers, Endpoint, Further};
use super::parameters::Takes;
use crate::api::{
    self, ChartList, ContactPlan, Current, CustomerList, DatasetList, Health, MeasureList, QueryBody,
    QueryResult, TableList, TableRows,
};
use crate::charts::ChartJson;
use crate::guard::ProcessFigures;
use crate::runs::api::{self as jobs, JobList};
use crate::runs::{JobView, RunOrder};

const NO_RUN: (u16, &str) = (404, "unknown_run");
const NO_DATASET: (u16, &str) = (404, "unknown_dataset");
const UNREADABLE: (u16, &str) = (500, "unreadable_run");
const OF_RUN: &[(u16, &str)] = &[NO_DATASET, NO_RUN, UNREADABLE];
const BUSY: (u16, &str) = (503, "busy");
/// Errors of endpoints computed per request.
const OF_VIEW: &[(u16, &str)] = &[NO_DATASET, NO_RUN, UNREADABLE, BUSY];
const NOT_IN_RUN: &[(u16, &str)] = &[NO_DATASET, NO_RUN, (404, "not_in_run"), UNREADABLE, BUSY];
const NOT_HERE: (u16, &str) = (403, "runs_not_allowed");
const OF_JOBS: &[(u16, &str)] = &[NOT_HERE];
const OF_JOB: &[(u16, &str)] = &[NOT_HERE, (404, "unknown_job")];
const OF_QUERY: &[(u16, &str)] = &[
    (400, "invalid_query"),
    (403, "query_not_allowed"),
    NO_DATASET,
    NO_RUN,
    (422, "query_too_slow"),
    (422, "query_too_large"),
    UNREADABLE,
    BUSY,
];

/// Queries too long for a URL.
static QUERY: Further = Further {
    method: Method::POST,
    id: "queryByPost",
    title: "Query a run's tables with SQL, with the query in the body",
    more: "",
    takes: &[Takes::Run],
    body: Some(Body::of::<QueryBody>()),
    example: "{\"sql\": \"SELECT segment, count(*) AS customers FROM rfm_scores GROUP BY segment\"}",
    status: 200,
    answers: Answers::Rows(Body::of::<QueryResult>()),
    errors: OF_QUERY,
};

static START: Further = Further {
    method: Method::POST,
    id: "startRun",
    title: "Run a data set again",
    more: "Same settings as its current run, unless the body says otherwise. One run at a time; up to eight wait in a queue. The `Location` header has the URL of the new run's progress.",
    takes: &[],
    body: Some(Body::of::<RunOrder>()),
    example: "{\"dataset\": \"synthetic\"}",
    status: 202,
    answers: Answers::Json(Body::of::<JobView>()),
    errors: &[NOT_HERE, NO_DATASET, (409, "run_in_progress"), (422, "cannot_run"), (503, "too_many_runs")],
};

static CANCEL: Further = Further {
    method: Method::DELETE,
    id: "cancelRun",
    title: "Cancel a waiting or running run",
    more: "Nothing is published. Cancelling a running run takes a moment; a finished run is not changed.",
    takes: &[],
    body: None,
    example: "",
    status: 202,
    answers: Answers::Json(Body::of::<JobView>()),
    errors: OF_JOB,
};

const ENDPOINT: Endpoint = Endpoint {
    path: "",
    id: "",
    title: "",
    more: "",
    takes: &[],
    answers: Answers::Document,
    further: None,
    errors: &[],
    example: (&[], ""),
    handler: MethodRouter::new,
};

/// Every endpoint of the API, in reading order.
pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/api/v1/datasets",
        id: "listDatasets",
        title: "List data sets and their finished runs",
        answers: Answers::Json(Body::of::<DatasetList>()),
        errors: &[UNREADABLE],
        handler: || get(api::datasets),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/current",
        id: "getCurrent",
        title: "The current run, used where no run is given",
        more: "Cheap; use it to poll for a new run.",
        answers: Answers::Json(Body::of::<Current>()),
        errors: &[NO_DATASET, UNREADABLE],
        example: (&["synthetic"], ""),
        handler: || get(api::current),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/summary",
        id: "getSummary",
        title: "The headline numbers of a run",
        more: "Same as `regulars report --format json`.",
        takes: &[Takes::Run],
        answers: Answers::Json(Body::of::<RunSummary>()),
        errors: OF_RUN,
        example: (&["synthetic"], ""),
        handler: || get(api::summary),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/measures",
        id: "getMeasures",
        title: "All measures of the selected customers, with definitions",
        takes: &[Takes::Run, Takes::Filter],
        answers: Answers::Csv(Body::of::<MeasureList>()),
        errors: OF_VIEW,
        example: (&["synthetic"], "?segment=Loyal"),
        handler: || get(api::measures),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/customers",
        id: "listCustomers",
        title: "The selected customers: search, sort and page",
        more: "JSON returns 50 customers by default, CSV and Arrow all of them; `limit` changes that.",
        takes: &[Takes::Run, Takes::Filter, Takes::List, Takes::Rows],
        answers: Answers::Rows(Body::of::<CustomerList>()),
        errors: OF_VIEW,
        example: (&["synthetic"], "?segment=Loyal&sort=value&limit=5"),
        handler: || get(api::customers),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/customers/{customer}",
        id: "getCustomer",
        title: "All results for one customer",
        more: "Fields ending in `_minor` are in minor units of the currency.",
        takes: &[Takes::Run],
        answers: Answers::Json(Body::of::<Customer>()),
        errors: &[NO_DATASET, NO_RUN, (404, "unknown_customer"), UNREADABLE, BUSY],
        example: (&["synthetic", "C1"], ""),
        handler: || get(api::customer),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/charts",
        id: "listCharts",
        title: "The names of the charts",
        takes: &[Takes::Run],
        answers: Answers::Json(Body::of::<ChartList>()),
        errors: OF_VIEW,
        example: (&["synthetic"], ""),
        handler: || get(api::charts),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/charts/{chart}",
        id: "getChart",
        title: "One chart as on the page, or the table behind it",
        more: "JSON is a plotly.js figure, CSV has one row per bar, point or cell.",
        takes: &[Takes::Run, Takes::Filter, Takes::Chart, Takes::Campaign],
        answers: Answers::Csv(Body::of::<ChartJson<'static>>()),
        errors: &[NO_DATASET, NO_RUN, (404, "unknown_chart"), (404, "not_in_run"), UNREADABLE, BUSY],
        example: (&["synthetic", "segments"], ""),
        handler: || get(api::chart),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/movements.csv",
        id: "getMovements",
        title: "Every selected customer, with segment, scores and spend then and now",
        more: "`since` is the earlier date, `against` another run; by default, 90 days before the analysis date.",
        takes: &[Takes::Run, Takes::Filter],
        answers: Answers::File,
        errors: NOT_IN_RUN,
        example: (&["synthetic"], "?since=2024-03-01"),
        handler: || get(api::movements),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/actions",
        id: "getActions",
        title: "Recommended actions per segment, and upside by kind of opportunity",
        more: "The tables `segment_actions` and `opportunity_summary` of the run. Fields ending in `_minor` are in minor units of the currency.",
        takes: &[Takes::Run],
        answers: Answers::Json(Body::of::<Actions>()),
        errors: NOT_IN_RUN,
        example: (&["synthetic"], ""),
        handler: || get(api::actions),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/contacts",
        id: "getContacts",
        title: "Selected customers to contact within a budget, and the expected return",
        more: "As `regulars actions --budget`: `budget`, `contact_cost` and `response` are required. Money is in minor units in JSON, in major units in CSV.",
        takes: &[Takes::Run, Takes::Filter, Takes::Campaign],
        answers: Answers::Csv(Body::of::<ContactPlan<'static>>()),
        errors: OF_VIEW,
        example: (&["synthetic"], "?budget=100&contact_cost=5&response=0.1&margin=0.5"),
        handler: || get(api::contacts),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/lists/{segment}",
        id: "getSegmentList",
        title: "The customers of a segment as a list for email and advertising tools",
        more: "As `regulars export --segment` writes it. The name may end in `.csv`.",
        takes: &[Takes::Run],
        answers: Answers::File,
        errors: NOT_IN_RUN,
        example: (&["synthetic", "High-Value"], ""),
        handler: || get(api::list),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/tables",
        id: "listTables",
        title: "List the tables of a run, with descriptions of rows and columns",
        takes: &[Takes::Run],
        answers: Answers::Json(Body::of::<TableList>()),
        errors: OF_RUN,
        example: (&["synthetic"], ""),
        handler: || get(api::tables),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/tables/{table}",
        id: "getTable",
        title: "Rows of one table",
        more: "Rows are in stored order, which never changes. JSON returns 1000 rows by default, CSV and Arrow the whole table; `limit` changes that. The `Link` header has the next page, `X-Total-Count` the number of rows.",
        takes: &[Takes::Run, Takes::Columns, Takes::Rows],
        answers: Answers::Rows(Body::of::<TableRows>()),
        errors: &[NO_DATASET, NO_RUN, (404, "unknown_table"), UNREADABLE],
        example: (&["synthetic", "rfm_scores"], "?columns=customer_id,segment,monetary&limit=3"),
        handler: || get(api::table),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/sql",
        id: "query",
        title: "Query a run's tables with SQL",
        more: "Read-only, and limited to these tables, 10 seconds, 512 MB and 1 GB of temporary files; two queries run at a time. `cut` in JSON, or the header `X-Rows-Cut` for files, says whether there were more rows than `limit`.",
        takes: &[Takes::Run, Takes::Sql],
        answers: Answers::Rows(Body::of::<QueryResult>()),
        further: Some(&QUERY),
        errors: OF_QUERY,
        example: (
            &["synthetic"],
            "?q=SELECT+segment,+count(*)+AS+customers+FROM+rfm_scores+GROUP+BY+segment+ORDER+BY+customers+DESC",
        ),
        handler: || get(api::query_by_address).post(api::query_by_body),
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/validation",
        id: "getValidation",
        title: "Findings of the data checks",
        takes: &[Takes::Run],
        answers: Answers::Json(Body::of::<ValidationReport>()),
        errors: OF_RUN,
        example: (&["synthetic"], ""),
        handler: || get(api::validation),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/rejected.csv",
        id: "getRejected",
        title: "Rejected rows",
        takes: &[Takes::Run],
        answers: Answers::File,
        errors: NOT_IN_RUN,
        example: (&["synthetic"], ""),
        handler: || get(api::rejected),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/manifest",
        id: "getManifest",
        title: "Provenance of a run: inputs, hashes, versions, configuration",
        takes: &[Takes::Run],
        answers: Answers::Json(Body::of::<RunManifest>()),
        errors: OF_RUN,
        example: (&["synthetic"], ""),
        handler: || get(api::manifest),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/runs",
        id: "listRuns",
        title: "List the runs started on this server since it started, latest first",
        more: "All finished runs are in `/api/v1/datasets`.",
        answers: Answers::Json(Body::of::<JobList>()),
        further: Some(&START),
        errors: OF_JOBS,
        handler: || get(jobs::jobs).post(jobs::start),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/runs/{id}",
        id: "getRun",
        title: "Progress and result of a run",
        answers: Answers::Json(Body::of::<JobView>()),
        further: Some(&CANCEL),
        errors: OF_JOB,
        example: (&["ID"], ""),
        handler: || get(jobs::job).delete(jobs::cancel),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/runs/{id}/events",
        id: "watchRun",
        title: "Progress of a run as server-sent events until it ends",
        more: "`stage`, `note` and `end` are numbered: after a lost connection, send the last number as `Last-Event-ID` to miss none. `progress` comes in between, at most five per second. The data are JSON: a `Stage` for `stage` and `progress`, a `Note`, an `End`.",
        answers: Answers::Events,
        errors: OF_JOB,
        example: (&["ID"], ""),
        handler: || get(jobs::events),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/v1/process",
        id: "getProcess",
        title: "Memory and CPU time of the server process; null if unavailable",
        answers: Answers::MaybeJson(Body::of::<ProcessFigures>()),
        handler: || get(api::process),
        ..ENDPOINT
    },
    Endpoint {
        path: "/health",
        id: "getHealth",
        title: "200 while runs can be listed, 503 when they cannot",
        more: "For health checks.",
        answers: Answers::Json(Body::of::<Health>()),
        handler: || get(api::health),
        ..ENDPOINT
    },
    Endpoint {
        path: "/api/openapi.json",
        id: "getOpenApi",
        title: "This API as OpenAPI 3.1",
        answers: Answers::Document,
        handler: MethodRouter::new,
        ..ENDPOINT
    },
];
