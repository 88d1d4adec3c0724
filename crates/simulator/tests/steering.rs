//! The simulator is steered from outside, and tells what it was sent.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::collections::BTreeSet;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use simulator::{Accounts, Behaviour, LogEntry};

#[tokio::test]
async fn behaviour_is_set_whole_and_unknown_words_are_refused() {
    let simulator = common::simulator(Behaviour::default()).await;
    let url = format!("{}/simulator/behaviour", simulator.url());
    let told = json!({"seed": 3, "latencies": {"build_ms": 5}, "troubles": {"copr": {"outage": {"kind": "unavailable", "for_ms": 60_000}}}});
    let answer: Value = Client::new().put(&url).json(&told).send().await.unwrap().json().await.unwrap();
    assert_eq!((&answer["seed"], &answer["latencies"]["build_ms"]), (&json!(3), &json!(5)));
    assert_eq!(answer["latencies"]["test_ms"], 5_000, "what is not named has its default");
    let copr = format!("{}/api_3/mock-chroots/list", simulator.copr_url());
    let status = async || reqwest::get(&copr).await.unwrap().status();
    assert_eq!(status().await, StatusCode::SERVICE_UNAVAILABLE);

    let refused = Client::new().put(&url).json(&json!({"sed": 3})).send().await.unwrap().status();
    assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY);
    Client::new().put(&url).json(&json!({})).send().await.unwrap();
    assert_eq!(status().await, StatusCode::OK, "the outage is over");
}

#[tokio::test]
async fn a_dropped_connection_begins_nothing_and_a_lost_answer_does() {
    let simulator = common::simulator(Behaviour::immediate()).await;
    let accounts = Accounts::default();
    let request = async || {
        let body = json!({
            "test": {"tmt": {"url": "https://github.com/packit/hello"}},
            "environments": [{"arch": "x86_64", "secrets": {"key": "hidden-key"}}],
            "notification": {"webhook": {"url": "http://127.0.0.1:9/", "token": "hidden-token"}},
        });
        let url = format!("{}/requests", simulator.testing_farm_url());
        let call = Client::new().post(url).bearer_auth(&accounts.testing_farm_key).json(&body);
        call.send().await.map(|answer| answer.status())
    };
    let behave = async |troubles: Value| {
        let url = format!("{}/simulator/behaviour", simulator.url());
        let body = json!({"troubles": {"testing-farm": troubles}});
        assert_eq!(Client::new().put(url).json(&body).send().await.unwrap().status(), StatusCode::OK);
    };
    behave(json!({"outage": {"kind": "dropped", "for_ms": 60_000}})).await;
    assert!(request().await.is_err());
    behave(json!({"lost_answers": {"next": 1}})).await;
    assert!(request().await.is_err());
    assert_eq!(request().await.unwrap(), StatusCode::OK);

    let log: Vec<LogEntry> = simulator.log();
    let seen: Vec<(Option<u16>, bool)> =
        log.iter().map(|entry| (entry.status, entry.began.is_some())).collect();
    assert_eq!(seen, [(None, false), (None, true), (Some(200), true)]);

    let url = format!("{}/simulator/log?began=true&after=2", simulator.url());
    let lines = reqwest::get(url).await.unwrap().text().await.unwrap();
    let told: Vec<LogEntry> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told, log[2..]);
    assert!(!lines.contains("hidden-"), "{lines}");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_run() {
    let ids = async |seed| {
        let simulator = common::simulator(Behaviour { seed, ..Behaviour::immediate() }).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            let body = json!({"test": {"tmt": {"url": "https://github.com/packit/hello"}}, "environments": [{"arch": "x86_64"}]});
            let call = Client::new()
                .post(format!("{}/requests", simulator.testing_farm_url()))
                .bearer_auth(Accounts::default().testing_farm_key)
                .json(&body);
            let answer: Value = call.send().await.unwrap().json().await.unwrap();
            ids.push(answer["id"].as_str().unwrap().to_owned());
            // Told again, the seed begins anew; what was begun before stays what it is.
            simulator.behave(Behaviour { seed, ..Behaviour::immediate() });
        }
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3, "{ids:?}");
        simulator.stop().await;
        ids
    };
    assert_eq!(ids(1).await, ids(1).await);
    assert_ne!(ids(1).await, ids(2).await);
}

#[test]
fn the_documented_behaviour_is_understood() {
    let page = include_str!("../../../docs/simulator.md");
    let example = page.split("```json").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let behaviour: Behaviour = serde_json::from_str(example).unwrap();
    assert_eq!((behaviour.builds.len(), behaviour.tests.len(), behaviour.troubles.len()), (3, 3, 3));
    let koji = (behaviour.koji_builds.len(), behaviour.koji_faults.len(), behaviour.versions.len());
    assert_eq!(koji, (1, 1, 1));
}
