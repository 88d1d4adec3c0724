use serde_json::{Value, json};

use super::{Message, SOURCE};

fn message(topic: &str, body: &Value) -> Message {
    Message {
        topic: topic.to_owned(),
        id: Some("m-1".to_owned()),
        sent_at: None,
        body: body.to_string().into_bytes(),
    }
}

#[test]
fn a_message_is_filed_under_the_bus_by_its_topic_and_key() {
    let address = message("org.fedoraproject.prod.copr.build.end", &json!({ "a": 1 })).address();
    assert_eq!((address.source.as_str(), address.kind.as_str()), (SOURCE, "copr.build.end"));
    assert_eq!((address.delivery_id.as_str(), address.body.as_slice()), ("m-1", b"{\"a\":1}".as_slice()));
    assert_eq!(address.project(), None);
}

#[test]
fn the_project_is_told_where_a_forge_tells_of_one_and_it_is_no_fork() {
    let received = |fullname: &str| {
        json!({ "agent": "a", "branch": "f43", "repo": { "namespace": "rpms", "name": "hello", "fullname": fullname,
            "full_url": format!("https://src.example.org/{fullname}"), "url_path": fullname } })
    };
    let project =
        |topic: &str, body: &Value| message(topic, body).address().project().map(|found| found.to_string());
    let topic = "org.fedoraproject.prod.pagure.git.receive";
    assert_eq!(project(topic, &received("rpms/hello")).as_deref(), Some("src.example.org/rpms/hello"));
    assert_eq!(project(topic, &received("forks/eve/rpms/hello")), None);
    let payload = json!({ "ref": "refs/heads/main", "repository": { "name": "docs", "owner": { "login": "infra" },
        "full_name": "infra/docs", "html_url": "https://forge.example.org/infra/docs" } });
    let body = json!({ "body": payload, "headers": {}, "agent": null });
    let relayed = project("org.fedoraproject.prod.forgejo.push", &body);
    assert_eq!(relayed.as_deref(), Some("forge.example.org/infra/docs"));
}

#[test]
fn a_message_without_a_key_is_known_by_its_content() {
    let mut first = message("org.fedoraproject.prod.copr.build.end", &json!({ "a": 1 }));
    first.id = None;
    let mut other = message("org.fedoraproject.prod.copr.build.end", &json!({ "a": 2 }));
    other.id = None;
    assert_eq!(first.address().delivery_id.len(), 64);
    assert_ne!(first.address().delivery_id, other.address().delivery_id);
}

/// Every form in which messages lie about in files gives the message.
#[test]
fn recorded_files_of_every_form_give_the_message() {
    let body = json!({ "build": 1, "owner": "packit" });
    let flat = json!({ "topic": "org.p.prod.copr.build.end", "build": 1, "owner": "packit" });
    let wire = json!({ "routing_key": "org.p.prod.copr.build.end", "exchange": "amq.topic", "body": body,
        "properties": { "message_id": "w-1", "headers": { "sent-at": "2026-11-22T06:07:10+00:00" } } });
    let relay = json!({ "topic": "org.p.prod.copr.build.end", "id": "r-1", "queue": null, "body": body, "headers": {} });
    let old = json!({ "topic": "org.p.prod.copr.build.end", "msg_id": "o-1", "msg": body, "i": 3 });
    for (file, id) in [(flat, None), (wire, Some("w-1")), (relay, Some("r-1")), (old, Some("o-1"))] {
        let message = Message::recorded(file.to_string().as_bytes()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&message.body).unwrap(), body, "{file}");
        assert_eq!((message.id.as_deref(), message.topic.as_str()), (id, "org.p.prod.copr.build.end"));
        assert_eq!(message.sent_at.is_some(), id == Some("w-1"));
    }
    let webhook = json!({ "topic": "org.p.prod.forgejo.push", "agent": null, "headers": {}, "body": { "ref": "main" } });
    let message = Message::recorded(webhook.to_string().as_bytes()).unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&message.body).unwrap(),
        json!({ "agent": null, "headers": {}, "body": { "ref": "main" } })
    );
    assert_eq!(Message::recorded(b"{\"a\": 1}"), None);
    assert_eq!(Message::recorded(b"[]"), None);
}
