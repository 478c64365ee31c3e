//! `cargo xtask soak websocket`: Autobahn|Testsuite, sections 1 to 7, 9 and 10, against an echo over the router's own WebSocket. It needs
//! Python 2.7, which few machines have.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::command::{cargo, program, run as run_command};
use crate::python;

/// The suite's client, and the list of what it needs.
const TESTS: &str = "tests/python/websocket";
/// Where it is installed and reports to.
const PLACE: &str = "target/python/websocket";
/// How many cases these sections have in the version that is listed.
const CASES: usize = 301;

/// Builds, installs and runs; true when nothing failed. Every case that is not simply right is on standard output.
pub(crate) fn run(repository: &Path) -> Result<bool> {
    let python = python::old("2.7")?;
    let echo = ["build", "--package", "wamp-transport", "--example", "echo"];
    run_command(cargo(repository, &echo))?;
    let place = repository.join(PLACE);
    let packages = place.join("packages");
    let tests = repository.join(TESTS);
    python::install_into(
        &packages,
        &python,
        &tests.join("requirements.txt"),
        repository,
    )?;
    let report = place.join("report");
    if report.exists() {
        fs::remove_dir_all(&report)?;
    }
    let echo = Echo::start(repository)?;
    let mut suite = program(&python, repository);
    suite
        .arg("-B")
        .arg(tests.join("fuzz.py"))
        .args([&packages, Path::new(&echo.url), &report]);
    run_command(suite)?;
    drop(echo);
    let found = fs::read_to_string(report.join("index.json")).context("the suite's report")?;
    let found = Findings::of(&serde_json::from_str(&found)?)?;
    println!("\n{}", found.table());
    println!("The suite's own report: {}/index.html", report.display());
    Ok(found.passed())
}

/// The echo, stopped when this goes.
struct Echo {
    process: Child,
    url: String,
}

impl Echo {
    fn start(repository: &Path) -> Result<Self> {
        let example = repository.join("target/debug/examples/echo");
        let mut process = program(&example.to_string_lossy(), repository)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} did not start", example.display()))?;
        let mut line = String::new();
        if let Some(output) = process.stdout.as_mut() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let url = line.trim_end().strip_prefix("ready ").map(str::to_owned);
        let mut echo = Self {
            process,
            url: String::new(),
        };
        echo.url =
            url.with_context(|| format!("expected `ready <address>` from the echo, got {line:?}"))?;
        Ok(echo)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the suite found of one server.
#[derive(Debug, Default)]
struct Findings {
    /// Section → verdict → how many.
    sections: BTreeMap<u32, BTreeMap<String, usize>>,
    /// Cases that are not simply right: which, and the verdicts on what came and how the connection was closed.
    others: Vec<(Vec<u32>, String)>,
    failed: bool,
}

impl Findings {
    /// From `index.json`: agent → case → `behavior`, `behaviorClose`.
    fn of(report: &Value) -> Result<Self> {
        let agents = report
            .as_object()
            .context("expected agents in the report")?;
        let cases = agents.values().next().and_then(Value::as_object);
        let cases = cases.context("expected one agent with cases in the report")?;
        ensure!(
            cases.len() == CASES,
            "expected the suite to try {CASES} cases, got {}",
            cases.len()
        );
        let mut findings = Self::default();
        for (name, case) in cases {
            let number: Result<Vec<u32>, _> = name.split('.').map(str::parse).collect();
            let number = number.with_context(|| format!("the number of case {name:?}"))?;
            let (Some(came), Some(closed)) =
                (case["behavior"].as_str(), case["behaviorClose"].as_str())
            else {
                bail!("expected verdicts on case {name}, got {case}");
            };
            let section = findings.sections.entry(number[0]).or_default();
            *section.entry(came.to_owned()).or_default() += 1;
            findings.failed |= !is_well(came) || !is_well(closed);
            if came != "OK" || closed != "OK" {
                let verdicts = format!("{came}, closing {closed}");
                findings.others.push((number, verdicts));
            }
        }
        findings.others.sort();
        Ok(findings)
    }

    fn passed(&self) -> bool {
        !self.failed
    }

    /// A line for each section and for each case that is not simply right.
    fn table(&self) -> String {
        let mut lines = Vec::new();
        for (section, verdicts) in &self.sections {
            let verdicts = verdicts.iter();
            let verdicts: Vec<_> = verdicts
                .map(|(verdict, count)| format!("{count} {verdict}"))
                .collect();
            lines.push(format!("section {section}: {}", verdicts.join(", ")));
        }
        for (number, verdicts) in &self.others {
            let number: Vec<_> = number.iter().map(u32::to_string).collect();
            lines.push(format!("case {}: {verdicts}", number.join(".")));
        }
        lines.join("\n")
    }
}

/// Is it no failure? What a case that is not strict asks for is not of RFC 6455, and what is informational asks for nothing.
fn is_well(verdict: &str) -> bool {
    ["OK", "NON-STRICT", "INFORMATIONAL"].contains(&verdict)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A report in which all is well but for this.
    fn report(odd: &str, came: &str, closed: &str) -> Value {
        let well = json!({"behavior": "OK", "behaviorClose": "OK"});
        let mut cases: serde_json::Map<_, _> = (1..CASES)
            .map(|case| (format!("{}.{case}", case % 10 + 1), well.clone()))
            .collect();
        let odd_one = json!({"behavior": came, "behaviorClose": closed});
        cases.insert(odd.to_owned(), odd_one);
        json!({"modelservice": cases})
    }

    #[test]
    fn only_a_failure_fails_and_whatever_is_not_right_is_told() {
        for (came, closed, passes) in [
            ("OK", "OK", true),
            ("NON-STRICT", "OK", true),
            ("INFORMATIONAL", "INFORMATIONAL", true),
            ("FAILED", "OK", false),
            ("OK", "WRONG CODE", false),
            ("OK", "FAILED BY CLIENT", false),
            ("UNIMPLEMENTED", "OK", false),
        ] {
            let found = Findings::of(&report("6.400.4", came, closed)).unwrap();
            assert_eq!(found.passed(), passes, "{came}, {closed}");
            let line = format!("case 6.400.4: {came}, closing {closed}");
            let told = found.table().contains(&line);
            assert_eq!(told, (came, closed) != ("OK", "OK"), "{}", found.table());
        }
    }

    #[test]
    fn a_suite_that_stopped_early_has_not_passed() {
        let mut report = report("6.400.4", "OK", "OK");
        report["modelservice"]
            .as_object_mut()
            .unwrap()
            .remove("6.400.4");
        let refused = Findings::of(&report).unwrap_err().to_string();
        assert!(refused.contains("got 300"), "{refused}");
        for nothing in [json!({}), json!([]), json!({"modelservice": 5})] {
            assert!(Findings::of(&nothing).is_err(), "{nothing}");
        }
    }
}
