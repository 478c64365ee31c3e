//! `modelservice cra-secret`: the secret with which a user signs in by WAMP-CRA.

use anyhow::{Context, ensure};
use clap::Args;

use crate::gate::secret_of;
use crate::settings::Settings;

/// Prints a user's WAMP-CRA secret, derived from `wamp.cra_key`, for whoever sets up a front end's server.
#[derive(Debug, Args)]
pub(super) struct CraSecret {
    /// The user's id in the games API.
    user: u64,
}

impl CraSecret {
    pub(super) fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        ensure!(self.user > 0, "a user id is expected, from 1 on, got 0");
        let key = settings.cra_key()?.context(
            "wamp.cra_key is not set, so users have no WAMP-CRA secrets: set SIMPL_WAMP_CRA_KEY or wamp.cra_key_file, here and for the model service",
        )?;
        println!("{}", secret_of(&key, self.user).reveal());
        Ok(())
    }
}
