//! What the disk itself needs to keep something: the bound that no durable write can beat alone.

use std::fs::{File, remove_file};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

const TIMES: usize = 200;

/// The median time of a write of 4 KiB and its `fdatasync`, in a file that grows as a database's log does.
pub(super) fn sync_time(folder: &Path) -> Result<Duration> {
    let path = folder.join("sync-time");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let began = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    remove_file(&path)?;
    times.sort_unstable();
    Ok(times[TIMES / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_measurement_stays() {
        let folder = tempfile::tempdir().unwrap();
        assert!(sync_time(folder.path()).unwrap() > Duration::ZERO);
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
}
