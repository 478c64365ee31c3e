//! The folder in which `serve` keeps its database and its secret: for its own user alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};

use super::games_api::DATABASE;
use crate::settings::Secret;

/// The password with which the model service signs in to the games API beside it.
const PASSWORD: &str = "service-password";
/// Random bytes of that password.
const BYTES: usize = 32;

/// A folder that `serve` works in.
#[derive(Debug)]
pub(super) struct DataFolder(PathBuf);

impl DataFolder {
    /// Makes what is missing, so that nobody else on the machine can read it: the folder, and the file of the database, whose side files get
    /// the mode that it has.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let made = folders().create(path);
        made.and_then(|()| new_file(&path.join(DATABASE)).map(drop).or_else(known))
            .with_context(|| {
                format!(
                    "expected a data folder to work in at {}: choose another with --data, or let the user of this service write there",
                    path.display()
                )
            })?;
        Ok(Self(path.to_owned()))
    }

    /// Has `serve` worked here?
    pub(super) fn is_of_serve(path: &Path) -> bool {
        path.join(PASSWORD).exists()
    }

    /// Who else on this machine may read what is in it, if anybody.
    #[cfg(unix)]
    pub(super) fn complaint(&self) -> Option<String> {
        use std::os::unix::fs::PermissionsExt;
        let others = |path: &Path| {
            fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
        };
        others(&self.0).then(|| {
            let path = self.0.display();
            format!("others on this machine can look into the data folder: chmod 700 {path}")
        })
    }

    /// Who else on this machine may read what is in it, if anybody.
    #[cfg(not(unix))]
    pub(super) const fn complaint(&self) -> Option<String> {
        None
    }

    /// The password of the service's own account; made at the first start.
    pub(super) fn service_password(&self) -> anyhow::Result<Secret> {
        let path = self.0.join(PASSWORD);
        let failed = || {
            format!(
                "expected a password to read, or to make, at {}",
                path.display()
            )
        };
        match fs::read_to_string(&path) {
            Ok(text) => {
                let password = text.trim_end().to_owned();
                ensure!(
                    password.len() >= BYTES,
                    "expected a password of at least {BYTES} characters in {}, got {}: delete the file to have a new one made",
                    path.display(),
                    password.len()
                );
                only_for_the_owner(&path).with_context(failed)?;
                Ok(Secret(password))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut bytes = [0; BYTES];
                getrandom::fill(&mut bytes)
                    .map_err(|error| anyhow!("expected randomness from the system, got {error}"))?;
                let password: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                self.write(&path, &password).with_context(failed)?;
                Ok(Secret(password))
            }
            Err(error) => Err(error).with_context(failed),
        }
    }

    /// The file has its name only once it is whole.
    fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        let part = self.0.join(format!("{PASSWORD}.part"));
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = new_file(&part)?;
        writeln!(file, "{text}")?;
        file.sync_all()?;
        fs::rename(&part, path)
    }
}

/// That a file is there already is as good.
fn known(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::AlreadyExists => Ok(()),
        _ => Err(error),
    }
}

fn folders() -> DirBuilder {
    let mut folders = DirBuilder::new();
    folders.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
    folders
}

/// A file that is not there yet.
fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn only_for_the_owner(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(
            "others on this machine could read {}: no longer",
            path.display()
        );
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn only_for_the_owner(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_made_once_and_for_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("class/data");
        assert!(!DataFolder::is_of_serve(&data));
        let first = DataFolder::open(&data).unwrap();
        let password = first.service_password().unwrap();
        assert_eq!(password.0.len(), 2 * BYTES);
        let again = DataFolder::open(&data).unwrap();
        assert_eq!(again.service_password().unwrap(), password);
        assert!(DataFolder::is_of_serve(&data));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_what_is_in_the_folder() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let opened = DataFolder::open(&data).unwrap();
        opened.service_password().unwrap();
        assert_eq!(mode(&data), 0o700);
        assert_eq!(mode(&data.join(DATABASE)), 0o600);
        assert_eq!(mode(&data.join(PASSWORD)), 0o600);
        assert_eq!(opened.complaint(), None);

        fs::set_permissions(data.join(PASSWORD), fs::Permissions::from_mode(0o644)).unwrap();
        opened.service_password().unwrap();
        assert_eq!(mode(&data.join(PASSWORD)), 0o600);
        fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(opened.complaint().unwrap().contains("chmod 700"));
    }

    #[test]
    fn a_password_that_was_cut_off_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let opened = DataFolder::open(folder.path()).unwrap();
        fs::write(folder.path().join(PASSWORD), "abc\n").unwrap();
        let told = opened.service_password().unwrap_err().to_string();
        assert!(
            told.contains("delete the file") && !told.contains("abc"),
            "{told}"
        );
    }
}
