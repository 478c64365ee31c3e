//! The chain: what each position has, owes and waits for, week by week.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::Position;

/// Cases that everybody has at first.
const STOCK: u32 = 12;
/// Cases at each step of the way at first.
const ON_THE_WAY: u32 = 4;

/// One position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Link {
    stock: u32,
    backlog: u32,
    incoming_order: u32,
    received: u32,
    shipped: u32,
    /// What was shipped to it, what arrives next first.
    arriving: VecDeque<u32>,
    /// What it has ordered and its supplier has not read, the oldest first.
    mail: VecDeque<u32>,
    cost: f64,
    total_cost: f64,
}

/// Every position, from the Retailer to the Factory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chain(Vec<Link>);

impl Chain {
    /// The chain before its first week.
    pub(crate) fn new() -> Self {
        let link = |weeks_of_mail| Link {
            stock: STOCK,
            backlog: 0,
            incoming_order: 0,
            received: 0,
            shipped: 0,
            arriving: VecDeque::from([ON_THE_WAY; 2]),
            mail: vec![ON_THE_WAY; weeks_of_mail].into(),
            cost: 0.0,
            total_cost: 0.0,
        };
        // What the Factory asks for is read in the week after, and then takes two to brew.
        Self([2, 2, 2, 1].map(link).into())
    }

    /// A week begins: what was shipped arrives, orders are read, and what there is goes out.
    pub(crate) fn begin_week(&mut self, demand: u32) {
        let mut ordered = demand;
        for at in 0..self.0.len() {
            let link = &mut self.0[at];
            link.received = link.arriving.pop_front().unwrap_or(0);
            link.stock += link.received;
            link.incoming_order = ordered;
            let due = link.backlog + ordered;
            link.shipped = due.min(link.stock);
            link.stock -= link.shipped;
            link.backlog = due - link.shipped;
            ordered = link.mail.pop_front().unwrap_or(0);
            let shipped = link.shipped;
            if let Some(customer) = at.checked_sub(1) {
                self.0[customer].arriving.push_back(shipped);
            }
        }
        // Nothing is lacking to brew what was asked for.
        if let Some(factory) = self.0.last_mut() {
            factory.arriving.push_back(ordered);
        }
    }

    /// A position orders of its supplier.
    pub(crate) fn order(&mut self, at: usize, cases: u32) {
        if let Some(link) = self.0.get_mut(at) {
            link.mail.push_back(cases);
        }
    }

    /// A week is over, and costs what is in stock and what is owed.
    pub(crate) fn end_week(&mut self) {
        for link in &mut self.0 {
            link.cost = 0.5 * f64::from(link.stock) + f64::from(link.backlog);
            link.total_cost += link.cost;
        }
    }

    /// What a position knows.
    pub(crate) fn position(&self, at: usize) -> Option<Position> {
        let link = self.0.get(at)?;
        let owed = self.0.get(at + 1).map_or(0, |supplier| supplier.backlog);
        let on_the_way = link.mail.iter().chain(&link.arriving);
        Some(Position {
            incoming_order: link.incoming_order,
            received: link.received,
            shipped: link.shipped,
            stock: link.stock,
            backlog: link.backlog,
            on_order: on_the_way.sum::<u32>() + owed,
            cost: link.cost,
            total_cost: link.total_cost,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(chain: &mut Chain, demand: u32, orders: [u32; 4]) {
        for (at, order) in orders.into_iter().enumerate() {
            chain.order(at, order);
        }
        chain.end_week();
        chain.begin_week(demand);
    }

    #[test]
    fn a_chain_that_orders_what_is_ordered_stays_as_it_is() {
        let mut chain = Chain::new();
        chain.begin_week(4);
        let first: Vec<_> = (0..4).map(|at| chain.position(at)).collect();
        for _ in 0..10 {
            week(&mut chain, 4, [4; 4]);
        }
        for (at, first) in first.into_iter().enumerate() {
            let (now, first) = (chain.position(at).unwrap(), first.unwrap());
            assert_eq!(
                (now.stock, now.backlog, now.received, now.shipped),
                (12, 0, 4, 4)
            );
            assert_eq!(now.on_order, first.on_order);
            assert_eq!((now.cost, now.total_cost), (6.0, 60.0));
        }
    }

    #[test]
    fn an_order_takes_two_weeks_to_be_read_and_two_to_arrive_and_three_to_be_brewed() {
        let mut chain = Chain::new();
        chain.begin_week(4);
        week(&mut chain, 4, [9, 4, 4, 11]);
        let mut seen = Vec::new();
        for _ in 0..3 {
            let position = |at| chain.position(at).unwrap();
            seen.push((
                position(1).incoming_order,
                position(0).received,
                position(3).received,
            ));
            week(&mut chain, 4, [4; 4]);
        }
        let last = (
            chain.position(0).unwrap().received,
            chain.position(0).unwrap().incoming_order,
        );
        assert_eq!(seen, [(4, 4, 4), (9, 4, 4), (4, 4, 11)]);
        assert_eq!(last, (9, 4));
    }

    #[test]
    fn what_cannot_be_shipped_is_owed_and_costs_twice_as_much() {
        let mut chain = Chain::new();
        chain.begin_week(40);
        let retailer = chain.position(0).unwrap();
        assert_eq!(
            (retailer.shipped, retailer.stock, retailer.backlog),
            (16, 0, 24)
        );
        week(&mut chain, 0, [0; 4]);
        let retailer = chain.position(0).unwrap();
        assert_eq!((retailer.backlog, retailer.cost), (20, 24.0));
        assert_eq!(chain.position(3).unwrap().cost, 6.0);
    }

    #[test]
    fn no_case_is_lost_between_the_brewery_and_the_customers() {
        let mut chain = Chain::new();
        let mut brewed = 0;
        let mut sold = 0;
        chain.begin_week(4);
        sold += chain.0[0].shipped;
        for number in 0..50_u32 {
            let orders = [number % 7, number % 11, number % 5, number % 13];
            week(&mut chain, number % 9, orders);
            brewed += chain.0[3].arriving.back().copied().unwrap();
            sold += chain.0[0].shipped;
        }
        let cases = |link: &Link| link.stock + link.arriving.iter().sum::<u32>();
        let held: u32 = chain.0.iter().map(cases).sum();
        // 12 and 8 each at first, and what the first week has brewed.
        assert_eq!(held + sold, 4 * (12 + 8) + 4 + brewed);
    }
}
