//! PostgreSQL's simple and extended query protocols.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use arrow::array::{ArrayRef, AsArray as _, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow_pg::datatypes::df::deserialize_parameters;
use arrow_pg::datatypes::{arrow_schema_to_pg_fields, encode_recordbatch, into_pg_type};
use async_trait::async_trait;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::{CastKind, Expr, Statement, Value, VisitMut as _, VisitorMut};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use futures::{Sink, SinkExt as _, StreamExt as _, stream};
use pgwire::api::portal::{Format, Portal};
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use pgwire::api::results::{CopyResponse, FieldFormat, FieldInfo, QueryResponse, Response, Tag};
use pgwire::api::stmt::{QueryParser, StoredStatement};
use pgwire::api::store::{Entry, PortalStore};
use pgwire::api::{ClientInfo, ClientPortalStore, DEFAULT_NAME, Type};
use pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::copy::CopyData;
use pgwire::messages::data::DataRow;
use pgwire::messages::extendedquery::{
    Close, CloseComplete, Execute, Parse, ParseComplete, Sync, TARGET_TYPE_BYTE_STATEMENT,
};
use pgwire::messages::response::{ReadyForQuery, TransactionStatus};
use pgwire::messages::simplequery::Query;

use crate::errors::{end_if_fatal, error};
use crate::output_names::output_names;
use crate::session::{Prepared, Rows, Session};
use crate::statements::Command;

/// The handlers of one connection.
#[derive(Clone, Default)]
pub(crate) struct Queries {
    /// Set when the client has been admitted.
    session: Arc<OnceLock<Arc<Session>>>,
}

impl Queries {
    pub(crate) fn begin(&self, session: Session) {
        // A client is admitted once.
        drop(self.session.set(Arc::new(session)));
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.session.get().is_some()
    }

    fn session(&self) -> PgWireResult<&Arc<Session>> {
        self.session.get().ok_or_else(|| error("08P01", "the startup of the connection is not complete"))
    }
}

/// `ROLLBACK [WORK | TRANSACTION] TO …`
fn starts_with_rollback_to(sql: &str) -> bool {
    let words: Vec<String> = sql.split_whitespace().take(3).map(str::to_ascii_uppercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words.as_slice(), ["ROLLBACK", "TO", ..] | ["ROLLBACK", "WORK" | "TRANSACTION", "TO"])
}

fn in_transaction<C: ClientInfo>(client: &C) -> bool {
    !matches!(client.transaction_status(), TransactionStatus::Idle)
}

/// Refuses statements after an error in a transaction, until the transaction ends.
fn check_transaction<C: ClientInfo>(client: &C, command: &Command) -> PgWireResult<()> {
    let has_failed = matches!(client.transaction_status(), TransactionStatus::Error);
    if has_failed && !matches!(command, Command::Commit | Command::Rollback | Command::RollbackToSavepoint) {
        let message = "current transaction is aborted, commands ignored until end of transaction block";
        return Err(error("25P02", message));
    }
    Ok(())
}

#[async_trait]
impl SimpleQueryHandler for Queries {
    async fn on_query<C>(&self, client: &mut C, query: Query) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + std::marker::Sync,
        C::PortalStore: PortalStore,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let session = self.session()?;
        let _running = session.activity().begin(Some(session.timeout()));
        let has_failed = matches!(client.transaction_status(), TransactionStatus::Error);
        if has_failed && starts_with_rollback_to(&query.query) {
            client.set_transaction_status(TransactionStatus::Transaction);
        }
        let done = self._on_query(client, query).await;
        end_if_fatal(client, done).await
    }

    async fn do_query<C>(&self, client: &mut C, query: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + std::marker::Sync,
        C::PortalStore: PortalStore,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let session = self.session()?;
        session.refresh(in_transaction(client)).await?;
        let mut responses = Vec::new();
        for command in session.parse(query)? {
            let status = match &command {
                Command::Begin => Some(TransactionStatus::Transaction),
                Command::Commit | Command::Rollback => Some(TransactionStatus::Idle),
                _ => None,
            };
            let answer = match check_transaction(client, &command) {
                Ok(()) => answer_simple(session, client, command).await,
                Err(refused) => Err(refused),
            };
            // Not after the loop: if a later statement of this message fails, the transaction has begun all the same.
            if let (Ok(_), Some(status)) = (&answer, status) {
                client.set_transaction_status(status);
            }
            match answer {
                Ok(response) => responses.push(response),
                Err(failed) if responses.is_empty() => return Err(failed),
                // Results of earlier statements are sent before the error.
                Err(failed) => {
                    responses.push(Response::Error(Box::new(ErrorInfo::from(failed))));
                    break;
                }
            }
        }
        Ok(responses)
    }
}

async fn answer_simple<C>(session: &Arc<Session>, client: &C, command: Command) -> PgWireResult<Response>
where
    C: ClientInfo + ClientPortalStore + std::marker::Sync,
    C::PortalStore: PortalStore,
{
    match command {
        Command::Query(_) => {
            let prepared = session.prepare(command).await?;
            let (frame, rows) = session.run(&prepared, None).await?;
            let fields = fields(&prepared, frame.schema().as_arrow(), &Format::UnifiedText)?;
            Ok(Response::Query(response(fields, rows, is_explain(&prepared))))
        }
        Command::CopyBinary(statement) => copy_binary(session, statement).await,
        Command::Deallocate(name) => {
            for name in session.forget_prepared(name.as_deref()) {
                client.portal_store().rm_statement(&name);
            }
            Ok(Response::Execution(Tag::new("DEALLOCATE")))
        }
        other => answer(session, &other, &Format::UnifiedText, in_transaction_failed(client)),
    }
}

fn in_transaction_failed<C: ClientInfo>(client: &C) -> bool {
    matches!(client.transaction_status(), TransactionStatus::Error)
}

/// Answers a command other than a query.
fn answer(
    session: &Arc<Session>,
    command: &Command,
    format: &Format,
    has_failed: bool,
) -> PgWireResult<Response> {
    Ok(match command {
        Command::Show(name) => {
            let value = session.show(name)?;
            texts(&[name.as_str()], &[vec![value]], format)?
        }
        Command::ShowAll => {
            let rows: Vec<Vec<String>> =
                session.show_all().into_iter().map(|(name, value)| vec![name, value]).collect();
            texts(&["name", "setting"], &rows, format)?
        }
        Command::Set { name, value, only_transaction } => {
            session.set(name, value.as_deref(), *only_transaction)?;
            Response::Execution(Tag::new(if value.is_some() { "SET" } else { "RESET" }))
        }
        Command::ResetAll => {
            session.reset();
            Response::Execution(Tag::new("RESET"))
        }
        Command::Begin => {
            session.begin_transaction();
            Response::TransactionStart(Tag::new("BEGIN"))
        }
        Command::Commit | Command::Rollback => {
            let committed = matches!(command, Command::Commit) && !has_failed;
            session.end_transaction(committed);
            Response::TransactionEnd(Tag::new(if committed { "COMMIT" } else { "ROLLBACK" }))
        }
        // The transaction continues.
        Command::RollbackToSavepoint => Response::TransactionStart(Tag::new("ROLLBACK")),
        Command::Deallocate(_) => Response::Execution(Tag::new("DEALLOCATE")),
        Command::DiscardAll => {
            session.reset();
            Response::Execution(Tag::new("DISCARD ALL"))
        }
        Command::Done(tag) => Response::Execution(Tag::new(tag)),
        Command::Query(_) | Command::CopyBinary(_) => {
            return Err(error("XX000", "unexpected query"));
        }
    })
}

/// Rows of text.
fn texts(names: &[&str], rows: &[Vec<String>], format: &Format) -> PgWireResult<Response> {
    let columns = (0..names.len()).map(|column| {
        let values = rows.iter().map(|row| Some(row[column].as_str()));
        (names[column], Arc::new(values.collect::<StringArray>()) as ArrayRef)
    });
    let batch = RecordBatch::try_from_iter(columns).map_err(|e| error("XX000", e.to_string()))?;
    let fields = Arc::new(arrow_schema_to_pg_fields(&batch.schema(), format, None)?);
    let rows: Vec<PgWireResult<DataRow>> = encode_recordbatch(Arc::clone(&fields), batch).collect();
    let mut response = QueryResponse::new(fields, stream::iter(rows));
    response.set_command_tag("SHOW");
    Ok(Response::Query(response))
}

/// The columns of a query, with the names that PostgreSQL gives to expressions without one.
fn fields(
    prepared: &Prepared,
    schema: &arrow::datatypes::Schema,
    format: &Format,
) -> PgWireResult<Arc<Vec<FieldInfo>>> {
    let fields = arrow_schema_to_pg_fields(schema, format, None)?;
    let Command::Query(statement) = &prepared.command else { return Ok(Arc::new(fields)) };
    let names = output_names(statement).filter(|names| names.len() == fields.len());
    let Some(names) = names else { return Ok(Arc::new(fields)) };
    let renamed = fields.into_iter().zip(names).map(|(field, name)| match name {
        Some(name) => FieldInfo::new(
            name,
            field.table_id(),
            field.column_id(),
            field.datatype().clone(),
            field.format(),
        )
        .with_type_size(field.type_size())
        .with_type_modifier(field.type_modifier()),
        None => field,
    });
    Ok(Arc::new(renamed.collect()))
}

fn is_explain(prepared: &Prepared) -> bool {
    matches!(&prepared.command, Command::Query(statement) if matches!(**statement, Statement::Explain { .. }))
}

/// What precedes the rows of a binary copy: signature, flags, length of the extension.
const COPY_HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// The rows of a query as a binary copy.
///
/// Source: PostgreSQL, COPY, "Binary Format".
async fn copy_binary(session: &Arc<Session>, statement: Box<Statement>) -> PgWireResult<Response> {
    let prepared = session.prepare(Command::Query(statement)).await?;
    let (frame, rows) = session.run(&prepared, None).await?;
    let fields = fields(&prepared, frame.schema().as_arrow(), &Format::UnifiedBinary)?;
    let columns = fields.len();
    let rows = response(fields, rows, false).data_rows;
    // The header goes with the first row, so that rows are counted right.
    let copied = rows.enumerate().map(|(number, row)| {
        let row = row?;
        let mut bytes = if number == 0 { COPY_HEADER.to_vec() } else { Vec::new() };
        bytes.extend_from_slice(&row.field_count.to_be_bytes());
        bytes.extend_from_slice(&row.data);
        Ok(CopyData::new(bytes.into()))
    });
    let mut copied = Box::pin(copied);
    let first = copied.next().await.unwrap_or_else(|| Ok(CopyData::new(COPY_HEADER.to_vec().into())));
    Ok(Response::CopyOut(CopyResponse::new(1, columns, stream::iter([first]).chain(copied))))
}

type RowIterator = Box<dyn Iterator<Item = PgWireResult<DataRow>> + Send + std::marker::Sync>;

/// Streams the rows to the client.
fn response(fields: Arc<Vec<FieldInfo>>, rows: Rows, is_explain: bool) -> QueryResponse {
    let schema = Arc::clone(&fields);
    let start = (rows, Box::new(std::iter::empty()) as RowIterator);
    let sent = stream::unfold(start, move |(mut rows, mut encoded)| {
        let fields = Arc::clone(&fields);
        async move {
            loop {
                if let Some(row) = encoded.next() {
                    return Some((row, (rows, encoded)));
                }
                match rows.next().await? {
                    Ok(batch) => {
                        let batch = if is_explain { rows.without_folders(batch) } else { batch };
                        encoded = encode_recordbatch(Arc::clone(&fields), batch);
                    }
                    Err(failed) => encoded = Box::new(std::iter::once(Err(failed))),
                }
            }
        }
    });
    QueryResponse::new(schema, sent)
}

impl Rows {
    /// Removes the folders of files from a plan.
    fn without_folders(&self, batch: RecordBatch) -> RecordBatch {
        let columns = batch.columns().iter().map(|column| {
            let Ok(texts) = cast(column, &DataType::Utf8) else { return Arc::clone(column) };
            let texts: StringArray = texts
                .as_string::<i32>()
                .iter()
                .map(|text| text.map(|text| self.hide_folders(text)))
                .collect();
            cast(&(Arc::new(texts) as ArrayRef), column.data_type()).unwrap_or_else(|_| Arc::clone(column))
        });
        RecordBatch::try_new(batch.schema(), columns.collect()).unwrap_or(batch)
    }
}

#[async_trait]
impl ExtendedQueryHandler for Queries {
    type Statement = Prepared;
    type QueryParser = Self;

    fn query_parser(&self) -> Arc<Self> {
        Arc::new(self.clone())
    }

    async fn on_parse<C>(&self, client: &mut C, message: Parse) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + std::marker::Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let session = self.session()?;
        let _running = session.activity().begin(Some(session.timeout()));
        session.refresh(in_transaction(client)).await?;
        let name = message.name.clone().unwrap_or_else(|| DEFAULT_NAME.to_owned());
        session.count_prepared(&name)?;
        match StoredStatement::parse(client, &message, self.query_parser()).await? {
            Some(statement) => client.portal_store().put_statement(Arc::new(statement)),
            None => client.portal_store().put_empty_statement(&name),
        }
        client.send(PgWireBackendMessage::ParseComplete(ParseComplete::new())).await?;
        Ok(())
    }

    async fn on_close<C>(&self, client: &mut C, message: Close) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + std::marker::Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let name = message.name.as_deref().unwrap_or(DEFAULT_NAME);
        if message.target_type == TARGET_TYPE_BYTE_STATEMENT {
            client.portal_store().rm_statement(name);
            self.session()?.forget_prepared(Some(name));
        } else {
            client.portal_store().rm_portal(name);
        }
        client.send(PgWireBackendMessage::CloseComplete(CloseComplete::new())).await?;
        Ok(())
    }

    async fn on_sync<C>(&self, client: &mut C, _message: Sync) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + std::marker::Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        // Portals live as long as their transaction.
        if in_transaction(client) {
            client.portal_store().rm_portal(DEFAULT_NAME);
        } else {
            client.portal_store().clear_portals();
        }
        let ready = ReadyForQuery::new(client.transaction_status());
        client.send(PgWireBackendMessage::ReadyForQuery(ready)).await?;
        Ok(())
    }

    async fn on_execute<C>(&self, client: &mut C, message: Execute) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + std::marker::Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let session = self.session()?;
        let _running = session.activity().begin(Some(session.timeout()));
        session.refresh(in_transaction(client)).await?;
        if matches!(client.transaction_status(), TransactionStatus::Error)
            && let Some(Entry::Value(portal)) =
                client.portal_store().get_portal(message.name.as_deref().unwrap_or(DEFAULT_NAME))
            && matches!(portal.statement.statement.command, Command::RollbackToSavepoint)
        {
            client.set_transaction_status(TransactionStatus::Transaction);
        }
        let done = self._on_execute(client, message).await;
        end_if_fatal(client, done).await
    }

    async fn do_query<C>(
        &self,
        client: &mut C,
        portal: &Portal<Prepared>,
        _max_rows: usize,
    ) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + std::marker::Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: std::fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let session = self.session()?;
        let prepared = &portal.statement.statement;
        let format = &portal.result_column_format;
        check_transaction(client, &prepared.command)?;
        match &prepared.command {
            Command::Query(_) => {
                let types = parameter_types(prepared)?;
                let inferred: Vec<Option<&DataType>> = types.iter().map(Option::as_ref).collect();
                let values = deserialize_parameters(portal, &inferred)?;
                let (frame, rows) = session.run(prepared, Some(values)).await?;
                let fields = fields(prepared, frame.schema().as_arrow(), format)?;
                Ok(Response::Query(response(fields, rows, is_explain(prepared))))
            }
            Command::CopyBinary(statement) => copy_binary(session, statement.clone()).await,
            Command::Deallocate(name) => {
                for name in session.forget_prepared(name.as_deref()) {
                    client.portal_store().rm_statement(&name);
                }
                Ok(Response::Execution(Tag::new("DEALLOCATE")))
            }
            other => answer(session, other, format, in_transaction_failed(client)),
        }
    }
}

/// The types of the parameters `$1`, `$2`, … as far as the query determines them.
fn parameter_types(prepared: &Prepared) -> PgWireResult<Vec<Option<DataType>>> {
    let Some(plan) = &prepared.plan else { return Ok(Vec::new()) };
    let found = plan.get_parameter_types().map_err(|e| error("42P18", e.to_string()))?;
    let found: BTreeMap<String, Option<DataType>> = found.into_iter().collect();
    let number = |name: &str| name.trim_start_matches('$').parse::<usize>().unwrap_or(0);
    let in_plan = found.keys().map(|name| number(name)).max();
    let count = in_plan.max(prepared.casts.iter().map(|(number, _)| *number).max()).unwrap_or(0);
    let mut types = vec![None; count];
    for (name, data_type) in found {
        if let Some(index) = number(&name).checked_sub(1) {
            types[index] = data_type.map(|data_type| match data_type {
                DataType::Decimal128(..) => DataType::Decimal128(38, PARAMETER_DECIMALS),
                other => other,
            });
        }
    }
    for (number, data_type) in &prepared.casts {
        if let Some(index) = number.checked_sub(1) {
            types[index] = Some(data_type.clone());
        }
    }
    Ok(types)
}

/// Decimals of parameters that are compared with a decimal column: more than the column has, so that values are not rounded.
const PARAMETER_DECIMALS: i8 = 16;

/// Casts parameters to the types that the client declares.
fn with_types(command: Command, types: &[Option<Type>]) -> Command {
    let Command::Query(mut statement) = command else { return command };
    let names: Vec<Option<&str>> = types.iter().map(|known| known.as_ref().and_then(sql_name)).collect();
    let mut typing = Typing { names, in_cast: false };
    let _ = statement.visit(&mut typing);
    Command::Query(statement)
}

fn sql_name(known: &Type) -> Option<&'static str> {
    Some(match *known {
        Type::BOOL => "boolean",
        Type::INT2 => "smallint",
        Type::INT4 => "integer",
        Type::INT8 => "bigint",
        Type::FLOAT4 => "real",
        Type::FLOAT8 => "double precision",
        Type::NUMERIC => "numeric(38, 16)",
        Type::DATE => "date",
        Type::TIMESTAMP => "timestamp",
        _ => return None,
    })
}

struct Typing<'a> {
    names: Vec<Option<&'a str>>,
    /// Whether the expression is directly within a cast.
    in_cast: bool,
}

impl VisitorMut for Typing<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        let was_in_cast = std::mem::replace(&mut self.in_cast, matches!(expression, Expr::Cast { .. }));
        let Expr::Value(value) = &*expression else { return ControlFlow::Continue(()) };
        let Value::Placeholder(name) = &value.value else { return ControlFlow::Continue(()) };
        let number = name.trim_start_matches('$').parse::<usize>().unwrap_or(0);
        let declared = number.checked_sub(1).and_then(|index| *self.names.get(index)?);
        if let (Some(declared), false) = (declared, was_in_cast)
            && let Ok(data_type) = Parser::new(&PostgreSqlDialect {})
                .try_with_sql(declared)
                .and_then(|mut parser| parser.parse_data_type())
        {
            let parameter = expression.clone();
            *expression = Expr::Cast {
                kind: CastKind::DoubleColon,
                expr: Box::new(parameter),
                data_type,
                array: false,
                format: None,
            };
            // The visitor continues with the parameter inside.
            self.in_cast = true;
        }
        ControlFlow::Continue(())
    }
}

#[async_trait]
impl QueryParser for Queries {
    type Statement = Prepared;

    async fn parse_sql<C>(
        &self,
        client: &C,
        sql: &str,
        types: &[Option<Type>],
    ) -> PgWireResult<Option<Prepared>>
    where
        C: ClientInfo + Unpin + Send + std::marker::Sync,
    {
        let session = self.session()?;
        let mut commands = session.parse(sql)?.into_iter();
        let Some(command) = commands.next() else { return Ok(None) };
        if commands.next().is_some() {
            return Err(error("42601", "cannot insert multiple commands into a prepared statement"));
        }
        check_transaction(client, &command)?;
        Ok(Some(session.prepare(with_types(command, types)).await?))
    }

    fn get_parameter_types(&self, prepared: &Prepared) -> PgWireResult<Vec<Type>> {
        let types = parameter_types(prepared)?;
        types.iter().map(|known| known.as_ref().map_or(Ok(Type::TEXT), into_pg_type)).collect()
    }

    fn get_result_schema(
        &self,
        prepared: &Prepared,
        format: Option<&Format>,
    ) -> PgWireResult<Vec<FieldInfo>> {
        let text = Format::UnifiedText;
        let format = format.unwrap_or(&text);
        match (&prepared.command, &prepared.plan) {
            (_, Some(plan)) => Ok(fields(prepared, plan_schema(plan), format)?.as_ref().clone()),
            (Command::Show(name), _) => Ok(vec![text_field(name, format.format_for(0))]),
            (Command::ShowAll, _) => Ok(vec![
                text_field("name", format.format_for(0)),
                text_field("setting", format.format_for(1)),
            ]),
            _ => Ok(Vec::new()),
        }
    }
}

fn plan_schema(plan: &LogicalPlan) -> &arrow::datatypes::Schema {
    plan.schema().as_arrow()
}

fn text_field(name: &str, format: FieldFormat) -> FieldInfo {
    FieldInfo::new(name.to_owned(), None, None, Type::TEXT, format)
}
