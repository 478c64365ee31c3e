//! The log: to standard error, for people or for a collector.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, LogSettings};

/// Starts the log.
pub(super) fn start(settings: &LogSettings) -> anyhow::Result<()> {
    let filter = EnvFilter::builder()
        .parse(&settings.level)
        .with_context(|| format!("log.level = {:?}: a level (error, warn, info, debug, trace) or a list like \"info,wamp_transport=debug\" is expected", settings.level))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => log
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}
