//! `regulars password` and `regulars token`: what the configuration keeps of a secret.

use std::io::{BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use serde_json::json;

use crate::args::OutputFormat;
use crate::failure::{Failure, Result, remark};
use crate::printer;
use crate::settings::Settings;
use crate::surroundings;

/// Fewer characters are guessed too soon.
const FEWEST: usize = 10;
/// More than anybody types.
const MOST_BYTES: usize = 1024;

pub(super) fn password(settings: &Settings) -> Result<ExitCode> {
    let password = read()?;
    if password.chars().count() < FEWEST {
        return Err(Failure::new(format!("a password has at least {FEWEST} characters"))
            .hint("four or five words that do not belong together are good, and can be remembered"));
    }
    if password.len() > MOST_BYTES {
        return Err(Failure::new(format!("a password has at most {MOST_BYTES} bytes")));
    }
    let mut salt = [0; 16];
    salt.copy_from_slice(&surroundings::random()?[..16]);
    let hash = regulars_server::hash_password(&password, salt);
    if settings.format == OutputFormat::Json {
        printer::json(&json!({ "password_hash": hash }))?;
    } else {
        printer::line(format!("[serve]\npassword_hash = \"{hash}\""))?;
        if !settings.quiet {
            remark("note: put these lines into regulars.toml, then start `regulars serve`");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// From the terminal twice and unseen; from a pipe one line.
fn read() -> Result<String> {
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let terminal = console::Term::stderr();
    let ask = |words: &str| -> Result<String> {
        terminal.write_str(words)?;
        Ok(terminal.read_secure_line()?)
    };
    let password = ask("Password: ")?;
    if password != ask("The same again: ")? {
        return Err(Failure::new("the two are not the same").hint("call `regulars password` again"));
    }
    Ok(password)
}

pub(super) fn token(name: &str, settings: &Settings) -> Result<ExitCode> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if name.is_empty() || name.len() > 64 || !name.bytes().all(is_plain) {
        return Err(Failure::new(format!("`{name}` is no name for a token"))
            .hint("up to 64 letters, digits, `_` and `-`, such as `reports`"));
    }
    let (token, hash) = regulars_server::new_token(surroundings::random()?);
    if settings.format == OutputFormat::Json {
        printer::json(&json!({ "name": name, "token": token, "hash": hash }))?;
        return Ok(ExitCode::SUCCESS);
    }
    printer::line(&token)?;
    if !settings.quiet {
        remark("note: this is the token, shown once. Put these lines into regulars.toml:");
    }
    remark(&format!("[serve.tokens]\n{name} = \"{hash}\""));
    Ok(ExitCode::SUCCESS)
}
