//! Who may what: staff everything; everybody else reads what is theirs, and what all players of a game know.

use games_contract::Resource;

use crate::{accounts::Viewer, refusal::Refusal, rows::Selection};

/// Refuses a request that the viewer may not make at all.
pub(super) fn check(viewer: &Viewer, resource: Resource, writes: bool) -> Result<(), Refusal> {
    let readable = matches!(
        resource,
        Resource::Game
            | Resource::Phase
            | Resource::Role
            | Resource::Run
            | Resource::RunUser
            | Resource::User
    );
    if viewer.staff || (readable && !writes) {
        return Ok(());
    }
    Err(Refusal::Forbidden)
}

/// Narrows what is read to what the viewer may see. Subscriptions are their owner's alone, staff or not.
pub(super) fn narrow(viewer: &Viewer, resource: Resource, selection: &mut Selection) {
    match resource {
        Resource::Hook => selection.add(r#"t."user" = {}"#, viewer.id),
        _ if viewer.staff => {}
        Resource::User => selection.add(r#"t."id" = {}"#, viewer.id),
        Resource::RunUser => selection.add(r#"t."user" = {}"#, viewer.id),
        Resource::Run => selection.add(
            r#"t."id" IN (SELECT u."run" FROM "runuser" AS u WHERE u."user" = {})"#,
            viewer.id,
        ),
        _ => {}
    }
}
