//! What somebody may do to a row that they see: a table, without I/O.

use games_contract::Resource;

use super::{
    Rights,
    standing::{
        Standing::{self, Lecturer, Open, Person, Staff},
        Tie,
    },
};

/// What is done to a row. Reading is a matter of sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// It is shown.
    Read,
    /// It is made.
    Create,
    /// Some of its fields are set.
    Change,
    /// It goes, with everything below it.
    Delete,
    /// A scenario is taken back to one of its periods.
    Rewind,
    /// All that a run has is taken away in tables, or what was done in it, or taken back, is looked at.
    Oversee,
}

/// What a verdict needs to know of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) resource: Resource,
    /// What the viewer is in the row's run; [`Tie::Stranger`] outside runs.
    pub(super) tie: Tie,
    /// A run user who leads, or a user who is staff or a lecturer: writing it changes rights.
    pub(super) gives_rights: bool,
}

/// Whether somebody may do this to a row that they see.
pub(super) fn allows(standing: Standing, act: Act, on: Subject) -> bool {
    let lecturer = standing == Lecturer;
    match (standing, on.resource, act) {
        (_, _, Act::Read) | (Staff, ..) => true,
        (_, Resource::Hook, _)
        | (
            Lecturer | Person,
            Resource::User | Resource::Game | Resource::Phase | Resource::Role,
            _,
        ) => false,
        // However open: nobody makes themselves staff, or takes over somebody who is.
        (Open, Resource::User, _) => !on.gives_rights,
        (Open, ..) => true,
        // Whoever is allowed to becomes the leader of what they create.
        (Lecturer | Person, Resource::Run, Act::Create) => lecturer,
        (Lecturer | Person, Resource::Run, Act::Delete) => lecturer && on.tie == Tie::Leader,
        (Lecturer | Person, _, Act::Oversee) => on.tie >= Tie::Assistant,
        (Lecturer | Person, Resource::RunUser, _) => {
            on.tie == Tie::Leader && (lecturer || !on.gives_rights)
        }
        (Lecturer | Person, ..) => on.tie == Tie::Leader,
    }
}

impl Rights {
    /// Whether there could be a row to which they may do this.
    pub(crate) fn could(&self, resource: Resource, act: Act) -> bool {
        let best = Subject {
            resource,
            tie: Tie::Leader,
            gives_rights: false,
        };
        allows(self.standing, act, best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITES: [Act; 3] = [Act::Create, Act::Change, Act::Delete];
    const TIES: [Tie; 4] = [Tie::Stranger, Tie::Player, Tie::Assistant, Tie::Leader];

    fn on(resource: Resource, tie: Tie, gives_rights: bool) -> Subject {
        Subject {
            resource,
            tie,
            gives_rights,
        }
    }

    #[test]
    fn only_leaders_write_in_a_run_and_only_lecturers_write_who_leads() {
        for resource in Resource::ALL.into_iter().filter(|r| r.below_run()) {
            for act in WRITES {
                for tie in TIES {
                    let allowed = allows(Person, act, on(resource, tie, false));
                    assert_eq!(allowed, tie == Tie::Leader, "{act:?} {resource} {tie:?}");
                }
            }
        }
        let leader = on(Resource::RunUser, Tie::Leader, true);
        for act in WRITES {
            assert!(!allows(Person, act, leader), "{act:?}");
            assert!(allows(Lecturer, act, leader), "{act:?}");
        }
        let elsewhere = on(Resource::RunUser, Tie::Player, true);
        assert!(!allows(Lecturer, Act::Change, elsewhere));
    }

    #[test]
    fn a_run_is_created_and_deleted_by_lecturers_and_changed_by_its_leaders() {
        for tie in TIES {
            let run = on(Resource::Run, tie, false);
            let leads = tie == Tie::Leader;
            assert!(allows(Lecturer, Act::Create, run) && !allows(Person, Act::Create, run));
            assert_eq!(allows(Person, Act::Change, run), leads);
            assert_eq!(allows(Lecturer, Act::Delete, run), leads);
            assert!(!allows(Person, Act::Delete, run));
        }
    }

    #[test]
    fn a_run_is_overseen_by_those_who_lead_it_or_look_on() {
        for tie in TIES {
            let run = on(Resource::Run, tie, false);
            let looks_on = matches!(tie, Tie::Assistant | Tie::Leader);
            for standing in [Person, Lecturer] {
                assert_eq!(allows(standing, Act::Oversee, run), looks_on, "{tie:?}");
            }
            assert!(allows(Staff, Act::Oversee, run) && allows(Open, Act::Oversee, run));
        }
    }

    #[test]
    fn games_users_and_subscriptions_are_written_by_staff_however_much_somebody_leads() {
        for standing in [Person, Lecturer] {
            for resource in [
                Resource::Game,
                Resource::Phase,
                Resource::Role,
                Resource::User,
                Resource::Hook,
            ] {
                for act in WRITES {
                    let allowed = allows(standing, act, on(resource, Tie::Leader, false));
                    assert!(!allowed, "{standing:?} {act:?} {resource}");
                }
            }
        }
    }

    #[test]
    fn openness_ends_at_subscriptions_and_at_those_who_have_rights() {
        for resource in Resource::ALL {
            for act in WRITES {
                let allowed = allows(Open, act, on(resource, Tie::Stranger, false));
                assert_eq!(allowed, resource != Resource::Hook, "{act:?} {resource}");
                let staff = on(Resource::User, Tie::Stranger, true);
                assert!(!allows(Open, act, staff), "{act:?}");
                assert!(allows(Staff, act, on(resource, Tie::Stranger, true)));
            }
        }
    }
}
