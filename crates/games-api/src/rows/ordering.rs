//! The order of a list: the resource's own, or the one that its query asks for.

use games_contract::{Order, Table};

/// `ORDER BY …` for a query: `ordering=-created,name` sorts by those fields, the latest first of the former. Names that are no
/// fields are ignored, as unknown filters are; ties are broken by primary key.
pub(crate) fn order_by(table: &'static Table, query: &[(String, String)]) -> String {
    let asked = query.iter().rev().find(|(name, _)| name == "ordering");
    let wishes = asked.map_or("", |(_, value)| value.as_str()).split(',');
    let mut seen = Vec::new();
    let mut terms = Vec::new();
    for wish in wishes.map(str::trim) {
        let (name, direction) = match wish.strip_prefix('-') {
            Some(name) => (name, "DESC NULLS LAST"),
            None => (wish, "ASC NULLS FIRST"),
        };
        // The name in the statement is the contract's, never the query's.
        let Some(field) = table.orderings().find(|field| field.name == name) else {
            continue;
        };
        if !seen.contains(&field.name) {
            seen.push(field.name);
            terms.push(format!(r#"t."{}" {direction}"#, field.name));
        }
    }
    if terms.is_empty() {
        terms.extend(own(table.order).map(str::to_owned));
    }
    terms.push(r#"t."id""#.to_owned());
    format!("ORDER BY {}", terms.join(", "))
}

/// What comes before the primary key in a resource's own order.
const fn own(order: Order) -> Option<&'static str> {
    match order {
        Order::Id => None,
        Order::Created => Some(r#"t."created""#),
        Order::Email => Some(r#"t."email""#),
    }
}

#[cfg(test)]
mod tests {
    use games_contract::Resource;

    use super::*;

    fn of(resource: Resource, ordering: &str) -> String {
        order_by(resource.table(), &[("ordering".into(), ordering.into())])
    }

    #[test]
    fn what_is_not_asked_for_is_the_resources_own_order() {
        assert_eq!(
            order_by(Resource::Role.table(), &[]),
            r#"ORDER BY t."created", t."id""#
        );
        assert_eq!(of(Resource::Run, ""), r#"ORDER BY t."id""#);
    }

    #[test]
    fn only_the_contracts_names_get_into_the_statement() {
        assert_eq!(
            of(
                Resource::Period,
                r#"-order,x" DESC; --,data,order,run_active,created"#
            ),
            r#"ORDER BY t."order" DESC NULLS LAST, t."created" ASC NULLS FIRST, t."id""#
        );
        assert_eq!(
            of(Resource::User, "password"),
            r#"ORDER BY t."email", t."id""#
        );
    }
}
