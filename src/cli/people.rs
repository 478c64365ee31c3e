//! `modelservice games-api create-user | set-lecturer | set-password | create-token | import-users`: the people of a database.

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Subcommand;
use console::Term;
use games_api::{Account, Imported, People};

/// What is done with the users of a games API's database, whether it is served at the moment or not.
#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Makes a user; one who is there already stays as they are. Asks for the password, or reads it from standard input.
    CreateUser {
        /// The e-mail address, which is the login.
        email: String,
        /// The first name.
        #[arg(long, value_name = "NAME", default_value = "")]
        first_name: String,
        /// The last name.
        #[arg(long, value_name = "NAME", default_value = "")]
        last_name: String,
        /// May everything: for lecturers who run the service, and for the model service itself.
        #[arg(long)]
        staff: bool,
        /// May create runs and lead those, also a user who is there already.
        #[arg(long)]
        lecturer: bool,
    },
    /// Lets a user create runs and lead those, or no longer.
    SetLecturer {
        /// The e-mail address.
        email: String,
        /// Takes the right away; runs that they lead they go on leading.
        #[arg(long)]
        off: bool,
    },
    /// Gives a user another password, which is asked for or read from standard input. Their tokens end.
    SetPassword {
        /// The e-mail address.
        email: String,
    },
    /// Prints a new token, to be sent as "Authorization: Token …" instead of a password. It is shown this once.
    CreateToken {
        /// The e-mail address.
        email: String,
    },
    /// Makes sure of everybody in a CSV file with the columns email, first_name, last_name and perhaps password and external_id.
    /// Reading the same file twice changes nothing; users who are there keep their passwords.
    ImportUsers {
        /// The file.
        file: PathBuf,
    },
}

impl Action {
    pub(super) async fn run(self, people: &People) -> anyhow::Result<()> {
        match self {
            Self::CreateUser {
                email,
                first_name,
                last_name,
                staff,
                lecturer,
            } => {
                let account = Account {
                    email: &email,
                    password: &password(&email)?,
                    first_name: &first_name,
                    last_name: &last_name,
                    staff,
                    reset_password: false,
                };
                let (id, new) = people.create_user(account).await?;
                if lecturer {
                    people.set_lecturer(&email, true).await?;
                }
                let verb = if new { "created" } else { "kept" };
                println!("{verb} {email} as user {id}");
            }
            Self::SetLecturer { email, off } => {
                people.set_lecturer(&email, !off).await?;
                let may = if off {
                    "no longer a lecturer"
                } else {
                    "a lecturer"
                };
                println!("{email} is {may}");
            }
            Self::SetPassword { email } => {
                people.set_password(&email, &password(&email)?).await?;
                println!("changed the password of {email}");
            }
            Self::CreateToken { email } => println!("{}", people.create_token(&email).await?),
            Self::ImportUsers { file } => {
                let text = std::fs::read_to_string(&file).with_context(|| {
                    format!(
                        "expected a text file in UTF-8 at {}: correct its name, or save it as CSV UTF-8",
                        file.display()
                    )
                })?;
                report(&people.import(&text).await?);
            }
        }
        Ok(())
    }
}

/// Never an argument: everybody on the machine can read those.
fn password(email: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    if std::io::stdin().is_terminal() {
        let terminal = Term::stderr();
        let ask = |what: &str| -> anyhow::Result<String> {
            terminal.write_str(&format!("{what} for {email}: "))?;
            Ok(terminal.read_secure_line()?)
        };
        text = ask("Password")?;
        ensure!(
            text == ask("Once more, the password")?,
            "expected the same password twice, got two: start again"
        );
    } else {
        std::io::stdin().lock().read_line(&mut text)?;
    }
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    ensure!(
        !password.is_empty(),
        "expected a password on standard input, got nothing"
    );
    Ok(password)
}

fn report(imported: &Imported) {
    println!(
        "{} created, {} changed, {} as they were",
        imported.created, imported.changed, imported.unchanged
    );
    if imported.without_password > 0 {
        println!(
            "{} of them have no password yet: add a column password for new users, or use set-password",
            imported.without_password
        );
    }
    if !imported.ignored_columns.is_empty() {
        println!("columns not read: {}", imported.ignored_columns.join(", "));
    }
}
