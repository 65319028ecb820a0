//! State that threads access only in the order of their work items.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Holds a state and grants access to item 0 first, then to item 1, and so on.
pub(crate) struct Sequencer<T> {
    inner: Mutex<Inner<T>>,
    changed: Condvar,
}

struct Inner<T> {
    state: T,
    turn: u64,
    abandoned: bool,
}

impl<T> Sequencer<T> {
    pub(crate) fn new(state: T) -> Self {
        Self { inner: Mutex::new(Inner { state, turn: 0, abandoned: false }), changed: Condvar::new() }
    }

    /// Waits for the turn of item `number`, runs `work` on the state, and gives the turn to the next item.
    ///
    /// Shape: `None`, and no work done, once the turns are abandoned.
    pub(crate) fn in_turn<R>(&self, number: u64, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut inner = self
            .changed
            .wait_while(self.lock(), |inner| inner.turn != number && !inner.abandoned)
            .unwrap_or_else(PoisonError::into_inner);
        if inner.abandoned {
            return None;
        }
        let result = work(&mut inner.state);
        inner.turn += 1;
        drop(inner);
        self.changed.notify_all();
        Some(result)
    }

    /// Releases all current and future waiters: an earlier item will never finish.
    pub(crate) fn abandon(&self) {
        self.lock().abandoned = true;
        self.changed.notify_all();
    }

    /// The state after the last turn.
    pub(crate) fn into_inner(self) -> T {
        self.inner.into_inner().unwrap_or_else(PoisonError::into_inner).state
    }

    // A thread that panics in its turn abandons the turns, the panic propagates to the caller, and the state
    // is not used again. So poisoning adds nothing.
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_in_order_whichever_thread_arrives_first() {
        let turns = Sequencer::new(Vec::new());
        std::thread::scope(|scope| {
            for number in (0..8).rev() {
                let turns = &turns;
                scope.spawn(move || turns.in_turn(number, |taken: &mut Vec<u64>| taken.push(number)));
            }
        });
        assert_eq!(turns.into_inner(), (0..8).collect::<Vec<u64>>());
    }

    #[test]
    fn abandoning_releases_waiting_threads() {
        let turns = Sequencer::new(());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.in_turn(1, |()| ()));
            turns.abandon();
            assert!(waiting.join().expect("no panic").is_none());
        });
    }
}
