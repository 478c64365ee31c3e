//! The pages, before a browser sees them: types, lints, unit tests, and that what is committed was built from its sources.

use std::path::Path;

use anyhow::Result;

use super::report::{Counts, Outcome};
use crate::command::{program, run, run_watching};
use crate::npm;
use crate::web::{WEB, is_current};

pub(super) fn test(repository: &Path) -> Result<Outcome> {
    let folder = repository.join(WEB);
    npm::install(&folder)?;
    let mut check = program("npm", &folder);
    check.args(["run", "check"]);
    run(check)?;
    let mut counts = Counts::default();
    let mut tests = program("npm", &folder);
    tests.args(["test"]).env("NO_COLOR", "1");
    let succeeded = run_watching(tests, |line| counts += Counts::of_vitest(line))?;
    is_current(repository)?;
    counts += Counts::ONE;
    Ok(Outcome::of_tests(succeeded, counts))
}
