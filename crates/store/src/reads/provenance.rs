//! Beyond the use cases: where a target came from and what came of it, across pipelines, events and projects.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::ids::TargetId;
use domain::words::{EventKind, EventStatus, JobKind, ProjectKey, ReferenceKind, TargetStatus};
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::question::{Question, Value};
use super::sections::{some, word};
use super::viewer::Viewer;
use super::views::ReferenceView;
use super::words;
use crate::sql::sql;
use crate::{Db, Error, Result};

/// How far a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Links from the target, at most.
    pub depth: i64,
    /// Links in all, at most.
    pub links: i64,
}

/// Where a target came from and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Provenance {
    /// The target.
    pub target_id: i64,
    /// What was reached, the target included.
    pub nodes: Vec<Node>,
    /// How it was reached.
    pub links: Vec<ProvenanceLink>,
    /// Whether there is more than is told.
    pub cut: bool,
}

/// A target or an event that was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Node {
    /// `target` or `event`.
    pub node: NodeKind,
    /// Its id.
    pub id: i64,
    /// The event: itself, or the target's.
    pub event_id: i64,
    /// What happened.
    #[schema(schema_with = words::event_kind)]
    pub event_kind: EventKind,
    /// What became of the event.
    #[schema(schema_with = words::event_status)]
    pub event_status: EventStatus,
    /// When the event happened, by the forge's clock.
    pub occurred_at: DateTime<Utc>,
    /// The project's id.
    pub project_id: i64,
    /// The project, `host/namespace/name`.
    pub project: String,
    /// The reference.
    pub reference: ReferenceView,
    /// The full commit hash, if it is known.
    pub commit: Option<String>,
    /// The target; none for an event.
    pub target: Option<TargetOfNode>,
}

/// What a node that is a target adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TargetOfNode {
    /// Its kind.
    #[schema(schema_with = words::job_kind)]
    pub kind: JobKind,
    /// The identifier of its job.
    pub identifier: Option<String>,
    /// Its name.
    pub name: String,
    /// Its place in its chain, from 1.
    pub attempt: i64,
    /// Where it stands.
    #[schema(schema_with = words::target_status)]
    pub status: TargetStatus,
    /// The build system's page of it.
    pub url: Option<String>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A target.
    Target,
    /// An event.
    Event,
}

impl std::str::FromStr for NodeKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "target" => Ok(Self::Target),
            "event" => Ok(Self::Event),
            other => Err(Error::Unreadable(format!("node {other}"))),
        }
    }
}

/// Which way a link was walked from the target that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To where it came from.
    Back,
    /// To what came of it.
    Forth,
}

impl std::str::FromStr for Direction {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "back" => Ok(Self::Back),
            "forth" => Ok(Self::Forth),
            other => Err(Error::Unreadable(format!("direction {other}"))),
        }
    }
}

/// Why one node leads to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// The later target consumes the earlier one.
    Input,
    /// The target is the beginning of the event's workflow.
    Event,
    /// The earlier target caused the later event.
    Caused,
    /// The later event is about the same commit in the same project.
    SameCommit,
    /// The target built or tested the commit of the event, a release that was carried on.
    Built,
}

impl std::str::FromStr for LinkKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "input" => Ok(Self::Input),
            "event" => Ok(Self::Event),
            "caused" => Ok(Self::Caused),
            "same_commit" => Ok(Self::SameCommit),
            "built" => Ok(Self::Built),
            other => Err(Error::Unreadable(format!("link {other}"))),
        }
    }
}

/// One link; `from` is the earlier, whichever way it was walked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProvenanceLink {
    /// Which way it was walked.
    pub direction: Direction,
    /// Why it is there.
    pub link: LinkKind,
    /// How many links it is away from the target, from 1.
    pub depth: i64,
    /// What the earlier node is.
    pub from_node: NodeKind,
    /// The earlier node's id.
    pub from_id: i64,
    /// What the later node is.
    pub to_node: NodeKind,
    /// The later node's id.
    pub to_id: i64,
}

#[derive(FromRow)]
struct Row {
    direction: String,
    kind: String,
    id: i64,
    depth: i64,
    from_kind: Option<String>,
    from_id: Option<i64>,
    link: String,
    event_id: i64,
    #[sqlx(try_from = "String")]
    event_kind: EventKind,
    occurred_at: DateTime<Utc>,
    #[sqlx(try_from = "String")]
    event_status: EventStatus,
    project_id: i64,
    forge: String,
    namespace: String,
    project_name: String,
    #[sqlx(try_from = "String")]
    reference_kind: ReferenceKind,
    reference_name: String,
    hash: Option<String>,
    job_kind: Option<String>,
    identifier: Option<String>,
    target_name: Option<String>,
    attempt: Option<i64>,
    target_status: Option<String>,
    url: Option<String>,
}

/// The provenance of a target; none if there is no such target for this viewer. Each link is told once, at its least depth.
///
/// # Errors
/// If the database cannot be read.
pub async fn provenance(
    db: &Db,
    viewer: &Viewer,
    target: TargetId,
    bounds: Bounds,
) -> Result<Option<Provenance>> {
    let mut rows: Vec<Row> = question(viewer, target, bounds).rows(db).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let most = usize::try_from(asked_for(bounds).links).unwrap_or(usize::MAX);
    let mut cut = rows.len() >= most;
    // The one row more only shows that there is more.
    rows.truncate(most.saturating_sub(1));
    let mut nodes: BTreeMap<(NodeKind, i64), Node> = BTreeMap::new();
    let mut links: BTreeMap<_, ProvenanceLink> = BTreeMap::new();
    for row in rows {
        if row.depth > bounds.depth {
            cut = true;
            continue;
        }
        if let Some(link) = row.link()? {
            let key = (link.direction, link.link, link.from_node, link.from_id, link.to_node, link.to_id);
            let known = links.entry(key).or_insert_with(|| link.clone());
            known.depth = known.depth.min(link.depth);
        }
        let node = row.node()?;
        nodes.entry((node.node, node.id)).or_insert(node);
    }
    let mut links: Vec<ProvenanceLink> = links.into_values().collect();
    links.sort_by_key(|link| (link.direction, link.depth));
    let nodes = nodes.into_values().collect();
    Ok(Some(Provenance { target_id: target.0, nodes, links, cut }))
}

/// One link further and one row more than are told, and the beginning of each direction: they show that there is more.
fn asked_for(bounds: Bounds) -> Bounds {
    Bounds { depth: bounds.depth + 1, links: bounds.links + 3 }
}

pub(super) fn question(viewer: &Viewer, target: TargetId, bounds: Bounds) -> Question {
    let asked = asked_for(bounds);
    Question::of(sql!("reads/provenance.sql"))
        .bind(Value::Number(Some(target.0)))
        .bind(viewer.value())
        .bind(Value::Number(Some(asked.depth)))
        .bind(Value::Number(Some(asked.links)))
}

impl Row {
    fn link(&self) -> Result<Option<ProvenanceLink>> {
        let (Some(from_kind), Some(from_id)) = (&self.from_kind, self.from_id) else { return Ok(None) };
        let near = (from_kind.parse::<NodeKind>()?, from_id);
        let far = (self.kind.parse::<NodeKind>()?, self.id);
        let direction = self.direction.parse()?;
        let (from, to) = if direction == Direction::Back { (far, near) } else { (near, far) };
        Ok(Some(ProvenanceLink {
            direction,
            link: self.link.parse()?,
            depth: self.depth,
            from_node: from.0,
            from_id: from.1,
            to_node: to.0,
            to_id: to.1,
        }))
    }

    fn node(self) -> Result<Node> {
        let node = self.kind.parse()?;
        let target = if node == NodeKind::Target {
            Some(TargetOfNode {
                kind: word(&self.job_kind)?,
                identifier: self.identifier,
                name: some(self.target_name)?,
                attempt: some(self.attempt)?,
                status: word(&self.target_status)?,
                url: self.url,
            })
        } else {
            None
        };
        Ok(Node {
            node,
            id: self.id,
            event_id: self.event_id,
            event_kind: self.event_kind,
            event_status: self.event_status,
            occurred_at: self.occurred_at,
            project_id: self.project_id,
            project: ProjectKey::new(&self.forge, &self.namespace, &self.project_name).to_string(),
            reference: ReferenceView { kind: self.reference_kind, name: self.reference_name },
            commit: self.hash,
            target,
        })
    }
}
