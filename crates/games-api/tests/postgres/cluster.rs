//! PostgreSQL for tests: one server for each test binary, made from the programs on this machine and gone when the tests end.
//!
//! Where there are none, the tests that need it are skipped with a line on standard error; a run with `CI` set fails instead.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

/// Where Debian and its relatives keep the programs, a folder for each version.
const PROGRAMS: &str = "/usr/lib/postgresql";
/// The oldest version that these tests, and the sorting they ask for, are made for.
const OLDEST: u32 = 15;
/// A server for tests may forget everything when its machine fails.
const OPTIONS: &str = "-c listen_addresses= -c fsync=off -c max_connections=300";
/// Ends the server and removes its files once the tests have gone, however they went.
const AFTERWARDS: &str =
    r#"trap "" INT TERM; cat; "$0/pg_ctl" -D "$1/data" -m immediate -w stop; rm -rf "$1""#;

static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();

/// A running server; it listens on a socket in its folder.
struct Cluster {
    programs: PathBuf,
    folder: String,
    /// Who cleans up. Its standard input closes with this process, which is what it waits for.
    _afterwards: Child,
}

/// Makes a new database and returns its address; none where there is no PostgreSQL.
pub(crate) fn database() -> Option<String> {
    static NAMES: AtomicU32 = AtomicU32::new(0);
    let cluster = cluster()?;
    let name = format!("test_{}", NAMES.fetch_add(1, Relaxed));
    sql(
        "postgres",
        &format!("CREATE DATABASE {name} TEMPLATE template0"),
    );
    let socket = cluster.folder.replace('/', "%2F");
    Some(format!("postgres://postgres@{socket}/{name}"))
}

/// Runs a statement in a database of [`database`], by address or name, and returns what it answers.
pub(crate) fn sql(database: &str, statement: &str) -> String {
    let name = database.rsplit('/').next().unwrap();
    let cluster = cluster().unwrap();
    let mut psql = Command::new(cluster.programs.join("psql"));
    psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
        .args([
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "postgres",
            "-h",
            &cluster.folder,
        ])
        .args(["-d", name, "-c", statement]);
    output(&mut psql)
}

/// Everything that a database holds, as text.
#[allow(
    dead_code,
    reason = "not every test binary that has a cluster asks for it"
)]
pub(crate) fn dump(database: &str) -> String {
    let name = database.rsplit('/').next().unwrap();
    let cluster = cluster().unwrap();
    let mut dump = Command::new(cluster.programs.join("pg_dump"));
    output(dump.args(["-U", "postgres", "-h", &cluster.folder, name]))
}

/// Stops the server as a power cut of its machine would, but for what the disk forgets, and starts it again.
#[allow(
    dead_code,
    reason = "not every test binary that has a cluster asks for it"
)]
pub(crate) fn restart_at_once() {
    let Cluster {
        programs, folder, ..
    } = cluster().unwrap();
    let data = format!("{folder}/data");
    let options = format!("{OPTIONS} -k {folder}");
    let log = format!("{folder}/log");
    let mut command = user(programs.join("pg_ctl"));
    command.args(["-D", &data, "-l", &log, "-o", &options]);
    output(command.args(["-m", "immediate", "-w", "restart"]));
}

fn cluster() -> Option<&'static Cluster> {
    CLUSTER.get_or_init(start).as_ref()
}

fn start() -> Option<Cluster> {
    let Some(programs) = programs() else {
        let said = format!(
            "skipped: what needs PostgreSQL {OLDEST} or newer, whose programs are not below {PROGRAMS}: install the package postgresql\n"
        );
        assert!(option_env!("CI").is_none(), "{said}");
        // Not with a macro, whose text the test harness would keep to itself.
        std::io::stderr().write_all(said.as_bytes()).unwrap();
        return None;
    };
    let folder = output(user("mktemp").args(["-d", "/tmp/games-api-postgres.XXXXXX"]));
    let mut afterwards = user("sh");
    let afterwards = afterwards
        .args(["-c", AFTERWARDS])
        .arg(&programs)
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let data = format!("{folder}/data");
    // Sorting that is not by code point, as most servers have it: what relies on it is found out.
    output(
        user(programs.join("initdb"))
            .args([
                "--no-sync",
                "--auth=trust",
                "--username=postgres",
                "-D",
                &data,
            ])
            .args(["--encoding=UTF8", "--locale=C", "--locale-provider=icu"])
            .arg("--icu-locale=en-US"),
    );
    let options = format!("{OPTIONS} -k {folder}");
    let log = format!("{folder}/log");
    output(
        user(programs.join("pg_ctl"))
            .args(["-D", &data, "-l", &log, "-o", &options, "-w", "start"]),
    );
    Some(Cluster {
        programs,
        folder,
        _afterwards: afterwards,
    })
}

/// The newest version's folder.
fn programs() -> Option<PathBuf> {
    let version = |entry: &Path| entry.file_name()?.to_str()?.parse::<u32>().ok();
    let found = Path::new(PROGRAMS).read_dir().ok()?;
    found
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|entry| entry.join("bin/initdb").exists())
        .filter(|entry| version(entry) >= Some(OLDEST))
        .max_by_key(|entry| version(entry))
        .map(|entry| entry.join("bin"))
}

/// A command of a user whom the server accepts: anybody but root.
fn user(program: impl Into<PathBuf>) -> Command {
    let program = program.into();
    let is_root = output(Command::new("id").arg("-u")) == "0";
    let mut command = if is_root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/tmp");
    command
}

/// Runs a command and returns what it says, without the last line's end.
fn output(command: &mut Command) -> String {
    // A server started by it holds its output open, so it has none of ours.
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str| std::fs::File::create(files.path().join(name)).unwrap();
    let read = |name: &str| std::fs::read_to_string(files.path().join(name)).unwrap();
    let status = command
        .stdin(Stdio::null())
        .stdout(file("out"))
        .stderr(file("err"))
        .status()
        .unwrap();
    assert!(status.success(), "{command:?}: {}", read("err"));
    read("out").trim_end().to_owned()
}
