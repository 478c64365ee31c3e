//! The tables and formats there are.

/// What a table holds, one row for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// What seats decided.
    Decisions,
    /// What the model made of it.
    Results,
    /// Run users.
    Players,
    /// What each player did, for a gradebook.
    Grades,
    /// What was done with the run: its audit log.
    Events,
    /// What rewinds have taken out of play.
    Superseded,
}

impl Table {
    /// Every table, in the order of a workbook's sheets.
    pub(crate) const ALL: [Self; 6] = [
        Self::Decisions,
        Self::Results,
        Self::Players,
        Self::Grades,
        Self::Events,
        Self::Superseded,
    ];

    /// Its name in queries, in the names of files and of sheets.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Results => "results",
            Self::Players => "players",
            Self::Grades => "grades",
            Self::Events => "events",
            Self::Superseded => "superseded",
        }
    }
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RFC 4180, in UTF-8 with a byte order mark, without which spreadsheets take it for something else.
    Csv,
    /// A list of objects.
    Json,
    /// A workbook; the only one that can hold several tables.
    Xlsx,
}

impl Format {
    /// Every format.
    pub(crate) const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Xlsx];

    /// Its name in queries, and the ending of files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Xlsx => "xlsx",
        }
    }

    /// Its media type.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}
