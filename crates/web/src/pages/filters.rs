//! What a history is filtered by: a plain form whose fields are the API's parameters, as people write them.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, Utc};
use domain::ids::{ProjectId, ReferenceId};
use domain::words::{EventKind, EventStatus, Reference, ReferenceKind};
use serde::Deserialize;
use store::reads::{EventFilter, Position, Told};
use url::form_urlencoded;

use super::text::Text;
use super::titles;
use crate::api::{parameters, read_cursor};
use crate::cursor::Cursor;
use crate::problem::Problem;

/// What was asked for. A form sends its empty fields too; they ask for nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filters {
    cursor: Option<String>,
    status: Option<String>,
    kind: Option<String>,
    reference: Option<String>,
    author: Option<String>,
    package: Option<String>,
    commit: Option<String>,
    since: Option<String>,
    until: Option<String>,
}

/// Whose history it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    All,
    Project(ProjectId),
    Reference(ReferenceId),
    /// A commit's full hash.
    Commit(String),
}

/// The form with what was asked for in it, and the addresses of pages that ask for the same.
pub(super) struct Form {
    pub(super) fields: Vec<Field>,
    /// Whether anything is filtered.
    pub(super) is_filtered: bool,
    /// Whether this is not the first page.
    pub(super) is_further: bool,
    query: String,
    /// The same as the API takes it.
    data_query: String,
}

/// One field.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// `text`, `date` or `choice`.
    pub(super) kind: &'static str,
    pub(super) value: Text,
    pub(super) hint: &'static str,
    /// The words of a choice, as they are sent and as they read.
    pub(super) choices: Vec<(&'static str, &'static str)>,
}

impl Filters {
    /// What is asked of the store, and the form.
    pub(super) fn read(
        self,
        scope: &Scope,
        told: Told,
    ) -> Result<(EventFilter, Option<Position>, Form), Problem> {
        let mut given = self.without_empty();
        // People copy hashes from where they are written in capitals.
        given.commit = given.commit.map(|hash| hash.to_ascii_lowercase());
        if let Scope::Commit(hash) = scope
            && given.commit.take().is_some_and(|other| other != *hash)
        {
            return Err(Problem::bad_parameter("commit", "The address names another commit."));
        }
        let mut form = Form::new(&given, scope, told);
        let mut filter = EventFilter {
            commit: parameters::text("commit", given.commit)?,
            package: parameters::text("package", given.package)?,
            author: parameters::text("author", given.author)?,
            kind: parameters::word("kind", given.kind.as_deref())?,
            status: parameters::word("status", given.status.as_deref())?,
            since: given.since.map(|text| day("since", &text, 0)).transpose()?,
            until: given.until.map(|text| day("until", &text, 1)).transpose()?,
            ..EventFilter::default()
        };
        let reference = parameters::text("reference", given.reference)?;
        match scope {
            Scope::All => {}
            Scope::Project(project) => {
                filter.project = Some(*project);
                filter.reference_named = reference.as_deref().map(named);
            }
            Scope::Reference(reference) => filter.reference = Some(*reference),
            Scope::Commit(hash) => filter.commit = Some(hash.clone()),
        }
        if filter.reference_named.is_none() && reference.is_some() {
            let detail = "A reference can be asked for in the list of one project.";
            return Err(Problem::bad_parameter("reference", detail));
        }
        let cursor = given.cursor.as_deref().map(read_cursor).transpose()?;
        form.data_query = data_query(&filter, scope, given.cursor.as_deref());
        Ok((filter, cursor.map(|Cursor(at, id)| (at, id)), form))
    }

    fn without_empty(self) -> Self {
        let some =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self {
            cursor: some(self.cursor),
            status: some(self.status),
            kind: some(self.kind),
            reference: some(self.reference),
            author: some(self.author),
            package: some(self.package),
            commit: some(self.commit),
            since: some(self.since),
            until: some(self.until),
        }
    }
}

/// What is asked of the API's list to get the same rows: its address names the scope, and it takes moments, not days.
fn data_query(filter: &EventFilter, scope: &Scope, cursor: Option<&str>) -> String {
    let moment = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    let named = |reference: &Reference| format!("{}:{}", reference.kind, reference.name);
    let commit = filter.commit.clone().filter(|_| !matches!(scope, Scope::Commit(_)));
    let parameters = [
        ("status", filter.status.map(|status| status.as_str().to_owned())),
        ("kind", filter.kind.map(|kind| kind.as_str().to_owned())),
        ("reference", filter.reference_named.as_ref().map(named)),
        ("author", filter.author.clone()),
        ("package", filter.package.clone()),
        ("commit", commit),
        ("since", moment(filter.since)),
        ("until", moment(filter.until)),
        ("cursor", cursor.map(str::to_owned)),
    ];
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters.into_iter().filter_map(|(name, value)| Some((name, value?))));
    query.finish()
}

/// A reference as people write it: `42` and `#42` are pull requests, `kind:name` is what it says, all else is a branch.
fn named(text: &str) -> Reference {
    let number = text.trim_start_matches('#');
    if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Reference::new(ReferenceKind::PullRequest, number);
    }
    let typed = text.split_once(':').and_then(|(kind, name)| Some((kind.parse().ok()?, name)));
    typed.map_or_else(
        || Reference::new(ReferenceKind::Branch, text),
        |(kind, name)| Reference::new(kind, name),
    )
}

/// The beginning of a day, or of one so many days behind it; or a moment as the API takes it.
fn day(field: &'static str, text: &str, behind: u64) -> Result<DateTime<Utc>, Problem> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(moment.to_utc());
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .and_then(|date| date.checked_add_days(Days::new(behind)));
    date.map(|date| date.and_time(NaiveTime::MIN).and_utc()).ok_or_else(|| {
        let detail = format!("`{field}` is a day, 2026-11-22, or a moment, 2026-11-22T08:00:00Z.");
        Problem::bad_parameter(field, detail)
    })
}

impl Form {
    fn new(given: &Filters, scope: &Scope, told: Told) -> Self {
        // What started nothing is no workflow.
        let can_be = |status: &EventStatus| told != Told::Workflows || *status != EventStatus::Nothing;
        let mut fields = vec![
            Field::choice(
                "status",
                "Status",
                &given.status,
                EventStatus::ALL
                    .iter()
                    .filter(|status| can_be(status))
                    .map(|status| (status.as_str(), titles::event_status(*status))),
            ),
            Field::choice(
                "kind",
                "Event",
                &given.kind,
                EventKind::ALL.iter().map(|kind| (kind.as_str(), titles::event_kind(*kind))),
            ),
        ];
        if matches!(scope, Scope::Project(_)) {
            fields.push(Field::text("reference", "Reference", &given.reference, "42, main or release:1.0"));
        }
        fields.push(Field::text("author", "By", &given.author, "a login"));
        fields.push(Field::text("package", "Package", &given.package, "its full name"));
        if !matches!(scope, Scope::Commit(_)) {
            fields.push(Field::text("commit", "Commit", &given.commit, "the full hash"));
        }
        fields.push(Field::date("since", "From", &given.since));
        fields.push(Field::date("until", "To", &given.until));
        let mut query = form_urlencoded::Serializer::new(String::new());
        let parameters = [
            ("status", &given.status),
            ("kind", &given.kind),
            ("reference", &given.reference),
            ("author", &given.author),
            ("package", &given.package),
            ("commit", &given.commit),
            ("since", &given.since),
            ("until", &given.until),
        ];
        query
            .extend_pairs(parameters.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))));
        let query = query.finish();
        let (is_filtered, is_further) = (!query.is_empty(), given.cursor.is_some());
        Self { fields, is_filtered, is_further, query, data_query: String::new() }
    }

    /// The address of the first page, from this very page.
    pub(super) fn first(&self) -> String {
        format!("?{}", self.query)
    }

    /// The address of the API's list of the same rows.
    pub(super) fn data_at(&self, path: &str) -> String {
        let mark = if self.data_query.is_empty() { "" } else { "?" };
        format!("{path}{mark}{}", self.data_query)
    }

    /// The address of the page that begins at a cursor.
    pub(super) fn page_at(&self, cursor: &str) -> String {
        let and = if self.query.is_empty() { "" } else { "&" };
        format!("?{}{and}cursor={cursor}", self.query)
    }
}

impl Field {
    fn text(name: &'static str, label: &'static str, value: &Option<String>, hint: &'static str) -> Self {
        let value = Text::new(value.as_deref().unwrap_or_default());
        Self { name, label, kind: "text", value, hint, choices: Vec::new() }
    }

    /// A browser's field of a day shows days only: of a moment it shows the day.
    fn date(name: &'static str, label: &'static str, value: &Option<String>) -> Self {
        let moment = value.as_deref().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        let day = moment.map(|moment| moment.to_utc().date_naive().to_string());
        Self { kind: "date", ..Self::text(name, label, &day.or_else(|| value.clone()), "") }
    }

    fn choice(
        name: &'static str,
        label: &'static str,
        value: &Option<String>,
        choices: impl Iterator<Item = (&'static str, &'static str)>,
    ) -> Self {
        Self { kind: "choice", choices: choices.collect(), ..Self::text(name, label, value, "") }
    }

    /// Whether this word of the choice was asked for.
    pub(super) fn is_chosen(&self, word: &str) -> bool {
        self.value.to_string() == word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_understood_as_people_write_them() {
        let pull = Reference::new(ReferenceKind::PullRequest, 42);
        assert_eq!((named("42"), named("#42")), (pull.clone(), pull));
        assert_eq!(named("main"), Reference::new(ReferenceKind::Branch, "main"));
        assert_eq!(named("release:1.0"), Reference::new(ReferenceKind::Release, "1.0"));
        assert_eq!(named("fix:it"), Reference::new(ReferenceKind::Branch, "fix:it"));
    }

    #[test]
    fn a_day_is_whole() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        assert_eq!(day("since", "2026-11-22", 0).unwrap(), at("2026-11-22T00:00:00Z"));
        assert_eq!(day("until", "2026-11-22", 1).unwrap(), at("2026-11-23T00:00:00Z"));
        assert_eq!(day("until", "2026-11-22T08:00:00Z", 1).unwrap(), at("2026-11-22T08:00:00Z"));
        assert!(day("since", "yesterday", 0).is_err());
    }

    #[test]
    fn empty_fields_ask_for_nothing_and_others_stay_on_the_next_page() {
        let asked =
            Filters { author: Some(" a&b ".to_owned()), kind: Some(String::new()), ..Filters::default() };
        let (filter, before, form) = asked.read(&Scope::All, Told::Events).unwrap();
        let expected = EventFilter { author: Some("a&b".to_owned()), ..EventFilter::default() };
        assert_eq!((filter, before), (expected, None));
        assert_eq!(form.page_at("x"), "?author=a%26b&cursor=x");
    }

    #[test]
    fn the_api_is_asked_for_the_same_rows() {
        let asked = || Filters {
            reference: Some("#42".to_owned()),
            commit: Some("ABC".to_owned()),
            until: Some("2026-11-22".to_owned()),
            since: Some("2026-11-20T08:00:00+01:00".to_owned()),
            ..Filters::default()
        };
        let (_, _, form) = asked().read(&Scope::Project(ProjectId(1)), Told::Workflows).unwrap();
        let data = "/x?reference=pull_request%3A42&commit=abc&since=2026-11-20T07%3A00%3A00Z&until=2026-11-23T00%3A00%3A00Z";
        assert_eq!(form.data_at("/x"), data);
        let field = |name: &str| form.fields.iter().find(|field| field.name == name).unwrap();
        assert_eq!(field("since").value.to_string(), "2026-11-20");
        assert!(field("status").choices.iter().all(|(word, _)| *word != "nothing"));
        assert!(asked().read(&Scope::Commit("abd".to_owned()), Told::Events).is_err());
        let same = Filters { commit: Some("ABD".to_owned()), ..Filters::default() };
        let (_, _, form) = same.read(&Scope::Commit("abd".to_owned()), Told::Events).unwrap();
        assert_eq!((form.data_at("/x").as_str(), form.is_filtered), ("/x", false));
    }
}
