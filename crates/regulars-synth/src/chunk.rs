//! One chunk of customers with all their rows, drawn from its own random stream.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::customers::Cohort;
use crate::orders;
use crate::params::SynthParams;
use crate::shop::Shop;
use crate::table::Table;

/// Customers per chunk of a small data set: enough chunks for all threads.
const SMALL_CHUNK: u64 = 8_192;
/// Customers per chunk of a large data set: row groups of about 260,000 orders.
const LARGE_CHUNK: u64 = 32_768;
/// Number of customers from which a data set is large.
const LARGE_CUSTOMERS: u64 = 500_000;

/// How customers are divided into chunks; depends only on their number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunks {
    customers: u64,
    chunk_customers: u64,
}

impl Chunks {
    pub(crate) fn new(customers: u64) -> Self {
        let chunk_customers = if customers < LARGE_CUSTOMERS { SMALL_CHUNK } else { LARGE_CHUNK };
        Self { customers, chunk_customers }
    }

    /// Number of chunks.
    pub(crate) fn count(self) -> u64 {
        self.customers.div_ceil(self.chunk_customers)
    }

    /// The customers of a chunk.
    pub(crate) fn len(self, index: u64) -> u64 {
        self.chunk_customers.min(self.customers - index * self.chunk_customers)
    }

    fn first_id(self, index: u64) -> i64 {
        (index * self.chunk_customers + 1) as i64
    }
}

/// The rows of one chunk of customers.
pub(crate) struct Chunk {
    /// Sorted by time; ids start at 1 until they are renumbered.
    pub(crate) transactions: Table,
    /// Sorted by id.
    pub(crate) customers: Table,
    /// Sorted by id.
    pub(crate) truth: Table,
}

impl Chunk {
    /// Generates a chunk.
    pub(crate) fn generate(params: &SynthParams, shop: &Shop, chunks: Chunks, index: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(params.seed);
        rng.set_stream(index);
        Self::draw(params, shop, chunks.first_id(index), chunks.len(index) as usize, &mut rng)
    }

    /// An empty chunk that only defines the columns.
    pub(crate) fn empty(params: &SynthParams, shop: &Shop) -> Self {
        Self::draw(params, shop, 1, 0, &mut ChaCha8Rng::seed_from_u64(0))
    }

    fn draw(params: &SynthParams, shop: &Shop, first_id: i64, count: usize, rng: &mut ChaCha8Rng) -> Self {
        let cohort = Cohort::draw(params.preset, shop, count, rng);
        Self {
            transactions: orders::draw_table(first_id, &cohort.behaviours, shop, rng),
            truth: cohort.truth_table(first_id, &shop.calendar),
            customers: cohort.into_customer_table(first_id),
        }
    }
}
