//! What whoever runs a games API does with its users, without serving it.

use std::sync::Arc;

use games_api::{Account, Imported, People, SystemClock};
use serde_json::{Value, json};

use crate::server::{Api, As};

async fn people(api: &Api) -> People {
    let config = api.place().config();
    People::open(config, Arc::new(SystemClock)).await.unwrap()
}

async fn status(api: &Api, who: As<'_>) -> u16 {
    api.ask(who, "GET", "/rest-auth/user/", None).await.status
}

async fn users(api: &Api) -> Vec<Value> {
    let users = api.get("/apis/users/").await.json();
    users.as_array().unwrap().clone()
}

#[tokio::test]
async fn users_get_passwords_and_tokens_while_the_api_serves() {
    let api = Api::start().await;
    let people = people(&api).await;
    let ada = Account {
        email: "ada@x.edu",
        password: "first",
        first_name: "Ada",
        last_name: "Lovelace",
        staff: false,
        reset_password: false,
    };
    let (id, new) = people.create_user(ada).await.unwrap();
    assert!(new);
    assert_eq!(people.create_user(ada).await.unwrap(), (id, false));
    assert_eq!(status(&api, As::User("ada@x.edu", "first")).await, 200);
    let token = format!("Token {}", people.create_token("Ada@X.edu").await.unwrap());
    assert_eq!(status(&api, As::Header(&token)).await, 200);
    let lecturers = async || api.get("/apis/users/?is_lecturer=true").await.json();
    people.set_lecturer("ada@x.edu", true).await.unwrap();
    assert_eq!(lecturers().await[0]["id"], id);
    people.set_lecturer("ada@x.edu", false).await.unwrap();
    assert_eq!(lecturers().await, json!([]));
    assert!(people.set_lecturer("no@x.edu", true).await.is_err());
    people.set_password("ada@x.edu", "second").await.unwrap();
    assert_eq!(status(&api, As::User("ada@x.edu", "second")).await, 200);
    let other = people.create_token("ada@x.edu").await.unwrap();
    let head = api.get("/apis/changes/").await.json()["cursor"].clone();
    people.close().await;
    let mut api = api;
    api.stop().await;
    api.resume().await;
    assert_eq!(status(&api, As::User("ada@x.edu", "first")).await, 401);
    assert_eq!(
        status(&api, As::Header(&token)).await,
        401,
        "it ended with the password"
    );
    assert_eq!(
        status(&api, As::Header(&format!("Token {other}"))).await,
        200
    );
    let since = api.get(&format!("/apis/changes/?after={head}")).await;
    assert_eq!(since.status, 200);
}

#[tokio::test]
async fn what_cannot_be_done_names_the_user_and_the_reason() {
    let api = Api::start().await;
    let people = people(&api).await;
    let unknown = people.set_password("no@x.edu", "a").await.unwrap_err();
    assert!(unknown.to_string().contains("no@x.edu"), "{unknown}");
    assert!(
        unknown.to_string().contains("no user with that"),
        "{unknown}"
    );
    assert!(people.create_token("no@x.edu").await.is_err());
    let wrong = Account {
        email: "nobody",
        password: "a",
        first_name: "",
        last_name: "",
        staff: false,
        reset_password: false,
    };
    let wrong = people.create_user(wrong).await.unwrap_err();
    assert!(
        wrong
            .to_string()
            .contains("email: Enter a valid email address."),
        "{wrong}"
    );
    people.close().await;
}

#[tokio::test]
async fn a_file_can_be_imported_again() {
    let api = Api::start().await;
    let people = people(&api).await;
    let file = "email,first_name,last_name,password,external_id\n\
                ada@x.edu,Ada,Lovelace,a-secret,17\n\
                alan@x.edu,Alan,Turing,,\n";
    let imported = people.import(file).await.unwrap();
    assert_eq!(
        imported,
        Imported {
            created: 2,
            without_password: 1,
            ..Imported::default()
        }
    );
    assert_eq!(status(&api, As::User("ada@x.edu", "a-secret")).await, 200);
    let before = users(&api).await;
    assert_eq!(before.len(), 3);
    let ada = before.iter().find(|user| user["email"] == "ada@x.edu");
    assert_eq!(ada.unwrap()["external_id"], "17");
    let again = people.import(file).await.unwrap();
    assert_eq!((again.created, again.unchanged), (0, 2));
    assert_eq!(users(&api).await, before);
    let renamed = file
        .replace("Lovelace,a-secret", "King,another")
        .replace("ada@", "Ada@");
    let renamed = people.import(&renamed).await.unwrap();
    assert_eq!((renamed.changed, renamed.unchanged), (1, 1));
    let names: Vec<Value> = users(&api)
        .await
        .iter()
        .map(|user| json!([user["email"], user["last_name"]]))
        .collect();
    assert!(names.contains(&json!(["ada@x.edu", "King"])), "{names:?}");
    assert_eq!(
        status(&api, As::User("ada@x.edu", "a-secret")).await,
        200,
        "a user who is there keeps their password"
    );
    people.close().await;
}

#[tokio::test]
async fn a_file_with_a_wrong_line_changes_nothing() {
    let api = Api::start().await;
    let people = people(&api).await;
    let file = "email;first_name;last_name;seat\n\
                ada@x.edu;Ada;Lovelace;1\n\
                alan;Alan;Turing;2\n\
                ;;;\n";
    let refused = people.import(file).await.unwrap_err().to_string();
    assert!(
        refused.contains("line 3: email: Enter a valid email address."),
        "{refused}"
    );
    assert!(refused.contains("line 4: email: This field may not be blank."));
    assert!(refused.contains("nothing is imported"));
    assert_eq!(users(&api).await.len(), 1);
    people.close().await;
}
