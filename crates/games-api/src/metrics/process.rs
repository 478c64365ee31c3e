//! What the system says of this process. Only Linux is asked; elsewhere nothing is told.

/// Ticks a second in `/proc`: the same on every machine that Linux runs on, whatever its kernel's own clock.
const TICKS: f64 = 100.0;

/// What the process uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Usage {
    /// Memory, in bytes.
    pub(super) resident: u64,
    /// Seconds of all cores since the start.
    pub(super) cpu: f64,
}

/// What the process uses now.
#[must_use]
pub(super) fn usage() -> Option<Usage> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    Some(Usage {
        resident: resident(&status)?,
        cpu: cpu(&stat)?,
    })
}

/// Of `VmRSS:    12345 kB`.
fn resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Of the fields 14 and 15; the name, field 2, may hold blanks and ends with the last parenthesis.
#[expect(clippy::cast_precision_loss, reason = "a measure, not an account")]
fn cpu(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system) as f64 / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_linux_writes() {
        assert_eq!(
            resident("Name:\tx\nVmRSS:\t   2048 kB\n"),
            Some(2 * 1024 * 1024)
        );
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194304 9 0 0 0 150 50 0 0 20 0 3 0 1 1 1";
        assert_eq!(cpu(stat), Some(2.0));
        assert_eq!((resident(""), cpu("42")), (None, None));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_uses_memory() {
        assert!(usage().unwrap().resident > 100_000);
    }
}
