//! XML-RPC as Koji speaks it: `nil` and `i8` beside the standard types, named parameters in a last structure that says so
//! (`docs/contracts.md` section 5). Values are JSON here, as everywhere else in this crate.

use dxr::{FaultResponse, MethodCall, MethodResponse};
use serde_json::{Map, Number, Value};

/// What marks a structure of named parameters.
const NAMED: &str = "__starstar";

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: i32,
    pub(super) text: String,
}

impl Fault {
    /// An error of the hub itself, such as that of its database: the transaction was rolled back.
    pub(super) const CRASH: i32 = 1;
    pub(super) const GENERIC: i32 = 1000;
    pub(super) const LOCK: i32 = 1001;
    pub(super) const AUTH: i32 = 1002;
    pub(super) const TAG: i32 = 1003;
    pub(super) const ACTION_NOT_ALLOWED: i32 = 1004;
    pub(super) const AUTH_LOCK: i32 = 1006;
    pub(super) const AUTH_EXPIRED: i32 = 1007;
    pub(super) const SEQUENCE: i32 = 1008;
    pub(super) const RETRY: i32 = 1009;
    pub(super) const BUILDROOT: i32 = 1012;
    pub(super) const SERVER_OFFLINE: i32 = 1014;

    /// A fault that was told as a value: the result of a failed task, or one of several calls.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let code = i32::try_from(value["faultCode"].as_i64()?).ok()?;
        Some(Self { code, text: value["faultString"].as_str().unwrap_or_default().to_owned() })
    }
}

/// Named parameters; they stand last.
pub(super) fn named(parameters: &Value) -> Value {
    let mut named = parameters.as_object().cloned().unwrap_or_default();
    named.insert(NAMED.to_owned(), Value::Bool(true));
    Value::Object(named)
}

/// The body of a call; none if a text holds what XML cannot.
pub(super) fn call(method: &str, parameters: &[Value]) -> Option<String> {
    let params = parameters.iter().map(to_xml_rpc).collect();
    let call = MethodCall { name: method.into(), params }.to_xml().ok()?;
    Some(format!("<?xml version='1.0'?>\n{call}"))
}

/// What a body says; none if it is no XML-RPC.
pub(super) fn answer(body: &[u8]) -> Option<Result<Value, Fault>> {
    let text = std::str::from_utf8(body).ok()?;
    if let Ok(response) = MethodResponse::from_xml(text) {
        return Some(Ok(to_json(response.value)));
    }
    let fault = FaultResponse::from_xml(text).ok()?.fault;
    Some(Err(Fault { code: fault.code(), text: fault.string().to_owned() }))
}

fn to_xml_rpc(value: &Value) -> dxr::Value {
    match value {
        Value::Null => dxr::Value::Nil,
        Value::Bool(value) => dxr::Value::Boolean(*value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => i32::try_from(whole).map_or(dxr::Value::Long(whole), dxr::Value::Integer),
            (None, part) => dxr::Value::Double(part.unwrap_or_default()),
        },
        Value::String(text) => dxr::Value::String(text.clone()),
        Value::Array(items) => dxr::Value::Array(items.iter().map(to_xml_rpc).collect()),
        Value::Object(fields) => {
            dxr::Value::Struct(fields.iter().map(|(name, field)| (name.clone(), to_xml_rpc(field))).collect())
        }
    }
}

/// Times and bytes, which Koji tells as texts and numbers, become null.
fn to_json(value: dxr::Value) -> Value {
    match value {
        dxr::Value::Integer(number) => number.into(),
        dxr::Value::Long(number) => number.into(),
        dxr::Value::Boolean(value) => value.into(),
        dxr::Value::String(text) => text.into(),
        dxr::Value::Double(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        dxr::Value::Array(items) => items.into_iter().map(to_json).collect(),
        dxr::Value::Struct(fields) => Value::Object(
            fields.into_iter().map(|(name, field)| (name, to_json(field))).collect::<Map<_, _>>(),
        ),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Fault, answer, call, named};

    #[test]
    fn a_call_is_written_as_the_hub_reads_it() {
        let text =
            call("getTaskInfo", &[json!(5_000_000_000_i64), named(&json!({"request": null}))]).unwrap();
        assert_eq!(
            text,
            "<?xml version='1.0'?>\n<methodCall><methodName>getTaskInfo</methodName><params>\
             <param><value><i8>5000000000</i8></value></param>\
             <param><value><struct>\
             <member><name>__starstar</name><value><boolean>1</boolean></value></member>\
             <member><name>request</name><value><nil></nil></value></member>\
             </struct></value></param></params></methodCall>"
        );
    }

    #[test]
    fn what_pythons_own_xml_rpc_writes_is_read() {
        let told = "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><struct>\n\
            <member>\n<name>id</name>\n<value><int>5</int></value>\n</member>\n\
            <member>\n<name>none</name>\n<value><nil/></value></member>\n\
            <member>\n<name>list</name>\n<value><array><data>\n<value><string>a &lt; b</string></value>\n\
            <value><double>1.5</double></value>\n<value><boolean>0</boolean></value>\n</data></array></value>\n</member>\n\
            <member>\n<name>empty</name>\n<value><string></string></value>\n</member>\n\
            <member>\n<name>nothing</name>\n<value><array><data>\n</data></array></value>\n</member>\n\
            </struct></value>\n</param>\n</params>\n</methodResponse>\n";
        assert_eq!(
            answer(told.as_bytes()),
            Some(Ok(
                json!({"id": 5, "none": null, "list": ["a < b", 1.5, false], "empty": "", "nothing": []})
            ))
        );
        let told = "<?xml version='1.0'?>\n<methodResponse>\n<fault>\n<value><struct>\n\
            <member>\n<name>faultCode</name>\n<value><int>1000</int></value>\n</member>\n\
            <member>\n<name>faultString</name>\n<value><string>No such tag</string></value>\n</member>\n\
            </struct></value>\n</fault>\n</methodResponse>\n";
        assert_eq!(answer(told.as_bytes()), Some(Err(Fault { code: 1000, text: "No such tag".to_owned() })));
        assert_eq!(answer(b"<h1>Bad Gateway</h1>"), None);
    }
}
