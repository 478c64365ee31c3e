//! From a long game that shows a fault to a short one.

use super::table::{Fault, Move};

/// How many shorter games are tried.
const ATTEMPTS: usize = 200;

/// A script from which no move can be left out without the fault of that cause being gone, or as short as time allows; `examined` says
/// what is wrong with a script.
pub(super) fn shrunk(
    mut script: Vec<Move>,
    mut fault: Fault,
    examined: impl Fn(&[Move]) -> Option<Fault>,
) -> (Vec<Move>, Fault) {
    let mut attempts = 0;
    let last = script.iter().map(Move::period).max().unwrap_or(0);
    for period in (1..=last).rev() {
        attempts += 1;
        let without = without_period(&script, period);
        if let Some(same) = examined(&without).filter(|found| found.cause == fault.cause) {
            (script, fault) = (without, same);
        }
    }
    let mut size = script.len();
    while size > 0 {
        let mut from = script.len().saturating_sub(size);
        let mut shorter = false;
        loop {
            if attempts >= ATTEMPTS {
                return (script, fault);
            }
            attempts += 1;
            let mut without = script.clone();
            without.drain(from..(from + size).min(script.len()));
            if let Some(same) = examined(&without).filter(|found| found.cause == fault.cause) {
                (script, fault, shorter) = (without, same, true);
            }
            if from == 0 {
                break;
            }
            from = from.saturating_sub(size).min(script.len());
        }
        if size == 1 && !shorter {
            break;
        }
        if size > 1 {
            size /= 2;
        }
    }
    (script, fault)
}

/// The script as if one period less had been played.
fn without_period(script: &[Move], left_out: u32) -> Vec<Move> {
    let others = script.iter().filter(|this| this.period() != left_out);
    let others = others.cloned().map(|this| match this {
        Move::Submit {
            seat,
            period,
            decision,
        } if period > left_out => Move::Submit {
            seat,
            period: period - 1,
            decision,
        },
        other => other,
    });
    others.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::finding::Cause;
    use super::*;

    fn submits(decisions: impl IntoIterator<Item = u32>) -> Vec<Move> {
        let submit = |number| Move::Submit {
            seat: 0,
            period: 1,
            decision: json!(number),
        };
        decisions.into_iter().map(submit).collect()
    }

    #[test]
    fn only_the_moves_that_matter_are_left() {
        let examined = |script: &[Move]| {
            let has = |number: u32| submits([number]).iter().all(|this| script.contains(this));
            (has(3) && has(17))
                .then(|| Fault::new(Cause::Forbidden, format!("{} moves", script.len())))
        };
        let long = submits(0..40);
        let fault = examined(&long).unwrap();
        let (script, fault) = shrunk(long, fault, examined);
        assert_eq!((script, fault.seen.as_str()), (submits([3, 17]), "2 moves"));
    }

    #[test]
    fn a_period_that_does_not_matter_is_left_out_and_the_later_ones_move_up() {
        let submit = |period| Move::Submit {
            seat: 0,
            period,
            decision: json!(period),
        };
        let script: Vec<Move> = (1..4).map(submit).collect();
        let Move::Submit { seat, decision, .. } = submit(3) else {
            unreachable!()
        };
        let moved = Move::Submit {
            seat,
            period: 2,
            decision,
        };
        assert_eq!(without_period(&script, 2), [submit(1), moved]);
    }

    #[test]
    fn another_fault_is_not_followed() {
        let examined = |script: &[Move]| match script.len() {
            5.. => Some(Fault::new(Cause::Forbidden, "long")),
            _ => Some(Fault::new(Cause::Panicked, "short")),
        };
        let (script, fault) = shrunk(
            submits(0..9),
            Fault::new(Cause::Forbidden, "long"),
            examined,
        );
        assert_eq!((script.len(), fault.seen.as_str()), (5, "long"));
    }
}
