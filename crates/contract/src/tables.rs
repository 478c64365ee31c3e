//! The tables themselves: fields in the order of the recorded JSON, with the original's limits and defaults.

use crate::{
    Default::{self, Boolean as Bool, Empty, Null, Object, SlugOf},
    Field, Filter,
    FilterKind::{self, GameSlug, Number, Reference as Ref, Run, RunActive, RunUserRun, WorldRun},
    Kind, Order, Resource, Table, Unique,
};

pub(crate) const fn of(resource: Resource) -> &'static Table {
    match resource {
        Resource::Game => &GAME,
        Resource::Phase => &PHASE,
        Resource::Role => &ROLE,
        Resource::Run => &RUN,
        Resource::World => &WORLD,
        Resource::RunUser => &RUNUSER,
        Resource::Scenario => &SCENARIO,
        Resource::Period => &PERIOD,
        Resource::Decision => &DECISION,
        Resource::Result => &RESULT,
        Resource::User => &USER,
        Resource::Hook => &HOOK,
    }
}

/// A field that a client may leave out.
const fn optional(name: &'static str, kind: Kind, default: Default) -> Field {
    Field {
        name,
        kind,
        required: false,
        nullable: matches!(default, Null),
        default,
        read_only: false,
        write_only: false,
        cleared_by_delete: false,
        reset_by_put: false,
    }
}

/// A field that a client must name.
const fn required(name: &'static str, kind: Kind) -> Field {
    Field {
        required: true,
        nullable: false,
        ..optional(name, kind, Null)
    }
}

/// A field that only the service sets.
const fn shown(name: &'static str, kind: Kind) -> Field {
    Field {
        read_only: true,
        ..optional(name, kind, Null)
    }
}

/// A reference that outlives what it leads to.
const fn loose(name: &'static str, resource: Resource) -> Field {
    Field {
        cleared_by_delete: true,
        ..optional(name, to(resource), Null)
    }
}

/// The seat's role: null when a full update leaves it out, as in the original.
const fn role() -> Field {
    Field {
        reset_by_put: true,
        ..optional("role", Kind::Reference(Resource::Role), Null)
    }
}

const fn to(resource: Resource) -> Kind {
    Kind::Reference(resource)
}

const ID: Field = shown("id", Kind::Id);
const CREATED: Field = shown("created", Kind::Timestamp);
const UPDATED: Field = shown("updated", Kind::Timestamp);
const RUN_ACTIVE: Field = shown("run_active", Kind::RunActive);
const NAME: Field = required("name", NAME_KIND);
const NAME_KIND: Kind = Kind::Text {
    max: 100,
    blank: false,
};
const ACTIVE: Field = optional("active", Kind::Boolean, Bool(true));
const DATA: Field = optional("data", Kind::Json, Object);

const fn by(name: &'static str, kind: FilterKind) -> Filter {
    Filter { name, kind }
}

const BY_NAME: Filter = by("name", FilterKind::Text);
const BY_SLUG: Filter = by("slug", FilterKind::Text);
const BY_ACTIVE: Filter = by("active", FilterKind::Boolean);
const BY_GAME: Filter = by("game", Ref(Resource::Game));
const BY_GAME_SLUG: Filter = by("game_slug", GameSlug);
const BY_RUN_ACTIVE: Filter = by("run_active", RunActive);

const NAME_AND_GAME: Unique = Unique {
    fields: &["name", "game"],
    message: "The fields name, game must make a unique set.",
};
const NAME_PERIOD_ROLE: Unique = Unique {
    fields: &["name", "period", "role"],
    message: "The fields name, period, role must make a unique set.",
};

static GAME: Table = Table {
    resource: Resource::Game,
    fields: &[
        ID,
        CREATED,
        UPDATED,
        NAME,
        optional("slug", Kind::Slug { max: 250 }, SlugOf("name")),
        ACTIVE,
        DATA,
    ],
    unique: &[
        Unique {
            fields: &["name"],
            message: "game with this name already exists.",
        },
        Unique {
            fields: &["slug"],
            message: "game with this slug already exists.",
        },
    ],
    filters: &[BY_ACTIVE, BY_NAME, BY_SLUG],
    order: Order::Id,
};

static PHASE: Table = Table {
    resource: Resource::Phase,
    fields: &[
        ID,
        CREATED,
        UPDATED,
        NAME,
        optional("slug", Kind::Slug { max: 250 }, Empty),
        optional(
            "order",
            Kind::Integer {
                min: 0,
                max: 65_535,
            },
            Null,
        ),
        required("game", to(Resource::Game)),
    ],
    unique: &[NAME_AND_GAME],
    filters: &[BY_GAME, BY_NAME, BY_GAME_SLUG, BY_SLUG],
    order: Order::Id,
};

static ROLE: Table = Table {
    resource: Resource::Role,
    fields: &[
        ID,
        CREATED,
        UPDATED,
        NAME,
        optional("slug", Kind::Slug { max: 250 }, Empty),
        DATA,
        required("game", to(Resource::Game)),
    ],
    unique: &[NAME_AND_GAME],
    filters: &[BY_GAME, BY_NAME, BY_GAME_SLUG, BY_SLUG],
    order: Order::Created,
};

static RUN: Table = Table {
    resource: Resource::Run,
    fields: &[
        ID,
        CREATED,
        UPDATED,
        NAME,
        ACTIVE,
        DATA,
        required("game", to(Resource::Game)),
        loose("phase", Resource::Phase),
    ],
    unique: &[],
    filters: &[BY_GAME, BY_NAME, BY_GAME_SLUG, BY_ACTIVE],
    order: Order::Id,
};

static WORLD: Table = Table {
    resource: Resource::World,
    fields: &[
        ID,
        RUN_ACTIVE,
        CREATED,
        UPDATED,
        NAME,
        DATA,
        optional("external_ids", Kind::IntegerLists, Null),
        required("run", to(Resource::Run)),
    ],
    unique: &[Unique {
        fields: &["name", "run"],
        message: "The fields name, run must make a unique set.",
    }],
    filters: &[
        by("run", Ref(Resource::Run)),
        BY_NAME,
        BY_GAME_SLUG,
        BY_RUN_ACTIVE,
    ],
    order: Order::Id,
};

static RUNUSER: Table = Table {
    resource: Resource::RunUser,
    fields: &[
        ID,
        RUN_ACTIVE,
        loose("role", Resource::Role),
        shown("email", Kind::From("user", Resource::User, "email")),
        shown(
            "first_name",
            Kind::From("user", Resource::User, "first_name"),
        ),
        shown("last_name", Kind::From("user", Resource::User, "last_name")),
        shown("role_name", Kind::From("role", Resource::Role, "name")),
        CREATED,
        UPDATED,
        optional("leader", Kind::Boolean, Bool(false)),
        ACTIVE,
        DATA,
        required("user", to(Resource::User)),
        required("run", to(Resource::Run)),
        optional("world", to(Resource::World), Null),
    ],
    unique: &[Unique {
        fields: &["user", "run"],
        message: "The fields user, run must make a unique set.",
    }],
    filters: &[
        BY_ACTIVE,
        by("leader", FilterKind::Boolean),
        by("role", Ref(Resource::Role)),
        by("run", Ref(Resource::Run)),
        by("user", Ref(Resource::User)),
        by("world", Ref(Resource::World)),
        BY_GAME_SLUG,
        BY_RUN_ACTIVE,
    ],
    order: Order::Id,
};

static SCENARIO: Table = Table {
    resource: Resource::Scenario,
    fields: &[
        ID,
        RUN_ACTIVE,
        CREATED,
        UPDATED,
        NAME,
        DATA,
        optional("runuser", to(Resource::RunUser), Null),
        optional("world", to(Resource::World), Null),
    ],
    unique: &[],
    filters: &[
        by("runuser", Ref(Resource::RunUser)),
        by("world", Ref(Resource::World)),
        BY_NAME,
        BY_GAME_SLUG,
        BY_RUN_ACTIVE,
        by("run", Run),
        by("world__run", WorldRun),
        by("runuser__run", RunUserRun),
    ],
    order: Order::Id,
};

static PERIOD: Table = Table {
    resource: Resource::Period,
    fields: &[
        ID,
        RUN_ACTIVE,
        CREATED,
        UPDATED,
        optional(
            "order",
            Kind::Integer {
                min: -2_147_483_648,
                max: 2_147_483_647,
            },
            Default::Integer(0),
        ),
        DATA,
        required("scenario", to(Resource::Scenario)),
    ],
    unique: &[Unique {
        fields: &["scenario", "order"],
        message: "The fields scenario, order must make a unique set.",
    }],
    filters: &[
        by("scenario", Ref(Resource::Scenario)),
        by("order", Number),
        BY_GAME_SLUG,
        BY_RUN_ACTIVE,
        by("run", Run),
        by("scenario__world__run", WorldRun),
        by("scenario__runuser__run", RunUserRun),
    ],
    order: Order::Id,
};

const MOVE_FIELDS: &[Field] = &[
    ID,
    RUN_ACTIVE,
    role(),
    CREATED,
    UPDATED,
    NAME,
    DATA,
    required("period", to(Resource::Period)),
];
const MOVE_FILTERS: &[Filter] = &[
    BY_NAME,
    by("period", Ref(Resource::Period)),
    by("role", Ref(Resource::Role)),
    BY_GAME_SLUG,
    BY_RUN_ACTIVE,
    by("run", Run),
    by("period__scenario__world__run", WorldRun),
    by("period__scenario__runuser__run", RunUserRun),
];

static DECISION: Table = Table {
    resource: Resource::Decision,
    fields: MOVE_FIELDS,
    unique: &[NAME_PERIOD_ROLE],
    filters: MOVE_FILTERS,
    order: Order::Id,
};

static RESULT: Table = Table {
    resource: Resource::Result,
    fields: MOVE_FIELDS,
    unique: &[NAME_PERIOD_ROLE],
    filters: MOVE_FILTERS,
    order: Order::Id,
};

static USER: Table = Table {
    resource: Resource::User,
    fields: &[
        ID,
        optional(
            "first_name",
            Kind::Text {
                max: 30,
                blank: true,
            },
            Empty,
        ),
        optional(
            "last_name",
            Kind::Text {
                max: 150,
                blank: true,
            },
            Empty,
        ),
        optional(
            "external_id",
            Kind::Text {
                max: 255,
                blank: true,
            },
            Null,
        ),
        required("email", Kind::Email),
        optional("is_active", Kind::Boolean, Bool(true)),
        optional("is_staff", Kind::Boolean, Bool(false)),
        optional("is_superuser", Kind::Boolean, Bool(false)),
        optional(
            "subscriber_code",
            Kind::Text {
                max: 255,
                blank: true,
            },
            Empty,
        ),
        optional("data", Kind::Json, Null),
        // Not shown, so that a user's JSON is that of the original.
        Field {
            write_only: true,
            ..optional("is_lecturer", Kind::Boolean, Bool(false))
        },
        Field {
            write_only: true,
            ..optional(
                "password",
                Kind::Text {
                    max: 1024,
                    blank: false,
                },
                Null,
            )
        },
    ],
    unique: &[Unique {
        fields: &["email"],
        message: "A user with that email address already exists.",
    }],
    filters: &[
        by("id", Number),
        by("email", FilterKind::Text),
        by("external_id", FilterKind::Text),
        by("is_active", FilterKind::Boolean),
        by("is_staff", FilterKind::Boolean),
        by("is_superuser", FilterKind::Boolean),
        by("is_lecturer", FilterKind::Boolean),
        by("subscriber_code", FilterKind::Text),
    ],
    order: Order::Email,
};

static HOOK: Table = Table {
    resource: Resource::Hook,
    fields: &[
        ID,
        required(
            "event",
            Kind::Text {
                max: 255,
                blank: false,
            },
        ),
        required("url", Kind::Url),
        shown("user", to(Resource::User)),
        shown("connected", Kind::Boolean),
        shown("erroring", Kind::Boolean),
        shown(
            "last_error",
            Kind::Text {
                max: 1000,
                blank: true,
            },
        ),
        shown("last_error_status", Kind::Integer { min: 100, max: 999 }),
        shown(
            "last_error_content",
            Kind::Text {
                max: 1000,
                blank: true,
            },
        ),
        CREATED,
        shown("modified", Kind::Timestamp),
    ],
    unique: &[],
    filters: &[],
    order: Order::Id,
};

#[cfg(test)]
mod tests {
    use super::*;

    fn order(resource: Resource) -> String {
        let shown = resource.table().fields.iter().filter(|f| !f.write_only);
        shown.map(|f| f.name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_json_has_its_keys_in_the_recorded_order() {
        assert_eq!(
            order(Resource::Game),
            "id created updated name slug active data"
        );
        assert_eq!(
            order(Resource::RunUser),
            "id run_active role email first_name last_name role_name created updated leader active data user run world"
        );
        assert_eq!(
            order(Resource::Decision),
            "id run_active role created updated name data period"
        );
        assert_eq!(
            order(Resource::User),
            "id first_name last_name external_id email is_active is_staff is_superuser subscriber_code data"
        );
    }

    #[test]
    fn tables_name_only_fields_that_exist() {
        for resource in Resource::ALL {
            let table = resource.table();
            assert_eq!(table.resource, resource);
            for unique in table.unique {
                for field in unique.fields {
                    assert!(table.field(field).is_some(), "{resource}.{field}");
                }
            }
            for (field, parent) in resource.parents() {
                assert_eq!(
                    table.field(field).unwrap().kind,
                    Kind::Reference(*parent),
                    "{resource}.{field}"
                );
            }
            for filter in table.filters {
                let plain = matches!(
                    filter.kind,
                    FilterKind::Text | FilterKind::Boolean | Number | Ref(_)
                );
                assert!(
                    !plain || table.field(filter.name).is_some(),
                    "{resource}?{}",
                    filter.name
                );
            }
            for field in table.fields {
                if let Kind::From(via, target, from) = field.kind {
                    assert_eq!(table.field(via).unwrap().kind, Kind::Reference(target));
                    assert!(target.table().field(from).is_some());
                }
            }
        }
    }
}
