//! Who may do and see what: `docs/rights.md`, walked against a running service.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod calling;
#[path = "../common/mod.rs"]
mod common;
mod hearing;
mod publishing;
mod school;
mod table;

use school::School;
use table::Findings;

#[tokio::test(flavor = "multi_thread")]
async fn every_procedure_answers_everybody_as_the_table_says() {
    let mut school = School::start().await;
    school.settle().await;
    let mut findings = Findings::default();
    calling::is_complete(&school, &mut findings).await;
    calling::walk(&school, &mut findings).await;
    calling::registering(&school, &mut findings).await;
    calling::nobody(&school.class).await;
    findings.is_as_written();
    school.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_hears_what_the_table_says_however_they_subscribe() {
    let mut school = School::start().await;
    hearing::listen(&mut school).await;
    school.settle().await;
    hearing::farewell(&mut school).await;
    let mut findings = Findings::default();
    hearing::walk(&mut school, &mut findings).await;
    findings.is_as_written();
    school.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_publish_and_subscribe_as_the_table_says() {
    let mut school = School::start().await;
    school.settle().await;
    let mut findings = Findings::default();
    publishing::is_complete(&school, &mut findings).await;
    publishing::walk(&mut school, &mut findings).await;
    publishing::subscribing(&mut school, &mut findings).await;
    findings.is_as_written();
    school.stop().await;
}
