//! Transliteration of letters with diacritics.

/// The plain spelling of a lowercase letter with a diacritic: `ü` is `ue`, `é` is `e`.
pub fn plain_letter(letter: char) -> Option<&'static str> {
    Some(match letter {
        'á' | 'à' | 'â' | 'ã' | 'å' | 'ą' | 'ă' | 'ā' => "a",
        'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' | 'ė' => "e",
        'í' | 'ì' | 'î' | 'ï' | 'ı' | 'į' => "i",
        'ó' | 'ò' | 'ô' | 'õ' | 'ő' => "o",
        'ú' | 'ù' | 'û' | 'ů' | 'ű' | 'ū' => "u",
        'ý' => "y",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' => "d",
        'ğ' => "g",
        'ł' | 'ľ' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ř' => "r",
        'ś' | 'ş' | 'š' | 'ș' => "s",
        'ť' | 'ț' | 'ţ' => "t",
        'ź' | 'ż' | 'ž' => "z",
        'ä' | 'æ' => "ae",
        'ö' | 'ø' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        _ => return None,
    })
}

/// A text in lowercase without diacritics.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Lowercase İ leaves a combining dot behind.
    for letter in text.chars().flat_map(char::to_lowercase).filter(|c| *c != '\u{307}') {
        match plain_letter(letter) {
            Some(letters) => out.push_str(letters),
            None => out.push(letter),
        }
    }
    out
}

/// Replaces `ae`, `oe` and `ue` by one letter each, the spelling in languages other than German.
pub fn one_letter_for_one(plain: &str) -> String {
    plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_off() {
        assert_eq!(plain("Müşteri İŞLEM Łukasz Größe"), "muesteri islem lukasz groesse");
    }
}
