//! PostgreSQL's numeric: base-10,000 digits, exactly as decimals or text.

use super::columns::ValueError;

const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const MINUS_INFINITY: u16 = 0xF000;
const MINUS: u16 = 0x4000;
/// Longer numbers are refused: neither money nor ids have as many digits.
const MAX_GROUPS: usize = 64;

/// A numeric value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Numeric<'a> {
    negative: bool,
    /// The power of 10,000 of the first group of digits.
    weight: i32,
    /// Decimals to show.
    scale: u16,
    /// Groups of four digits, two bytes each.
    groups: &'a [u8],
}

impl<'a> Numeric<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, ValueError> {
        let Some((head, groups)) = bytes.split_first_chunk::<8>() else {
            return Err(ValueError::Length(bytes.len()));
        };
        let half = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
        let (count, weight, sign, scale) = (half(0), half(2) as i16, half(4), half(6));
        if groups.len() != usize::from(count) * 2 {
            return Err(ValueError::Length(bytes.len()));
        }
        match sign {
            0 | MINUS => {}
            NAN => return Err(ValueError::Unsupported("NaN")),
            INFINITY | MINUS_INFINITY => return Err(ValueError::Unsupported("infinity")),
            _ => return Err(ValueError::Malformed),
        }
        let numeric = Self { negative: sign == MINUS, weight: i32::from(weight), scale, groups };
        if numeric.groups().any(|group| group > 9_999) || scale > 0x3FFF {
            return Err(ValueError::Malformed);
        }
        Ok(numeric)
    }

    fn groups(&self) -> impl DoubleEndedIterator<Item = u16> + ExactSizeIterator + 'a {
        let (groups, _) = self.groups.as_chunks::<2>();
        groups.iter().map(|group| u16::from_be_bytes(*group))
    }

    /// The value in units of 10^-`scale`.
    ///
    /// Errors: [`ValueError::Unsupported`] if it has more decimals, or more digits than an `i128`.
    pub(super) fn to_decimal(&self, scale: i8) -> Result<i128, ValueError> {
        const TOO_LARGE: ValueError = ValueError::Unsupported("a number with too many digits");
        let groups = self.groups();
        // The power of ten of the last digit, in units of the result.
        let last = 4 * (self.weight + 1 - groups.len() as i32) + i32::from(scale);
        let mut value = if groups.len() <= 4 {
            i128::from(groups.fold(0_u64, |value, group| value * 10_000 + u64::from(group)))
        } else {
            let add = |value: i128, group: u16| value.checked_mul(10_000)?.checked_add(i128::from(group));
            groups.into_iter().try_fold(0_i128, add).ok_or(TOO_LARGE)?
        };
        if value != 0 {
            let power = 10_i128.checked_pow(last.unsigned_abs());
            value = if last >= 0 {
                power.and_then(|power| value.checked_mul(power)).ok_or(TOO_LARGE)?
            } else {
                match power {
                    Some(power) if value % power == 0 => value / power,
                    _ => return Err(ValueError::Unsupported("a number with more decimals than its column")),
                }
            };
        }
        Ok(if self.negative { -value } else { value })
    }

    /// Writes the value as PostgreSQL does.
    ///
    /// Errors: [`ValueError::Unsupported`] if it has hundreds of digits.
    pub(super) fn write(&self, out: &mut String) -> Result<(), ValueError> {
        let scale = usize::from(self.scale);
        if self.weight >= MAX_GROUPS as i32 || scale > 4 * MAX_GROUPS {
            return Err(ValueError::Unsupported("a number with too many digits"));
        }
        // The group for a power of 10,000, which need not be stored.
        let group = |power: i32| {
            let at = usize::try_from(self.weight - power).ok();
            at.and_then(|at| self.groups.get(2 * at..2 * at + 2))
                .map_or(0, |g| u16::from_be_bytes([g[0], g[1]]))
        };
        if self.negative {
            out.push('-');
        }
        if self.weight < 0 {
            out.push('0');
        } else {
            out.push_str(&group(self.weight).to_string());
            for power in (0..self.weight).rev() {
                four_digits(group(power), out);
            }
        }
        if scale > 0 {
            out.push('.');
            let end = out.len() + scale;
            for power in 1..=scale.div_ceil(4) as i32 {
                four_digits(group(-power), out);
            }
            out.truncate(end);
        }
        Ok(())
    }
}

fn four_digits(group: u16, out: &mut String) {
    for by in [1_000, 100, 10, 1] {
        out.push(char::from(b'0' + (group / by % 10) as u8));
    }
}
