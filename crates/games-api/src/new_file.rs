//! A file that has its name only once it is whole and on disk.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// The name under which it is written.
pub(crate) fn part_of(file: &Path) -> PathBuf {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    part.into()
}

/// Gives it its name.
pub(crate) fn settle(part: &Path, file: &Path) -> io::Result<()> {
    File::open(part)?.sync_all()?;
    fs::rename(part, file)?;
    sync_folder_of(file)
}

/// A new name is on disk once its folder is; only Unix lets a folder be opened for that.
pub(crate) fn sync_folder_of(file: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = file.parent().filter(|path| !path.as_os_str().is_empty());
        File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
