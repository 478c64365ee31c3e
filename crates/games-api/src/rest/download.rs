//! A file that is sent as the answer, at the pace of whoever reads it, but not for ever.

use std::{fs::File, io, sync::Arc, time::Duration};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tokio::{
    io::AsyncReadExt,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::Instant,
};

use crate::refusal::Refusal;

/// Files that are made or sent at the same time: each takes place on the disk.
const AT_ONCE: usize = 16;
/// How long one waits for a place before it is told to come back later.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one may be read.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// Bytes that are read from the file at once, and how many such parts wait to be sent.
const PART: usize = 128 * 1024;
const PARTS: usize = 2;

/// The places for files that are made and sent.
#[derive(Clone, Debug)]
pub(crate) struct Downloads(Arc<Semaphore>);

impl Default for Downloads {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Downloads {
    /// A place for one more file.
    pub(super) async fn enter(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let place = Arc::clone(&self.0).acquire_owned();
        let place = tokio::time::timeout(PATIENCE, place).await;
        place.map_err(|_| Refusal::Busy)?.map_err(|_| Refusal::Busy)
    }
}

/// The rest of a file as a body. It is closed, and its place given back, when all of it has been read, when nobody reads it any more, or
/// when they take too long.
pub(super) fn body(file: File, place: OwnedSemaphorePermit) -> Body {
    let (sender, mut parts) = mpsc::channel(PARTS);
    let end = Instant::now() + LONGEST;
    tokio::spawn(async move {
        let sent = tokio::time::timeout_at(end, send(file, sender)).await;
        if sent.is_err() {
            tracing::debug!("a file was not read in time");
        }
        drop(place);
    });
    Body::from_stream(stream::poll_fn(move |context| parts.poll_recv(context)))
}

async fn send(file: File, sender: mpsc::Sender<io::Result<Bytes>>) {
    let mut file = tokio::fs::File::from_std(file);
    file.set_max_buf_size(PART);
    loop {
        let mut part = BytesMut::with_capacity(PART);
        let read = match file.read_buf(&mut part).await {
            Ok(0) => return,
            Ok(_) => Ok(part.freeze()),
            Err(error) => Err(error),
        };
        let failed = read.is_err();
        // Whoever has gone needs no more.
        if sender.send(read).await.is_err() || failed {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use axum::body::to_bytes;

    use super::*;

    fn file(bytes: usize) -> File {
        let mut file = tempfile::tempfile().unwrap();
        let content: Vec<u8> = (0..bytes).map(|n| (n % 251) as u8).collect();
        file.write_all(&content).unwrap();
        file.rewind().unwrap();
        file
    }

    #[tokio::test]
    async fn all_of_a_file_is_sent_and_its_place_is_free_again() {
        let downloads = Downloads::default();
        let place = downloads.enter().await.unwrap();
        let sent = to_bytes(body(file(3 * PART + 7), place), usize::MAX).await;
        let sent = sent.unwrap();
        assert_eq!(sent.len(), 3 * PART + 7);
        assert!((0..).zip(&sent).all(|(n, byte)| *byte == (n % 251) as u8));
        let all = downloads.0.acquire_many(AT_ONCE as u32).await;
        assert!(all.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_does_not_read_loses_the_file_and_its_place() {
        let downloads = Downloads::default();
        let mut places = Vec::new();
        for _ in 0..AT_ONCE {
            places.push(downloads.enter().await.unwrap());
        }
        assert_eq!(downloads.enter().await.unwrap_err(), Refusal::Busy);
        let unread = body(file(8 * PART), places.pop().unwrap());
        tokio::time::sleep(LONGEST).await;
        let place = downloads.enter().await.unwrap();
        assert!(to_bytes(unread, usize::MAX).await.unwrap().len() < 8 * PART);
        drop(place);
    }
}
