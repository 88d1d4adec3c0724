//! Parameters: text until it was looked at, so that what is wrong with it can be said.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use chrono::{DateTime, TimeDelta, Utc};
use domain::UnknownWord;
use serde::de::DeserializeOwned;
use store::origins::{InvalidSourceRow, SourceRow};

use crate::cursor::Cursor;
use crate::problem::Problem;
use crate::query;
use crate::server::Shared;

/// Rows of a page unless told otherwise.
pub(super) const DEFAULT_LIMIT: i64 = 30;
/// The most rows of a page.
pub(super) const LARGEST_LIMIT: i64 = 100;
/// The longest text that is looked for, in characters.
pub(super) const LONGEST_TEXT: usize = 1000;

/// How far the clock of whoever asks may be before ours.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::minutes(1);

/// The query's parameters. One that is not known is answered with those that are.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        query::all(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// The number in the path that names what is asked for.
pub(crate) struct Id(pub(crate) i64);

impl FromRequestParts<Shared> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Problem> {
        let wrong = || Problem::not_found("such thing: an id is a number").at("id");
        let Path(text): Path<String> = Path::from_request_parts(parts, web).await.map_err(|_| wrong())?;
        text.parse().map(Self).map_err(|_| wrong())
    }
}

/// How many rows a page has.
pub(crate) fn limit(text: Option<&str>) -> Result<i64, Problem> {
    number("limit", text, DEFAULT_LIMIT, 1, LARGEST_LIMIT)
}

/// A number in a range.
pub(crate) fn number(
    field: &'static str,
    text: Option<&str>,
    unless_told: i64,
    least: i64,
    most: i64,
) -> Result<i64, Problem> {
    let Some(text) = text else { return Ok(unless_told) };
    text.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        Problem::bad_parameter(field, format!("`{field}` is a number from {least} to {most}."))
    })
}

/// Text to compare with.
pub(crate) fn text(field: &'static str, text: Option<String>) -> Result<Option<String>, Problem> {
    let Some(text) = text else { return Ok(None) };
    if text.is_empty() || text.chars().count() > LONGEST_TEXT || text.chars().any(char::is_control) {
        let detail =
            format!("`{field}` is text of up to {LONGEST_TEXT} characters without control characters.");
        return Err(Problem::bad_parameter(field, detail));
    }
    Ok(Some(text))
}

/// One word of a closed set; the answer to any other lists them.
pub(crate) fn word<T: std::str::FromStr<Err = UnknownWord>>(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<T>, Problem> {
    let read = |text: &str| {
        text.parse().map_err(|error: UnknownWord| Problem::bad_parameter(field, error.to_string()))
    };
    text.map(read).transpose()
}

/// A moment, RFC 3339.
pub(crate) fn moment(field: &'static str, text: Option<&str>) -> Result<Option<DateTime<Utc>>, Problem> {
    let read = |text: &str| {
        DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc()).map_err(|_| {
            let detail = format!("`{field}` is a moment as RFC 3339 writes it: 2026-11-22T08:00:00Z.");
            Problem::bad_parameter(field, detail)
        })
    };
    text.map(read).transpose()
}

/// A moment that has been, as far as clocks agree.
pub(crate) fn past(field: &'static str, at: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
    if at > Utc::now() + CLOCKS_DIFFER_BY {
        return Err(Problem::bad_parameter(field, format!("`{field}` lies in the future.")));
    }
    Ok(at)
}

/// A row of an imported database.
pub(crate) fn origin(text: Option<String>) -> Result<Option<SourceRow>, Problem> {
    let read = |text: String| {
        text.parse().map_err(|error: InvalidSourceRow| Problem::bad_parameter("origin", error.to_string()))
    };
    self::text("origin", text)?.map(read).transpose()
}

/// Reads a cursor that a page gave.
pub(crate) fn read_cursor(text: &str) -> Result<Cursor, Problem> {
    Cursor::decode(text).ok_or_else(wrong_cursor)
}

/// It was not given by a page.
pub(crate) fn wrong_cursor() -> Problem {
    Problem::bad_parameter("cursor", "This cursor was not given by a page of this list.")
}
