//! Copr's messages: one when a chroot of a build begins and one when it ends, the SRPM's pseudo chroot among them
//! (`docs/contracts.md` 3.4).

use std::collections::HashMap;

use serde_json::{Value, json};

use super::build::{Build, ChrootState};
use super::store::Copr;
use crate::announce::Announcement;

/// How the SRPM's phase is called where a chroot is expected.
const SRPM: &str = "srpm-builds";

/// How far somebody was told of a chroot.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Told {
    began: bool,
    ended: bool,
}

/// What was told of Copr so far.
#[derive(Debug, Default)]
pub(crate) struct CoprNews {
    told: HashMap<(u64, String), Told>,
    /// All of the builds up to this one is told.
    over: u64,
}

impl CoprNews {
    /// What moved on since it was last looked.
    pub(crate) fn take(&mut self, copr: &Copr, now: i64) -> Vec<Announcement> {
        let mut news = Vec::new();
        let mut open: Vec<&Build> = copr.builds.values().filter(|build| build.id > self.over).collect();
        open.sort_by_key(|build| build.id);
        let mut all_before_are_over = true;
        for build in open {
            let mut is_over = true;
            for (chroot, state) in states(build, now) {
                let known = self.told.entry((build.id, chroot.to_owned())).or_default();
                news.extend(news_of(build, chroot, state, known));
                is_over &= known.ended;
            }
            all_before_are_over &= is_over;
            if all_before_are_over {
                self.over = build.id;
            }
        }
        let over = self.over;
        self.told.retain(|(build, _), _| *build > over);
        news
    }
}

/// The phases of a build that messages tell of. What waits for an SRPM that failed never begins, and is not told of.
fn states(build: &Build, now: i64) -> Vec<(&str, ChrootState)> {
    let source = build.source_state(now);
    let mut states = vec![(SRPM, source)];
    states.extend(build.chroots.iter().map(|chroot| (chroot.name.as_str(), build.chroot_state(chroot, now))));
    states
}

fn news_of(build: &Build, chroot: &str, state: ChrootState, told: &mut Told) -> Vec<Announcement> {
    let status = match state {
        ChrootState::Pending | ChrootState::Waiting => return Vec::new(),
        ChrootState::Running | ChrootState::Importing => 3,
        ChrootState::Failed => 0,
        ChrootState::Succeeded => 1,
        ChrootState::Canceled => 2,
    };
    let mut news = Vec::new();
    if !told.began {
        told.began = true;
        news.push(Announcement::new("copr.build.start", body(build, chroot, 3)));
    }
    if state.is_finished() && !told.ended {
        told.ended = true;
        news.push(Announcement::new("copr.build.end", body(build, chroot, status)));
    }
    news
}

fn body(build: &Build, chroot: &str, status: u8) -> Value {
    let known = (chroot != SRPM).then_some(&build.package);
    let version = (chroot != SRPM).then(|| format!("{}-1", build.version));
    let phase = if status == 3 { "start" } else { "end" };
    json!({
        "build": build.id,
        "chroot": chroot,
        "copr": build.project,
        "owner": build.owner,
        "user": build.submitter,
        "pkg": known,
        "version": version,
        "status": status,
        "ip": "127.0.0.1",
        "pid": 1,
        "who": "backend.worker-simulated",
        "what": format!("build {phase}: user:{} copr:{} build:{} status:{status}", build.submitter, build.project, build.id),
    })
}
