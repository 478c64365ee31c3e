//! Deleting a row and everything that hangs on it, children first, with one change for each row.

use games_contract::{Action, Kind, Resource};

use super::{outbox, read_shown, shape::shape, write::touch};
use crate::{refusal::Refusal, storage::Write};

/// Deletes a row, what is below it and what leads to it.
pub(crate) fn delete(write: &mut Write<'_>, resource: Resource, pk: i64) -> Result<(), Refusal> {
    let shape = shape(resource);
    // Read before anything goes, so that the change shows the row as it was.
    let Some(row) = read_shown(write.connection(), resource, pk)? else {
        return Ok(());
    };
    let stored = write.query(&shape.raw, &[pk.into()])?;
    let stored = stored.first().ok_or_else(Refusal::no_row)?;
    let game = outbox::game_of(write, shape, stored)?;
    for (child, field, clears) in dependents(resource) {
        let found = write.query(
            &format!(r#"SELECT "id" FROM "{child}" WHERE "{field}" = $1 ORDER BY "id" DESC"#),
            &[pk.into()],
        )?;
        for below in found {
            let below = below[0].integer().unwrap_or_default();
            if clears {
                write.execute(
                    &format!(r#"UPDATE "{child}" SET "{field}" = NULL WHERE "id" = $1"#),
                    &[below.into()],
                )?;
                touch(write, child, below)?;
            } else {
                delete(write, child, below)?;
            }
        }
    }
    write.execute(&shape.delete, &[pk.into()])?;
    if resource != Resource::Hook {
        outbox::note(write, resource, Action::Deleted, game, &row.json)?;
    }
    Ok(())
}

/// What leads to rows of a resource: the resource, the field, whether the field is cleared instead of the row deleted. The
/// deepest first, so that a game's runs go before the phases and roles that they use.
fn dependents(of: Resource) -> impl Iterator<Item = (Resource, &'static str, bool)> {
    Resource::ALL.into_iter().rev().flat_map(move |child| {
        let leads_here = move |field: &&games_contract::Field| field.kind == Kind::Reference(of);
        let fields = child.table().fields.iter().filter(leads_here);
        fields.map(move |field| (child, field.name, field.cleared_by_delete))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_to_a_row_is_known_from_the_tables() {
        let of = |resource| dependents(resource).collect::<Vec<_>>();
        assert_eq!(
            of(Resource::Game),
            [
                (Resource::Run, "game", false),
                (Resource::Role, "game", false),
                (Resource::Phase, "game", false)
            ]
        );
        assert_eq!(of(Resource::Phase), [(Resource::Run, "phase", true)]);
        assert!(of(Resource::Role).contains(&(Resource::RunUser, "role", true)));
        assert!(of(Resource::Role).contains(&(Resource::Decision, "role", false)));
        assert!(of(Resource::User).contains(&(Resource::Hook, "user", false)));
    }
}
