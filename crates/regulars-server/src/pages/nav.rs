//! All pages of a run, in reading order.

/// One page of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    Summary,
    Rfm,
    Clusters,
    Value,
    Marketing,
    Cohorts,
    Movements,
    Data,
    Customers,
    Sql,
}

impl Page {
    pub(crate) const ALL: [Self; 10] = [
        Self::Summary,
        Self::Rfm,
        Self::Clusters,
        Self::Value,
        Self::Marketing,
        Self::Cohorts,
        Self::Movements,
        Self::Customers,
        Self::Data,
        Self::Sql,
    ];

    /// Title in the navigation.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Summary => "Executive summary",
            Self::Rfm => "RFM analysis",
            Self::Clusters => "Customer segmentation",
            Self::Value => "Lifetime value",
            Self::Marketing => "Marketing insights",
            Self::Cohorts => "Cohorts",
            Self::Movements => "Segment movements",
            Self::Data => "Data overview",
            Self::Customers => "Customers",
            Self::Sql => "SQL",
        }
    }

    /// Element id in the single-file export.
    pub(crate) fn id(self) -> &'static str {
        match self.part() {
            "" => "summary",
            part => &part[1..],
        }
    }

    /// Whether it works without a server.
    pub(crate) fn in_one_file(self) -> bool {
        !matches!(self, Self::Customers | Self::Sql)
    }

    /// URL path.
    pub(crate) fn path(self, dataset: &str) -> String {
        format!("/d/{dataset}{}", self.part())
    }

    /// Path below the data set.
    pub(crate) fn part(self) -> &'static str {
        match self {
            Self::Summary => "",
            Self::Rfm => "/rfm",
            Self::Clusters => "/clusters",
            Self::Value => "/value",
            Self::Marketing => "/marketing",
            Self::Cohorts => "/cohorts",
            Self::Movements => "/movements",
            Self::Data => "/data",
            Self::Customers => "/customers",
            Self::Sql => "/sql",
        }
    }

    /// The SVG path of its icon, in a 24 × 24 view box.
    pub(crate) fn picture(self) -> &'static str {
        match self {
            Self::Summary => "M4 20V11M10 20V5M16 20v-7M21 20H3",
            Self::Rfm => "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
            Self::Clusters => {
                "M8 4.500a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7zM17 8a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5zM11 15a3 3 0 1 1 0 6 3 3 0 0 1 0-6z"
            }
            Self::Value => "M3 17l6-6 4 4 8-9M15 6h6v6M3 21h18",
            Self::Marketing => "M4 10v4h3l8 5V5l-8 5zM18.500 9a4.500 4.500 0 0 1 0 6M8 14.500l1.500 5.500",
            Self::Cohorts => "M3 4h18v4H3zM3 10h13v4H3zM3 16h8v4H3z",
            Self::Movements => {
                "M3 6h5c5 0 5 12 10 12h3M3 18h5c5 0 5-12 10-12h3M18.500 3.500l2.500 2.500-2.500 2.500M18.500 15.500l2.500 2.500-2.500 2.500"
            }
            Self::Data => {
                "M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3zM4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3"
            }
            Self::Customers => {
                "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.5-4 3-6 6.500-6s6 2 6.500 6M16 4.500a3.500 3.500 0 0 1 0 6.500M18 14.500c2 .8 3.200 2.600 3.500 5.500"
            }
            Self::Sql => "M4 6l6 6-6 6M12 19h8",
        }
    }
}
