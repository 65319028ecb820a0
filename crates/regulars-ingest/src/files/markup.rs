//! Tokenises HTML and XML as far as tables require; never fails on any input.

use std::borrow::Cow;

/// A token of markup.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// An opening tag; its name is lowercase, without a prefix.
    Open {
        name: String,
        attributes: &'a str,
        closed: bool,
    },
    Close(String),
    Text(Cow<'a, str>),
}

/// Iterates over the tokens of a text.
pub(super) struct Tokens<'a> {
    text: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text }
    }

    fn skip_past(&mut self, end: &str) {
        self.text = self.text.find(end).map_or("", |at| &self.text[at + end.len()..]);
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if self.text.is_empty() {
                return None;
            }
            if let Some(rest) = self.text.strip_prefix("<![CDATA[") {
                let end = rest.find("]]>").unwrap_or(rest.len());
                self.text = rest.get(end + 3..).unwrap_or("");
                return Some(Token::Text(Cow::Borrowed(&rest[..end])));
            }
            if self.text.starts_with("<!--") {
                self.skip_past("-->");
                continue;
            }
            let Some(rest) = self.text.strip_prefix('<') else {
                let end = self.text.find('<').unwrap_or(self.text.len());
                let (text, rest) = self.text.split_at(end);
                self.text = rest;
                return Some(Token::Text(unescape(text)));
            };
            if rest.starts_with(['!', '?']) {
                self.skip_past(">");
                continue;
            }
            if !rest.starts_with(|c: char| c == '/' || c.is_ascii_alphabetic()) {
                // A lone `<` is text.
                self.text = rest;
                return Some(Token::Text(Cow::Borrowed("<")));
            }
            let end = tag_end(rest);
            let inner = &rest[..end];
            self.text = rest.get(end + 1..).unwrap_or("");
            if let Some(name) = inner.strip_prefix('/') {
                return Some(Token::Close(local_name(name)));
            }
            let closed = inner.ends_with('/');
            let inner = inner.trim_end_matches('/');
            let at = inner.find(|c: char| c.is_whitespace()).unwrap_or(inner.len());
            let name = local_name(&inner[..at]);
            if matches!(name.as_str(), "script" | "style") && !closed {
                self.skip_past(&format!("</{}", &inner[..at]));
                self.skip_past(">");
                continue;
            }
            return Some(Token::Open { name, attributes: &inner[at..], closed });
        }
    }
}

/// The end of a tag: the first `>` outside quotes.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (byte, quote) {
            (b'"' | b'\'', None) => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            (b'>', None) => return at,
            _ => {}
        }
    }
    // An unclosed quote ends with the tag.
    tag.find('>').unwrap_or(tag.len())
}

fn local_name(name: &str) -> String {
    name.trim().rsplit(':').next().unwrap_or(name).to_ascii_lowercase()
}

/// The value of an attribute, ignoring its prefix.
pub(super) fn attribute<'a>(attributes: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let mut rest = attributes;
    while let Some(equals) = rest.find('=') {
        let key = rest[..equals].split_whitespace().next_back().unwrap_or("");
        let value = rest[equals + 1..].trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let inner = &value[1..];
                let end = inner.find(quote).unwrap_or(inner.len());
                (&inner[..end], inner.get(end + 1..).unwrap_or(""))
            }
            _ => {
                let end = value.find(|c: char| c.is_whitespace()).unwrap_or(value.len());
                (&value[..end], &value[end..])
            }
        };
        if local_name(key) == name {
            return Some(unescape(value));
        }
        rest = after;
    }
    None
}

/// Names of the characters from U+00A0 on.
const LATIN_1: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/// Text with its character references resolved.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|b| b == b';');
        match end.and_then(|end| reference(&rest[1..end]).map(|c| (c, end))) {
            Some((character, end)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn reference(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "euro" => '€',
        "ndash" => '–',
        "mdash" => '—',
        "minus" => '\u{2212}',
        other => {
            let at = LATIN_1.split(' ').position(|known| known == other)?;
            char::from_u32(0xa0 + at as u32)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_texts_are_told_apart() {
        let text = "<!DOCTYPE html><!-- <b> --><style>a > b {}</style><TD class=\"a>b\" ss:Index='3'>A &amp; B &eacute;&#8364;&x;</td><br/>1 < 2<![CDATA[<raw>]]>";
        let tokens: Vec<Token<'_>> = Tokens::new(text).collect();
        assert_eq!(tokens.len(), 8, "{tokens:?}");
        let Token::Open { name, attributes, closed } = &tokens[0] else { panic!("{tokens:?}") };
        assert_eq!((name.as_str(), *closed), ("td", false));
        assert_eq!(attribute(attributes, "class").as_deref(), Some("a>b"));
        assert_eq!(attribute(attributes, "index").as_deref(), Some("3"));
        assert_eq!(attribute(attributes, "none"), None);
        assert_eq!(tokens[1], Token::Text("A & B é€&x;".into()));
        assert_eq!(tokens[2], Token::Close("td".to_owned()));
        assert_eq!(tokens[4], Token::Text("1 ".into()));
        assert_eq!(tokens[6..], [Token::Text(" 2".into()), Token::Text("<raw>".into())]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_broken(text in "[<>/!\"'=& a-c\\-\\[\\]Cé;]{0,60}") {
            proptest::prop_assert!(Tokens::new(&text).count() <= text.len() + 1);
        }
    }
}
