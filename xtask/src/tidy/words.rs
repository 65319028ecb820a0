//! The words that the glossary rejects are used nowhere else.
//!
//! Deliberately not here: grammar and taste.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

const GLOSSARY: &str = "docs/glossary.md";
const READ: [&str; 8] = ["rs", "html", "js", "md", "toml", "py", "sh", "sql"];

/// Finds rejected words in code, pages, help and docs.
pub(super) fn check(root: &Path, files: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let glossary = fs_err::read_to_string(root.join(GLOSSARY))?;
    let rejected =
        rejected(&glossary).context("`docs/glossary.md` has no table of words that are not used")?;
    let mut findings = Vec::new();
    for path in files.iter().filter(|path| is_checked(root, path)) {
        let text = fs_err::read_to_string(path)?;
        for (line, content) in text.lines().enumerate() {
            for (word, instead) in rejected.iter().filter(|(word, _)| holds(content, word)) {
                findings.push(format!("{}:{}: has `{word}`, write: {instead}", path.display(), line + 1));
            }
        }
    }
    Ok(findings)
}

/// The words of the glossary's last table, with what to write instead.
fn rejected(glossary: &str) -> Option<Vec<(&str, &str)>> {
    let (_, table) = glossary.split_once("| not | but |")?;
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let words: Vec<(&str, &str)> =
        rows.map(|(word, instead)| (word, instead.trim_end_matches(" |"))).collect();
    (!words.is_empty()).then_some(words)
}

fn is_checked(root: &Path, path: &Path) -> bool {
    let place = path.strip_prefix(root).unwrap_or(path);
    let is_read = place.extension().is_some_and(|ending| READ.iter().any(|read| ending == *read));
    let is_excused = place == Path::new(GLOSSARY)
        || place == Path::new("CHANGELOG.md")
        || place.starts_with("docs/adr")
        || place.starts_with("fixtures")
        || place.starts_with("xtask/src/tidy");
    is_read && !is_excused
}

/// Whether a line has a word, and not as a part of a longer one.
fn holds(line: &str, word: &str) -> bool {
    let is_name = word.contains('_') || word.chars().next().is_some_and(char::is_uppercase);
    let (line, word) =
        if is_name { (line.to_owned(), word.to_owned()) } else { (line.to_lowercase(), word.to_lowercase()) };
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(&word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_found() {
        assert!(holds("// for Whom it may concern", "whom"));
        assert!(!holds("whomever", "whom"));
        assert!(holds("let Court = 1;", "Court") && !holds("let court = 1;", "Court"));
        assert!(!holds("not_at_stake_minor", "at_stake"));
    }

    #[test]
    fn the_last_table_is_read() {
        let text = "| a | b |\n| `no` | x |\n\n| not | but |\n| --- | --- |\n| `whom` | who |\n| `of then` | at the time |\n";
        assert_eq!(rejected(text), Some(vec![("whom", "who"), ("of then", "at the time")]));
        assert_eq!(rejected("| not | but |\n"), None);
    }
}
