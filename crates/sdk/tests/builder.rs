//! Mistakes in the description of a game, each told by name.

use simpl::prelude::*;
use simpl::{Environment, GameBuilder, Mistake, ScopeKind, TimeLimit};

async fn nothing() {}

fn sound() -> GameBuilder {
    Game::builder("auction")
        .roles(["Bidder"])
        .phases([Phase::open("Play")])
}

fn mistakes(game: GameBuilder) -> Vec<Mistake> {
    game.try_build()
        .map_or_else(|found| found.mistakes, |_| Vec::new())
}

#[derive(Debug)]
struct Idle;

impl Model for Idle {
    type Options = ();
    type Decision = ();
    type Outcome = ();

    fn step(&self, _: &Turn<'_, Self>) -> Reply<()> {
        Ok(())
    }
}

#[test]
fn a_sound_description_is_a_game() {
    let game = sound()
        .model(Idle)
        .run(|r| r.rpc("a", nothing))
        .period(|p| p.rpc("a", nothing))
        .build();
    let procedures: Vec<_> = game.procedures().collect();
    assert_eq!(
        procedures,
        [
            (ScopeKind::Run, "a"),
            (ScopeKind::Period, "a"),
            (ScopeKind::Period, "submit_decision")
        ]
    );
    assert!(game.handler(ScopeKind::Run, "a").is_some());
    assert!(game.handler(ScopeKind::World, "a").is_none());
    assert_eq!(game.title(), "auction");
    assert_eq!(game.revision(), Revision::Closed);
    assert!(!game.steps_to_next_period());
}

#[test]
fn every_mistake_is_found_at_once() {
    let found = mistakes(Game::builder("My Auction").phases([]));
    assert_eq!(
        found,
        [
            Mistake::Slug("My Auction".to_owned()),
            Mistake::NoRoles,
            Mistake::NoPhases
        ]
    );
}

#[test]
fn a_name_is_given_once() {
    let game = sound().roles(["Bidder", "Seller", "Bidder"]).phases([
        Phase::open("Play"),
        Phase::closed("Play"),
        Phase::closed(" "),
    ]);
    assert_eq!(
        mistakes(game),
        [
            Mistake::DuplicateRole("Bidder".to_owned()),
            Mistake::DuplicatePhase("Play".to_owned()),
            Mistake::EmptyName("phase")
        ]
    );
}

#[test]
fn seats_can_be_filled() {
    let game = sound().roles([
        Role::new("Bidder").seats(3, 2),
        Role::new("Seller").seats(0, 0),
        Role::new("Guest").seats(0, 9),
    ]);
    assert_eq!(
        mistakes(game),
        [
            Mistake::Seats {
                role: "Bidder".to_owned(),
                minimum: 3,
                maximum: 2
            },
            Mistake::Seats {
                role: "Seller".to_owned(),
                minimum: 0,
                maximum: 0
            },
        ]
    );
}

#[test]
fn a_model_needs_a_phase_to_decide_in() {
    assert_eq!(
        mistakes(sound().phases([Phase::closed("Debrief")]).model(Idle)),
        [Mistake::NoOpenPhase]
    );
    assert_eq!(mistakes(sound().phases([Phase::closed("Debrief")])), []);
}

#[test]
fn a_time_limit_lets_a_period_end_and_needs_something_that_can_be_decided() {
    let game = sound().model(Idle).time_limit(30, Overdue::Last).build();
    let limit = TimeLimit {
        seconds: 30,
        then: Overdue::Last,
    };
    assert_eq!(game.time_limit(), Some(limit));
    assert_eq!(game.with_time_limit(None).time_limit(), None);
    let model = || sound().model(Idle);
    for seconds in [0, TimeLimit::LONGEST + 1] {
        let found = mistakes(model().time_limit(seconds, Overdue::Wait));
        assert_eq!(found, [Mistake::TimeLimit(seconds)]);
    }
    let found = mistakes(sound().time_limit(30, Overdue::Skip));
    assert_eq!(found, [Mistake::TimeLimitWithoutModel(30)]);
}

/// Another model, with decisions of the same type.
#[derive(Debug)]
struct Other;

impl Model for Other {
    type Options = ();
    type Decision = ();
    type Outcome = ();

    fn step(&self, _: &Turn<'_, Self>) -> Reply<()> {
        Ok(())
    }
}

fn of_idle(_: &Turn<'_, Idle>, _: &mut Rng) -> Option<()> {
    Some(())
}

fn of_other(_: &Turn<'_, Other>, _: &mut Rng) -> Option<()> {
    Some(())
}

#[test]
fn a_game_with_a_model_has_bots_and_each_plays_its_model() {
    let game = sound().model(Idle).bot("calm", of_idle).build();
    assert_eq!(game.bots().collect::<Vec<_>>(), ["calm", "random"]);
    assert_eq!(game.default_bot(), Some("calm"));
    assert_eq!(sound().build().default_bot(), None);
    assert_eq!(sound().model(Idle).build().default_bot(), Some("random"));
    let found = mistakes(sound().model(Idle).bot("strange", of_other));
    assert_eq!(found, [Mistake::BotOfAnotherModel("strange".to_owned())]);
    let found = mistakes(sound().bot("calm", of_idle));
    assert_eq!(found, [Mistake::BotWithoutModel("calm".to_owned())]);
}

#[test]
fn a_bot_has_a_name_of_its_own() {
    let game = sound()
        .model(Idle)
        .bot("Calm!", of_idle)
        .bot("calm", of_idle);
    let found = mistakes(game.bot("calm", of_idle).bot("random", of_idle));
    let twice = |name: &str| Mistake::DuplicateBot(name.to_owned());
    let odd = Mistake::BotName("Calm!".to_owned());
    assert_eq!(found, [odd, twice("calm"), twice("random")]);
}

#[test]
fn a_procedure_has_a_name_of_its_own() {
    let game = sound()
        .model(Idle)
        .period(|p| {
            p.rpc("submit_decision", nothing)
                .rpc("Bid!", nothing)
                .rpc("get_scope", nothing)
        })
        .world(|w| w.rpc("submit_decision", nothing));
    assert_eq!(
        mistakes(game),
        [
            Mistake::DuplicateProcedure {
                scope: ScopeKind::Period,
                name: "submit_decision".to_owned(),
                first: ".model(…)".to_owned(),
                second: "builder::nothing".to_owned(),
            },
            Mistake::ProcedureName(ScopeKind::Period, "Bid!".to_owned()),
            Mistake::ReservedProcedure(ScopeKind::Period, "get_scope".to_owned()),
        ]
    );
}

#[test]
fn the_default_environment_plays_roles_of_the_game() {
    let stranger = Environment::tutorial("auction", &[Role::new("Thief")]);
    let found = mistakes(sound().environment(stranger));
    assert_eq!(
        found[0],
        Mistake::UnknownRole {
            email: "s1@auction.edu".to_owned(),
            role: "Thief".to_owned(),
            known: "Bidder".to_owned(),
        }
    );
}

#[test]
#[should_panic(
    expected = "the game \"auction\" cannot be built\n  - there are no roles: name at least one with .roles([\"Player\"])\n  - the phase \"Play\" is named twice"
)]
fn building_tells_everything_that_is_wrong() {
    let _ = sound()
        .roles([""; 0])
        .phases([Phase::open("Play"), Phase::open("Play")])
        .build();
}

#[test]
fn two_functions_of_one_name_are_both_told() {
    async fn bid() {}
    async fn outbid() {}
    let found = mistakes(sound().world(|w| w.rpc("bid", bid).rpc("bid", outbid)));
    let [twice] = found.as_slice() else {
        panic!("{found:?}");
    };
    let told = twice.to_string();
    assert!(told.contains("::bid and as "), "{told}");
    assert!(told.contains("::outbid"), "{told}");
}

#[test]
fn a_default_environment_seats_somebody() {
    let found = mistakes(sound().roles([Role::new("Bidder").seats(0, 5)]));
    assert_eq!(found, [Mistake::NobodySeated]);
    let mut deserted = Environment::tutorial("auction", &["Bidder".into()]);
    deserted.worlds.clear();
    let found = mistakes(sound().environment(deserted));
    assert_eq!(found, [Mistake::NobodySeated]);
}

#[test]
fn a_topic_that_a_game_listens_to_is_a_name_of_its_own() {
    let found = mistakes(sound().world(|w| {
        w.subscribe("chat", nothing)
            .subscribe("chat", nothing)
            .subscribe("Chat!", nothing)
            .subscribe("connected", nothing)
    }));
    let named = |topic: &str| (ScopeKind::World, topic.to_owned());
    let (twice, odd, reserved) = (named("chat"), named("Chat!"), named("connected"));
    assert_eq!(
        found,
        [
            Mistake::DuplicateTopic(twice.0, twice.1),
            Mistake::TopicName(odd.0, odd.1),
            Mistake::ReservedTopic(reserved.0, reserved.1),
        ]
    );
}

#[test]
fn a_hook_names_a_change_that_there_is() {
    let found = mistakes(
        sound()
            .hook("scenario.created", nothing)
            .hook("planet.created", nothing)
            .hook("scenario.invented", nothing),
    );
    let unknown = |name: &str| Mistake::HookName(name.to_owned());
    assert_eq!(
        found,
        [unknown("planet.created"), unknown("scenario.invented")]
    );
}

#[test]
fn the_games_own_scope_keeps_the_names_of_the_service() {
    let game = sound().game(|g| g.rpc("get_seats", nothing).rpc("ranking", nothing));
    let found = mistakes(game);
    let reserved = Mistake::ReservedProcedure(ScopeKind::Game, "get_seats".to_owned());
    assert_eq!(found, [reserved]);
}

/// Comes to something else whenever it is asked.
#[derive(Debug, Default)]
struct Moody(std::sync::atomic::AtomicU32);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Mood {
    mood: u32,
}

impl Model for Moody {
    type Options = ();
    type Decision = Mood;
    type Outcome = Mood;

    fn step(&self, _: &Turn<'_, Self>) -> Reply<Mood> {
        let mood = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(Mood { mood })
    }
}

#[test]
fn a_game_that_recalculates_steps_a_turn_twice_to_the_same_outcome() {
    let closed = sound().model(Moody::default());
    assert_eq!(mistakes(closed), []);
    let recalculates = sound()
        .model(Moody::default())
        .revision(Revision::Recalculate);
    let found = mistakes(recalculates);
    let expected = Mistake::NotDeterministic {
        first: r#"{"mood":0}"#.to_owned(),
        second: r#"{"mood":1}"#.to_owned(),
    };
    assert_eq!(found, [expected]);
    let calm = sound().model(Idle).revision(Revision::Recalculate);
    assert_eq!(mistakes(calm), []);
}
