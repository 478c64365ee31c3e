//! What a resource is made of: fields, unique constraints, filters.

use crate::{Resource, about};

/// Everything that server and client know of one resource.
#[derive(Debug)]
pub struct Table {
    /// Which resource this describes.
    pub resource: Resource,
    /// Its fields in the order in which they appear in the JSON.
    pub fields: &'static [Field],
    /// What may not occur twice.
    pub unique: &'static [Unique],
    /// By what a list can be narrowed; unknown names in a query are ignored.
    pub filters: &'static [Filter],
    /// The order of a list.
    pub order: Order,
}

impl Table {
    /// The field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// The filter of that name.
    #[must_use]
    pub fn filter(&self, name: &str) -> Option<&'static Filter> {
        self.filters.iter().find(|f| f.name == name)
    }

    /// What a field of this resource means, in a sentence.
    #[must_use]
    pub fn about(&self, field: &Field) -> &'static str {
        about::of_field(self.resource, field)
    }

    /// The fields by which a list can be ordered: those that the row itself keeps and whose values have an order.
    pub fn orderings(&self) -> impl Iterator<Item = &'static Field> {
        self.fields
            .iter()
            .filter(|f| !f.write_only && f.kind.has_order())
    }

    /// The fields that a client may set.
    pub fn writable(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|f| !f.read_only)
    }
}

/// One member of a row's JSON.
#[derive(Debug)]
pub struct Field {
    /// Its name in the JSON.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// A create or a full update without it is refused.
    pub required: bool,
    /// `null` is a value of it.
    pub nullable: bool,
    /// What it is when a create does not name it.
    pub default: Default,
    /// Set by the service; ignored in what a client sends.
    pub read_only: bool,
    /// Taken, never shown (`password`).
    pub write_only: bool,
    /// A reference that becomes `null` when the row it leads to is deleted; every other reference takes its row along.
    pub cleared_by_delete: bool,
    /// A full update (PUT) that leaves it out sets it to its default; otherwise it keeps its value.
    pub reset_by_put: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The row's primary key, never reused.
    Id,
    /// Text of at most `max` characters; `blank` says whether it may be empty.
    Text {
        /// The greatest number of characters.
        max: usize,
        /// The empty text is a value.
        blank: bool,
    },
    /// Letters, digits, `-` and `_`, at most `max`.
    Slug {
        /// The greatest number of characters.
        max: usize,
    },
    /// An e-mail address of at most 254 characters.
    Email,
    /// An `http` or `https` address.
    Url,
    /// `true` or `false`.
    Boolean,
    /// A whole number in a range, both ends included.
    Integer {
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
    },
    /// RFC 3339 in UTC with six digits and `Z`.
    Timestamp,
    /// Any JSON.
    Json,
    /// A list of lists of whole numbers (`external_ids`).
    IntegerLists,
    /// The primary key of a row of another resource.
    Reference(Resource),
    /// Whether the run above it is active.
    RunActive,
    /// A value shown from a referenced row: the referencing field, the resource it leads to, the field there.
    From(&'static str, Resource, &'static str),
}

impl Kind {
    /// True for what a row keeps and that can be less or greater.
    #[must_use]
    pub const fn has_order(self) -> bool {
        !matches!(
            self,
            Self::Json | Self::IntegerLists | Self::RunActive | Self::From(..)
        )
    }
}

/// What a field is when a create does not name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// `null`; also for fields that a create must name.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// The empty text.
    Empty,
    /// The empty object.
    Object,
    /// Made from another field of the row (a slug from the name).
    SlugOf(&'static str),
}

/// A unique constraint.
#[derive(Debug)]
pub struct Unique {
    /// The fields which together may occur once, in the order in which the error names them.
    pub fields: &'static [&'static str],
    /// The error of the original; where it is about one field it is filed under that field, else under `non_field_errors`.
    pub message: &'static str,
}

/// A query parameter that narrows a list.
#[derive(Debug)]
pub struct Filter {
    /// Its name in the query.
    pub name: &'static str,
    /// How its value is read and what it is compared with.
    pub kind: FilterKind,
}

/// How a filter's value is read and what it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterKind {
    /// Equal text.
    Text,
    /// `True`, `true`, `1` and their opposites; anything else is ignored.
    Boolean,
    /// Equal number; a value that is no number is an error.
    Number,
    /// A reference that has to exist; otherwise an error.
    Reference(Resource),
    /// The slug of the game above the row.
    GameSlug,
    /// Whether the run above the row is active; read as [`FilterKind::Boolean`].
    RunActive,
    /// The run above the row, read as [`FilterKind::Number`]: a run that does not exist gives an empty list.
    Run,
    /// The run of the world above the row, a reference that has to exist.
    WorldRun,
    /// The run of the run user whose own scenario is above the row, a reference that has to exist.
    RunUserRun,
}

/// The order of a list; ties are broken by primary key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By primary key: the order of creation.
    Id,
    /// By the field `created`.
    Created,
    /// By the field `email`.
    Email,
}
