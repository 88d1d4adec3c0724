//! The words of the design as OpenAPI schemas: the document lists what is known, from the same declaration.

use domain::words::{
    BuildSystem, EventKind, EventStatus, JobKind, Needs, ReferenceKind, TargetStatus, Visibility,
};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

macro_rules! words {
    ($($name:ident: $word:ty),+ $(,)?) => {$(
        #[doc = concat!("Every [`", stringify!($word), "`].")]
        pub fn $name() -> Object {
            one_of(<$word>::ALL.iter().map(|word| word.as_str()))
        }
    )+};
}

words! {
    build_system: BuildSystem,
    event_kind: EventKind,
    event_status: EventStatus,
    job_kind: JobKind,
    needs: Needs,
    reference_kind: ReferenceKind,
    target_status: TargetStatus,
    visibility: Visibility,
}

/// Every [`TargetStatus`], and `unknown`: a time of it was not recorded.
pub fn past_target_status() -> Object {
    one_of(TargetStatus::ALL.iter().map(|word| word.as_str()).chain([super::past::UNKNOWN]))
}

/// Every [`EventStatus`], and `unknown`.
pub fn past_event_status() -> Object {
    one_of(EventStatus::ALL.iter().map(|word| word.as_str()).chain([super::past::UNKNOWN]))
}

fn one_of(words: impl Iterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}
