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
                // Who only reads, as the compiler does, changes nothing; and what went unseen is looked at.
                let changed = match event {
                    Ok(event) if matches!(event.kind, EventKind::Access(_)) => false,
                    Ok(event) => {
                        event.need_rescan() || event.paths.iter().any(|path| concern.concern(path))
                    }
                    Err(_) => true,
                };
                if changed {
                    see.send_replace(());
                }
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What has to happen happens within it.
    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn sources_that_change_are_noticed_and_what_is_beside_them_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        fs::create_dir(folder.join("src")).unwrap();
        for file in ["Cargo.toml", "src/main.rs"] {
            fs::write(folder.join(file), "").unwrap();
        }
        let sources = Sources::around(&folder).unwrap();
        let mut changes = Changes::of(&sources).unwrap();

        fs::create_dir(folder.join("src/rules")).unwrap();
        timeout(PATIENCE, changes.next())
            .await
            .expect("a new folder");
        fs::write(folder.join("src/rules/step.rs"), "1").unwrap();
        timeout(PATIENCE, changes.next())
            .await
            .expect("a new file in it");

        fs::write(folder.join("games.db"), "1").unwrap();
        fs::write(folder.join("src/main.rs~"), "1").unwrap();
        fs::read(folder.join("src/main.rs")).unwrap();
        // Changes are told in order: the next one that counts would come after those.
        fs::write(folder.join("other"), "1").unwrap();
        fs::rename(folder.join("other"), folder.join("Cargo.toml")).unwrap();
        timeout(PATIENCE, changes.next())
            .await
            .expect("a file put in place");
        assert!(!changes.is_pending());
    }
}
