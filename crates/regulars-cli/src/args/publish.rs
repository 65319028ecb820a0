//! Arguments of publishing to PostgreSQL.

use regulars_postgres::publish::DEFAULT_SCHEMA;

use super::RunSelection;

pub(super) const HELP: &str = "\
Examples:
  regulars publish --to postgres://ann@db.example.com/shop
  regulars publish --to postgres:///shop --name kaggle --schema kaggle
  PGSSLROOTCERT=ca.pem regulars publish --to postgres://ann@db.example.com/shop --keep 0
  regulars run orders.csv --publish postgres://ann@db.example.com/shop

The tables appear as views in the schema, all of one run; a view's grants, and your own views over it, stay. The \
password is read from PGPASSWORD or ~/.pgpass. Connections to other hosts are encrypted and the server's certificate \
is checked, unless the address ends with ?sslmode=disable. See docs/sql.md.";

const DEFAULT_KEEP: u32 = 1;
const DEFAULT_WAIT_SECONDS: u32 = 60;

#[derive(Debug, clap::Args)]
pub(crate) struct PublishArgs {
    /// Database: postgres://USER@HOST:PORT/DATABASE; what is missing is taken from PGHOST, PGUSER, ...
    #[arg(long, value_name = "URL", env = "REGULARS_PUBLISH_TO", hide_env_values = true)]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) which: RunSelection,
    #[command(flatten)]
    pub(crate) options: PublishOptions,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PublishOptions {
    /// Schema to publish to; each data set needs its own
    #[arg(long, default_value = DEFAULT_SCHEMA, value_name = "NAME")]
    pub(crate) schema: String,
    /// Earlier published runs whose tables are kept
    #[arg(long, default_value_t = DEFAULT_KEEP, value_name = "N")]
    pub(crate) keep: u32,
    /// How long to wait for other publishers, and for readers that lock the views
    #[arg(long, default_value_t = DEFAULT_WAIT_SECONDS, value_name = "SECONDS")]
    pub(crate) wait: u32,
}

impl Default for PublishOptions {
    fn default() -> Self {
        Self { schema: DEFAULT_SCHEMA.to_owned(), keep: DEFAULT_KEEP, wait: DEFAULT_WAIT_SECONDS }
    }
}

/// Publishing at the end of `regulars run`.
#[derive(Debug, clap::Args)]
pub(crate) struct RunPublishArgs {
    /// Then publish the run to this database, as `regulars publish --to` does
    #[arg(long, value_name = "URL")]
    pub(crate) publish: Option<String>,
    /// Schema to publish to
    #[arg(long, default_value = DEFAULT_SCHEMA, requires = "publish", value_name = "NAME")]
    pub(crate) publish_schema: String,
}
