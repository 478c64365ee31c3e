//! Code of a game under watch: a panic is caught with its place, and what does not end is given up.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{
    AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind, set_hook, take_hook,
};
use std::sync::Once;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How many things may have been told and not yet been heard.
const TOLD: usize = 256;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static CAUGHT: RefCell<Option<String>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

/// What `code` returns, or with what words and where it panics. Nothing is printed.
pub(super) fn caught<T>(code: impl FnOnce() -> T) -> Result<T, String> {
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if CATCHING.get() {
                CAUGHT.set(Some(told(info)));
            } else {
                before(info);
            }
        }));
    });
    let outer = CATCHING.replace(true);
    let ended = catch_unwind(AssertUnwindSafe(code));
    CATCHING.set(outer);
    ended.map_err(|_| CAUGHT.take().unwrap_or_default())
}

fn told(info: &PanicHookInfo<'_>) -> String {
    let words = info.payload_as_str().unwrap_or("without words");
    let place = info.location().map(|place| format!(" at {place}"));
    format!("{words:?}{}", place.unwrap_or_default())
}

/// Work on a thread of its own, which tells of each thing before it begins it.
pub(super) struct Watched<T> {
    told: Receiver<T>,
    work: JoinHandle<()>,
}

/// What comes next of some work.
pub(super) enum Next<T> {
    /// It has begun something.
    Told(T),
    /// It has told nothing for too long. Its thread cannot be ended.
    Silent,
    /// It has ended.
    Ended,
}

impl<T: Send + 'static> Watched<T> {
    pub(super) fn start(
        work: impl FnOnce(&SyncSender<T>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (teller, told) = sync_channel(TOLD);
        let work = Builder::new()
            .name("generated games".to_owned())
            .spawn(move || work(&teller))?;
        Ok(Self { told, work })
    }

    pub(super) fn next(&self, patience: Duration) -> Next<T> {
        match self.told.recv_timeout(patience) {
            Ok(told) => Next::Told(told),
            Err(RecvTimeoutError::Timeout) => Next::Silent,
            Err(RecvTimeoutError::Disconnected) => Next::Ended,
        }
    }

    /// Goes on with a panic that was not the game's.
    pub(super) fn end(self) {
        let ended: Result<(), Box<dyn Any + Send>> = self.work.join();
        ended.unwrap_or_else(|panic| resume_unwind(panic));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_with_its_words_and_its_place() {
        let told = caught(|| panic!("no {}", "cards")).unwrap_err();
        assert!(told.starts_with("\"no cards\" at "), "{told}");
        assert!(told.contains("watch.rs:"), "{told}");
        assert_eq!(caught(|| 5), Ok(5));
    }

    #[test]
    fn work_that_tells_nothing_is_given_up() {
        let work = Watched::start(|teller: &SyncSender<u8>| {
            teller.send(1).unwrap();
            loop {
                std::thread::park();
            }
        });
        let work = work.unwrap();
        assert!(matches!(work.next(Duration::from_secs(60)), Next::Told(1)));
        assert!(matches!(work.next(Duration::from_millis(20)), Next::Silent));
    }

    #[test]
    fn work_that_ends_has_told_everything() {
        let work = Watched::start(|teller| teller.send("last").unwrap()).unwrap();
        assert!(matches!(
            work.next(Duration::from_secs(60)),
            Next::Told("last")
        ));
        assert!(matches!(work.next(Duration::from_secs(60)), Next::Ended));
        work.end();
    }
}
