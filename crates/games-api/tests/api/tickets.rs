//! Tickets: got for a password, shown instead of it, ended with it.

use serde_json::{Value, json};
use time::Duration;

use crate::clock::Hands;
use crate::server::{Answer, Api, As, STAFF};

const PLAYER: As<'_> = As::User("s1@div.edu", "s1");

async fn post(api: &Api, who: As<'_>, path: &str, body: Value) -> Answer {
    let body = Some(("application/json", body.to_string()));
    api.ask(who, "POST", path, body).await
}

/// A ticket as it is shown in a header.
async fn ticket(api: &Api, who: As<'_>, body: Value) -> String {
    let answer = post(api, who, "/apis/tickets/", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    format!("Ticket {}", answer.json()["ticket"].as_str().unwrap())
}

async fn user(api: &Api, shown: &str) -> Answer {
    api.ask(As::Header(shown), "GET", "/rest-auth/user/", None)
        .await
}

#[tokio::test]
async fn a_ticket_stands_for_its_user_until_it_expires() {
    let hands = Hands::at(1_800_000_000);
    let api = Api::start_at(hands.clone()).await;
    let class = api.class("div").await;
    let answer = post(&api, PLAYER, "/apis/tickets/", json!({})).await;
    assert_eq!(answer.json()["expires"], "2027-01-15T20:00:00.000000Z");
    let usual = ticket(&api, PLAYER, json!({})).await;
    let short = ticket(&api, PLAYER, json!({"seconds": 60})).await;
    assert_eq!(user(&api, &usual).await.json()["id"], class.user);
    let seats = api.ask(As::Header(&short), "GET", "/apis/runusers/", None);
    assert_eq!(seats.await.json()[0]["id"], class.runuser);
    // A ticket for a ticket ends with it.
    let again = ticket(&api, As::Header(&short), json!({})).await;
    assert_eq!(user(&api, &again).await.status, 200);
    hands.turn(Duration::seconds(60));
    for ended in [short, again] {
        let refused = user(&api, &ended).await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.json(), json!({"detail": "Invalid ticket."}));
    }
    assert_eq!(user(&api, &usual).await.status, 200);
    hands.turn(Duration::hours(12));
    assert_eq!(user(&api, &usual).await.status, 401);
}

#[tokio::test]
async fn a_ticket_ends_with_its_password_and_its_user() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let path = format!("/apis/users/{}/", class.user);
    let status = async |ticket: &str| user(&api, ticket).await.status;
    let first = ticket(&api, PLAYER, json!({})).await;
    assert_eq!(status(&first).await, 200);
    api.patch(&path, &json!({"first_name": "Ada"})).await;
    assert_eq!(status(&first).await, 200, "another name is no reason");
    api.patch(&path, &json!({"password": "new"})).await;
    assert_eq!(status(&first).await, 401);
    let new = As::User("s1@div.edu", "new");
    let second = ticket(&api, new, json!({})).await;
    assert_eq!(status(&second).await, 200);
    api.patch(&path, &json!({"is_active": false})).await;
    assert_eq!(status(&second).await, 401);
    let inactive = json!({"user": class.user});
    let refused = api.post("/apis/tickets/", &inactive).await;
    assert_eq!(refused.status, 400);
    api.patch(&path, &json!({"is_active": true})).await;
    assert_eq!(status(&second).await, 401, "it does not come back");
    let third = ticket(&api, new, json!({})).await;
    assert_eq!(status(&third).await, 200);
    let out = post(&api, As::Header(&third), "/rest-auth/logout/", json!({})).await;
    assert_eq!(out.status, 200);
    assert_eq!(status(&third).await, 401);
}

#[tokio::test]
async fn staff_gets_tickets_for_others_and_nobody_else_does() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let staff = As::User(STAFF.0, STAFF.1);
    let theirs = ticket(&api, staff, json!({"user": class.user})).await;
    assert_eq!(user(&api, &theirs).await.json()["id"], class.user);
    for other in [1, 999_999] {
        let refused = post(&api, PLAYER, "/apis/tickets/", json!({"user": other})).await;
        assert_eq!(refused.status, 403, "{other}");
    }
    let own = json!({"user": class.user});
    assert_eq!(post(&api, PLAYER, "/apis/tickets/", own).await.status, 200);
    for (body, field) in [
        (json!({"user": 999_999}), "user"),
        (json!({"user": "x"}), "user"),
        (json!({"seconds": 0}), "seconds"),
        (json!({"seconds": 7 * 24 * 3600 + 1}), "seconds"),
        (json!({"seconds": "soon"}), "seconds"),
    ] {
        let refused = api.post("/apis/tickets/", &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert!(refused.json().get(field).is_some(), "{}", refused.text);
    }
    let nobody = post(&api, As::Nobody, "/apis/tickets/", json!({})).await;
    assert_eq!(nobody.status, 401);
}

#[tokio::test]
async fn authcheck_takes_a_ticket_of_that_user_for_a_password() {
    let mut api = Api::start().await;
    let class = api.class("div").await;
    let ticket = ticket(&api, PLAYER, json!({})).await;
    let ticket = ticket.strip_prefix("Ticket ").unwrap();
    let check = async |api: &Api, body: Value| {
        let answer = post(api, As::Nobody, "/apis/authcheck/", body).await;
        (answer.status, answer.json())
    };
    let known = (200, json!({"authid": class.user, "email": "s1@div.edu"}));
    let unable = (400, json!(["Unable to log in with provided credentials."]));
    // The key is the database's: a ticket outlives the process.
    for _ in 0..2 {
        for body in [
            json!({"ticket": ticket}),
            json!({"authid": class.user, "ticket": ticket}),
            json!({"email": "S1@div.edu", "ticket": ticket}),
        ] {
            assert_eq!(check(&api, body).await, known);
        }
        for body in [
            json!({"authid": 1, "ticket": ticket}),
            json!({"email": STAFF.0, "ticket": ticket}),
            json!({"ticket": ticket.replace(&format!(".{}.", class.user), ".1.")}),
            json!({"authid": class.user, "ticket": "simpl-ticket-1."}),
        ] {
            assert_eq!(check(&api, body).await, unable);
        }
        api.stop().await;
        api.resume().await;
    }
}

#[tokio::test]
async fn a_ticket_is_not_held_against_a_password_hash() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let ticket = ticket(&api, PLAYER, json!({})).await;
    // No password is right any more.
    let broken = format!(r#"UPDATE "user" SET "password" = '!' WHERE "id" = {}"#, class.user);
    api.place().sql(&broken);
    assert_eq!(user(&api, &ticket).await.status, 200);
}
