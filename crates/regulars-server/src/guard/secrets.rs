//! Hashing and checking passwords and tokens.
//!
//! Passwords can be guessed, so their hash is slow and memory-hard. Tokens have 256 random bits and are
//! checked on every request, so a fast hash is enough.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Prefix of token hashes in the configuration.
const TOKEN_SCHEME: &str = "sha256:";
/// Prefix of tokens, so that people and secret scanners recognise them.
const TOKEN_MARK: &str = "rgl_";
/// Most memory that a configured hash may need, in KiB; two are computed at a time.
const MAX_MEMORY_KIB: u32 = 256 * 1024;

/// The hash of a password, in the form expected by `[serve] password_hash`.
///
/// Source: argon2id (RFC 9106) with the default parameters of the crate: 19 MiB, two passes, one lane.
///
/// # Panics
///
/// Never: the parameters are valid, and the salt has its proper length.
pub fn hash_password(password: &str, salt: [u8; 16]) -> String {
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.expect("16 bytes of salt and the crate's own parameters are accepted").to_string()
}

/// A new token, and its hash in the form expected by `[serve.tokens]`.
pub fn new_token(random: [u8; 32]) -> (String, String) {
    let token = format!("{TOKEN_MARK}{}", hex(&random));
    let hash = format!("{TOKEN_SCHEME}{}", hex(&Sha256::digest(token.as_bytes())));
    (token, hash)
}

/// A parsed password hash.
#[derive(Clone)]
pub(super) struct StoredPassword(PasswordHash);

impl StoredPassword {
    /// Parses an argon2id hash within the memory limit.
    pub(super) fn read(text: &str) -> Option<Self> {
        let hash = PasswordHash::new(text).ok()?;
        let memory = argon2::Params::try_from(&hash).ok()?.m_cost();
        let known = hash.algorithm.as_str() == "argon2id" && hash.hash.is_some() && hash.salt.is_some();
        (known && memory <= MAX_MEMORY_KIB).then_some(Self(hash))
    }

    /// Checks a password; slow by design, so only on blocking threads.
    pub(super) fn is_of(&self, password: &str) -> bool {
        Argon2::default().verify_password(password.as_bytes(), &self.0).is_ok()
    }
}

/// Parses a token hash.
pub(super) fn read_token_hash(text: &str) -> Option<[u8; 32]> {
    unhex(text.strip_prefix(TOKEN_SCHEME)?)
}

/// The name of a token; always compares all hashes, for constant time.
pub(super) fn name_of<'a>(token: &str, known: &'a [(String, [u8; 32])]) -> Option<&'a str> {
    let presented: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    known.iter().fold(
        None,
        |found, (name, hash)| {
            if same(&presented, hash) { Some(name.as_str()) } else { found }
        },
    )
}

/// The hash by which a secret is stored and looked up, so that lookup time reveals nothing about it.
pub(super) fn fingerprint(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Compares in constant time.
pub(super) fn same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.ct_eq(other).into()
}

/// `pad` followed by `secret` masked with it, for a page.
pub(super) fn masked(secret: &[u8; 32], pad: [u8; 32]) -> String {
    format!("{}{}", hex(&pad), hex(&xor(secret, &pad)))
}

/// The pad that masks the secret in the pages of a session.
pub(super) fn pad_of(secret: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"form");
    hash.update(secret);
    hash.finalize().into()
}

/// Recovers a masked secret.
pub(super) fn unmasked(text: &str) -> Option<[u8; 32]> {
    let (pad, rest) = text.split_at_checked(64)?;
    Some(xor(&unhex(rest)?, &unhex(pad)?))
}

fn xor(one: &[u8; 32], other: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|i| one[i] ^ other[i])
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash_alone() {
        let hash = hash_password("correct horse", [7; 16]);
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let stored = StoredPassword::read(&hash).expect("a hash");
        assert!(stored.is_of("correct horse"));
        assert!(!stored.is_of("correct horsf") && !stored.is_of(""));
        assert_ne!(hash, hash_password("correct horse", [8; 16]), "salted");
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        let greedy = hash_password("x", [7; 16]).replace("m=19456", "m=4194304");
        let weak = hash_password("x", [7; 16]).replace("argon2id", "argon2d");
        for text in ["", "secret", "$argon2id$v=19$m=19456,t=2,p=1$", &greedy, &weak] {
            assert!(StoredPassword::read(text).is_none(), "{text}");
        }
        for text in ["", "sha256:", "sha256:00", &"0".repeat(64), &format!("sha256:{}", "g".repeat(64))] {
            assert!(read_token_hash(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_token_is_known_by_its_hash_alone() {
        let known: Vec<(String, [u8; 32])> = [("one", [1; 32]), ("two", [2; 32])]
            .map(|(name, random)| (name.to_owned(), read_token_hash(&new_token(random).1).expect("a hash")))
            .into();
        assert_eq!(name_of(&new_token([2; 32]).0, &known), Some("two"));
        assert_eq!(name_of(&new_token([3; 32]).0, &known), None);
        assert_eq!(name_of("", &known), None);
    }

    #[test]
    fn a_masked_secret_comes_back_and_looks_different_every_time() {
        let secret = [0xa5; 32];
        assert_eq!(unmasked(&masked(&secret, [3; 32])), Some(secret));
        assert_ne!(masked(&secret, [3; 32]), masked(&secret, [4; 32]));
        for text in ["", "00", &"0".repeat(127), &"é".repeat(64)] {
            assert_eq!(unmasked(text), None, "{text}");
        }
    }
}
