//! Passwords that stand in files of their own.

use std::path::Path;

use super::{Secret, SettingsError};

/// The password in a file, without the end of its line; none when no file is named.
pub(super) fn password_in(
    path: &Path,
    key: &'static str,
    instead: &'static str,
) -> Result<Option<Secret>, SettingsError> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).map_err(|reason| SettingsError::PasswordFile {
        key,
        instead,
        path: path.to_owned(),
        reason,
    })?;
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    Ok(Some(Secret(password)))
}
