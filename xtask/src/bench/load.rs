//! Work that several clients do at the same time, and what it costs the server.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::http::Connection;
use super::server::Served;

/// What was done in a while.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure {
    /// Rows written or requests answered.
    pub(super) done: usize,
    pub(super) took: Duration,
    /// CPU time that the server used meanwhile.
    pub(super) cpu: Duration,
}

impl Figure {
    pub(super) fn per_second(&self) -> f64 {
        self.done as f64 / self.took.as_secs_f64()
    }

    /// CPU of the server for each, in µs.
    pub(super) fn cpu_each(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.done as f64
    }
}

/// Lets `clients` connections do `work` again and again for that long. `work` gets the number of the turn, which no other turn has, and
/// returns how many it has done.
pub(super) fn for_a_while(
    served: &Served,
    who: &str,
    clients: usize,
    time: Duration,
    work: impl Fn(&mut Connection, usize) -> Result<usize> + Sync,
) -> Result<Figure> {
    let turns = AtomicUsize::new(0);
    measure(served, |began| {
        together(clients, |_| {
            let mut connection = Connection::open(served.addr, Some(who))?;
            let mut done = 0;
            while began.elapsed() < time {
                done += work(&mut connection, turns.fetch_add(1, Relaxed))?;
            }
            Ok(done)
        })
    })
}

/// Lets each of `clients`, all at the same moment, do `work` once, on a connection that it opens itself.
pub(super) fn once_each(
    served: &Served,
    clients: usize,
    work: impl Fn(usize) -> Result<()> + Sync,
) -> Result<Figure> {
    measure(served, |_| {
        together(clients, |client| work(client).map(|()| 1))
    })
}

fn measure(served: &Served, all: impl FnOnce(Instant) -> Result<usize>) -> Result<Figure> {
    let cpu = served.cpu()?;
    let began = Instant::now();
    let done = all(began)?;
    Ok(Figure {
        done,
        took: began.elapsed(),
        cpu: served.cpu()?.saturating_sub(cpu),
    })
}

fn together(clients: usize, each: impl Fn(usize) -> Result<usize> + Sync) -> Result<usize> {
    thread::scope(|scope| {
        let each = &each;
        let running: Vec<_> = (0..clients)
            .map(|client| scope.spawn(move || each(client)))
            .collect();
        let mut done = 0;
        for client in running {
            done += client.join().map_err(|_| anyhow!("a client panicked"))??;
        }
        Ok(done)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_told_for_a_second_and_for_each() {
        let figure = Figure {
            done: 500,
            took: Duration::from_millis(250),
            cpu: Duration::from_millis(10),
        };
        assert_eq!(figure.per_second().round() as u64, 2_000);
        assert_eq!(figure.cpu_each().round() as u64, 20);
    }

    #[test]
    fn the_work_of_all_is_counted_and_a_failure_is_told() {
        assert_eq!(together(4, Ok).unwrap(), 6);
        let failed = together(3, |client| match client {
            1 => Err(anyhow!("refused")),
            _ => Ok(1),
        });
        assert_eq!(failed.unwrap_err().to_string(), "refused");
    }
}
