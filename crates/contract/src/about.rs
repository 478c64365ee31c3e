//! What resources and their fields are, in a sentence: for descriptions that people read.

use crate::{Field, Resource};

pub(crate) const fn of_resource(resource: Resource) -> &'static str {
    match resource {
        Resource::Game => "A set of rules with a slug; it has roles, phases and runs.",
        Resource::Phase => "A stage of a run, such as Play or Debrief.",
        Resource::Role => "A part to play in a game.",
        Resource::Run => {
            "One class or session playing a game; it holds worlds and run users and has a current phase."
        }
        Resource::World => "One table of players in a run.",
        Resource::RunUser => {
            "A user's membership in a run: as a leader, or as a player with a role and a world."
        }
        Resource::Scenario => "One play-through, of a world or of one run user.",
        Resource::Period => "One turn of a scenario.",
        Resource::Decision => "What one seat submitted for a period.",
        Resource::Result => "What the model produced for a period.",
        Resource::User => "A person, or a service that logs in.",
        Resource::Hook => "A webhook subscription: where changes are sent.",
    }
}

pub(crate) fn of_field(resource: Resource, field: &Field) -> &'static str {
    // What one resource means by a name comes before what all of them mean by it.
    match (resource, field.name) {
        (Resource::Game, "slug") => {
            "What the game is called in paths, filters and events; made from the name when it is left out."
        }
        (Resource::Game, "active") => "Whether the game is in use.",
        (Resource::Game, "name") => "The name, which no other game has.",
        (Resource::Phase | Resource::Role, "name") => "The name, once in a game.",
        (Resource::Phase, "order") => {
            "Its place among the phases of the game; the least comes first."
        }
        (Resource::Run, "active") => {
            "Whether the run is being played; only active runs are loaded."
        }
        (Resource::Run, "phase") => "The phase that the run is in; null before its first one.",
        (Resource::World, "name") => "The name, once in a run.",
        (Resource::World, "external_ids") => "Numbers of other systems for this world.",
        (Resource::RunUser, "active") => "Whether the user still takes part.",
        (Resource::RunUser, "role") => "The part played; null for a leader.",
        (Resource::RunUser, "world") => "The table at which the user sits; null for a leader.",
        (Resource::RunUser, "role_name") => "The name of the role; left out where there is none.",
        (Resource::RunUser, "user") => "The user, once in a run.",
        (Resource::Scenario, "world" | "runuser") => {
            "The parent: a scenario is that of a world or of a run user, and one of the two has to be named."
        }
        (Resource::Period, "order") => "Its number in the scenario, once each.",
        (Resource::Decision | Resource::Result, "name") => {
            "`decision` or `result`, or another name; once for each period and role, null being a role too."
        }
        (Resource::Decision, "role") => "The seat's role; a PUT without it makes it null.",
        (Resource::Result, "role") => {
            "Whose result it is, null for the whole world; a PUT without it makes it null."
        }
        (Resource::User, "email") => {
            "The address with which the user logs in, once, however it is written."
        }
        (Resource::User, "first_name") => "The given name.",
        (Resource::User, "last_name") => "The family name.",
        (Resource::Hook, "user") => "Whose subscription it is: the user who made it.",
        _ => of_name(field.name),
    }
}

fn of_name(name: &str) -> &'static str {
    match name {
        "id" => "The primary key; it is never used again.",
        "created" => "When the row was made.",
        "updated" => "The row's version: when it last changed. It grows with every change.",
        "modified" => "When the subscription last changed.",
        "name" => "The name.",
        "slug" => "A short name for addresses.",
        "data" => "Anything that a game keeps with the row.",
        "run_active" => "Whether the run above is active.",
        "game" => "The game it belongs to.",
        "run" => "The run it belongs to.",
        "scenario" => "The scenario it belongs to.",
        "period" => "The period it belongs to.",
        "leader" => "Whether the user leads the run.",
        "email" | "first_name" | "last_name" => "As it stands in the user's row.",
        "external_id" => "The user's identity in another system.",
        "is_active" => "Whether the user may log in.",
        "is_staff" => "Whether the user may do everything.",
        "is_superuser" => "As `is_staff`; kept for programs that ask for it.",
        "subscriber_code" => "A code of the school or customer.",
        "is_lecturer" => "Whether the user may create runs and lead them; taken, not shown.",
        "password" => "Taken, never shown.",
        "event" => {
            "Which events are sent: `<slug>.*`, `user.*`, or one such as `<slug>.world.created`."
        }
        "url" => "Where they are sent.",
        "connected" => "Whether a delivery has ever arrived.",
        "erroring" => "Whether the last delivery failed.",
        "last_error" => "Why the last failed delivery failed.",
        "last_error_status" => "The status with which it was refused; null when there was none.",
        "last_error_content" => "The beginning of what the receiver answered to it.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_every_resource_has_a_sentence() {
        for resource in Resource::ALL {
            assert!(of_resource(resource).ends_with('.'), "{resource}");
            for field in resource.table().fields {
                let about = of_field(resource, field);
                assert!(about.ends_with('.'), "{resource}.{}: {about:?}", field.name);
            }
        }
    }
}
