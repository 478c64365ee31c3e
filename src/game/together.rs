//! Something that is done with several worlds of a run at once, and what is told of it.

use futures_util::future::{BoxFuture, join_all};
use serde_json::{Value, json};
use simpl::Rejected;
use tokio::sync::oneshot;

use super::{BranchState, RunActor};
use crate::refusal;
use crate::scopes::Owner;

/// What was done with one world or scenario, or why it was not.
pub type Told = Result<Value, Rejected>;

impl RunActor {
    /// Has some worlds, or all of them, do something, and tells what came of each. All together, so that what they store goes to the games
    /// API together.
    ///
    /// # Errors
    /// It can be done with none of them.
    pub async fn with_worlds(
        &self,
        worlds: Option<&[u64]>,
        ask: impl for<'a> Fn(&'a mut BranchState) -> BoxFuture<'a, Told> + Clone + Send + Sync + 'static,
    ) -> Result<Vec<Value>, Rejected> {
        let branches = self.branches().into_iter().filter_map(|branch| {
            let Owner::World(world) = branch.owner else {
                return None;
            };
            let meant = worlds.is_none_or(|some| some.contains(&world));
            meant.then_some((world, branch))
        });
        let told = join_all(branches.map(|(world, branch)| {
            let ask = ask.clone();
            async move {
                let (done, told) = oneshot::channel();
                branch
                    .mailbox
                    .post(move |state| {
                        Box::pin(async move {
                            let _ = done.send(ask(state).await);
                        })
                    })
                    .await;
                let told = told.await.unwrap_or_else(|_| Err(refusal::gone("world")));
                (json!({"world": world}), told)
            }
        }));
        let told = sum_up(told.await)?;
        let flat = told.into_iter().flat_map(|told| match told {
            Value::Array(several) => several,
            one => vec![one],
        });
        Ok(flat.collect())
    }
}

/// What was done with each, and why it was not with some.
///
/// # Errors
/// The first refusal, when nothing was done with any.
pub fn sum_up(told: Vec<(Value, Told)>) -> Result<Vec<Value>, Rejected> {
    let all_refused = told.iter().all(|(_, told)| told.is_err());
    let mut summed = Vec::new();
    for (mut which, told) in told {
        match told {
            Ok(told) => summed.push(told),
            Err(refused) if all_refused => return Err(refused),
            Err(refused) => {
                which["refused"] = refused.message().into();
                summed.push(which);
            }
        }
    }
    Ok(summed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_something_was_done_refusals_are_told_beside_it() {
        let no = || Err(Rejected::because("no"));
        let named = |world: u64| json!({"world": world});
        let told = sum_up(vec![(named(1), Ok(json!("done"))), (named(2), no())]);
        let expected = vec![json!("done"), json!({"world": 2, "refused": "no"})];
        assert_eq!(told.unwrap(), expected);
        let refused = sum_up(vec![(named(1), no()), (named(2), no())]);
        assert_eq!(refused.unwrap_err().message(), "no");
        assert_eq!(sum_up(Vec::new()).unwrap(), Vec::<Value>::new());
    }
}
