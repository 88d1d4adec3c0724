//! The Koji client against the simulator: sidetags and what is put into them.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use builders::{Builder, BuilderError, TaggedBuild};
use common::koji::{called, koji, real, tag_request, trouble};
use common::{begun, poll_to_the_end, refusal, simulator, submit};
use domain::words::TargetStatus;
use simulator::{Behaviour, LostAnswers, Trouble};

const NVR: &str = "hello-1.0.0-1.fc43";

#[tokio::test]
async fn a_sidetag_is_made_off_the_branchs_build_tag_filled_and_removed() {
    let simulator = simulator(Behaviour::immediate()).await;
    let koji = koji(&simulator);
    let sidetags = koji.sidetags().unwrap();
    let sidetag = sidetags.create("f43").await.unwrap();
    assert!(sidetag.starts_with("f43-build-side-"), "{sidetag}");
    assert_eq!(sidetags.ours("f43").await.unwrap(), [sidetag.as_str()]);
    assert_eq!(sidetags.ours("f42").await.unwrap(), [""; 0]);
    assert_eq!(sidetags.tagged(&sidetag).await.unwrap(), Some(Vec::new()));

    let mut work = real(11, "f43");
    work.targets[0].details.sidetag = Some(sidetag.clone());
    submit(&koji, &mut work).await;
    assert_eq!(poll_to_the_end(&koji, &work).await[0].status, TargetStatus::Succeeded);
    assert_eq!(called(&simulator, "build")[0][1], sidetag);
    let build = TaggedBuild { package: "hello".to_owned(), nvr: NVR.to_owned() };
    assert_eq!(sidetags.tagged(&sidetag).await.unwrap(), Some(vec![build]));

    sidetags.remove(&sidetag).await.unwrap();
    sidetags.remove(&sidetag).await.expect("what is gone is no error");
    assert_eq!(sidetags.tagged(&sidetag).await.unwrap(), None);
    assert!(matches!(sidetags.create("nowhere").await.unwrap_err(), BuilderError::Refused(_)));
    assert!(matches!(sidetags.remove("f43-build").await.unwrap_err(), BuilderError::Refused(_)));
}

#[tokio::test]
async fn a_build_is_put_into_a_sidetag_once() {
    let simulator = simulator(Behaviour::immediate()).await;
    let koji = koji(&simulator);
    let mut work = real(11, "f43");
    submit(&koji, &mut work).await;
    poll_to_the_end(&koji, &work).await;
    let sidetag = koji.sidetags().unwrap().create("f43").await.unwrap();

    let mut request = tag_request(12, NVR, &sidetag);
    submit(&koji, &mut request).await;
    assert_eq!(poll_to_the_end(&koji, &request).await[0].status, TargetStatus::Succeeded);
    let before = begun(&simulator);
    let mut again = tag_request(13, NVR, &sidetag);
    let submitted = submit(&koji, &mut again).await;
    assert_eq!(submitted.observations[0].status, TargetStatus::Succeeded);
    assert_eq!(poll_to_the_end(&koji, &again).await[0].status, TargetStatus::Succeeded);
    koji.cancel(&again).await.expect("what is done can be canceled");
    assert_eq!(begun(&simulator), before, "what is there is not asked for");

    let missing = tag_request(14, "hello-9.9.9-1.fc43", &sidetag);
    assert!(refusal(koji.submit(&missing).await).contains("No such build"));
    let nowhere = tag_request(15, NVR, "f43-build-side-999999");
    assert!(refusal(koji.submit(&nowhere).await).contains("No such tag"));
}

#[tokio::test]
async fn a_lost_tag_request_is_found_by_what_it_asks_for() {
    let simulator = simulator(Behaviour::immediate()).await;
    let koji = koji(&simulator);
    let mut work = real(11, "f43");
    submit(&koji, &mut work).await;
    poll_to_the_end(&koji, &work).await;
    let sidetag = koji.sidetags().unwrap().create("f43").await.unwrap();
    let mut request = tag_request(12, NVR, &sidetag);
    assert_eq!(koji.look_up(&request).await.unwrap(), None);

    let lost_answers = LostAnswers { next: 1, percent: 0 };
    simulator.behave(trouble(Trouble { lost_answers, ..Trouble::default() }));
    let error = koji.submit(&request).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unknown(_)), "{error:?}");
    let found = koji.look_up(&request).await.unwrap().expect("it was begun");
    assert!(found.external_id.parse::<u64>().is_ok());
    request.external_id = Some(found.external_id.clone());
    assert_eq!(poll_to_the_end(&koji, &request).await[0].status, TargetStatus::Succeeded);

    // Its task is another attempt's: the build is in the tag all the same.
    request.earlier_external_ids = vec![found.external_id];
    let found = koji.look_up(&request).await.unwrap().unwrap();
    assert_eq!(found.observations[0].status, TargetStatus::Succeeded);
}

#[tokio::test]
async fn a_lost_sidetag_is_among_ours() {
    let lost_answers = LostAnswers { next: 1, percent: 0 };
    let simulator = simulator(trouble(Trouble { lost_answers, ..Trouble::default() })).await;
    let koji = koji(&simulator);
    let sidetags = koji.sidetags().unwrap();
    assert!(matches!(sidetags.create("rawhide").await.unwrap_err(), BuilderError::Unknown(_)));
    assert_eq!(sidetags.ours("rawhide").await.unwrap().len(), 1);
}
