//! The memory pool of a limited engine: separate parts for groupings, for sorts, for the last merge, and for
//! the rest.
//!
//! DataFusion's fair pool has one part, shared evenly by all operators that can spill: idle exchanges take
//! shares that groupings need, and operators that cannot spill (the merge above a sort) find no memory left,
//! which fails the whole plan.

use std::fmt::{self, Display, Formatter};

use datafusion::error::Result;
use datafusion::execution::memory_pool::{
    FairSpillPool, GreedyMemoryPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
};

/// Four separate pools.
#[derive(Debug)]
pub(crate) struct SplitPool {
    bytes: usize,
    /// Shared evenly by the groupings.
    groupings: FairSpillPool,
    /// Shared evenly by the sorts.
    sorts: FairSpillPool,
    /// For the merge of the sorted partitions, which fails if the merges below it take all.
    last_merge: GreedyMemoryPool,
    /// First come, first served.
    others: GreedyMemoryPool,
}

impl SplitPool {
    /// Sorts get 20%: they reserve twice what they hold, and their merges, which cannot spill and are among
    /// the others, once more. Spilling is most expensive for groupings, so they get the most.
    pub(crate) fn new(bytes: usize) -> Self {
        let (groupings, sorts, last_merge) = (bytes / 20 * 7, bytes / 5, bytes / 10);
        Self {
            bytes,
            groupings: FairSpillPool::new(groupings),
            sorts: FairSpillPool::new(sorts),
            last_merge: GreedyMemoryPool::new(last_merge),
            others: GreedyMemoryPool::new(bytes - groupings - sorts - last_merge),
        }
    }

    fn pool_for(&self, consumer: &MemoryConsumer) -> &dyn MemoryPool {
        // By name, as there is no better criterion; with other names the pool still works.
        let name = consumer.name();
        if consumer.can_spill() && name.contains("Aggregate") {
            &self.groupings
        } else if consumer.can_spill() && name.starts_with("ExternalSorter") {
            &self.sorts
        } else if name.starts_with("SortPreservingMerge") {
            &self.last_merge
        } else {
            &self.others
        }
    }
}

impl Display for SplitPool {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "split(pool_size: {} bytes)", self.bytes)
    }
}

impl MemoryPool for SplitPool {
    fn name(&self) -> &'static str {
        "split"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.pool_for(consumer).register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.pool_for(consumer).unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.pool_for(reservation.consumer()).grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.pool_for(reservation.consumer()).shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.pool_for(reservation.consumer()).try_grow(reservation, additional)
    }

    fn reserved(&self) -> usize {
        [&self.groupings as &dyn MemoryPool, &self.sorts, &self.last_merge, &self.others]
            .iter()
            .map(|pool| pool.reserved())
            .sum()
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.bytes)
    }
}
