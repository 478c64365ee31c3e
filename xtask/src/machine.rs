//! What the tests need of the machine besides Rust, and how it gets there.

use std::path::Path;

use anyhow::{Result, bail};

use crate::command::{answer, program, run};

/// A program the black-box tests need.
struct Need {
    name: &'static str,
    /// What the tests do with it.
    purpose: &'static str,
    /// Debian's packages that bring it.
    packages: &'static [&'static str],
    present: fn() -> bool,
}

const NEEDS: [Need; 9] = [
    Need {
        name: "Node.js 20.19 or newer",
        purpose: "builds the pages and runs the WAMP clients",
        packages: &["nodejs"],
        present: || {
            answer("node", &["--version"]).is_some_and(|version| number(&version) >= (20, 19))
        },
    },
    Need {
        name: "npm",
        purpose: "installs the WAMP clients",
        packages: &["npm"],
        present: || answer("npm", &["--version"]).is_some(),
    },
    Need {
        name: "Python 3.11 or newer with venv",
        purpose: "runs the original's clients and schemathesis, and reads the SQLite file behind the service's back",
        packages: &["python3", "python3-venv"],
        present: || {
            let asks = "import sys, sqlite3, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
            answer("python3", &["-c", asks]).is_some()
        },
    },
    Need {
        name: "PostgreSQL 15 or newer",
        purpose: "is the other database of the games API",
        packages: &["postgresql"],
        present: || {
            std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|versions| {
                versions
                    .flatten()
                    .any(|version| version.path().join("bin/initdb").exists())
            })
        },
    },
    Need {
        name: "curl and OpenSSL",
        purpose: "publish and call over HTTP as the documents show it",
        packages: &["curl", "openssl"],
        present: || {
            answer("curl", &["--version"]).is_some() && answer("openssl", &["version"]).is_some()
        },
    },
    Need {
        name: "nginx",
        purpose: "stands in front of the service, as on a server",
        packages: &["nginx"],
        present: || {
            ["nginx", "/usr/sbin/nginx"]
                .iter()
                .any(|path| answer(path, &["-v"]).is_some())
        },
    },
    Need {
        name: "Caddy",
        purpose: "stands in front of the service, as on a server",
        packages: &["caddy"],
        present: || answer("caddy", &["version"]).is_some(),
    },
    Need {
        name: "Chromium",
        purpose: "plays on the page",
        packages: &["chromium", "fonts-dejavu-core"],
        present: || {
            std::env::var_os("CHROMIUM").is_some_and(|path| Path::new(&path).exists())
                || [
                    "/usr/bin/chromium",
                    "/usr/bin/chromium-browser",
                    "/usr/bin/google-chrome",
                ]
                .iter()
                .any(|path| Path::new(path).exists())
        },
    },
    Need {
        name: "LibreOffice Calc",
        purpose: "opens the workbook of a run",
        packages: &["libreoffice-calc-nogui"],
        present: || {
            let calc = "/usr/lib/libreoffice/program/libsclo.so";
            let debian = || {
                ["/usr/bin/soffice", calc]
                    .iter()
                    .all(|path| Path::new(path).exists())
            };
            std::env::var_os("SOFFICE").is_some_and(|path| Path::new(&path).exists()) || debian()
        },
    },
];

/// The 20 and the 1 of `v20.1.0`.
fn number(version: &str) -> (u32, u32) {
    let mut parts = version
        .trim_start_matches('v')
        .split('.')
        .map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// Makes sure that everything is there: installs what is missing when `CI` is set, otherwise says how to.
pub(crate) fn prepare(repository: &Path) -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|need| need.packages)
        .copied()
        .collect();
    let sudo = answer("id", &["-u"]).is_none_or(|user| user != "0");
    if std::env::var_os("CI").is_none() {
        bail!("{}", instructions(&missing, &packages, sudo));
    }
    println!("installing {}", packages.join(", "));
    for arguments in [
        vec!["update"],
        [vec!["install", "-y", "--no-install-recommends"], packages].concat(),
    ] {
        let mut command = program(if sudo { "sudo" } else { "apt-get" }, repository);
        if sudo {
            command.arg("apt-get");
        }
        run({
            command
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive");
            command
        })?;
    }
    match NEEDS.iter().find(|need| !(need.present)()) {
        Some(need) => bail!(
            "{} is still missing after installing {}",
            need.name,
            need.packages.join(" ")
        ),
        None => Ok(()),
    }
}

fn instructions(missing: &[&Need], packages: &[&str], sudo: bool) -> String {
    let list: Vec<String> = missing
        .iter()
        .map(|need| format!("  {}: {}", need.name, need.purpose))
        .collect();
    let sudo = if sudo { "sudo " } else { "" };
    format!(
        "missing on this machine:\n{}\ninstall it with\n  {sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {}\n\
         or set CI=true to have it installed",
        list.join("\n"),
        packages.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_that_node_prints() {
        assert_eq!(number("v20.11.1"), (20, 11));
        assert_eq!(number("nonsense"), (0, 0));
    }

    #[test]
    fn says_the_exact_line_that_installs_what_is_missing() {
        let missing: Vec<&Need> = NEEDS.iter().take(2).collect();
        let said = instructions(&missing, &["nodejs", "npm"], true);
        assert!(
            said.contains(
                "sudo apt-get update && sudo apt-get install -y --no-install-recommends nodejs npm\n"
            ),
            "{said}"
        );
        assert!(
            said.contains("Node.js 20.19 or newer: builds the pages and runs the WAMP clients"),
            "{said}"
        );
    }
}
