//! `regulars password` and `regulars token`: create secrets and the hashes that the configuration stores.

use std::io::{BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use regulars_wire::ScramSecret;
use serde_json::json;

use crate::args::{OutputFormat, PasswordArgs};
use crate::environment;
use crate::failure::{Failure, Result, remark};
use crate::printer;
use crate::settings::Settings;

/// Shorter passwords are too easy to guess.
const MIN_PASSWORD_CHARACTERS: usize = 10;
/// An upper bound that no typed password reaches.
const MAX_BYTES: usize = 1024;

pub(super) fn password(args: &PasswordArgs, settings: &Settings) -> Result<ExitCode> {
    let password = read()?;
    if password.chars().count() < MIN_PASSWORD_CHARACTERS {
        return Err(Failure::new(format!("a password needs at least {MIN_PASSWORD_CHARACTERS} characters"))
            .hint("four or five unrelated words make a good password"));
    }
    if password.len() > MAX_BYTES {
        return Err(Failure::new(format!("a password may have at most {MAX_BYTES} bytes")));
    }
    let mut salt = [0; 16];
    salt.copy_from_slice(&environment::random()?[..16]);
    if let Some(user) = &args.pg {
        return pg_user(user, &ScramSecret::new(&password, salt).to_string(), settings);
    }
    let hash = regulars_server::hash_password(&password, salt);
    if settings.format == OutputFormat::Json {
        printer::json(&json!({ "password_hash": hash }))?;
    } else {
        printer::line(format!("[serve]\npassword_hash = \"{hash}\""))?;
        if !settings.quiet {
            remark("note: add these lines to regulars.toml, then start `regulars serve`");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the secret of a user of `regulars serve --pg`.
fn pg_user(user: &str, secret: &str, settings: &Settings) -> Result<ExitCode> {
    if user.is_empty() || user.len() > 63 || user.chars().any(char::is_control) {
        return Err(
            Failure::new(format!("`{user}` is not a valid user name")).hint("use up to 63 characters")
        );
    }
    if settings.format == OutputFormat::Json {
        printer::json(&json!({ "user": user, "secret": secret }))?;
        return Ok(ExitCode::SUCCESS);
    }
    // A quoted key takes any name.
    printer::line(format!("[serve.pg.users]\n{} = \"{secret}\"", json!(user)))?;
    if !settings.quiet {
        remark(
            "note: add these lines to regulars.toml (for a further user, only the second); they are as secret as the password",
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads the password: from a terminal twice without echo, from a pipe one line.
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
    if password != ask("Repeat password: ")? {
        return Err(Failure::new("the passwords do not match").hint("run `regulars password` again"));
    }
    Ok(password)
}

pub(super) fn token(name: &str, settings: &Settings) -> Result<ExitCode> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if name.is_empty() || name.len() > 64 || !name.bytes().all(is_plain) {
        return Err(Failure::new(format!("`{name}` is not a valid token name"))
            .hint("use up to 64 letters, digits, `_` and `-`, e.g. `reports`"));
    }
    let (token, hash) = regulars_server::new_token(environment::random()?);
    if settings.format == OutputFormat::Json {
        printer::json(&json!({ "name": name, "token": token, "hash": hash }))?;
        return Ok(ExitCode::SUCCESS);
    }
    printer::line(&token)?;
    if !settings.quiet {
        remark("note: this is the token; it is shown only once. Add these lines to regulars.toml:");
    }
    remark(&format!("[serve.tokens]\n{name} = \"{hash}\""));
    Ok(ExitCode::SUCCESS)
}
