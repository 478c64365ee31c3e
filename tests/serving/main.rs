//! `modelservice serve`, the real binary, as an operator meets it: the first start, the link, logins that nobody knows, TLS.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr, reason = "what is left out is said")]

mod lecturer;
mod process;
#[path = "../common/program.rs"]
#[allow(dead_code, reason = "only the command is needed here")]
mod program;
mod proxies;
mod tls;

use std::sync::Arc;

use tempfile::tempdir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wamp_transport::ConnectError;

use lecturer::{EMAIL, PASSWORD, fill_in, is_staff, sign_in};
use process::{Process, refusal, serve};
use program::modelservice;
use tls::{Made, plain_browser};

/// A client for plain HTTP.
async fn status(url: &str) -> u16 {
    plain_browser()
        .get(url)
        .send()
        .await
        .unwrap()
        .status()
        .into()
}

#[tokio::test]
async fn the_first_lecturer_comes_by_a_link_that_is_good_once() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    let mut service = Process::serve(&data, &[]).await;
    let link = service.link().await;
    assert!(link.starts_with(&service.url("/first/")), "{link}");

    let page = plain_browser().get(&link).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"));
    assert_eq!(page.headers()["referrer-policy"], "no-referrer");
    let text = page.text().await.unwrap();
    assert!(text.contains(r#"<form method="post">"#), "{text}");
    let guess = format!("{}0123456789abcdef0123456789abcdef", service.url("/first/"));
    assert_eq!(status(&guess).await, 410);
    let filled = fill_in(&guess, EMAIL, PASSWORD, PASSWORD).await;
    assert_eq!(filled.status(), 410);

    let short = fill_in(&link, EMAIL, "apples", "apples").await;
    assert_eq!(short.status(), 400);
    let text = short.text().await.unwrap();
    assert!(text.contains("at least 10 characters, got 6"), "{text}");
    assert!(text.contains(r#"value="ada@school.example""#), "{text}");
    // What the games API refuses is said on the page, too.
    let wrong = fill_in(&link, "ada@", PASSWORD, PASSWORD).await;
    assert_eq!(wrong.status(), 400);
    assert!(wrong.text().await.unwrap().contains("email"));

    let filled = fill_in(&link, EMAIL, PASSWORD, PASSWORD).await;
    assert_eq!(filled.status(), 200);
    assert_eq!(status(&link).await, 410);
    let again = fill_in(&link, "eve@school.example", PASSWORD, PASSWORD).await;
    assert_eq!(again.status(), 410);
    let session = sign_in(&service.address, EMAIL, PASSWORD).await.unwrap();
    assert!(is_staff(&session).await);
    drop(session);
    service.stop().await;

    let service = Process::serve(&data, &[]).await;
    let session = sign_in(&service.address, EMAIL, PASSWORD).await.unwrap();
    assert!(is_staff(&session).await);
    drop(session);
    let token = link.rsplit('/').next().unwrap();
    assert_eq!(status(&service.url(&format!("/first/{token}"))).await, 410);
    let said = service.stop().await;
    assert!(!said.contains("first lecturer"), "{said}");
}

#[tokio::test]
async fn of_two_who_use_the_link_at_the_same_moment_one_becomes_the_first_lecturer() {
    let folder = tempdir().unwrap();
    let mut service = Process::serve(folder.path(), &[]).await;
    let link = service.link().await;
    let (ada, eve) = tokio::join!(
        fill_in(&link, EMAIL, PASSWORD, PASSWORD),
        fill_in(&link, "eve@school.example", PASSWORD, PASSWORD),
    );
    let mut ended = [ada.status().as_u16(), eve.status().as_u16()];
    ended.sort_unstable();
    assert_eq!(ended, [200, 410]);
    service.stop().await;
}

#[tokio::test]
async fn every_start_makes_a_new_link_until_one_is_used() {
    let folder = tempdir().unwrap();
    let mut service = Process::serve(folder.path(), &[]).await;
    let first = service.link().await;
    service.stop().await;
    let mut service = Process::serve(folder.path(), &[]).await;
    let second = service.link().await;
    let token = first.rsplit('/').next().unwrap();
    assert!(!second.ends_with(token));
    assert_eq!(status(&service.url(&format!("/first/{token}"))).await, 410);
    assert_eq!(status(&second).await, 200);
    // Staff who came another way end it as well.
    let data = folder.path().to_str().unwrap();
    let command = "printf 'seven blue pears\\n' | \"$0\" games-api create-user --staff eve@school.example --data \"$1\"";
    let binary = modelservice(&[]);
    let made = tokio::process::Command::new("sh")
        .args(["-c", command])
        .arg(binary.as_std().get_program())
        .arg(data)
        .status();
    assert!(made.await.unwrap().success());
    let late = fill_in(&second, EMAIL, PASSWORD, PASSWORD).await;
    assert_eq!(late.status(), 410);
    service.stop().await;
}

#[tokio::test]
async fn no_login_that_everybody_knows_is_good_for_anything() {
    let folder = tempdir().unwrap();
    let service = Process::serve(folder.path(), &[]).await;
    for (email, password) in [
        ("simpl@simpl.world", "simpl"),
        ("leader@div.edu", "leader"),
        ("s1@div.edu", "s1"),
        ("s2@div.edu", "s2"),
    ] {
        let refused = sign_in(&service.address, email, password).await;
        assert!(
            matches!(refused, Err(ConnectError::Refused { .. })),
            "{email}: {refused:?}"
        );
    }
    // No content: the page offers nobody.
    assert_eq!(status(&service.url("/dev/logins.json")).await, 204);
    assert_eq!(status(&service.url("/")).await, 200);
    // Nor has it the page on which an author signs in as everybody.
    assert_eq!(status(&service.url("/author")).await, 404);
    service.stop().await;
}

#[tokio::test]
async fn a_folder_with_known_logins_is_not_served_and_one_that_is_served_gets_none() {
    let folder = tempdir().unwrap();
    let (tried, class) = (folder.path().join("tried"), folder.path().join("class"));
    let dev = |data: &std::path::Path| {
        let data = data.to_str().unwrap();
        let free = "127.0.0.1:0";
        modelservice(&[
            "dev",
            "--listen",
            free,
            "--api-listen",
            free,
            "--data",
            data,
        ])
    };
    Process::start(dev(&tried)).await.stop().await;
    let said = refusal(serve(&tried, &[])).await;
    assert!(
        said.contains("@div.edu has a password that everybody knows"),
        "{said}"
    );
    assert!(said.contains("set-password"), "{said}");

    Process::serve(&class, &[]).await.stop().await;
    let said = refusal(dev(&class)).await;
    assert!(said.contains("`modelservice serve` has served"), "{said}");
}

#[tokio::test]
async fn the_games_api_is_at_the_same_address_and_its_figures_are_not() {
    let folder = tempdir().unwrap();
    let service = Process::serve(folder.path(), &[]).await;
    let password = std::fs::read_to_string(folder.path().join("service-password")).unwrap();
    let root = plain_browser()
        .get(service.url("/apis/"))
        .basic_auth("simpl@simpl.world", Some(password.trim()))
        .send()
        .await
        .unwrap();
    assert_eq!(root.status(), 200);
    let root: serde_json::Value = root.json().await.unwrap();
    assert_eq!(root["runs"], service.url("/apis/runs/"));
    assert_eq!(status(&service.url("/apis/runs/")).await, 401);
    assert_eq!(status(&service.url("/nothing")).await, 404);
    // The model service's own figures are there, for the machine itself; what a proxy passes on comes from elsewhere.
    let figures = plain_browser().get(service.url("/metrics"));
    let own = figures.try_clone().unwrap().send().await.unwrap();
    let own = own.text().await.unwrap();
    assert!(own.contains("modelservice_users_online 0"), "{own}");
    // And those of its router, as the router alone tells them.
    for count in [
        "wamp_events_dropped_total",
        "wamp_sessions_closed_slow_total",
    ] {
        assert!(own.contains(&format!("\n{count} 0\n")), "{own}");
    }
    assert!(!own.contains("games_api_"), "{own}");
    let passed_on = figures.header("x-forwarded-for", "203.0.113.7").send();
    assert_eq!(passed_on.await.unwrap().status(), 403);
    service.stop().await;
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_on_the_machine_reads_what_the_service_keeps() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    let service = Process::serve(&data, &[]).await;
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    for expected in ["games.db", "games.db-wal", "service-password"] {
        assert!(names.contains(&expected.to_owned()), "{names:?}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_class_plays_over_tls_and_a_new_certificate_takes_over_without_ending_its_sessions() {
    let folder = tempdir().unwrap();
    let old = Arc::new(Made::write(folder.path(), "tls", (2020, 2090)));
    let mut service = Process::serve(&folder.path().join("data"), &old.arguments()).await;
    assert_eq!(service.scheme, "https");
    let link = service.link().await;
    let token = link.rsplit('/').next().unwrap();
    assert!(link.starts_with("https://"), "{link}");
    assert!(service.says("WAMP ").await.starts_with("wss://"));
    let health = old
        .browser()
        .get(service.url("/readyz"))
        .send()
        .await
        .unwrap();
    assert_eq!(health.status(), 200);

    let plain = Arc::clone(&old)
        .bridge(service.address.clone())
        .await
        .to_string();
    let filled = fill_in(
        &format!("http://{plain}/first/{token}"),
        EMAIL,
        PASSWORD,
        PASSWORD,
    )
    .await;
    assert_eq!(filled.status(), 200);
    let session = sign_in(&plain, EMAIL, PASSWORD).await.unwrap();
    assert!(is_staff(&session).await);

    let new = Made::write(folder.path(), "tls", (2021, 2091));
    service.signal("HUP").await;
    // A connection shows which certificate is in use; the signal may take a moment.
    let taken_over = async {
        while new.connect(&service.address).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    let taken_over = tokio::time::timeout(program::PATIENCE, taken_over).await;
    taken_over.expect("the new certificate is in use");
    assert!(old.connect(&service.address).await.is_err());
    assert!(is_staff(&session).await, "the old session goes on");
    drop(session);
    service.stop().await;
}

#[tokio::test]
async fn after_files_that_cannot_be_used_the_certificate_before_stays() {
    let folder = tempdir().unwrap();
    let made = Made::write(folder.path(), "tls", (2020, 2090));
    let mut command = serve(&folder.path().join("data"), &made.arguments());
    command.env("SIMPL_LOG_LEVEL", "error");
    let service = Process::start(command).await;
    std::fs::write(&made.key, "not a key").unwrap();
    service.signal("HUP").await;
    let mut said = service.said().clone();
    let told = said.wait_for(|said| said.contains("the certificate stays the one before"));
    tokio::time::timeout(program::PATIENCE, told)
        .await
        .unwrap()
        .unwrap();
    made.connect(&service.address).await.unwrap();
    service.stop().await;
}

#[tokio::test]
async fn whoever_comes_without_tls_reads_what_to_type() {
    let folder = tempdir().unwrap();
    let made = Made::write(folder.path(), "tls", (2020, 2090));
    let service = Process::serve(&folder.path().join("data"), &made.arguments()).await;
    let mut stream = TcpStream::connect(&service.address).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 400");
    service.stop().await;
}

#[tokio::test]
async fn files_that_do_not_belong_together_are_named_before_anything_is_made() {
    let folder = tempdir().unwrap();
    let made = Made::write(folder.path(), "one", (2020, 2090));
    let other = Made::write(folder.path(), "two", (2020, 2090));
    let data = folder.path().join("data");
    let [cert, chain, key, _] = made.arguments();
    let said = refusal(serve(
        &data,
        &[cert, chain, key, other.key.to_str().unwrap()],
    ))
    .await;
    assert!(
        said.contains("one.pem") && said.contains("two.key"),
        "{said}"
    );
    assert!(said.contains("made together"), "{said}");
    assert!(!data.exists());
}

#[tokio::test]
async fn an_expired_certificate_is_used_with_a_warning() {
    let folder = tempdir().unwrap();
    let made = Made::write(folder.path(), "tls", (2020, 2021));
    let mut command = serve(&folder.path().join("data"), &made.arguments());
    command.env("SIMPL_LOG_LEVEL", "warn");
    let service = Process::start(command).await;
    let said = service.stop().await;
    assert!(said.contains("has expired on 2021-01-01"), "{said}");
}

#[tokio::test]
async fn a_service_that_students_cannot_reach_says_so() {
    let folder = tempdir().unwrap();
    let mut service = Process::serve(&folder.path().join("a"), &[]).await;
    let told = service.says("warning:").await;
    assert!(told.contains("students cannot reach"), "{told}");
    service.stop().await;

    let site = "https://games.school.example";
    let mut service = Process::serve(&folder.path().join("b"), &["--public-url", site]).await;
    let link = service.link().await;
    assert!(link.starts_with(&format!("{site}/first/")), "{link}");
    let said = service.stop().await;
    assert!(!said.contains("warning:"), "{said}");

    let said = refusal(serve(folder.path(), &["--public-url", "school/games"])).await;
    assert!(said.contains("public.url = school/games"), "{said}");
}
