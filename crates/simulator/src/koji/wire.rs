//! XML-RPC as the hub speaks it: calls with named parameters, answers and faults.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use dxr::{FaultResponse, MethodCall, MethodResponse};
use serde_json::{Map, Number, Value};

/// An answer that says no, by the numbers of `docs/contracts.md` section 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: i32,
    pub(super) text: String,
}

impl Fault {
    pub(super) fn new(code: i32, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    pub(super) fn generic(text: impl Into<String>) -> Self {
        Self::new(1000, text)
    }

    pub(super) fn auth(text: impl Into<String>) -> Self {
        Self::new(1002, text)
    }

    pub(super) fn tag(text: impl Into<String>) -> Self {
        Self::new(1003, text)
    }

    pub(super) fn not_allowed(text: impl Into<String>) -> Self {
        Self::new(1004, text)
    }

    pub(super) fn build(text: impl Into<String>) -> Self {
        Self::new(1005, text)
    }

    pub(super) fn sequence(text: impl Into<String>) -> Self {
        Self::new(1008, text)
    }

    pub(super) fn retry(text: impl Into<String>) -> Self {
        Self::new(1009, text)
    }

    pub(super) fn parameter(text: impl Into<String>) -> Self {
        Self::new(1019, text)
    }

    /// As it stands among the answers of several calls, and as the result of a task.
    pub(super) fn shown(&self) -> Value {
        serde_json::json!({"faultCode": self.code, "faultString": self.text})
    }
}

/// A call's parameters: by place, and by name in a last structure that is marked so.
#[derive(Debug, Clone, Default)]
pub(super) struct Arguments {
    placed: Vec<Value>,
    named: Map<String, Value>,
}

impl Arguments {
    pub(super) fn new(mut parameters: Vec<Value>) -> Self {
        let is_named = |last: &Value| last["__starstar"] == true;
        let named = match parameters.pop_if(|last| is_named(last)) {
            Some(Value::Object(mut named)) => {
                named.remove("__starstar");
                named
            }
            _ => Map::new(),
        };
        Self { placed: parameters, named }
    }

    /// The parameter at a place, or of a name; null if it is not given.
    pub(super) fn get(&self, place: usize, name: &str) -> &Value {
        self.placed.get(place).or_else(|| self.named.get(name)).unwrap_or(&Value::Null)
    }

    pub(super) fn flag(&self, place: usize, name: &str) -> bool {
        self.get(place, name).as_bool().unwrap_or(false)
    }

    pub(super) fn id(&self, place: usize, name: &str) -> Result<i64, Fault> {
        self.get(place, name)
            .as_i64()
            .ok_or_else(|| Fault::parameter(format!("Invalid type for {name}: {}", self.get(place, name))))
    }

    pub(super) fn text(&self, place: usize, name: &str) -> Result<&str, Fault> {
        self.get(place, name)
            .as_str()
            .ok_or_else(|| Fault::parameter(format!("Invalid type for {name}: {}", self.get(place, name))))
    }
}

/// A call's method and parameters; none if it is no call.
pub(super) fn read(body: &[u8]) -> Option<(String, Vec<Value>)> {
    let call = MethodCall::from_xml(std::str::from_utf8(body).ok()?).ok()?;
    Some((call.name.into_owned(), call.params.into_iter().map(to_json).collect()))
}

/// An answer as it goes out.
pub(super) fn answer(answer: Result<Value, Fault>) -> Response {
    let xml = match answer {
        Ok(value) => MethodResponse { value: from_json(value) }.to_xml(),
        Err(fault) => FaultResponse { fault: dxr::Fault::new(fault.code, fault.text) }.to_xml(),
    };
    match xml {
        Ok(xml) => {
            let body = format!("<?xml version='1.0'?>\n{xml}");
            (
                [
                    (header::CONTENT_TYPE, "text/xml"),
                    (header::HeaderName::from_static("koji-version"), super::VERSION),
                ],
                body,
            )
                .into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// A call as a text, as the hub keeps the requests of its tasks.
pub(super) fn call(method: &str, parameters: &Value) -> String {
    let params = parameters.as_array().into_iter().flatten().cloned().map(from_json).collect();
    MethodCall { name: method.into(), params }.to_xml().unwrap_or_default()
}

fn to_json(value: dxr::Value) -> Value {
    match value {
        dxr::Value::Integer(number) => number.into(),
        dxr::Value::Long(number) => number.into(),
        dxr::Value::Boolean(value) => value.into(),
        dxr::Value::String(text) => text.into(),
        dxr::Value::Double(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        dxr::Value::Array(items) => items.into_iter().map(to_json).collect(),
        dxr::Value::Struct(fields) => {
            Value::Object(fields.into_iter().map(|(name, field)| (name, to_json(field))).collect())
        }
        _ => Value::Null,
    }
}

fn from_json(value: Value) -> dxr::Value {
    match value {
        Value::Null => dxr::Value::Nil,
        Value::Bool(value) => dxr::Value::Boolean(value),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => i32::try_from(whole).map_or(dxr::Value::Long(whole), dxr::Value::Integer),
            None => dxr::Value::Double(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => dxr::Value::String(text),
        Value::Array(items) => dxr::Value::Array(items.into_iter().map(from_json).collect()),
        Value::Object(fields) => {
            dxr::Value::Struct(fields.into_iter().map(|(name, field)| (name, from_json(field))).collect())
        }
    }
}
