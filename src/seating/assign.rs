//! Everybody who waits gets a seat: one assignment for the whole room.
//!
//! In this order: tables that were named, seats that are free at tables that were begun (the fullest table first, empty seats before
//! those that bots keep warm), full tables of those who are left, and what the run says about those who are left over then. What
//! somebody would like decides who gets which of these seats, not how many sit.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::room::{Room, Seat, Taken};
use super::rules::{Odd, Part, Rules};

/// Seats everybody who waits, as far as the rules have seats for them. The same room and seed give the same seats.
pub fn assign(room: &mut Room, rules: &Rules, seed: &str) {
    if rules.size() == 0 {
        return;
    }
    let waiting = room.waiting(seed);
    let waiting = to_named_tables(room, rules, waiting);
    let waiting = to_free_seats(room, rules, waiting);
    let waiting = to_full_tables(room, rules, waiting);
    match rules.odd {
        Odd::Wait => {}
        Odd::Larger => to_larger_tables(room, rules, waiting),
        Odd::Bot => to_a_table_with_bots(room, rules, &waiting),
    }
}

/// Who has named a table sits there, if there is room; the others are returned.
fn to_named_tables(room: &mut Room, rules: &Rules, waiting: Vec<u64>) -> Vec<u64> {
    let mut others = Vec::new();
    for user in waiting {
        let wish = room.sitters[&user].wish.clone();
        let Some(name) = wish.world else {
            others.push(user);
            continue;
        };
        let table = room.tables.iter().position(|table| table.name == name);
        let table = table.unwrap_or_else(|| room.begin(Some(name)));
        let seat = free_role(room, rules, table, wish.role)
            .filter(|_| !room.tables[table].dissolved)
            .map(|part| {
                (
                    Seat {
                        table,
                        role: part.role,
                    },
                    part,
                )
            });
        match seat {
            Some((seat, part)) => room.sit(user, seat, part),
            None => others.push(user),
        }
    }
    others
}

/// The role in which somebody can sit down at a table: the wished one, else one that a full table has, else one that it may have.
pub(super) fn free_role<'r>(
    room: &Room,
    rules: &'r Rules,
    table: usize,
    wished: Option<u64>,
) -> Option<&'r Part> {
    let people = |part: &Part| {
        let role = part.role;
        room.taken_in(Seat { table, role }).people
    };
    let free = rules
        .parts
        .iter()
        .filter(|part| people(part) < part.maximum);
    free.min_by_key(|part| {
        let (people, unwished) = (people(part), Some(part.role) != wished);
        (unwished, people >= part.full, share(people, part.full))
    })
}

/// How full a role is with one more: the same for 1 of 2 and 2 of 4.
fn share(taken: usize, full: usize) -> usize {
    (2 * taken + 1) * 1_000 / (2 * full).max(1)
}

/// Free seats of tables that were begun are filled before others are begun.
pub(super) fn to_free_seats(room: &mut Room, rules: &Rules, waiting: Vec<u64>) -> Vec<u64> {
    let free = free_seats(room, rules);
    let (seated, left) = matched(room, waiting, free, |seat| seat.role);
    for (user, seat) in seated {
        if let Some(part) = rules.part(seat.role) {
            room.sit(user, seat, part);
        }
    }
    left
}

/// The seats that full tables have and that no person sits in, those first that are to be filled first.
fn free_seats(room: &Room, rules: &Rules) -> Vec<Seat> {
    let taken = room.taken();
    let mut free = Vec::new();
    for (table, taken) in taken.iter().enumerate() {
        if room.tables[table].dissolved {
            continue;
        }
        let of = |part: &Part| taken.get(&part.role).copied().unwrap_or_default();
        let missing = |part: &Part| part.full.saturating_sub(of(part).people);
        let missing_here: usize = rules.parts.iter().map(missing).sum();
        for part in &rules.parts {
            let Taken { people, bots } = of(part);
            let role = part.role;
            for nth in people..part.full {
                // What bots hold is the last that is free.
                let of_a_bot = nth + bots >= part.full;
                let order = (of_a_bot, missing_here, table, share(nth, part.full));
                free.push((order, Seat { table, role }));
            }
        }
    }
    free.sort_by_key(|(order, _)| *order);
    free.into_iter().map(|(_, seat)| seat).collect()
}

/// Gives out `places` in their order: as many as there are people, to those who have waited before the others. Among them, those sit
/// down first who would like the role of one, then who has no wish, then everybody else.
fn matched<P: Copy>(
    room: &Room,
    waiting: Vec<u64>,
    mut places: Vec<P>,
    role: impl Fn(P) -> u64,
) -> (Vec<(u64, P)>, Vec<u64>) {
    let mut seated = waiting;
    let left = seated.split_off(places.len().min(seated.len()));
    places.truncate(seated.len());
    let wish = |user: &u64| room.sitters[user].wish.role;
    let mut given = Vec::new();
    seated.retain(|user| {
        let wished = places
            .iter()
            .position(|place| Some(role(*place)) == wish(user));
        given.extend(wished.map(|at| (*user, places.remove(at))));
        wished.is_none()
    });
    let (wishing, easy): (Vec<u64>, Vec<u64>) =
        seated.into_iter().partition(|user| wish(user).is_some());
    given.extend(easy.into_iter().chain(wishing).zip(places));
    (given, left)
}

/// As many full tables as there are people for; who is left over is returned.
fn to_full_tables(room: &mut Room, rules: &Rules, waiting: Vec<u64>) -> Vec<u64> {
    let tables = waiting.len() / rules.size();
    let one = rules
        .parts
        .iter()
        .flat_map(|part| std::iter::repeat_n(part.role, part.full));
    let one: Vec<u64> = one.collect();
    let (seated, left) = matched(room, waiting, one.repeat(tables), |role| role);
    let mut cast: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for (user, role) in seated {
        cast.entry(role).or_default().push(user);
    }
    for _ in 0..tables {
        let table = room.begin(None);
        for part in &rules.parts {
            let players = cast.entry(part.role).or_default();
            let role = part.role;
            for user in players.drain(..part.full.min(players.len())) {
                room.sit(user, Seat { table, role }, part);
            }
        }
    }
    left
}

/// Who is left over joins the smallest table that may take one more.
fn to_larger_tables(room: &mut Room, rules: &Rules, waiting: Vec<u64>) {
    for user in waiting {
        let wish = room.sitters[&user].wish.role;
        let taken = room.taken();
        let tables = taken.iter().enumerate();
        let tables = tables.filter(|(table, _)| !room.tables[*table].dissolved);
        let rooms = tables.flat_map(|(table, taken)| {
            let sit_here: usize = taken.values().map(|taken| taken.people).sum();
            rules.parts.iter().filter_map(move |part| {
                let people = taken.get(&part.role).map_or(0, |taken| taken.people);
                let order = (
                    sit_here,
                    Some(part.role) != wish,
                    share(people, part.full),
                    table,
                );
                (people < part.maximum && sit_here > 0).then_some((order, table, part))
            })
        });
        let Some((_, table, part)) = rooms.min_by_key(|(order, ..)| *order) else {
            return;
        };
        let role = part.role;
        room.sit(user, Seat { table, role }, part);
    }
}

/// Who is left over has a table; bots take its other seats.
fn to_a_table_with_bots(room: &mut Room, rules: &Rules, waiting: &[u64]) {
    if waiting.is_empty() {
        return;
    }
    let table = room.begin(None);
    let mut in_order = waiting.to_vec();
    in_order.sort_by_key(|user| Reverse(room.sitters[user].wish.role.is_some()));
    for user in in_order {
        let wish = room.sitters[&user].wish.role;
        if let Some(part) = free_role(room, rules, table, wish) {
            let role = part.role;
            room.sit(user, Seat { table, role }, part);
        }
    }
}
