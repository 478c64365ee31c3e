//! What a leader does with people who sit already: another seat, another table, one table out of several.

use simpl::Rejected;

use super::assign::{free_role, to_free_seats};
use super::room::{Room, Seat};
use super::rules::Rules;

/// Gives somebody another seat, or with no table none. Without a role they keep theirs as far as there is room.
///
/// Where all seats of the role are taken, `swap` says with whom they change places; whoever that is takes the seat, or the place among
/// those who wait, that the other one had.
///
/// # Errors
/// Nothing of that kind is there, or every seat is taken; the room is as it was.
pub fn move_to(
    room: &mut Room,
    rules: &Rules,
    user: u64,
    table: Option<usize>,
    role: Option<u64>,
    swap: Swap,
) -> Result<(), Rejected> {
    let sitter = room.sitters.get(&user).ok_or_else(not_here)?;
    let before = sitter.at;
    let Some(table) = table else {
        put(room, user, None);
        return Ok(());
    };
    if room.tables[table].dissolved {
        return Err(is_dissolved(room, table));
    }
    let wished = role.or(before.map(|seat| seat.role));
    let free = free_role(room, rules, table, wished);
    let free = free.filter(|part| role.is_none_or(|role| role == part.role));
    let there = |seat: Seat| before == Some(seat);
    if role
        .or(wished)
        .is_some_and(|role| there(Seat { table, role }))
    {
        return Ok(());
    }
    if let (Some(part), false) = (free, matches!(swap, Swap::With(_))) {
        // Who moves within a table leaves a seat that is not theirs to count.
        put(room, user, None);
        let role = part.role;
        room.sit(user, Seat { table, role }, part);
        return Ok(());
    }
    let other = partner(room, rules, table, wished, swap)?;
    let seat = room.sitters[&other].at;
    put(room, user, seat);
    put(room, other, before);
    Ok(())
}

/// Whether two people change places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swap {
    /// They do not: a seat that is taken is taken.
    No,
    /// With the one who has the seat, if it is one.
    Yes,
    /// With this user.
    With(u64),
}

/// With whom somebody changes places.
fn partner(
    room: &Room,
    rules: &Rules,
    table: usize,
    role: Option<u64>,
    swap: Swap,
) -> Result<u64, Rejected> {
    let sits_there = |user: &u64| {
        let at = room.sitters.get(user).and_then(|other| other.at);
        at.is_some_and(|seat| {
            seat.table == table
                && role.is_none_or(|role| matches!(swap, Swap::With(_)) || role == seat.role)
        })
    };
    let mut there = room.sitters.keys().copied().filter(|user| sits_there(user));
    let name = &room.tables[table].name;
    match swap {
        Swap::With(user) if sits_there(&user) => Ok(user),
        Swap::With(_) => Err(Rejected::because(format!(
            "the player to change places with does not sit in {name}: name one who does"
        ))
        .with("not_there", "a player of that world", "another one")),
        Swap::Yes => match (there.next(), there.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(Rejected::because(format!(
                "several players of {name} could change places: name the run user with `swap`"
            ))
            .with("which", "the pk of a run user", true)),
        },
        Swap::No => {
            let part = role.and_then(|role| rules.part(role));
            let what = part.map_or_else(
                || format!("{name} is full"),
                |part| format!("{name} has {} of {} and no more", part.maximum, part.name),
            );
            Err(
                Rejected::because(format!("{what}: with `swap` two players change places")).with(
                    "taken",
                    "a free seat",
                    what,
                ),
            )
        }
    }
}

/// Brings everybody from some tables to another one. They keep their roles as far as there is room; the tables they leave are
/// dissolved.
///
/// # Errors
/// There is not room for all of them; the room is as it was.
pub fn merge(room: &mut Room, rules: &Rules, from: &[usize], into: usize) -> Result<(), Rejected> {
    if room.tables[into].dissolved {
        return Err(is_dissolved(room, into));
    }
    let mut merged = room.clone();
    let moved: Vec<(u64, u64)> = people_at(room, |table| from.contains(&table) && table != into);
    let (mut seated, mut squeezed) = (0, Vec::new());
    for &(user, _) in &moved {
        put(&mut merged, user, None);
    }
    // Those who can keep their role come before those for whom any will do.
    for (user, role) in moved {
        let part = free_role(&merged, rules, into, Some(role));
        match part.filter(|part| part.role == role) {
            Some(part) => {
                merged.sit(user, Seat { table: into, role }, part);
                seated += 1;
            }
            None => squeezed.push(user),
        }
    }
    let too_many = squeezed.len();
    for user in squeezed {
        let Some(part) = free_role(&merged, rules, into, None) else {
            let name = &room.tables[into].name;
            return Err(Rejected::because(format!(
                "{name} has no room for all of them: {} come, and it can take {seated}; move some of them first",
                seated + too_many
            ))
            .with("taken", "room for everybody", seated));
        };
        let role = part.role;
        merged.sit(user, Seat { table: into, role }, part);
        seated += 1;
    }
    *room = merged;
    for &table in from {
        if table != into {
            close(room, table);
        }
    }
    Ok(())
}

/// Takes a table away. Those who sit there get the free seats of the others, in their roles where those are free; the rest wait.
pub fn dissolve(room: &mut Room, rules: &Rules, table: usize) {
    let moved = people_at(room, |at| at == table);
    close(room, table);
    let wishes: Vec<_> = moved
        .iter()
        .filter_map(|(user, role)| {
            let sitter = room.sitters.get_mut(user)?;
            let wish = sitter.wish.role.replace(*role);
            Some((*user, wish))
        })
        .collect();
    to_free_seats(
        room,
        rules,
        moved.into_iter().map(|(user, _)| user).collect(),
    );
    for (user, wish) in wishes {
        if let Some(sitter) = room.sitters.get_mut(&user) {
            sitter.wish.role = wish;
        }
    }
}

/// Nobody sits at this table any more, bots included.
fn close(room: &mut Room, table: usize) {
    room.tables[table].dissolved = true;
    for sitter in room.sitters.values_mut() {
        sitter.at = sitter.at.filter(|seat| seat.table != table);
    }
}

/// The people at some tables with their roles, by user.
fn people_at(room: &Room, meant: impl Fn(usize) -> bool) -> Vec<(u64, u64)> {
    let people = room.sitters.iter().filter(|(_, sitter)| !sitter.bot);
    let seats = people.filter_map(|(user, sitter)| Some((*user, sitter.at?)));
    let meant = seats.filter(|(_, seat)| meant(seat.table));
    meant.map(|(user, seat)| (user, seat.role)).collect()
}

fn put(room: &mut Room, user: u64, seat: Option<Seat>) {
    if let Some(sitter) = room.sitters.get_mut(&user) {
        sitter.at = seat;
    }
}

fn not_here() -> Rejected {
    Rejected::because(
        "nobody plays in this run under that number: name the run user of an active player",
    )
    .with("not_here", "the pk of a run user", "another one")
}

fn is_dissolved(room: &Room, table: usize) -> Rejected {
    let name = room.tables[table].name.as_str();
    Rejected::because(format!("{name} was dissolved: name a world that is played")).with(
        "dissolved",
        "a world that is played",
        name,
    )
}
