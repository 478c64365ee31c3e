//! Noticing that sources have changed.

use std::time::Duration;

use notify::event::EventKind;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::watch;
use tokio::time::timeout;

use super::{Sources, WatchError};

/// An editor that saves writes more than once: this long nothing has to change.
const QUIET: Duration = Duration::from_millis(60);

/// Tells when sources have changed, once for all changes that come together.
#[derive(Debug)]
pub struct Changes {
    seen: watch::Receiver<()>,
    /// It tells for as long as it is there.
    _watcher: RecommendedWatcher,
}

impl Changes {
    /// Watches from now on.
    ///
    /// # Errors
    /// The system does not tell of changes there.
    pub fn of(sources: &Sources) -> Result<Self, WatchError> {
        let (see, seen) = watch::channel(());
        let concern = sources.clone();
        let unwatched = |reason| WatchError::Unwatched {
            path: sources.folder().to_owned(),
            reason,
        };
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                // What went unseen is looked at.
                if event.is_ok_and(|event| !is_change(&event, &concern)) {
                    return;
                }
                see.send_replace(());
            })
            .map_err(unwatched)?;
        for watched in sources.watched() {
            // A file that is written anew is another one: its folder tells of it.
            let (place, how) = match watched.parent() {
                Some(folder) if watched.is_file() => (folder, RecursiveMode::NonRecursive),
                _ => (watched.as_path(), RecursiveMode::Recursive),
            };
            watcher.watch(place, how).map_err(unwatched)?;
        }
        Ok(Self {
            seen,
            _watcher: watcher,
        })
    }

    /// Returns when something has changed since the last time, and no more does.
    pub async fn next(&mut self) {
        if self.seen.changed().await.is_err() {
            // The watcher is kept here, so it is there.
            std::future::pending::<()>().await;
        }
        while timeout(QUIET, self.seen.changed()).await.is_ok() {}
    }

    /// Has something changed since the last time?
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.seen.has_changed().unwrap_or(false)
    }
}

/// Has one of the sources changed? Who only reads, as the compiler does, changes nothing.
fn is_change(event: &notify::Event, sources: &Sources) -> bool {
    let concerned = || event.paths.iter().any(|path| sources.concern(path));
    event.need_rescan() || (!matches!(event.kind, EventKind::Access(_)) && concerned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use notify::Event;
    use notify::event::{AccessKind, CreateKind};

    use super::*;

    /// What has to happen happens within it.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn project() -> (tempfile::TempDir, PathBuf, Sources) {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().canonicalize().unwrap();
        fs::create_dir(folder.join("src")).unwrap();
        for file in ["Cargo.toml", "src/main.rs"] {
            fs::write(folder.join(file), "").unwrap();
        }
        let sources = Sources::around(&folder).unwrap();
        (home, folder, sources)
    }

    #[tokio::test]
    async fn files_that_are_made_written_or_put_in_place_are_noticed() {
        let (_home, folder, sources) = project();
        let mut changes = Changes::of(&sources).unwrap();
        fs::create_dir(folder.join("src/rules")).unwrap();
        timeout(PATIENCE, changes.next()).await.expect("a folder");
        fs::write(folder.join("src/main.rs"), "1").unwrap();
        timeout(PATIENCE, changes.next()).await.expect("a file");
        fs::write(folder.join("other"), "1").unwrap();
        fs::rename(folder.join("other"), folder.join("Cargo.toml")).unwrap();
        let put = timeout(PATIENCE, changes.next());
        put.await.expect("a file put in place");
    }

    #[test]
    fn reading_is_no_change_and_neither_is_what_is_beside_the_sources() {
        let (_home, folder, sources) = project();
        let event = |kind, path: &Path| Event::new(kind).add_path(path.to_owned());
        let made = EventKind::Create(CreateKind::File);
        let source = folder.join("src/main.rs");
        assert!(is_change(&event(made, &source), &sources));
        let read = EventKind::Access(AccessKind::Read);
        assert!(!is_change(&event(read, &source), &sources));
        let database = folder.join("data/games.db");
        assert!(!is_change(&event(made, &database), &sources));
    }
}
