//! The service behind nginx and Caddy, with the files of `deploy/`: what browsers do through them, and what strangers try.
//!
//! Where one of them is not installed, its test is left out with a line on standard error; a run with `CI` set fails instead.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use reqwest::Client;
use tempfile::tempdir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::lecturer::{EMAIL, PASSWORD, fill_in, is_staff, sign_in};
use crate::process::{Process, serve};
use crate::program::PATIENCE;
use crate::tls::{Made, plain_browser};

/// Wrong passwords for one account from one address that are answered within a minute.
const WRONG: usize = 10;
/// Requests without a right login that one address may make in a minute.
const STRANGERS: usize = 600;

fn shipped(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    std::fs::read_to_string(folder.join(file)).unwrap()
}

/// A port that nobody has at the moment.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

/// Is this program installed? In a run of everything it has to be.
async fn installed(program: &str) -> bool {
    let mut asked = Command::new(program);
    asked.arg("-h").stdin(Stdio::null());
    asked.stdout(Stdio::null()).stderr(Stdio::null());
    let there = asked.status().await.is_ok();
    if !there {
        let said = format!("{program} is not installed, so nothing is tried behind it");
        assert!(std::env::var_os("CI").is_none(), "{said}");
        eprintln!("{said}");
    }
    there
}

/// Not everybody has the folder of system programs among those that are looked through.
fn nginx() -> &'static str {
    let usual = "/usr/sbin/nginx";
    if Path::new(usual).exists() {
        usual
    } else {
        "nginx"
    }
}

/// Replaces what has to be there.
fn replaced(text: &str, pairs: &[(&str, String)]) -> String {
    pairs.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from:?} is not in\n{text}");
        text.replace(from, to)
    })
}

/// A proxy that runs; it ends with this.
struct Proxy {
    _process: Child,
    port: u16,
}

impl Proxy {
    async fn start(mut command: Command, port: u16) -> Self {
        let process = command.stdin(Stdio::null()).kill_on_drop(true).spawn();
        let listens = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        let listens = tokio::time::timeout(PATIENCE, listens).await;
        listens.expect("the proxy listens");
        Self {
            _process: process.unwrap(),
            port,
        }
    }

    async fn nginx(folder: &Path, made: &Made, service: &str, port: u16) -> Self {
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let plain = free_port().await;
        let server = replaced(
            &shipped("nginx.conf"),
            &[
                ("server 127.0.0.1:8080;", format!("server {service};")),
                ("listen 80;", format!("listen 127.0.0.1:{plain};")),
                ("listen [::]:80;", String::new()),
                ("listen 443 ssl;", format!("listen 127.0.0.1:{port} ssl;")),
                ("listen [::]:443 ssl;", String::new()),
                ("games.school.example;", "localhost;".to_owned()),
                (
                    "/etc/letsencrypt/live/games.school.example/fullchain.pem",
                    made.chain.to_str().unwrap().to_owned(),
                ),
                (
                    "/etc/letsencrypt/live/games.school.example/privkey.pem",
                    made.key.to_str().unwrap().to_owned(),
                ),
            ],
        );
        std::fs::write(path("server.conf"), server).unwrap();
        let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let places = places.map(|name| format!("{name}_temp_path {};", path(name)));
        // One process, which ends with this test.
        let main = format!(
            "daemon off;\nmaster_process off;\npid {};\nerror_log {};\nevents {{}}\nhttp {{\naccess_log off;\n{}\ninclude {};\n}}\n",
            path("nginx.pid"),
            path("nginx.log"),
            places.join("\n"),
            path("server.conf"),
        );
        std::fs::write(path("nginx.conf"), main).unwrap();
        let mut command = Command::new(nginx());
        command.args([
            "-p",
            &path(""),
            "-e",
            &path("nginx.log"),
            "-c",
            &path("nginx.conf"),
        ]);
        Self::start(command, port).await
    }

    async fn caddy(folder: &Path, made: &Made, service: &str, port: u16) -> Self {
        let file = folder.join("Caddyfile");
        let (chain, key) = (made.chain.display(), made.key.display());
        let site = replaced(
            &shipped("Caddyfile"),
            &[
                (
                    "games.school.example {",
                    format!("https://localhost:{port} {{\n\ttls {chain} {key}"),
                ),
                ("127.0.0.1:8080", service.to_owned()),
            ],
        );
        let global = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n";
        std::fs::write(&file, format!("{global}{site}")).unwrap();
        let mut command = Command::new("caddy");
        command
            .args([
                "run",
                "--adapter",
                "caddyfile",
                "--config",
                file.to_str().unwrap(),
            ])
            .env("HOME", folder)
            .stderr(Stdio::null());
        Self::start(command, port).await
    }
}

/// The service, as `deploy/settings.toml` sets it, for a proxy at this port of the machine.
async fn behind(folder: &Path, port: u16) -> Process {
    let site = format!("https://localhost:{port}");
    let mut command = serve(&folder.join("data"), &["--public-url", &site]);
    command.env("SIMPL_PUBLIC_TRUSTED_PROXIES", "127.0.0.1,::1");
    Process::start(command).await
}

/// What a browser with a page from there is answered when it asks for a WebSocket.
async fn asks_for_a_websocket(browser: &Client, site: &str, origin: &str) -> u16 {
    let asked = browser
        .get(format!("{site}/ws"))
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("Sec-WebSocket-Protocol", "wamp.2.json")
        .header("Origin", origin)
        .send();
    asked.await.unwrap().status().into()
}

/// Asks as a stranger, and says to come from elsewhere.
async fn stranger(browser: &Client, site: &str, from: &str) -> u16 {
    let asked = browser.get(format!("{site}/apis/"));
    let asked = asked.header("X-Forwarded-For", from).send();
    asked.await.unwrap().status().into()
}

/// A proxy of one line: says of every connection that it comes from this address.
async fn in_the_name_of(from: &'static str, service: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(service).await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n") {
                    request.push(client.read_u8().await.unwrap());
                }
                request.extend(format!("X-Forwarded-For: {from}\r\n").bytes());
                server.write_all(&request).await.unwrap();
                // Either side may hang up first.
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    here
}

async fn a_class_can_use(proxy: &Proxy, made: Made, mut service: Process) {
    let site = format!("https://localhost:{}", proxy.port);
    let browser = made.browser();
    let made = Arc::new(made);
    let page = browser.get(format!("{site}/")).send().await.unwrap();
    assert_eq!(page.status(), 200);

    let link = service.link().await;
    let token = link.strip_prefix(&format!("{site}/first/")).unwrap();
    let there = format!("127.0.0.1:{}", proxy.port);
    let bridge = Arc::clone(&made).bridge(there).await;
    // Caddy serves whoever asks for its name.
    let plain = format!("localhost:{}", bridge.port());
    let link = format!("http://{plain}/first/{token}");
    let filled = fill_in(&link, EMAIL, PASSWORD, PASSWORD).await;
    assert_eq!(filled.status(), 200);
    let session = sign_in(&plain, EMAIL, PASSWORD).await.unwrap();
    assert!(is_staff(&session).await);
    drop(session);

    assert_eq!(asks_for_a_websocket(&browser, &site, &site).await, 101);
    let foreign = "https://evil.example";
    assert_eq!(asks_for_a_websocket(&browser, &site, foreign).await, 403);
    let runs = browser.get(format!("{site}/apis/runs/"));
    let runs = runs.basic_auth(EMAIL, Some(PASSWORD)).send().await.unwrap();
    assert_eq!(runs.status(), 200);

    // Whatever a stranger says, the proxy knows where they come from.
    for n in 0..STRANGERS {
        let from = format!("198.51.{}.{}", n / 256, n % 256);
        assert_eq!(stranger(&browser, &site, &from).await, 401, "{n}");
    }
    assert_eq!(stranger(&browser, &site, "203.0.113.1").await, 429);
    service.stop().await;
}

#[tokio::test]
async fn a_class_can_use_it_behind_nginx() {
    if !installed(nginx()).await {
        return;
    }
    let folder = tempdir().unwrap();
    let made = Made::write(folder.path(), "proxy", (2020, 2090));
    let port = free_port().await;
    let service = behind(folder.path(), port).await;
    let proxy = Proxy::nginx(folder.path(), &made, &service.address, port).await;
    a_class_can_use(&proxy, made, service).await;
}

#[tokio::test]
async fn a_class_can_use_it_behind_caddy() {
    if !installed("caddy").await {
        return;
    }
    let folder = tempdir().unwrap();
    let made = Made::write(folder.path(), "proxy", (2020, 2090));
    let port = free_port().await;
    let service = behind(folder.path(), port).await;
    let proxy = Proxy::caddy(folder.path(), &made, &service.address, port).await;
    a_class_can_use(&proxy, made, service).await;
}

#[tokio::test]
async fn strangers_count_by_the_address_that_a_trusted_proxy_names_and_no_other() {
    let folder = tempdir().unwrap();
    let browser = plain_browser();
    let service = behind(folder.path(), 443).await;
    for _ in 0..STRANGERS {
        let told = stranger(&browser, &service.url(""), "198.51.100.9").await;
        assert_eq!(told, 401);
    }
    let limited = stranger(&browser, &service.url(""), "198.51.100.9").await;
    assert_eq!(limited, 429);
    let neighbour = stranger(&browser, &service.url(""), "198.51.100.10").await;
    assert_eq!(neighbour, 401);
    service.stop().await;

    let mut command = serve(&folder.path().join("other"), &[]);
    command.env("SIMPL_LOG_LEVEL", "warn");
    let service = Process::start(command).await;
    for n in 0..STRANGERS {
        let from = format!("198.51.{}.{}", n / 256, n % 256);
        assert_eq!(stranger(&browser, &service.url(""), &from).await, 401);
    }
    let limited = stranger(&browser, &service.url(""), "203.0.113.1").await;
    assert_eq!(limited, 429);
    let said = service.stop().await;
    let hints = said.matches("public.trusted_proxies does not name").count();
    assert_eq!(hints, 1, "{said}");
}

#[tokio::test]
async fn whoever_guesses_a_lecturers_password_from_elsewhere_does_not_lock_them_out() {
    let folder = tempdir().unwrap();
    let mut service = behind(folder.path(), 443).await;
    let link = service.link().await;
    let token = link.rsplit('/').next().unwrap();
    let page = service.url(&format!("/first/{token}"));
    let filled = fill_in(&page, EMAIL, PASSWORD, PASSWORD).await;
    assert_eq!(filled.status(), 200);
    let guesser = in_the_name_of("198.51.100.9", service.address.clone()).await;
    for _ in 0..WRONG {
        assert!(sign_in(&guesser, EMAIL, "a guess").await.is_err());
    }
    // Even the right one comes too late from there.
    assert!(sign_in(&guesser, EMAIL, PASSWORD).await.is_err());
    let lecturer = in_the_name_of("198.51.100.10", service.address.clone()).await;
    let session = sign_in(&lecturer, EMAIL, PASSWORD).await.unwrap();
    assert!(is_staff(&session).await);
    drop(session);
    service.stop().await;
}
