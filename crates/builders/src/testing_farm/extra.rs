//! What a configuration adds to the request as it is (`tf_extra_params`, `docs/contracts.md` section 4).

use serde_json::Value;

/// The parts of a request that a configuration may add to; who is told (`notification`) is never among them.
const PARTS: [&str; 3] = ["environments", "test", "settings"];

/// Merges the configured parts into a request: objects by their names, lists element by element, `artifacts` one after
/// the other; anything else replaces.
pub(super) fn merge(request: &mut Value, extra: &Value) {
    for part in PARTS {
        if let Some(extra) = extra.get(part) {
            merge_named(request, part, extra);
        }
    }
}

fn merge_named(object: &mut Value, name: &str, extra: &Value) {
    match (object.get_mut(name), extra) {
        (Some(Value::Array(ours)), Value::Array(theirs)) if name == "artifacts" => {
            ours.extend(theirs.iter().cloned());
        }
        (Some(ours @ Value::Object(_)), Value::Object(_))
        | (Some(ours @ Value::Array(_)), Value::Array(_)) => {
            merge_value(ours, extra);
        }
        // A list or an object is never replaced by something of another kind: it holds what the test is about.
        (Some(Value::Object(_) | Value::Array(_)), _) => {}
        _ => object[name] = extra.clone(),
    }
}

fn merge_value(ours: &mut Value, theirs: &Value) {
    match (ours, theirs) {
        (ours @ Value::Object(_), Value::Object(fields)) => {
            fields.iter().for_each(|(name, value)| merge_named(ours, name, value));
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            // Elements beyond ours are dropped: a request tests one environment.
            ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| merge_value(ours, theirs));
        }
        (Value::Object(_) | Value::Array(_), _) => {}
        (ours, theirs) => *ours = theirs.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::merge;

    fn merged(mut request: Value, extra: &Value) -> Value {
        merge(&mut request, extra);
        request
    }

    #[test]
    fn objects_merge_by_name_lists_by_place_and_artifacts_are_appended() {
        let request = json!({
            "test": {"tmt": {"url": "https://forge.example/a", "name": "/plans"}},
            "environments": [{"arch": "x86_64", "artifacts": [{"id": "1:f43"}], "tmt": {"context": {"arch": "x86_64"}}}],
        });
        let extra = json!({
            "test": {"tmt": {"name": "/other"}},
            "environments": [
                {"artifacts": [{"id": "2"}], "pool": "big", "tmt": {"context": {"how": "full"}}},
                {"arch": "s390x"},
            ],
            "settings": {"pipeline": {"type": "tmt-multihost"}},
        });
        assert_eq!(
            merged(request, &extra),
            json!({
                "test": {"tmt": {"url": "https://forge.example/a", "name": "/other"}},
                "environments": [{
                    "arch": "x86_64",
                    "artifacts": [{"id": "1:f43"}, {"id": "2"}],
                    "pool": "big",
                    "tmt": {"context": {"arch": "x86_64", "how": "full"}},
                }],
                "settings": {"pipeline": {"type": "tmt-multihost"}},
            })
        );
    }

    #[test]
    fn nobody_else_can_be_notified_and_nothing_loses_its_shape() {
        let request =
            json!({"notification": {"webhook": {"url": "ours"}}, "environments": [{"arch": "x86_64"}]});
        let extra = json!({
            "notification": {"webhook": {"url": "https://evil.example"}},
            "api_key": "stolen",
            "environments": "none",
        });
        assert_eq!(merged(request.clone(), &extra), request);
        assert_eq!(merged(request.clone(), &Value::Null), request);
    }
}
