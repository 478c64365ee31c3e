//! Rooms of every kind, filled in every order.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use simpl::Role;

use super::*;

const SEED: &str = "chalk";

fn rules(roles: &[Role], size: Option<usize>, odd: Odd) -> Rules {
    let seats = full_table(roles, size);
    let parts = (1..).zip(roles).zip(seats).map(|((role, of), full)| Part {
        role,
        name: of.name.clone(),
        full,
        maximum: of.maximum as usize,
    });
    Rules {
        parts: parts.collect(),
        odd,
    }
}

fn pair(odd: Odd) -> Rules {
    rules(&["Dividend".into(), "Divisor".into()], None, odd)
}

fn come(room: &mut Room, rules: &Rules, users: impl IntoIterator<Item = u64>) {
    for user in users {
        room.sitters.entry(user).or_default();
    }
    assign(room, rules, SEED);
}

fn seats(room: &Room) -> BTreeMap<u64, Seat> {
    let seated = room.sitters.iter();
    seated
        .filter_map(|(user, sitter)| Some((*user, sitter.at?)))
        .collect()
}

/// The tables at which every role has as many people as a full table has.
fn full(room: &Room, rules: &Rules) -> usize {
    let taken = room.taken();
    let is_full = |taken: &&BTreeMap<u64, Taken>| {
        let of = |part: &Part| taken.get(&part.role).map_or(0, |taken| taken.people);
        rules.parts.iter().all(|part| of(part) == part.full)
    };
    taken.iter().filter(is_full).count()
}

#[test]
fn forty_one_who_come_in_any_order_are_twenty_pairs_and_one_as_the_leader_chose() {
    for (odd, tables, waiting) in [(Odd::Wait, 20, 1), (Odd::Larger, 20, 1), (Odd::Bot, 21, 0)] {
        let rules = pair(odd);
        let mut room = Room::default();
        come(&mut room, &rules, 1..=41);
        assert_eq!(room.tables.len(), tables, "{odd:?}");
        assert_eq!(full(&room, &rules), 20);
        assert_eq!(room.waiting(SEED).len(), waiting);
        let marked = room.empty_seats(tables - 1, &rules);
        assert_eq!(marked.len(), usize::from(odd == Odd::Bot), "{marked:?}");
    }
}

#[test]
fn who_comes_late_takes_a_free_seat_before_another_table_is_begun() {
    let rules = pair(Odd::Bot);
    let mut room = Room::default();
    come(&mut room, &rules, 1..=3);
    come(&mut room, &rules, [4]);
    assert_eq!((room.tables.len(), full(&room, &rules)), (2, 2));
    let held = seats(&room);
    come(&mut room, &rules, [4, 5]);
    assert_eq!(room.tables.len(), 3);
    let now = seats(&room);
    assert!(held.iter().all(|(user, seat)| now[user] == *seat));
}

#[test]
fn a_bot_makes_way_for_whoever_comes_and_an_empty_seat_comes_first() {
    let rules = rules(&[Role::new("Firm").seats(2, 4)], Some(3), Odd::Bot);
    let mut room = Room::default();
    come(&mut room, &rules, [1, 2, 3, 4]);
    let table = seats(&room).values().map(|seat| seat.table).max().unwrap();
    let seat = Seat { table, role: 1 };
    assert_eq!(room.empty_seats(table, &rules)["Firm"], 2);
    let bot = Sitter {
        bot: true,
        at: Some(seat),
        ..Sitter::default()
    };
    room.sitters.insert(90, bot);
    come(&mut room, &rules, [5]);
    assert_eq!(room.taken_in(seat), Taken { people: 2, bots: 1 });
    come(&mut room, &rules, [6]);
    assert_eq!(room.taken_in(seat), Taken { people: 3, bots: 0 });
    assert_eq!(room.sitters[&90].at, None);
    assert!(room.waiting(SEED).is_empty(), "a bot waits for nothing");
}

#[test]
fn wishes_decide_who_gets_which_seat_and_named_tables_come_first() {
    let rules = pair(Odd::Wait);
    let mut room = Room::default();
    let wish = |role: Option<u64>, world: Option<&str>| Sitter {
        wish: Wish {
            role,
            world: world.map(str::to_owned),
        },
        ..Sitter::default()
    };
    room.sitters.insert(1, wish(Some(2), None));
    room.sitters.insert(2, wish(Some(2), None));
    room.sitters.insert(3, wish(Some(2), None));
    room.sitters.insert(4, wish(None, None));
    room.sitters.insert(5, wish(Some(2), Some("Friends")));
    room.sitters.insert(6, wish(None, Some("Friends")));
    room.sitters.insert(7, wish(None, Some("Friends")));
    come(&mut room, &rules, []);
    let at = seats(&room);
    assert_eq!(room.tables[0].name, "Friends");
    assert_eq!((at[&5].table, at[&6].table), (0, 0), "{at:?}");
    let divisors = [1, 2, 3]
        .iter()
        .filter(|user| at.get(user).is_some_and(|seat| seat.role == 2));
    assert_eq!(divisors.count(), 2, "{at:?}");
    assert_eq!(room.waiting(SEED).len(), 1);
}

#[test]
fn a_role_with_room_takes_those_who_are_left_over_smallest_table_first() {
    let rules = rules(
        &[Role::new("Firm").seats(2, 4), "State".into()],
        Some(4),
        Odd::Larger,
    );
    let mut room = Room::default();
    come(&mut room, &rules, 1..=10);
    assert_eq!(room.tables.len(), 2);
    let firms = |table| room.taken_in(Seat { table, role: 1 }).people;
    assert_eq!((firms(0), firms(1)), (4, 4));
    let mut room = room.clone();
    come(&mut room, &rules, [11]);
    assert_eq!(room.waiting(SEED), [11]);
}

#[test]
fn a_player_is_moved_or_changes_places() {
    let rules = pair(Odd::Wait);
    let mut room = Room::default();
    come(&mut room, &rules, 1..=5);
    let at = seats(&room);
    let waiting = room.waiting(SEED)[0];
    let (mover, seat) = at.iter().find(|(_, seat)| seat.table == 0).unwrap();
    let other = at
        .values()
        .find(|other| other.table == 1 && other.role == seat.role)
        .unwrap();
    let holder = *at.iter().find(|(_, seat)| *seat == other).unwrap().0;

    let refused = move_to(&mut room, &rules, *mover, Some(1), None, Swap::No).unwrap_err();
    assert_eq!(refused.code(), "taken");
    assert_eq!(seats(&room), at, "nothing was done");
    move_to(&mut room, &rules, *mover, Some(1), None, Swap::Yes).unwrap();
    let now = seats(&room);
    assert_eq!((now[mover], now[&holder]), (*other, *seat));
    let again = move_to(&mut room, &rules, *mover, Some(1), None, Swap::Yes);
    assert_eq!((again.unwrap(), seats(&room)), ((), now));

    // Somebody who waits takes the place of somebody, who waits then.
    move_to(
        &mut room,
        &rules,
        waiting,
        Some(1),
        None,
        Swap::With(*mover),
    )
    .unwrap();
    assert_eq!(room.waiting(SEED), [*mover]);
    move_to(&mut room, &rules, waiting, None, None, Swap::No).unwrap();
    assert_eq!(room.waiting(SEED).len(), 2);
    let nobody = move_to(&mut room, &rules, 99, Some(0), None, Swap::No).unwrap_err();
    assert_eq!(nobody.code(), "not_here");
}

#[test]
fn two_half_tables_become_one_whoever_played_what() {
    let rules = pair(Odd::Wait);
    let mut room = Room::default();
    come(&mut room, &rules, 1..=4);
    let twins: Vec<u64> = seats(&room)
        .iter()
        .filter(|(_, seat)| seat.role == 1)
        .map(|(user, _)| *user)
        .collect();
    let both = merge(&mut room.clone(), &rules, &[1], 0).unwrap_err();
    assert_eq!(both.code(), "taken");
    for (user, seat) in seats(&room) {
        if seat.role == 2 {
            room.sitters.remove(&user);
        }
    }
    merge(&mut room, &rules, &[1, 0], 0).unwrap();
    let at = seats(&room);
    assert!(twins.iter().all(|user| at[user].table == 0));
    assert_ne!(at[&twins[0]].role, at[&twins[1]].role);
    assert!(room.tables[1].dissolved && !room.tables[0].dissolved);
    let gone = merge(&mut room, &rules, &[0], 1).unwrap_err();
    assert_eq!(gone.code(), "dissolved");
    come(&mut room, &rules, [8, 9]);
    assert!(seats(&room).values().all(|seat| seat.table != 1));
}

#[test]
fn those_of_a_dissolved_table_take_free_seats_in_their_roles_or_wait() {
    let rules = pair(Odd::Bot);
    let mut room = Room::default();
    come(&mut room, &rules, 1..=5);
    let half = seats(&room).values().map(|seat| seat.table).max().unwrap();
    let alone = *seats(&room)
        .values()
        .find(|seat| seat.table == half)
        .unwrap();
    let before = seats(&room);
    dissolve(&mut room, &rules, 0);
    let now = seats(&room);
    let (mut moved, mut waits) = (0, 0);
    for (user, seat) in before.iter().filter(|(_, seat)| seat.table == 0) {
        match now.get(user) {
            Some(seat) => {
                assert_eq!(seat.table, half);
                moved += 1;
            }
            None => waits += 1,
        }
        assert!(
            seat.role == alone.role || now.contains_key(user),
            "the role that was free there"
        );
    }
    assert_eq!((moved, waits), (1, 1));
    assert_eq!(
        room.sitters
            .values()
            .filter(|sitter| sitter.wish != Wish::default())
            .count(),
        0
    );
}

fn roles() -> impl Strategy<Value = Vec<Role>> {
    let role = (0_u32..4, 0_u32..4).prop_filter("some seat", |(least, more)| least + more > 0);
    prop::collection::vec(role, 1..4).prop_map(|seats| {
        let numbered = seats.into_iter().enumerate();
        numbered
            .map(|(at, (least, more))| Role::new(format!("R{at}")).seats(least, least + more))
            .collect()
    })
}

fn odd() -> impl Strategy<Value = Odd> {
    prop::sample::select(Odd::ALL.to_vec())
}

fn wish() -> impl Strategy<Value = Wish> {
    let world = prop::option::weighted(
        0.1,
        prop::sample::select(vec!["A".to_owned(), "World 2".to_owned()]),
    );
    (prop::option::of(1_u64..4), world).prop_map(|(role, world)| Wish { role, world })
}

/// What always holds, whatever was done.
fn sound(room: &Room, rules: &Rules) -> Result<(), TestCaseError> {
    let names: BTreeSet<&str> = room
        .tables
        .iter()
        .map(|table| table.name.as_str())
        .collect();
    prop_assert_eq!(names.len(), room.tables.len(), "two tables of one name");
    for (table, taken) in room.taken().iter().enumerate() {
        for (role, taken) in taken {
            let part = rules.part(*role);
            prop_assert!(
                part.is_some_and(|part| taken.people <= part.maximum),
                "{:?}",
                taken
            );
            prop_assert!(
                !room.tables[table].dissolved,
                "somebody sits at a table that is gone"
            );
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn in_any_order_and_any_portions_nobody_has_two_seats_and_no_table_too_many(
        roles in roles(),
        size in prop::option::of(1_usize..12),
        odd in odd(),
        people in prop::collection::vec((1_u64..60, wish()), 0..60),
        portion in 1_usize..20,
    ) {
        let rules = rules(&roles, size, odd);
        let mut room = Room::default();
        for portion in people.chunks(portion) {
            let before = seats(&room);
            for (user, wish) in portion {
                let sitter = room.sitters.entry(*user).or_default();
                sitter.wish = if rules.part(wish.role.unwrap_or(1)).is_some() { wish.clone() } else { Wish::default() };
            }
            assign(&mut room, &rules, SEED);
            let now = seats(&room);
            prop_assert!(before.iter().all(|(user, seat)| now[user] == *seat), "somebody lost a seat");
            sound(&room, &rules)?;
            prop_assert!(room.waiting(SEED).len() < rules.size());
        }
    }

    #[test]
    fn without_wishes_all_tables_are_full_and_the_order_of_one_portion_does_not_matter(
        roles in roles(),
        size in prop::option::of(1_usize..12),
        count in 0_u64..70,
        portion in 1_usize..20,
    ) {
        let rules = rules(&roles, size, Odd::Wait);
        let mut room = Room::default();
        let users: Vec<u64> = (1..=count).collect();
        for portion in users.chunks(portion) {
            come(&mut room, &rules, portion.iter().copied());
        }
        let tables = users.len() / rules.size();
        prop_assert_eq!((room.tables.len(), full(&room, &rules)), (tables, tables));
        prop_assert_eq!(room.waiting(SEED).len(), users.len() % rules.size());

        let (mut there, mut back) = (Room::default(), Room::default());
        come(&mut there, &rules, users.iter().copied());
        come(&mut back, &rules, users.iter().rev().copied());
        prop_assert_eq!(there, back);
    }

    #[test]
    fn whatever_leaders_do_with_people_nobody_gets_lost(
        roles in roles(),
        size in prop::option::of(1_usize..8),
        odd in odd(),
        deeds in prop::collection::vec((0_u8..4, 0_u64..30, 0_usize..8, 0_usize..8), 0..30),
    ) {
        let rules = rules(&roles, size, odd);
        let mut room = Room::default();
        come(&mut room, &rules, 1..=20);
        let everybody: BTreeSet<u64> = room.sitters.keys().copied().collect();
        for (deed, user, one, other) in deeds {
            let before = room.clone();
            let tables = room.tables.len();
            if tables == 0 {
                continue;
            }
            let (one, other) = (one % tables, other % tables);
            let done = match deed {
                0 => move_to(&mut room, &rules, user, Some(one), None, Swap::No),
                1 => move_to(&mut room, &rules, user, Some(one), Some(1), Swap::Yes),
                2 => merge(&mut room, &rules, &[one], other),
                _ => {
                    dissolve(&mut room, &rules, one);
                    Ok(())
                }
            };
            if done.is_err() {
                prop_assert_eq!(&room, &before, "what is refused changes nothing");
            }
            sound(&room, &rules)?;
            prop_assert_eq!(&everybody, &room.sitters.keys().copied().collect::<BTreeSet<u64>>());
        }
        assign(&mut room, &rules, SEED);
        sound(&room, &rules)?;
    }
}
