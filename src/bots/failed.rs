//! Bots that did not decide, as a scenario says it: `data._turn.bots`, until they do.
//!
//! `{"period": 17, "failed": {"4": {"bot": "eager", "since": "…", "code": "bot_silent", "reason": "…"}}}`, by run user.

use serde_json::{Map, Value, json};
use simpl::Rejected;

use super::seat;
use crate::scopes::Row;

/// The member of `_turn`.
pub(super) const MEMBER: &str = "bots";

/// Has the bot that sits there now failed in this period already? It is not asked again until somebody puts it in anew.
pub(super) fn has(scenario: &Row, period: u64, runuser: &Row) -> bool {
    let Some(found) = of(scenario, period).and_then(|failed| failed.get(&runuser.pk.to_string()))
    else {
        return false;
    };
    let told = |member: &str| found.get(member).and_then(Value::as_str);
    told("bot") == seat::of(runuser) && told("since") == seat::since(runuser)
}

/// Is anything told of any period?
pub(super) fn is_told(scenario: &Row) -> bool {
    scenario.data().pointer("/_turn/bots").is_some()
}

fn of(scenario: &Row, period: u64) -> Option<&Map<String, Value>> {
    let told = scenario.data().get("_turn")?.get(MEMBER)?;
    let of_period = told.get("period")?.as_u64()? == period;
    told.get("failed")?.as_object().filter(|_| of_period)
}

/// What a scenario tells after the bots of some run users have decided in a period, and others have failed; nothing when all is well.
pub(super) fn after(
    scenario: &Row,
    period: u64,
    decided: impl IntoIterator<Item = u64>,
    failed: &[(&Row, &Rejected)],
) -> Option<Value> {
    let mut all = of(scenario, period).cloned().unwrap_or_default();
    for runuser in decided {
        all.shift_remove(&runuser.to_string());
    }
    for (runuser, reason) in failed {
        let told = json!({"bot": seat::of(runuser), "since": seat::since(runuser), "code": reason.code(),
            "reason": reason.message()});
        all.insert(runuser.pk.to_string(), told);
    }
    (!all.is_empty()).then(|| json!({"period": period, "failed": all}))
}

#[cfg(test)]
mod tests {
    use games_contract::Resource;

    use super::*;
    use crate::scopes::row;

    fn runuser(pk: u64, since: &str) -> Row {
        let data = json!({"_turn": {"bot": {"name": "eager", "since": since}}});
        row(Resource::RunUser, json!({"id": pk, "data": data}))
    }

    #[test]
    fn a_bot_has_failed_in_its_period_until_it_is_put_in_anew() {
        let fresh = row(Resource::Scenario, json!({"id": 7}));
        assert!(!is_told(&fresh) && !has(&fresh, 17, &runuser(4, "noon")));
        let no = Rejected::because("no");
        assert_eq!(after(&fresh, 17, [5], &[]), None);
        let told = after(&fresh, 17, [], &[(&runuser(4, "noon"), &no)]);
        let told = row(
            Resource::Scenario,
            json!({"id": 7, "data": {"_turn": {"bots": told}}}),
        );
        assert!(is_told(&told) && has(&told, 17, &runuser(4, "noon")));
        assert!(!has(&told, 18, &runuser(4, "noon")), "another period");
        assert!(!has(&told, 17, &runuser(5, "noon")), "another seat");
        assert!(!has(&told, 17, &runuser(4, "one")), "put in anew");
        let seats = |period, decided: &[u64]| {
            let fails = [(&runuser(5, "noon"), &no)];
            let after = after(&told, period, decided.iter().copied(), &fails).unwrap();
            let failed = after["failed"].as_object().unwrap();
            failed.keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(seats(17, &[]), ["4", "5"]);
        assert_eq!(seats(17, &[4]), ["5"]);
        assert_eq!(seats(18, &[]), ["5"]);
        assert_eq!(after(&told, 17, [4], &[]), None);
    }
}
