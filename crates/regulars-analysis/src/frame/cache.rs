//! An LRU cache of run data, limited by size.
//!
//! No expiry: a finished run never changes.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A value that can be cached.
pub trait MemorySize: Any + Send + Sync {
    /// Approximate size in bytes; by default that of a summary or a manifest.
    fn bytes(&self) -> usize {
        16 * 1024
    }
}

impl<T: MemorySize> MemorySize for Arc<T> {
    fn bytes(&self) -> usize {
        (**self).bytes()
    }
}

impl<T: MemorySize> MemorySize for Option<T> {
    fn bytes(&self) -> usize {
        16 + self.as_ref().map_or(0, MemorySize::bytes)
    }
}

/// Data set, run, and name of the value.
type Key = (String, String, String);

/// Filled once; concurrent requests wait for it.
#[derive(Clone, Default)]
struct Slot(Arc<Mutex<Option<Arc<dyn Any + Send + Sync>>>>);

struct Entry {
    slot: Slot,
    bytes: usize,
    used: u64,
}

#[derive(Default)]
struct State {
    entries: BTreeMap<Key, Entry>,
    bytes: usize,
    ticks: u64,
}

/// Columns of runs, and values derived from them.
pub struct Cache {
    state: Mutex<State>,
    budget_bytes: usize,
}

/// A poisoned lock is safe to use: entries are inserted atomically.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cache {
    /// An empty cache of at most about `budget_bytes`.
    pub fn new(budget_bytes: usize) -> Self {
        Self { state: Mutex::default(), budget_bytes }
    }

    /// The value cached under that name, or made by `make`.
    ///
    /// # Errors
    ///
    /// Those of `make`; errors are not cached.
    pub fn get<T: MemorySize, E>(
        &self,
        (dataset, run): (&str, &str),
        what: &str,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        let key = (dataset.to_owned(), run.to_owned(), what.to_owned());
        let slot = self.slot(&key);
        let mut filled = lock(&slot.0);
        if let Some(found) = filled.as_ref().and_then(|kept| Arc::clone(kept).downcast::<T>().ok()) {
            return Ok(found);
        }
        let made = make().map(Arc::new);
        match &made {
            Ok(made) => {
                *filled = Some(Arc::clone(made) as Arc<dyn Any + Send + Sync>);
                drop(filled);
                self.weigh(&key, made.bytes());
            }
            Err(_) => {
                drop(filled);
                lock(&self.state).entries.remove(&key);
            }
        }
        made
    }

    /// Current size in bytes.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        lock(&self.state).bytes
    }

    fn slot(&self, key: &Key) -> Slot {
        let mut state = lock(&self.state);
        state.ticks += 1;
        let used = state.ticks;
        let entry = state.entries.entry(key.clone()).or_insert_with(|| Entry {
            slot: Slot::default(),
            bytes: 0,
            used,
        });
        entry.used = used;
        entry.slot.clone()
    }

    /// Counts a new entry and lets the oldest go until the rest fits; what a request holds lives on
    /// until it is answered.
    fn weigh(&self, key: &Key, bytes: usize) {
        let mut state = lock(&self.state);
        let Some(entry) = state.entries.get_mut(key) else { return };
        let before = std::mem::replace(&mut entry.bytes, bytes);
        state.bytes = state.bytes - before + bytes;
        while state.bytes > self.budget_bytes {
            let oldest = state
                .entries
                .iter()
                .filter(|(other, entry)| *other != key && entry.bytes > 0)
                .min_by_key(|(_, entry)| entry.used)
                .map(|(other, _)| other.clone());
            let Some(oldest) = oldest else { break };
            if let Some(gone) = state.entries.remove(&oldest) {
                state.bytes -= gone.bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::BackendError;

    struct Block(usize);

    impl MemorySize for Block {
        fn bytes(&self) -> usize {
            self.0
        }
    }

    fn get(cache: &Cache, what: &str, bytes: usize) -> (usize, bool) {
        let mut made = false;
        let block = cache
            .get(("shop", "r"), what, || {
                made = true;
                Ok::<_, BackendError>(Block(bytes))
            })
            .expect("made");
        (block.0, made)
    }

    #[test]
    fn what_is_used_stays_and_the_oldest_goes() {
        let cache = Cache::new(100);
        assert_eq!(get(&cache, "a", 40), (40, true));
        assert_eq!(get(&cache, "b", 40), (40, true));
        assert_eq!(get(&cache, "a", 40), (40, false));
        assert_eq!(get(&cache, "c", 40), (40, true));
        assert_eq!(cache.bytes(), 80);
        assert_eq!(get(&cache, "a", 40), (40, false));
        assert_eq!(get(&cache, "b", 40), (40, true));
        // A value larger than the budget is returned, and evicts all others.
        assert_eq!(get(&cache, "large", 500), (500, true));
        assert_eq!(cache.bytes(), 500);
    }

    #[test]
    fn a_failure_is_not_kept() {
        let cache = Cache::new(100);
        let failed = cache.get::<Block, _>(("shop", "r"), "a", || {
            Err(BackendError::Unreadable { message: "gone".to_owned(), hint: None })
        });
        assert!(failed.is_err());
        assert_eq!(get(&cache, "a", 40), (40, true));
    }

    #[test]
    fn many_readers_make_it_once() {
        let cache = Cache::new(1000);
        let made = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    cache
                        .get(("shop", "r"), "a", || {
                            made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                            Ok::<_, BackendError>(Block(10))
                        })
                        .expect("made");
                });
            }
        });
        assert_eq!(made.load(std::sync::atomic::Ordering::SeqCst), 1);
        assert_eq!(cache.bytes(), 10);
    }
}
