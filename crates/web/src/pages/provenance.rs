//! `/targets/{id}/provenance`: where a target came from and what came of it, across pipelines, events and projects.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::TargetId;
use store::reads::{self, Direction, LinkKind, Node, NodeKind, Provenance};

use super::id::Id;
use super::known::Known;
use super::place::Place;
use super::text::{Moment, Text};
use super::{ErrorPage, Frame, show, titles};
use crate::api::HowFar;
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

/// Deeper ones are set in no further; their number tells how deep they are.
const DEEPEST_SET_IN: usize = 8;

#[derive(Template)]
#[template(path = "provenance.html")]
struct ProvenancePage {
    frame: Frame,
    id: i64,
    event_id: i64,
    what: Text,
    place: Place,
    back: Vec<Stop>,
    forth: Vec<Stop>,
    /// Whether there is more than is shown.
    is_cut: bool,
    /// Whether it was followed as far as it can be.
    is_deepest: bool,
}

/// One thing on the way.
struct Stop {
    depth: usize,
    /// Why it is there.
    link: &'static str,
    /// What it is.
    what: Text,
    href: String,
    status: &'static str,
    status_title: &'static str,
    /// Its event, where that is another one than that of the stop before it.
    at: Option<Place>,
    event_id: i64,
    is_target: bool,
    occurred_at: Moment,
    /// Whether what is behind it is shown further above.
    is_again: bool,
}

impl Stop {
    /// How far it is set in.
    fn level(&self) -> usize {
        self.depth.min(DEEPEST_SET_IN)
    }
}

type Key = (NodeKind, i64);

/// The page.
pub(crate) async fn provenance(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    Id(id): Id,
    Known(how_far): Known<HowFar>,
) -> Result<Response, ErrorPage> {
    let bounds = how_far.read()?;
    let unknown = || Problem::not_found("such target");
    let found = reads::provenance(&web.db, &viewer, TargetId(id), bounds).await?.ok_or_else(unknown)?;
    let start =
        found.nodes.iter().find(|node| (node.node, node.id) == (NodeKind::Target, id)).ok_or_else(unknown)?;
    Ok(show(&ProvenancePage {
        frame,
        id,
        event_id: start.event_id,
        what: what(start),
        place: place(start),
        back: stops(&found, Direction::Back),
        forth: stops(&found, Direction::Forth),
        is_cut: found.cut,
        is_deepest: bounds.depth >= 32 && bounds.links >= 2000,
    }))
}

/// What is reached in one direction, each with what is behind it; what is reached twice is followed once.
fn stops(found: &Provenance, direction: Direction) -> Vec<Stop> {
    let nodes: BTreeMap<Key, &Node> = found.nodes.iter().map(|node| ((node.node, node.id), node)).collect();
    let mut behind: BTreeMap<Key, Vec<(LinkKind, Key)>> = BTreeMap::new();
    for link in found.links.iter().filter(|link| link.direction == direction) {
        let (from, to) = ((link.from_node, link.from_id), (link.to_node, link.to_id));
        let (near, far) = if direction == Direction::Back { (to, from) } else { (from, to) };
        behind.entry(near).or_default().push((link.link, far));
    }
    let start = (NodeKind::Target, found.target_id);
    let mut followed = BTreeSet::from([start]);
    let mut stops = Vec::new();
    let ways = |key: &Key| behind.get(key).into_iter().flatten().rev().copied().collect::<Vec<_>>();
    let mut open: Vec<(usize, Key, (LinkKind, Key))> =
        ways(&start).into_iter().map(|way| (0, start, way)).collect();
    while let Some((depth, near, (link, far))) = open.pop() {
        let Some(node) = nodes.get(&far) else { continue };
        let is_new = followed.insert(far);
        let is_elsewhere = nodes.get(&near).is_none_or(|near| near.event_id != node.event_id);
        stops.push(Stop {
            depth,
            link: why(direction, link),
            what: what(node),
            href: match node.node {
                NodeKind::Target => format!("/targets/{}", node.id),
                NodeKind::Event => format!("/events/{}", node.id),
            },
            status: node.target.as_ref().map_or(node.event_status.as_str(), |target| target.status.as_str()),
            status_title: node
                .target
                .as_ref()
                .map_or(titles::event_status(node.event_status), |target| target.status.as_str()),
            at: (is_elsewhere || node.node == NodeKind::Event).then(|| place(node)),
            event_id: node.event_id,
            is_target: node.target.is_some(),
            occurred_at: Moment(node.occurred_at),
            is_again: !is_new && behind.contains_key(&far),
        });
        if is_new {
            open.extend(ways(&far).into_iter().map(|way| (depth + 1, far, way)));
        }
    }
    stops
}

fn what(node: &Node) -> Text {
    match &node.target {
        Some(target) => {
            let attempt =
                if target.attempt > 1 { format!(", attempt {}", target.attempt) } else { String::new() };
            let job = titles::job(target.kind, target.identifier.as_deref());
            Text::new(format!("{job} {}{attempt}", target.name))
        }
        None => Text::new(format!("{} (event {})", titles::event_kind(node.event_kind), node.id)),
    }
}

fn place(node: &Node) -> Place {
    // A node does not name its reference's id; its event's page does.
    let mut place =
        Place::new((&node.project, node.project_id), (&node.reference, 0), node.commit.as_deref());
    place.reference.here = format!("/events/{}", node.event_id);
    place
}

/// Why one thing leads to the next, read from the start on.
fn why(direction: Direction, link: LinkKind) -> &'static str {
    match (direction, link) {
        (Direction::Back, LinkKind::Input) => "made from",
        (Direction::Back, LinkKind::Event) => "started by",
        (Direction::Back, LinkKind::Caused) => "caused by",
        (Direction::Back, LinkKind::SameCommit) => "same commit earlier",
        (_, LinkKind::Built) => "built or tested",
        (Direction::Forth, LinkKind::Input) => "went into",
        (Direction::Forth, LinkKind::Event) => "started",
        (Direction::Forth, LinkKind::Caused) => "caused",
        (Direction::Forth, LinkKind::SameCommit) => "same commit later",
    }
}
