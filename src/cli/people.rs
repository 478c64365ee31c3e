//! `modelservice games-api create-user | set-lecturer | set-password | create-token | import-users | export-user |
//! erase-user`: the people of a database.

use std::fs::File;
use std::io::{BufRead, IsTerminal, Write as _};
use std::path::{Path, PathBuf};

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
    /// Writes everything that is stored about a user as JSON, without secrets.
    ExportUser {
        /// The e-mail address.
        email: String,
        /// The file; one that is there already is left alone. Without it, standard output.
        file: Option<PathBuf>,
    },
    /// Takes a user out of everything that is stored: address, names, password, tokens, subscriptions, and texts that name them. What they
    /// played stays, and names nobody. Backups made before still have them.
    EraseUser {
        /// The e-mail address.
        email: String,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
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
            Self::ExportUser { email, file } => {
                let text = format!("{:#}", people.export(&email).await?);
                match file {
                    Some(file) => {
                        write_new(&file, &text)?;
                        println!("wrote what is stored about {email} to {}", file.display());
                    }
                    None => println!("{text}"),
                }
            }
            Self::EraseUser { email, yes } => erase(people, &email, yes).await?,
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

/// Writes a file that is not there yet.
fn write_new(file: &Path, text: &str) -> anyhow::Result<()> {
    let opened = File::options().write(true).create_new(true).open(file);
    opened
        .and_then(|mut opened| writeln!(opened, "{text}"))
        .with_context(|| {
            format!(
                "expected a file to make at {}: choose a name that is free, in a folder that may be written",
                file.display()
            )
        })
}

async fn erase(people: &People, email: &str, yes: bool) -> anyhow::Result<()> {
    if !yes {
        ensure!(
            std::io::stdin().is_terminal(),
            "erase-user takes {email} out of everything for ever, and there is no terminal to ask at: add --yes if that is meant"
        );
        let sure = dialoguer::Confirm::new()
            .with_prompt(format!("Take {email} out of everything, for ever?"))
            .default(false)
            .interact()
            .context("the question could not be asked")?;
        ensure!(sure, "nothing is erased");
    }
    match people.erase(email).await? {
        Some(erased) => println!(
            "erased {email}, now user {} without a name; {} rows and {} records of changes named them",
            erased.user, erased.rows, erased.records
        ),
        None => println!("nobody has the address {email}: nothing is left to erase"),
    }
    Ok(())
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
