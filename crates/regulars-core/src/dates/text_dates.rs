//! Date formats other than ISO 8601: names of months and weekdays in twelve languages, any order of day,
//! month and year, 12-hour times, offsets and time zones.
//!
//! The text is normalised first (lowercase, no diacritics, ideographs as separators), so that one grammar
//! suffices: words, numbers, a time, an offset.

use super::{DateOrder, Moment, civil_micros, fraction_micros, number};
use crate::transliterate::plain;

/// Prefixes of month names without diacritics, in English, German, French, Spanish, Portuguese, Italian,
/// Dutch, Polish, Turkish, Swedish, Danish, Czech and Russian.
const MONTHS: [&str; 12] = [
    "jan jaen janv ene gen sty oca led янв",
    "feb fev feev lut sub sube uno фев",
    "mar maer mrt marz mars maart brez мар",
    "apr avr abr kwi nis dub апр",
    "may mai mag mei maj mayis kve мая май",
    "jun juin giu cze haz cerven июн",
    "jul juil lug lip tem cervenec июл",
    "aug aou ago sie agu srp авг",
    "sep set wrz eyl zari сен",
    "oct okt out ott paz eki rij окт",
    "nov lis kas listopad ноя",
    "dec dez dic grud gru ara pros дек",
];

/// Names that start like another month, or have fewer than three letters.
const EXACT: [(&str, u32); 20] = [
    ("juillet", 7),
    ("juill", 7),
    ("juil", 7),
    ("juin", 6),
    ("lipca", 7),
    ("lipiec", 7),
    ("listopada", 11),
    ("listopad", 11),
    ("lis", 11),
    ("marca", 3),
    ("marzec", 3),
    ("marzo", 3),
    ("mart", 3),
    ("maja", 5),
    ("mayis", 5),
    ("cervenec", 7),
    ("cervence", 7),
    ("cerven", 6),
    ("cervna", 6),
    ("subat", 2),
];

/// Names of weekdays without diacritics, in the languages of [`MONTHS`].
const WEEKDAYS: [&str; 11] = [
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lunes martes miercoles jueves viernes sabado domingo",
    "segunda terca quarta quinta sexta feira",
    "lunedi martedi mercoledi giovedi venerdi sabato domenica marti",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag maandags",
    "poniedzialek wtorek sroda czwartek piatek sobota niedziela",
    "pazartesi sali carsamba persembe cuma cumartesi pazar",
    "mandag tirsdag onsdag torsdag fredag lordag sondag tisdag",
    "pondeli utery streda ctvrtek patek sobota nedele",
    "понедельник вторник среда четверг пятница суббота воскресенье",
];

/// Time zone abbreviations, in minutes ahead of UTC.
const ZONES: [(&str, i16); 17] = [
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("bst", 60),
    ("cet", 60),
    ("cest", 120),
    ("mez", 60),
    ("mesz", 120),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("jst", 540),
];

pub(super) fn parse(text: &[u8], order: DateOrder) -> Option<Moment> {
    let text = str::from_utf8(text).ok()?.trim().trim_matches(['"', '\'']).trim();
    // The shortest date is `1.3.24`; `3月1日` has no year.
    if text.len() < 6 || text.len() > 80 {
        return None;
    }
    let text = one_form(text);
    let mut rest = Rest(text.as_bytes());
    let date = rest.date(order)?;
    rest.time_and_offset(date)
}

/// Normalises to lowercase without diacritics, with `年月日時分秒` as separators.
fn one_form(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut text = super::ascii_digits(text);
    for (word, half) in HALVES {
        text = text.replace(word, half);
    }
    let mut out = String::with_capacity(text.len());
    let mut clock = text.contains(['時', '时', '시']);
    for c in text.chars() {
        match c {
            '年' | '月' | '년' | '월' | '/' if !out.is_empty() => out.push('-'),
            '日' | '일' => out.push(' '),
            '時' | '时' | '시' => out.push(':'),
            '分' | '분' if clock => {
                out.push(':');
                clock = false;
            }
            '秒' | '分' | '분' | '초' => {}
            'º' | 'ª' | '°' => {}
            c if c.is_whitespace() => out.push(' '),
            c => out.push(c),
        }
    }
    // Minutes without seconds leave a trailing colon.
    plain(out.trim_end_matches([':', ' ']))
}

/// AM and PM in other languages.
const HALVES: [(&str, &str); 8] = [
    ("上午", " am "),
    ("下午", " pm "),
    ("午前", " am "),
    ("午後", " pm "),
    ("오전", " am "),
    ("오후", " pm "),
    ("π.μ.", " am "),
    ("μ.μ.", " pm "),
];

/// The remaining text.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn skip(&mut self, wanted: impl Fn(u8) -> bool) -> usize {
        let n = self.0.iter().take_while(|b| wanted(**b)).count();
        self.0 = &self.0[n..];
        n
    }

    fn skip_separators(&mut self) -> usize {
        self.skip(|b| matches!(b, b'-' | b'/' | b'.' | b' ' | b','))
    }

    fn digits(&mut self) -> Option<(u32, usize)> {
        let n = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let value = number(&self.0[..n])?;
        self.0 = &self.0[n..];
        Some((value, n))
    }

    /// The word at the start, in any script.
    fn word(&self) -> &'a [u8] {
        let n = self.0.iter().take_while(|b| b.is_ascii_alphabetic() || !b.is_ascii()).count();
        &self.0[..n]
    }

    /// Consumes a month name, if the text starts with one.
    fn month_name(&mut self) -> Option<u32> {
        let word = str::from_utf8(self.word()).ok()?;
        let month = month_of(word)?;
        self.0 = &self.0[word.len()..];
        self.skip(|b| b == b'.');
        Some(month)
    }

    /// Skips words that are not part of the date: weekdays, `de`, `the`.
    fn skip_words(&mut self) {
        for _ in 0..4 {
            self.skip_separators();
            let word = self.word();
            if word.is_empty() || month_of(str::from_utf8(word).unwrap_or("")).is_some() {
                return;
            }
            self.0 = &self.0[word.len()..];
        }
    }

    fn date(&mut self, order: DateOrder) -> Option<i64> {
        if !self.0.first()?.is_ascii_digit() {
            if !self.0[0].is_ascii_alphabetic() && self.0[0].is_ascii() {
                return None;
            }
            self.skip_words();
            if let Some(month) = self.month_name() {
                self.skip_words();
                let (day, _) = self.digits()?;
                self.skip_ordinal();
                self.skip_words();
                let (year, width) = self.digits()?;
                return civil_micros(full_year(year, width)?, month, day);
            }
        }
        let (first, width) = self.digits()?;
        match width {
            8 => return civil_micros((first / 10_000) as i32, first / 100 % 100, first % 100),
            4 => {
                self.skip_separators();
                let month = match self.month_name() {
                    Some(month) => month,
                    None => self.digits()?.0,
                };
                self.skip_separators();
                let (day, _) = self.digits()?;
                self.skip(|b| b == b'.');
                return civil_micros(first as i32, month, day);
            }
            10 if self.0.is_empty() => return Some(i64::from(first) * 1_000_000),
            1 | 2 => {}
            _ => return None,
        }
        self.skip_ordinal();
        if self.skip_separators() == 0 {
            return None;
        }
        let (day, month) = if self.0.first()?.is_ascii_digit() {
            let (second, width) = self.digits()?;
            if width > 2 {
                return None;
            }
            match order {
                DateOrder::MonthFirst => (second, first),
                DateOrder::YearFirst | DateOrder::DayFirst => (first, second),
            }
        } else {
            self.skip_words();
            (first, self.month_name()?)
        };
        self.skip_words();
        let (year, width) = self.digits()?;
        civil_micros(full_year(year, width)?, month, day)
    }

    /// Skips an ordinal suffix, as in `1er`, `1st`, `2nd`.
    fn skip_ordinal(&mut self) {
        let word = self.word();
        if matches!(word, b"st" | b"nd" | b"rd" | b"th" | b"er" | b"e" | b"o" | b"a") {
            self.0 = &self.0[word.len()..];
        }
    }

    fn time_and_offset(&mut self, date: i64) -> Option<Moment> {
        let separated = self.skip(|b| matches!(b, b' ' | b't' | b',' | b'-' | b'.'));
        // Words before the time: `at`, `um`, `a`, and AM or PM if it comes first.
        let (mut half, mut strange) = (None, false);
        for _ in 0..3 {
            let word = self.word();
            half = half.or(half_of(word));
            if word.is_empty() || self.0.get(word.len()).is_some_and(|b| matches!(b, b'+')) {
                break;
            }
            // `8 января 2024 г.`
            let is_year = word == "г".as_bytes() || word == "года".as_bytes();
            strange |= !is_weekday(word) && half_of(word).is_none() && !is_year;
            self.0 = &self.0[word.len()..];
            self.skip(|b| b == b' ' || is_year && b == b'.');
        }
        if self.0.is_empty() {
            if strange {
                return None;
            }
            // Unix seconds are UTC.
            return Some(if separated == 0 && date % super::DAY_MICROS != 0 {
                Moment::utc(date)
            } else {
                Moment::Local(date)
            });
        }
        let (mut hour, width) = self.digits()?;
        let (minute, mut second, mut fraction) = if width == 6 || width == 4 {
            // `140509` in a compact timestamp.
            let (clock, second) = if width == 6 { (hour / 100, hour % 100) } else { (hour, 0) };
            hour = clock / 100;
            (clock % 100, second, 0)
        } else {
            if self.skip(|b| matches!(b, b':' | b'h' | b'.')) != 1 {
                return None;
            }
            match self.digits() {
                Some((minute, _)) => (minute, 0, 0),
                // `14h`
                None => (0, 0, 0),
            }
        };
        if width <= 2 && self.skip(|b| matches!(b, b':' | b'.' | b'm')) == 1 {
            second = self.digits().map_or(0, |(second, _)| second);
            if self.skip(|b| matches!(b, b'.' | b',')) == 1 {
                let n = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
                fraction = fraction_micros(&self.0[..n])?;
                self.0 = &self.0[n..];
            }
        }
        self.skip(|b| b == b' ');
        half = half.or(self.half_of_day());
        if let Some(afternoon) = half {
            // `14:05 PM` also occurs.
            if hour == 0 || (hour > 12 && !afternoon) {
                return None;
            }
            if hour <= 12 {
                hour = hour % 12 + if afternoon { 12 } else { 0 };
            }
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second);
        let local = date.checked_add(seconds * 1_000_000 + fraction)?;
        self.skip(|b| b == b' ');
        for clock in ["uhr", "h", "hs", "hrs", "hours"] {
            if self.word() == clock.as_bytes() {
                self.0 = &self.0[clock.len()..];
                self.skip(|b| b == b'.');
            }
        }
        self.skip(|b| b == b' ');
        self.offset(local)
    }

    /// `pm`, `p.m.`, `p. m.`; true for PM.
    fn half_of_day(&mut self) -> Option<bool> {
        let first = *self.0.first()?;
        if !matches!(first, b'a' | b'p') {
            return None;
        }
        let before = self.0;
        self.0 = &self.0[1..];
        self.skip(|b| matches!(b, b'.' | b' '));
        if self.0.first() == Some(&b'm') && self.0.get(1).is_none_or(|b| !b.is_ascii_alphabetic()) {
            self.0 = &self.0[1..];
            self.skip(|b| matches!(b, b'.' | b' '));
            return Some(first == b'p');
        }
        self.0 = before;
        None
    }

    fn offset(&mut self, local: i64) -> Option<Moment> {
        if self.0.is_empty() {
            return Some(Moment::Local(local));
        }
        let bracketed = self.0.strip_prefix(b"(").and_then(|t| t.strip_suffix(b")"));
        self.0 = bracketed.unwrap_or(self.0);
        let word = self.word();
        let named = ZONES.iter().find(|(name, _)| name.as_bytes() == word);
        if let Some((_, minutes)) = named {
            self.0 = &self.0[word.len()..];
            if self.0.is_empty() {
                return Some(Moment::Offset { local, minutes: *minutes });
            }
        } else if !word.is_empty() {
            return None;
        }
        let [sign @ (b'+' | b'-'), digits @ ..] = self.0 else {
            return None;
        };
        // `+01:00 (CET)`
        let digits = digits.split(|b| *b == b' ').next()?;
        let digits: Vec<u8> = digits.iter().copied().filter(|b| *b != b':').collect();
        let value = number(&digits)?;
        let minutes = match digits.len() {
            1 | 2 => value * 60,
            4 => value / 100 * 60 + value % 100,
            _ => return None,
        };
        if minutes > 18 * 60 {
            return None;
        }
        let minutes = minutes as i16;
        Some(Moment::Offset { local, minutes: if *sign == b'+' { minutes } else { -minutes } })
    }
}

fn is_weekday(word: &[u8]) -> bool {
    let word = str::from_utf8(word).unwrap_or("");
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "星期", "周"].iter().any(|day| word.starts_with(day))
        || word.contains('曜')
        || WEEKDAYS.iter().any(|days| days.split(' ').any(|day| day == word))
}

fn half_of(word: &[u8]) -> Option<bool> {
    match word {
        b"am" => Some(false),
        b"pm" => Some(true),
        _ => None,
    }
}

/// The month with this name or abbreviation.
fn month_of(word: &str) -> Option<u32> {
    let is_cyrillic = word.starts_with(['я', 'ф', 'м', 'а', 'и', 'с', 'о', 'н', 'д']);
    if word.len() < 3 || !(word.is_ascii() || is_cyrillic) {
        return None;
    }
    if let Some((_, month)) = EXACT.iter().find(|(name, _)| *name == word) {
        return Some(*month);
    }
    let begins = |list: &str| list.split(' ').any(|beginning| word.starts_with(beginning));
    // Some weekdays start like a month: mardi, martes, maandag, pazartesi.
    if is_weekday(word.as_bytes()) {
        return None;
    }
    MONTHS.iter().position(|list| begins(list)).map(|at| at as u32 + 1)
}

/// Two-digit years are 1970 to 2069.
fn full_year(year: u32, width: usize) -> Option<i32> {
    match width {
        4 => Some(year as i32),
        2 => Some(if year < 70 { 2000 + year as i32 } else { 1900 + year as i32 }),
        _ => None,
    }
}
