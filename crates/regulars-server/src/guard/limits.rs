//! Rate limits per client, for requests and passwords.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Burst size of requests,
const BURST: f64 = 1000.0;
/// and sustained requests per second, far above what a browser needs.
const PER_SECOND: f64 = 100.0;
/// Wrong passwords before a delay applies.
const FREE_TRIES: u32 = 5;
/// The longest delay.
const MAX_WAIT: Duration = Duration::from_mins(5);
/// Attempts are forgotten after this time without one.
const FORGOTTEN: Duration = Duration::from_mins(30);
/// Clients remembered; beyond that, those not seen for longest are forgotten.
const MAX_ADDRESSES: usize = 10_000;

/// The client key for limits: IPv6 addresses are grouped by /64, the usual size of one client's network.
fn neighbourhood(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        },
    }
}

/// One value per client, for a bounded number of clients.
struct Clients<T>(Mutex<BTreeMap<IpAddr, (Duration, T)>>);

impl<T: Default> Clients<T> {
    fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    fn with<R>(&self, client: IpAddr, now: Duration, f: impl FnOnce(Duration, &mut T) -> R) -> R {
        let client = neighbourhood(client);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_ADDRESSES && !all.contains_key(&client) {
            // Drop half at once, to avoid doing it on every request.
            let mut seen: Vec<Duration> = all.values().map(|(seen, _)| *seen).collect();
            let (_, middle, _) = seen.select_nth_unstable(MAX_ADDRESSES / 2);
            let middle = *middle;
            all.retain(|_, (seen, _)| *seen > middle);
        }
        let (seen, kept) = all.entry(client).or_insert_with(|| (now, T::default()));
        let answer = f(*seen, kept);
        *seen = now;
        answer
    }
}

/// Recent requests per client.
pub(super) struct Requests(Clients<f64>);

impl Requests {
    pub(super) fn new() -> Self {
        Self(Clients::new())
    }

    /// How long a client must wait, if it exceeded the limit.
    pub(super) fn wait(&self, client: IpAddr, now: Duration) -> Option<Duration> {
        self.0.with(client, now, |seen, spent| {
            *spent = (*spent - now.saturating_sub(seen).as_secs_f64() * PER_SECOND).max(0.0);
            if *spent >= BURST {
                return Some(Duration::from_secs(1));
            }
            *spent += 1.0;
            None
        })
    }
}

/// Password attempts per client.
pub(super) struct Logins(Clients<Tries>);

#[derive(Default)]
struct Tries {
    wrong: u32,
    next: Duration,
}

impl Logins {
    pub(super) fn new() -> Self {
        Self(Clients::new())
    }

    /// Counts an attempt as wrong until [`Logins::right`] is called, so that concurrent attempts count; or
    /// returns how long the client must wait.
    pub(super) fn try_now(&self, client: IpAddr, now: Duration) -> Result<(), Duration> {
        self.0.with(client, now, |seen, tries| {
            if now.saturating_sub(seen) >= FORGOTTEN {
                *tries = Tries::default();
            }
            if now < tries.next {
                return Err(tries.next.saturating_sub(now));
            }
            tries.wrong += 1;
            if let Some(doublings) = tries.wrong.checked_sub(FREE_TRIES) {
                tries.next = now + MAX_WAIT.min(Duration::from_secs(1 << doublings.min(20)));
            }
            Ok(())
        })
    }

    /// The password was right.
    pub(super) fn right(&self, client: IpAddr, now: Duration) {
        self.0.with(client, now, |_, tries| *tries = Tries::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn wrong_passwords_make_the_next_wait_longer() {
        let logins = Logins::new();
        for n in 0..5 {
            assert_eq!(logins.try_now(ONE, seconds(n)), Ok(()), "try {n}");
        }
        let mut now = seconds(4);
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            assert_eq!(logins.try_now(ONE, now), Err(seconds(wait)), "after {now:?}");
            assert_eq!(logins.try_now(OTHER, now), Ok(()), "another client is not kept waiting");
            logins.right(OTHER, now);
            now += seconds(wait);
            assert_eq!(logins.try_now(ONE, now), Ok(()));
        }
        logins.right(ONE, now);
        assert_eq!(logins.try_now(ONE, now), Ok(()), "the right one clears the past");
    }

    #[test]
    fn asking_while_one_has_to_wait_costs_nothing_more() {
        let logins = Logins::new();
        (0..5).for_each(|_| assert_eq!(logins.try_now(ONE, seconds(0)), Ok(())));
        (0..50).for_each(|_| assert_eq!(logins.try_now(ONE, seconds(0)), Err(seconds(1))));
        assert_eq!(logins.try_now(ONE, seconds(1)), Ok(()));
    }

    #[test]
    fn half_an_hour_without_a_try_is_a_new_beginning() {
        let logins = Logins::new();
        (0..5).for_each(|_| assert_eq!(logins.try_now(ONE, seconds(0)), Ok(())));
        (0..5).for_each(|_| assert_eq!(logins.try_now(ONE, seconds(1800)), Ok(())));
        assert_eq!(logins.try_now(ONE, seconds(1800)), Err(seconds(1)));
    }

    #[test]
    fn requests_are_limited_in_the_long_run() {
        let requests = Requests::new();
        assert!((0..1000).all(|_| requests.wait(ONE, seconds(0)).is_none()));
        assert_eq!(requests.wait(ONE, seconds(0)), Some(seconds(1)));
        assert_eq!(requests.wait(OTHER, seconds(0)), None);
        assert_eq!((0..200).filter(|_| requests.wait(ONE, seconds(1)).is_none()).count(), 100);
        assert_eq!((0..2000).filter(|_| requests.wait(ONE, seconds(100)).is_none()).count(), 1000);
    }

    #[test]
    fn neighbours_of_the_same_64_bits_are_one_client() {
        let at = |text: &str| neighbourhood(text.parse().expect("an address"));
        assert_eq!(at("2001:db8:1:2:3:4:5:6"), at("2001:db8:1:2:ffff::1"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_eq!(at("::ffff:192.0.2.1"), ONE);
    }

    #[test]
    fn the_memory_of_clients_is_bounded() {
        let requests = Requests::new();
        for n in 0..3 * MAX_ADDRESSES as u32 {
            requests.wait(IpAddr::V4(n.into()), Duration::from_millis(u64::from(n)));
        }
        assert!(requests.0.0.lock().expect("whole").len() <= MAX_ADDRESSES);
    }
}
