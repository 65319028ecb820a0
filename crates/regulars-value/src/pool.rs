//! Work on a given number of threads.

use crate::error::{Error, Kind, Result};

/// Does `work` in a pool of `threads` threads; their number affects only the time, not the result.
///
/// Errors: the system cannot start them.
pub fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| Error::new(Kind::Environment, format!("cannot start {threads} threads: {e}")))?;
    Ok(pool.install(work))
}
