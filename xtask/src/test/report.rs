//! What ran, how it went, and the closing line `N passed, N failed`.

use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

/// How many tests passed and failed; a check that is no test counts as one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) passed: u32,
    pub(super) failed: u32,
}

impl Counts {
    /// One check that passed.
    pub(super) const ONE: Self = Self {
        passed: 1,
        failed: 0,
    };

    /// Of a line such as `test result: ok. 12 passed; 0 failed; 0 ignored; …`; nothing of any other.
    pub(super) fn of_cargo(line: &str) -> Self {
        let Some(result) = line.strip_prefix("test result: ") else {
            return Self::default();
        };
        let count = |word: &str| {
            result
                .split(&[';', '.'])
                .find_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok())
        };
        Self {
            passed: count("passed").unwrap_or(0),
            failed: count("failed").unwrap_or(0),
        }
    }

    /// Of one of Node's closing lines, `ℹ pass 12`, `ℹ fail 1` and `ℹ cancelled 0`; nothing of any other.
    pub(super) fn of_node(line: &str) -> Self {
        let count = |word: &str| {
            line.strip_prefix("ℹ ")?
                .strip_prefix(word)?
                .trim()
                .parse()
                .ok()
        };
        Self {
            passed: count("pass ").unwrap_or(0),
            failed: count("fail ").or_else(|| count("cancelled ")).unwrap_or(0),
        }
    }

    /// Of vitest's closing line `Tests  1 failed | 23 passed (24)`; nothing of any other.
    pub(super) fn of_vitest(line: &str) -> Self {
        let Some(result) = line.trim().strip_prefix("Tests  ") else {
            return Self::default();
        };
        let count = |word: &str| {
            result
                .split(&['|', '('])
                .find_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok())
        };
        Self {
            passed: count("passed").unwrap_or(0),
            failed: count("failed").unwrap_or(0),
        }
    }

    /// Of the closing line of `tests/python/run.py`, `passed 12, failed 1`; nothing of any other.
    pub(super) fn of_python(line: &str) -> Self {
        let counts = line
            .strip_prefix("passed ")
            .and_then(|rest| rest.split_once(", failed "));
        let number = |text: &str| text.trim().parse().ok();
        let counts = counts.and_then(|(passed, failed)| Some((number(passed)?, number(failed)?)));
        counts.map_or_else(Self::default, |(passed, failed)| Self { passed, failed })
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
    }
}

/// How a step ended.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    Passed(Counts),
    /// Tests ran and not all passed.
    TestsFailed(Counts),
    /// A check failed, or the step broke off, for this reason.
    Failed(String),
    /// The step could not run, for this reason.
    LeftOut(String),
}

impl Outcome {
    pub(super) fn check(passed: bool, reason: &str) -> Self {
        if passed {
            Self::Passed(Counts::ONE)
        } else {
            Self::Failed(reason.to_owned())
        }
    }

    /// A runner that succeeds without having run a test has proved nothing.
    pub(super) fn of_tests(succeeded: bool, counts: Counts) -> Self {
        match (succeeded, counts) {
            (true, Counts { passed: 0, .. }) => Self::Failed("no test ran".to_owned()),
            (true, Counts { failed: 0, .. }) => Self::Passed(counts),
            (false, Counts { failed: 0, .. }) => {
                Self::Failed(format!("it broke off after {} tests", counts.passed))
            }
            _ => Self::TestsFailed(counts),
        }
    }

    fn counts(&self) -> Counts {
        match self {
            Self::Passed(counts) | Self::TestsFailed(counts) => *counts,
            Self::Failed(_) | Self::LeftOut(_) => Counts {
                passed: 0,
                failed: 1,
            },
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed(Counts::ONE) => write!(f, "passed"),
            Self::Passed(counts) => write!(f, "{} passed", counts.passed),
            Self::TestsFailed(counts) => {
                write!(f, "{} passed, {} FAILED", counts.passed, counts.failed)
            }
            Self::Failed(reason) => write!(f, "FAILED: {reason}"),
            Self::LeftOut(reason) => write!(f, "LEFT OUT: {reason}"),
        }
    }
}

/// Every step in the order it ran.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<(String, Outcome, Duration)>);

impl Report {
    pub(super) fn add(&mut self, name: &str, outcome: Outcome, took: Duration) {
        self.0.push((name.to_owned(), outcome, took));
    }

    /// Whether nothing failed and nothing was left out.
    pub(super) fn passed(&self) -> bool {
        self.0
            .iter()
            .all(|(_, outcome, _)| matches!(outcome, Outcome::Passed(_)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "What ran:")?;
        let mut sum = Counts::default();
        for (name, outcome, took) in &self.0 {
            writeln!(f, "  {name:<36} {:>5.0} s  {outcome}", took.as_secs_f32())?;
            sum += outcome.counts();
        }
        write!(f, "{} passed, {} failed", sum.passed, sum.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_up_what_the_runners_say() {
        let mut counts = Counts::default();
        for line in [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
            "test tests::a_name ... ok",
        ] {
            counts += Counts::of_cargo(line);
        }
        assert_eq!(
            counts,
            Counts {
                passed: 15,
                failed: 2
            }
        );

        let mut counts = Counts::default();
        for line in [
            "✔ a class plays div",
            "ℹ tests 10",
            "ℹ pass 8",
            "ℹ fail 1",
            "ℹ cancelled 1",
        ] {
            counts += Counts::of_node(line);
        }
        assert_eq!(
            counts,
            Counts {
                passed: 8,
                failed: 2
            }
        );
    }

    #[test]
    fn reads_the_closing_line_of_the_python_tests_and_no_other() {
        let counts = |passed, failed| Counts { passed, failed };
        assert_eq!(Counts::of_python("passed 23, failed 1"), counts(23, 1));
        for other in ["Ran 24 tests in 4.085s", "OK", "passed all, failed none"] {
            assert_eq!(Counts::of_python(other), counts(0, 0), "{other}");
        }
    }

    #[test]
    fn a_run_without_a_test_is_a_failure() {
        assert_eq!(
            Outcome::of_tests(true, Counts::default()),
            Outcome::Failed("no test ran".to_owned())
        );
    }

    #[test]
    fn what_was_left_out_fails_the_run_and_the_closing_line_stands_alone() {
        let mut report = Report::default();
        let tests = Counts {
            passed: 7,
            failed: 0,
        };
        report.add("tests", Outcome::of_tests(true, tests), Duration::ZERO);
        assert!(report.passed());
        report.add(
            "page",
            Outcome::LeftOut("no binary".to_owned()),
            Duration::ZERO,
        );
        assert!(!report.passed());
        let text = report.to_string();
        assert_eq!(text.lines().last(), Some("7 passed, 1 failed"));
        assert!(text.contains("LEFT OUT: no binary"), "{text}");
    }
}
