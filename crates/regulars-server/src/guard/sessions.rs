//! Sessions, in memory only: a restart signs everyone out.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::secrets::{fingerprint, hex};

/// Idle sessions end after this time,
pub(super) const IDLE: Duration = Duration::from_hours(2);
/// and all sessions after this time.
pub(super) const LONGEST: Duration = Duration::from_hours(24);
/// Most sessions kept; the one idle for longest is dropped.
const MAX_SESSIONS: usize = 1000;

/// Sessions by fingerprint of the cookie value.
#[derive(Default)]
pub(super) struct Sessions(Mutex<BTreeMap<[u8; 32], Session>>);

struct Session {
    began: Duration,
    seen: Duration,
    form_secret: [u8; 32],
}

impl Session {
    fn is_over(&self, now: Duration) -> bool {
        now.saturating_sub(self.seen) >= IDLE || now.saturating_sub(self.began) >= LONGEST
    }
}

impl Sessions {
    fn with<T>(&self, f: impl FnOnce(&mut BTreeMap<[u8; 32], Session>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Starts a session and returns the cookie value.
    pub(super) fn begin(&self, now: Duration, random: [u8; 32], form_secret: [u8; 32]) -> String {
        let id = hex(&random);
        self.with(|sessions| {
            sessions.retain(|_, session| !session.is_over(now));
            if sessions.len() >= MAX_SESSIONS
                && let Some(oldest) = sessions.iter().min_by_key(|(_, s)| s.seen).map(|(key, _)| *key)
            {
                sessions.remove(&oldest);
            }
            sessions.insert(fingerprint(&id), Session { began: now, seen: now, form_secret });
        });
        id
    }

    /// The form secret of a valid session.
    pub(super) fn find(&self, id: &str, now: Duration) -> Option<[u8; 32]> {
        self.with(|sessions| {
            let key = fingerprint(id);
            let session = sessions.get_mut(&key)?;
            if session.is_over(now) {
                sessions.remove(&key);
                return None;
            }
            session.seen = session.seen.max(now);
            Some(session.form_secret)
        })
    }

    pub(super) fn end(&self, id: &str) {
        self.with(|sessions| sessions.remove(&fingerprint(id)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_session_ends_when_it_is_idle_and_after_a_day() {
        let sessions = Sessions::default();
        let id = sessions.begin(Duration::ZERO, [1; 32], [2; 32]);
        assert_eq!(id.len(), 64);
        for hour in 1..=23 {
            assert_eq!(sessions.find(&id, HOUR * hour), Some([2; 32]), "hour {hour}");
        }
        assert_eq!(sessions.find(&id, HOUR * 24), None, "a day is over");
        let idle = sessions.begin(HOUR * 30, [3; 32], [4; 32]);
        assert_eq!(sessions.find(&idle, HOUR * 32), None, "two hours without a request");
        assert_eq!(sessions.find(&idle, HOUR * 31), None, "what has ended stays ended");
    }

    #[test]
    fn another_cookie_is_nobody_and_who_signs_out_is_out() {
        let sessions = Sessions::default();
        let id = sessions.begin(Duration::ZERO, [1; 32], [2; 32]);
        for other in ["", "00", &id[..63], &id.replace('1', "2")] {
            assert_eq!(sessions.find(other, HOUR), None, "{other}");
        }
        sessions.end(&id);
        assert_eq!(sessions.find(&id, Duration::ZERO), None);
    }

    #[test]
    fn there_are_never_more_than_the_most() {
        let sessions = Sessions::default();
        let first = sessions.begin(Duration::ZERO, [0xff; 32], [0; 32]);
        for n in 0..MAX_SESSIONS as u64 {
            let mut random = [0; 32];
            random[..8].copy_from_slice(&n.to_be_bytes());
            sessions.begin(Duration::from_secs(n + 1), random, [0; 32]);
        }
        assert_eq!(sessions.with(|all| all.len()), MAX_SESSIONS);
        assert_eq!(sessions.find(&first, Duration::from_secs(1)), None, "the oldest went");
    }
}
