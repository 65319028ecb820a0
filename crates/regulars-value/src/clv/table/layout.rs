//! The role of each column of a table, by its header.

use regulars_ingest::presets::normal_form;
use regulars_models::lifetime::time::TimeUnit;

use crate::error::{Error, Kind, Result};

/// Role of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Id,
    X,
    LastAge,
    Age,
    Occasions,
    MeanSpend,
    LogIntervals,
    Count,
}

/// Column names used by packages and papers, in lower case; times may end in their unit.
const NAMES: &[(Role, &[&str])] = &[
    (Role::Id, &["customer_id", "customer", "id", "cust", "client_id", "household_id"]),
    (Role::X, &["x", "frequency", "repeat_purchases"]),
    (Role::LastAge, &["t_x", "tx", "recency", "last_purchase_age"]),
    (Role::Age, &["t", "t_cal", "age", "observed"]),
    (Role::Occasions, &["n", "n_periods", "periods", "occasions", "opportunities"]),
    (
        Role::MeanSpend,
        &["m", "m_x", "mx", "monetary_value", "mean_spend", "mean_repeat_amount", "mean_repeat_spend"],
    ),
    (Role::LogIntervals, &["litt"]),
    (Role::Count, &["n_customers", "customers", "count", "weight", "weights"]),
];

const UNITS: [TimeUnit; 4] = [TimeUnit::Days, TimeUnit::Weeks, TimeUnit::Months, TimeUnit::Years];

/// The layout of a table of customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// Role of each column, and its name in the file.
    pub(super) columns: Vec<(Role, usize, String)>,
    /// The requested additional columns: index and name.
    pub(super) attributes: Vec<(usize, String)>,
    pub(super) unit: Option<TimeUnit>,
    /// Columns ignored because another has their role, in words.
    pub(super) remarks: Vec<String>,
}

impl Layout {
    /// Interprets a header; none if it is not that of a table of customers.
    ///
    /// Errors: times in several units; a column of `wanted` that is missing or part of the history.
    pub(super) fn of(header: &[String], wanted: &[String], shown: &str) -> Result<Option<Self>> {
        let mut columns: Vec<(Role, usize, String)> = Vec::new();
        let mut units = Vec::new();
        let mut remarks = Vec::new();
        for (at, name) in header.iter().enumerate() {
            let plain = plain_name(name).to_ascii_lowercase();
            let Some((role, unit)) = role_of(&plain) else { continue };
            let name = plain_name(name);
            match columns.iter().find(|(known, ..)| *known == role) {
                Some((_, _, taken)) => {
                    remarks.push(format!("column `{name}` is ignored, `{taken}` is used"));
                }
                None => {
                    columns.push((role, at, name.to_owned()));
                    units.extend(unit.map(|unit| (unit, name.to_owned())));
                }
            }
        }
        let has = |role| columns.iter().any(|(known, ..)| *known == role);
        if !(has(Role::X) && has(Role::LastAge) && (has(Role::Age) || has(Role::Occasions))) {
            return Ok(None);
        }
        if let Some((other, name)) = units.iter().find(|(unit, _)| *unit != units[0].0) {
            return Err(Error {
                hint: Some("convert all times to one unit, or rename the column".to_owned()),
                ..Error::new(
                    Kind::Input,
                    format!(
                        "column `{}` of `{shown}` is in {}, `{name}` in {}",
                        units[0].1,
                        units[0].0.name(),
                        other.name()
                    ),
                )
            });
        }
        let unit = units.first().map(|(unit, _)| *unit);
        let mut layout = Self { columns, attributes: Vec::new(), unit, remarks };
        // Models for tables of occasions have no covariates.
        if layout.place(Role::Age).is_some() {
            layout.attributes =
                wanted.iter().map(|name| layout.attribute(name, header, shown)).collect::<Result<_>>()?;
        }
        Ok(Some(layout))
    }

    fn attribute(&self, wanted: &str, header: &[String], shown: &str) -> Result<(usize, String)> {
        let names: Vec<&str> = header.iter().map(|name| plain_name(name)).collect();
        let at = names
            .iter()
            .position(|name| *name == wanted)
            .or_else(|| names.iter().position(|name| normal_form(name) == normal_form(wanted)))
            .ok_or_else(|| Error {
                hint: Some(format!("its columns are {}", names.join(", "))),
                ..Error::new(Kind::Input, format!("`{shown}` has no column `{wanted}`"))
            })?;
        let role = self.columns.iter().find(|(_, place, _)| *place == at).map(|(role, ..)| *role);
        if role.is_some_and(|role| role != Role::MeanSpend) {
            return Err(Error {
                hint: Some("covariates are customer attributes, such as channel or age".to_owned()),
                ..Error::new(
                    Kind::Input,
                    format!(
                        "column `{}` of `{shown}` is part of the purchase history, not a covariate",
                        names[at]
                    ),
                )
            });
        }
        Ok((at, names[at].to_owned()))
    }

    /// Indices of all columns to read: roles first, then attributes.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().map(|(_, at, _)| *at).chain(self.attributes.iter().map(|(at, _)| *at))
    }

    pub(super) fn place(&self, role: Role) -> Option<&(Role, usize, String)> {
        self.columns.iter().find(|(known, ..)| *known == role)
    }
}

fn role_of(name: &str) -> Option<(Role, Option<TimeUnit>)> {
    let known = |name: &str| NAMES.iter().find(|(_, names)| names.contains(&name)).map(|(role, _)| *role);
    if let Some(role) = known(name) {
        return Some((role, None));
    }
    let (stem, ending) = name.rsplit_once('_')?;
    let unit = UNITS.into_iter().find(|unit| unit.name() == ending)?;
    let role = known(stem).filter(|role| matches!(role, Role::LastAge | Role::Age))?;
    Some((role, Some(unit)))
}

/// A header name without surrounding quotes and spaces.
fn plain_name(name: &str) -> &str {
    name.trim().trim_start_matches('\u{feff}').trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    fn layout(header: &str, wanted: &[&str]) -> Result<Option<Layout>> {
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        Layout::of(&names(header), &wanted, "f")
    }

    /// Role and place of every column with one.
    fn roles(header: &str) -> Vec<(Role, usize)> {
        let found = layout(header, &[]).expect("one unit");
        found
            .map_or_else(Vec::new, |layout| layout.columns.iter().map(|(role, at, _)| (*role, *at)).collect())
    }

    #[test]
    fn headers_of_packages_and_papers_are_understood() {
        assert_eq!(
            roles("customer_id,frequency,recency,T,monetary_value"),
            [(Role::Id, 0), (Role::X, 1), (Role::LastAge, 2), (Role::Age, 3), (Role::MeanSpend, 4)]
        );
        assert_eq!(roles("cust,x,t.x,T.cal"), []);
        assert_eq!(
            roles("note,X,T_X,T_cal,litt"),
            [(Role::X, 1), (Role::LastAge, 2), (Role::Age, 3), (Role::LogIntervals, 4)]
        );
        assert_eq!(
            roles("frequency,recency,periods,weights"),
            [(Role::X, 0), (Role::LastAge, 1), (Role::Occasions, 2), (Role::Count, 3)]
        );
        // Quotes, spaces and the mark of the encoding do not matter.
        assert_eq!(roles("\u{feff}\"id\", x , \"t_x\",t").len(), 4);
    }

    #[test]
    fn without_purchases_and_both_times_it_is_no_table_of_customers() {
        for header in
            ["customer_id,date,amount", "x,t_x", "x,T", "t_x,T", "customer_id,frequency,monetary_value", ""]
        {
            assert_eq!(layout(header, &[]).expect("one unit"), None, "{header}");
        }
    }

    #[test]
    fn units_come_from_the_ends_of_names() {
        let unit = |header: &str| layout(header, &[]).expect("one unit").expect("a table").unit;
        assert_eq!(unit("x,t_x,T"), None);
        assert_eq!(unit("x,t_x_weeks,T_weeks"), Some(TimeUnit::Weeks));
        assert_eq!(unit("x,recency,T_days"), Some(TimeUnit::Days));
        assert_eq!(unit("frequency,last_purchase_age_years,age"), Some(TimeUnit::Years));
        // Only times have units.
        assert_eq!(role_of("x_weeks"), None);
        assert_eq!(role_of("t_x_centuries"), None);
        assert_eq!(role_of("observed_months"), Some((Role::Age, Some(TimeUnit::Months))));
        let error = layout("x,t_x_weeks,T_months", &[]).expect_err("two units");
        assert_eq!(error.kind, Kind::Input);
    }

    #[test]
    fn the_first_column_of_a_role_is_used() {
        let found = layout("x,frequency,t_x,recency,T", &[]).expect("one unit").expect("a table");
        assert_eq!(found.columns.iter().map(|(_, at, _)| *at).collect::<Vec<_>>(), [0, 2, 4]);
        assert_eq!(found.remarks.len(), 2);
        assert_eq!(found.place(Role::X).map(|place| place.2.as_str()), Some("x"));
        assert_eq!(found.place(Role::Count), None);
    }

    #[test]
    fn covariates_are_other_columns_by_their_name_or_its_normal_form() {
        let found = layout("x,t_x,T,m,Sales Channel,age group", &["age group", "sales_channel", "m"]);
        let found = found.expect("known").expect("a table");
        assert_eq!(
            found.attributes,
            [(5, "age group".to_owned()), (4, "Sales Channel".to_owned()), (3, "m".to_owned())]
        );
        assert_eq!(found.places().collect::<Vec<_>>(), [0, 1, 2, 3, 5, 4, 3]);
        assert_eq!(layout("x,t_x,T", &["channel"]).expect_err("missing").kind, Kind::Input);
        assert_eq!(layout("x,t_x,T", &["t_x"]).expect_err("a time").kind, Kind::Input);
        // Tables of occasions have no covariates.
        assert!(layout("x,t_x,n", &["channel"]).expect("ignored").expect("a table").attributes.is_empty());
    }
}
