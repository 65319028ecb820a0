//! Guest orders whose email address belongs to an account elsewhere in the file.

use std::collections::{BTreeSet, HashMap};

use regulars_core::money::format_count;
use xxhash_rust::xxh3::xxh3_64;

use crate::cells::Cell;

/// Maps email addresses that guests used to account ids.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    by_address: HashMap<u64, Box<str>>,
    /// Guest addresses that several accounts share.
    shared: u64,
}

impl Accounts {
    /// The id of the account with this address.
    pub(crate) fn of(&self, address: Cell<'_>) -> Option<&str> {
        self.by_address.get(&key(address)).map(AsRef::as_ref)
    }

    /// A note about what was found; `None` if no guest has an account.
    pub(crate) fn note(&self) -> Option<String> {
        if self.by_address.is_empty() {
            return None;
        }
        let shared = match self.shared {
            0 => String::new(),
            count => format!("; {} shared by several accounts stay separate", format_count(count)),
        };
        Some(format!(
            "guests with the email address of an account are that customer: {} addresses{shared} (--set policy.guests=separate keeps them separate)",
            format_count(self.by_address.len() as u64)
        ))
    }
}

/// Collects which account has which address while rows are read.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    /// Account id by hashed address; `None` if several accounts share it.
    owners: HashMap<u64, Option<Box<str>>>,
    guests: BTreeSet<u64>,
}

impl Addresses {
    /// Records the address of a row and its customer id; no id for a guest.
    pub(crate) fn add(&mut self, address: Cell<'_>, id: Option<Cell<'_>>) {
        let Some(id) = id else {
            self.guests.insert(key(address));
            return;
        };
        let id = id.text();
        let id = id.trim();
        let owner = self.owners.entry(key(address)).or_insert_with(|| Some(id.into()));
        if owner.as_deref().is_some_and(|known| known != id) {
            *owner = None;
        }
    }

    /// Reduces the collected addresses to those that guests used.
    pub(crate) fn accounts(mut self) -> Accounts {
        let mut accounts = Accounts::default();
        for guest in self.guests {
            match self.owners.remove(&guest) {
                Some(Some(id)) => {
                    accounts.by_address.insert(guest, id);
                }
                Some(None) => accounts.shared += 1,
                None => {}
            }
        }
        accounts
    }
}

fn key(address: Cell<'_>) -> u64 {
    xxh3_64(address.text().trim().to_lowercase().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_is_the_one_account_with_its_address() {
        let cell = |text: &'static str| Cell::Text(text.as_bytes());
        let mut addresses = Addresses::default();
        addresses.add(cell("ann@x.org"), Some(cell("7")));
        addresses.add(cell(" Ann@X.org"), None);
        addresses.add(cell("bea@x.org"), None);
        addresses.add(cell("cyd@x.org"), Some(cell("8")));
        addresses.add(cell("cyd@x.org"), Some(cell("9")));
        addresses.add(cell("cyd@x.org"), None);
        let accounts = addresses.accounts();
        let of = |text| accounts.of(cell(text));
        assert_eq!((of("ANN@x.org"), of("bea@x.org"), of("cyd@x.org")), (Some("7"), None, None));
        assert_eq!((accounts.by_address.len(), accounts.shared), (1, 1));
    }
}
