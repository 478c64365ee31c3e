//! Passwords: by Basic, by authcheck, and what happens when they change.

use games_api::Account;
use serde_json::{Value, json};

use crate::server::{Answer, Api, As};

async fn authcheck(api: &Api, body: Value) -> Answer {
    let body = Some(("application/json", body.to_string()));
    api.ask(As::Nobody, "POST", "/apis/authcheck/", body).await
}

#[tokio::test]
async fn a_changed_password_counts_at_once() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let login = async |password: &str| {
        api.ask(
            As::User("s1@div.edu", password),
            "GET",
            "/apis/runusers/",
            None,
        )
        .await
        .status
    };
    assert_eq!(login("s1").await, 200);
    let user = format!("/apis/users/{}/", class.user);
    let changed = api.patch(&user, &json!({"password": "new"})).await;
    assert_eq!(changed.status, 200);
    assert!(
        !changed.text.contains("password"),
        "never shown: {}",
        changed.text
    );
    assert_eq!(login("s1").await, 401);
    assert_eq!(login("new").await, 200);
    api.patch(&user, &json!({"is_active": false})).await;
    assert_eq!(login("new").await, 401);
    let checked = authcheck(&api, json!({"authid": class.user, "password": "new"})).await;
    assert_eq!(checked.status, 400);
}

#[tokio::test]
async fn somebody_unknown_is_answered_like_a_wrong_password() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let wrong = authcheck(&api, json!({"authid": class.user, "password": "bad"})).await;
    for body in [
        json!({"authid": 99_999, "password": "bad"}),
        json!({"email": "no@no.no", "password": "bad"}),
    ] {
        let unknown = authcheck(&api, body).await;
        assert_eq!((unknown.status, unknown.text), (400, wrong.text.clone()));
    }
    let right = authcheck(&api, json!({"email": "S1@Div.edu", "password": "s1"})).await;
    assert_eq!(
        right.json(),
        json!({"authid": class.user, "email": "s1@div.edu"})
    );
}

#[tokio::test]
async fn guessing_is_slowed_down_and_other_doors_stay_open() {
    let api = Api::start().await;
    let class = api.class("div").await;
    for _ in 0..10 {
        let guess = authcheck(&api, json!({"authid": class.user, "password": "guess"})).await;
        assert_eq!(guess.status, 400);
    }
    let told = authcheck(&api, json!({"email": "s1@div.edu", "password": "guess"})).await;
    assert_eq!(told.status, 429, "by address it is the same account");
    assert!(told.text.contains("try again in"), "{}", told.text);
    assert!((1..=61).contains(&told.header("retry-after").parse::<u64>().unwrap()));
    let basic = api
        .ask(As::User("s1@div.edu", "s1"), "GET", "/apis/games/", None)
        .await;
    assert_eq!(basic.status, 200);
}

#[tokio::test]
async fn wrong_passwords_for_one_account_do_not_keep_the_others_of_that_address_out() {
    let api = Api::start().await;
    api.class("div").await;
    api.class("other").await;
    let basic = async |email: &str, password: &str| {
        let login = As::User(email, password);
        let answer = api.ask(login, "GET", "/rest-auth/user/", None).await;
        answer.status
    };
    for n in 0..10 {
        assert_eq!(basic("s1@div.edu", "guess").await, 401);
        assert_eq!(basic(&format!("nobody{n}@div.edu"), "guess").await, 401);
    }
    assert_eq!(basic("s1@div.edu", "guess").await, 429);
    assert_eq!(basic("s1@other.edu", "s1").await, 200);
}

#[tokio::test]
async fn an_ensured_user_keeps_their_password_unless_asked() {
    let mut api = Api::start().await;
    let wanted = |password, reset_password| Account {
        email: "leader@div.edu",
        password,
        first_name: "Leader",
        last_name: "User",
        staff: false,
        reset_password,
    };
    let server = api.server();
    let id = server.ensure_user(wanted("leader", false)).await.unwrap();
    assert_eq!(
        server.ensure_user(wanted("other", false)).await.unwrap(),
        id
    );
    let right = async |api: &Api, password: &str| {
        let body = json!({"email": "leader@div.edu", "password": password});
        authcheck(api, body).await.status == 200
    };
    assert!(right(&api, "leader").await && !right(&api, "other").await);
    api.server()
        .ensure_user(wanted("other", true))
        .await
        .unwrap();
    assert!(right(&api, "other").await && !right(&api, "leader").await);
    let refused = Account {
        email: "no address",
        ..wanted("x", false)
    };
    let refused = api
        .server()
        .ensure_user(refused)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("Enter a valid email address."),
        "{refused}"
    );
    api.stop().await;
}

#[tokio::test]
async fn a_password_is_never_stored_as_it_came() {
    let mut api = Api::start().await;
    for (email, password) in [
        ("a@b.cd", json!(12_345_678)),
        ("e@b.cd", json!("c0rrect-h0rse")),
    ] {
        api.create("users", json!({"email": email, "password": password}))
            .await;
    }
    let login = As::User("a@b.cd", "12345678");
    assert_eq!(
        api.ask(login, "GET", "/apis/games/", None).await.status,
        200
    );
    api.stop().await;
    let stored = api.place().content();
    let holds = |text: &[u8]| stored.windows(text.len()).any(|window| window == text);
    assert!(holds(b"$argon2id$"), "this is where passwords are");
    for clear in [b"12345678".as_slice(), b"c0rrect-h0rse"] {
        assert!(!holds(clear));
    }
}

#[tokio::test]
async fn an_old_hash_is_replaced_after_a_login_and_nothing_else_changes() {
    let mut api = Api::start().await;
    let class = api.class("div").await;
    // From Python: base64(hashlib.pbkdf2_hmac('sha256', b's1', b'seasalt', 1000)), as Django writes it.
    let django = "pbkdf2_sha256$1000$seasalt$M2HETsn+wlC9MnpzdiwhVxtSVi6v2MxtaNLeviBKsnI=";
    let set = format!(r#"UPDATE "user" SET "password" = '{django}' WHERE "id" = {}"#, class.user);
    api.place().sql(&set);
    let user = format!("/apis/users/{}/", class.user);
    let before = api.get(&user).await.text;
    let head = api.get("/apis/changes/").await.text;
    let wrong = authcheck(&api, json!({"authid": class.user, "password": "bad"})).await;
    assert_eq!(wrong.status, 400);
    let right = json!({"authid": class.user, "password": "s1"});
    assert_eq!(authcheck(&api, right.clone()).await.status, 200);
    let replaced = async {
        let old = format!(r#"SELECT count(*) FROM "user" WHERE "password" = '{django}'"#);
        while api.place().sql(&old) != "0" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), replaced)
        .await
        .unwrap();
    assert_eq!(api.get(&user).await.text, before);
    assert_eq!(api.get("/apis/changes/").await.text, head);
    api.stop().await;
    api.resume().await;
    assert_eq!(authcheck(&api, right).await.status, 200, "by the new hash");
    let ours = r#"SELECT count(*) FROM "user" WHERE "password" NOT LIKE 'argon2$argon2id$%'"#;
    assert_eq!(api.place().sql(ours), "0");
}
