//! The pages there are, in the order to read them in.

/// One page of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    Summary,
    Rfm,
    Clusters,
    Value,
    Data,
    Customers,
    Sql,
}

impl Page {
    pub(crate) const ALL: [Self; 7] =
        [Self::Summary, Self::Rfm, Self::Clusters, Self::Value, Self::Customers, Self::Data, Self::Sql];

    /// Its name in the navigation.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Summary => "Executive summary",
            Self::Rfm => "RFM analysis",
            Self::Clusters => "Customer segmentation",
            Self::Value => "Lifetime value",
            Self::Data => "Data overview",
            Self::Customers => "Customers",
            Self::Sql => "SQL",
        }
    }

    /// Its address.
    pub(crate) fn path(self, dataset: &str) -> String {
        let part = match self {
            Self::Summary => "",
            Self::Rfm => "/rfm",
            Self::Clusters => "/clusters",
            Self::Value => "/value",
            Self::Data => "/data",
            Self::Customers => "/customers",
            Self::Sql => "/sql",
        };
        format!("/d/{dataset}{part}")
    }

    /// The lines of its picture, in a square of 24.
    pub(crate) fn picture(self) -> &'static str {
        match self {
            Self::Summary => "M4 20V11M10 20V5M16 20v-7M21 20H3",
            Self::Rfm => "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
            Self::Clusters => {
                "M8 4.500a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7zM17 8a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5zM11 15a3 3 0 1 1 0 6 3 3 0 0 1 0-6z"
            }
            Self::Value => "M3 17l6-6 4 4 8-9M15 6h6v6M3 21h18",
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
