//! Passwords from `~/.pgpass`, in libpq's format: lines `host:port:database:user:password`,
//! `*` for any, `\:` and `\\` for a colon and a backslash; the first matching line is used.

use std::path::Path;

/// Result of a lookup.
pub(super) enum Lookup {
    /// The password.
    Password(String),
    /// No password, with the reason if the file was not used.
    Nothing(Option<String>),
}

/// The login that a password is looked up for.
pub(super) struct Login<'a> {
    /// Names of the host in the file, any of which matches.
    pub(super) hosts: &'a [String],
    pub(super) port: u16,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

pub(super) fn find(file: &Path, login: &Login<'_>) -> Lookup {
    let Ok(metadata) = fs_err::metadata(file) else { return Lookup::Nothing(None) };
    if readable_by_others(&metadata) {
        let path = file.display();
        return Lookup::Nothing(Some(format!(
            "`{path}` was ignored because others can read it: run `chmod 600 {path}`"
        )));
    }
    match fs_err::read_to_string(file) {
        Ok(text) => password(&text, login).map_or(Lookup::Nothing(None), Lookup::Password),
        Err(error) => Lookup::Nothing(Some(format!("the password file cannot be read: {error}"))),
    }
}

#[cfg(unix)]
fn readable_by_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn readable_by_others(_metadata: &std::fs::Metadata) -> bool {
    false
}

fn password(text: &str, login: &Login<'_>) -> Option<String> {
    let port = login.port.to_string();
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let [host, of_port, database, user, password] = <[String; 5]>::try_from(fields(line)).ok()?;
        let is = |pattern: &str, value: &str| pattern == "*" || pattern == value;
        let fits = login.hosts.iter().any(|name| is(&host, name))
            && is(&of_port, &port)
            && is(&database, login.database)
            && is(&user, login.user);
        fits.then_some(password)
    })
}

fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.trim_end_matches('\r').chars();
    while let Some(character) = characters.next() {
        let last = fields.len() - 1;
        match character {
            '\\' => fields[last].extend(characters.next()),
            ':' => fields.push(String::new()),
            other => fields[last].push(other),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_matching_line_is_used() {
        let hosts = ["db.example.com".to_owned()];
        let login = |database, user| Login { hosts: &hosts, port: 5432, database, user };
        let text = "# db.example.com:*:*:*:comment\nshort:line\n\
                    db.example.com:5432:shop:ann:a\\:b\\\\c\n*:5433:*:*:port\n*:*:*:bob:pw of bob\n*:*:*:bob:later\r\n";
        let cases =
            [("shop", "ann", Some("a:b\\c")), ("other", "ann", None), ("other", "bob", Some("pw of bob"))];
        for (database, user, expected) in cases {
            assert_eq!(password(text, &login(database, user)).as_deref(), expected, "{database} {user}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_ignored_and_named() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("pgpass");
        fs_err::write(&file, "*:*:*:*:secret\n").expect("writable");
        let hosts = ["localhost".to_owned()];
        let login = Login { hosts: &hosts, port: 5432, database: "d", user: "u" };
        let mode = |mode| fs_err::set_permissions(&file, PermissionsExt::from_mode(mode)).expect("own file");
        mode(0o644);
        let Lookup::Nothing(Some(note)) = find(&file, &login) else { panic!("was read") };
        assert!(note.contains("chmod 600") && !note.contains("secret"), "{note}");
        mode(0o600);
        assert!(matches!(find(&file, &login), Lookup::Password(found) if found == "secret"));
        assert!(matches!(find(&folder.path().join("none"), &login), Lookup::Nothing(None)));
    }
}
