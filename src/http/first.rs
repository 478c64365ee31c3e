//! `/first/<token>`: the page on which the first lecturer sets a password, from a link that is good once.
//!
//! It works without JavaScript. Of the token only a hash is kept, in memory: the next start makes another one, until somebody is there.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{DefaultBodyLimit, Form, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use games_api::Clock;
use games_client::{Error, GamesClient};
use games_contract::{Map, Resource};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

/// Random bytes of a token.
const BYTES: usize = 16;
/// For how long a link is good.
const GOOD_FOR: Duration = Duration::hours(24);
/// What a password has at least.
const SHORTEST_PASSWORD: usize = 10;
/// The largest form.
const FORM_BYTES: usize = 16 * 1024;

const PAGE: &str = include_str!("pages/first.html");
const FORM: &str = include_str!("pages/first-form.html");
/// No script at all, and nobody hears of the address, which is a secret.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

/// The link of the first lecturer, good or not.
#[derive(Clone, Debug)]
pub struct First(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: GamesClient,
    own_user: String,
    clock: Arc<dyn Clock>,
    hash: [u8; 32],
    until: OffsetDateTime,
    /// May somebody still become the first? Held while that happens, so that two cannot.
    open: Mutex<bool>,
}

/// A link to print; it is not kept.
pub struct Link {
    /// What comes after `/first/`.
    pub token: String,
    /// Until when it is good.
    pub until: OffsetDateTime,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// What the form brings.
#[derive(Deserialize)]
struct Filled {
    email: String,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    password: String,
    again: String,
}

/// How it ended.
enum Outcome {
    /// There is a lecturer.
    Done,
    /// The link is not good, or no longer.
    Over,
    /// Something has to be different, or has to wait.
    Told(String),
}

impl First {
    /// A link, as long as `client` knows of no staff but `own_user`, the service's; otherwise a page that says that it is over.
    ///
    /// # Errors
    /// The games API does not answer, or the system has no randomness.
    pub async fn open(
        client: GamesClient,
        own_user: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Option<Link>), Error> {
        let needed = !somebody_is_there(&client, own_user).await?;
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|error| Error::Config {
            expected: "randomness from the system",
            got: error.to_string(),
        })?;
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let until = clock.now() + GOOD_FOR;
        let first = Self(Arc::new(Inner {
            client,
            own_user: own_user.to_owned(),
            clock,
            hash: Sha256::digest(&token).into(),
            until,
            open: Mutex::new(needed),
        }));
        Ok((first, needed.then_some(Link { token, until })))
    }

    /// Is this the token, and in time?
    fn fits(&self, token: &str) -> bool {
        let hash: [u8; 32] = Sha256::digest(token).into();
        bool::from(hash.ct_eq(&self.0.hash)) && self.0.clock.now() < self.0.until
    }

    async fn make(self, filled: Filled) -> Outcome {
        let mut open = self.0.open.lock().await;
        if !*open {
            return Outcome::Over;
        }
        match somebody_is_there(&self.0.client, &self.0.own_user).await {
            Ok(false) => {}
            Ok(true) => {
                *open = false;
                return Outcome::Over;
            }
            Err(error) => return later(&error),
        }
        let user = json!({
            "email": filled.email.trim(),
            "password": filled.password,
            "first_name": filled.first_name.trim(),
            "last_name": filled.last_name.trim(),
            "is_staff": true,
            "is_lecturer": true,
        });
        let user: Map = user.as_object().cloned().unwrap_or_default();
        match self.0.client.create(Resource::User, &user).await {
            Ok(_) => {
                *open = false;
                tracing::info!("the first lecturer has set a password; the link is good no longer");
                Outcome::Done
            }
            Err(Error::AlreadyExists { .. }) => Outcome::Told(
                "Somebody has this e-mail address already: use another one, or have `modelservice games-api create-user` run.".to_owned(),
            ),
            Err(Error::Refused { status: 400, message, .. }) => Outcome::Told(message),
            Err(error) => later(&error),
        }
    }
}

fn later(error: &Error) -> Outcome {
    tracing::warn!(%error, "the first lecturer could not be stored");
    Outcome::Told("This cannot be stored at the moment: try again shortly.".to_owned())
}

/// Is there any active staff besides the service's own user?
async fn somebody_is_there(client: &GamesClient, own_user: &str) -> Result<bool, Error> {
    for right in ["is_staff", "is_superuser"] {
        let filters = [(right, "True".to_owned()), ("is_active", "True".to_owned())];
        let found = client.list(Resource::User, &filters).await?;
        if found
            .iter()
            .any(|user| user.get("email") != Some(&json!(own_user)))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The page's route.
pub fn route(first: First) -> Router {
    Router::new()
        .route("/first/{token}", get(show).post(set))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .with_state(first)
}

async fn show(State(first): State<First>, Path(token): Path<String>) -> Response {
    if first.fits(&token) && *first.0.open.lock().await {
        form(StatusCode::OK, "", &Filled::default())
    } else {
        over()
    }
}

async fn set(
    State(first): State<First>,
    Path(token): Path<String>,
    filled: Result<Form<Filled>, FormRejection>,
) -> Response {
    if !first.fits(&token) {
        return over();
    }
    let Ok(Form(filled)) = filled else {
        let told = "Fill in the form and send it from this page.";
        return form(StatusCode::BAD_REQUEST, told, &Filled::default());
    };
    if let Some(told) = filled.objection() {
        return form(StatusCode::BAD_REQUEST, &told, &filled);
    }
    let kept = Filled {
        password: String::new(),
        again: String::new(),
        email: filled.email.clone(),
        first_name: filled.first_name.clone(),
        last_name: filled.last_name.clone(),
    };
    // A browser that goes away must not leave it half done.
    let made = tokio::spawn(first.make(filled)).await;
    match made.unwrap_or_else(|_| Outcome::Told("This failed: look at the log.".to_owned())) {
        Outcome::Done => page(
            StatusCode::OK,
            "Welcome",
            "<p>Your account is ready. <a href=\"/\">Sign in</a> with your e-mail address and your password.</p>\n<p>This link is good no longer.</p>",
        ),
        Outcome::Over => over(),
        Outcome::Told(told) => form(StatusCode::BAD_REQUEST, &told, &kept),
    }
}

impl Filled {
    const fn default() -> Self {
        Self {
            email: String::new(),
            first_name: String::new(),
            last_name: String::new(),
            password: String::new(),
            again: String::new(),
        }
    }

    /// What is wrong with it, as far as can be seen here.
    fn objection(&self) -> Option<String> {
        let length = self.password.chars().count();
        if !self.email.contains('@') {
            Some("Expected an e-mail address, like you@school.example.".to_owned())
        } else if length < SHORTEST_PASSWORD {
            Some(format!(
                "Expected a password of at least {SHORTEST_PASSWORD} characters, got {length}: a few words make a good one."
            ))
        } else if self.password != self.again {
            Some("Expected the same password twice, got two: type both again.".to_owned())
        } else {
            None
        }
    }
}

fn form(status: StatusCode, told: &str, filled: &Filled) -> Response {
    let told = match told {
        "" => String::new(),
        told => format!("<p class=\"bad\" role=\"alert\">{}</p>", escaped(told)),
    };
    let content = FORM
        .replace("{email}", &escaped(&filled.email))
        .replace("{first_name}", &escaped(&filled.first_name))
        .replace("{last_name}", &escaped(&filled.last_name));
    page(status, "The first lecturer", &format!("{told}\n{content}"))
}

fn over() -> Response {
    page(
        StatusCode::GONE,
        "This link is not good",
        "<p>It has been used, is older than a day, or was made by an earlier start of the service. As long as there is no lecturer, every \
         start prints a new one.</p>\n<p>If you have an account, <a href=\"/\">sign in</a>.</p>",
    )
}

fn page(status: StatusCode, title: &str, content: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let text = PAGE
        .replace("{title}", title)
        .replacen("{content}", content, 1);
    (status, headers, text).into_response()
}

/// Text as it may stand in HTML, also in an attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(email: &str, password: &str, again: &str) -> Filled {
        Filled {
            email: email.to_owned(),
            password: password.to_owned(),
            again: again.to_owned(),
            ..Filled::default()
        }
    }

    #[test]
    fn what_is_wrong_with_a_form_is_said_before_anything_is_stored() {
        let good = filled(
            "ada@school.example",
            "four green apples",
            "four green apples",
        );
        assert_eq!(good.objection(), None);
        for (wrong, expected) in [
            (
                filled("ada", "four green apples", "four green apples"),
                "e-mail address",
            ),
            (
                filled("ada@school.example", "apples", "apples"),
                "at least 10 characters, got 6",
            ),
            (
                filled("ada@school.example", "four green apples", "four red apples"),
                "twice",
            ),
        ] {
            let told = wrong.objection().unwrap();
            assert!(told.contains(expected), "{told}");
        }
    }

    #[test]
    fn what_somebody_typed_is_text_on_the_page() {
        let typed = r#""><script>alert('&')</script>"#;
        assert_eq!(
            escaped(typed),
            "&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;"
        );
    }

    #[test]
    fn the_pages_have_no_script_and_a_place_for_everything() {
        for page in [PAGE, FORM] {
            assert!(!page.contains("<script"), "{page}");
            let handler = |word: &&str| word.starts_with("on") && word.contains('=');
            assert_eq!(page.split_whitespace().find(handler), None);
        }
        for place in ["{title}", "{content}"] {
            assert!(PAGE.contains(place), "{place}");
        }
        for place in ["{email}", "{first_name}", "{last_name}"] {
            assert_eq!(FORM.matches(place).count(), 1, "{place}");
        }
        assert!(FORM.contains(r#"method="post""#));
    }
}
