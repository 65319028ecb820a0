//! Copies a table to a Parquet file, for `bench/sql_source.sh`: `copy_table ADDRESS FILE CONNECTIONS`.

use regulars_core::progress::Silent;
use regulars_postgres::connection::{Environment, Location};
use regulars_postgres::source::{SourceRequest, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [address, file, connections] = <[String; 3]>::try_from(std::env::args().skip(1).collect::<Vec<_>>())
        .map_err(|_other_number| "usage: copy_table ADDRESS FILE CONNECTIONS")?;
    let location = Location::parse(&address, &Environment::default())?;
    read(&SourceRequest {
        location: &location,
        out: file.as_ref(),
        streams: connections.parse()?,
        earlier: None,
        progress: &Silent,
    })?;
    Ok(())
}
