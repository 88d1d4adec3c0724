//! A build system that says what a test wants, and remembers what it was asked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use builders::{Builder, BuilderError, Made, Observation, Submitted, Work};
use domain::details::JobDetails;
use domain::ids::{SubmissionId, TargetId};
use domain::words::{BuildSystem, TargetStatus};
use store::reads::WorkflowView;
use tokio::sync::Semaphore;

use super::forge::OPEN;

/// How it answers a call.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// It will not.
    Refuses(&'static str),
    /// It cannot just now.
    IsAway(Option<Duration>),
    /// It does what it was asked, but its answer is lost.
    SilentlyDone,
    /// The question is lost, and nobody knows.
    NeverHeard,
    /// It does what it was asked and never answers.
    Hangs,
    /// It never hears the question, and never answers.
    HangsBefore,
}

/// What it has of a submission.
#[derive(Debug, Clone)]
struct Begun {
    external_id: String,
    token: Option<String>,
}

/// See [`Answer`]. Without one it does what it is asked; a poll tells what [`TestBuilder::now`] said last.
#[derive(Debug)]
pub(crate) struct TestBuilder {
    system: BuildSystem,
    answers: Mutex<BTreeMap<&'static str, VecDeque<Answer>>>,
    begun: Mutex<BTreeMap<SubmissionId, Begun>>,
    stands: Mutex<BTreeMap<String, (TargetStatus, Option<String>)>>,
    calls: Mutex<Vec<(&'static str, String)>>,
    /// Calls are answered only while there are permits.
    pub(crate) gate: Semaphore,
    calling: AtomicUsize,
    most_calling: AtomicUsize,
    calling_of: Mutex<BTreeMap<String, (usize, usize)>>,
    /// What it has thrown away; none if it cannot say.
    gone: Mutex<Option<BTreeSet<TargetId>>>,
    /// How long it may be sent to, if it does its work meanwhile.
    longest: Mutex<Option<Duration>>,
}

impl TestBuilder {
    pub(crate) fn new(system: BuildSystem) -> Arc<Self> {
        Arc::new(Self {
            system,
            answers: Mutex::default(),
            begun: Mutex::default(),
            stands: Mutex::default(),
            calls: Mutex::default(),
            gate: Semaphore::new(OPEN),
            calling: AtomicUsize::new(0),
            most_calling: AtomicUsize::new(0),
            calling_of: Mutex::default(),
            gone: Mutex::new(Some(BTreeSet::new())),
            longest: Mutex::default(),
        })
    }

    /// How it answers the next calls of this name, one after the other.
    pub(crate) fn answer(&self, call: &'static str, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().unwrap().entry(call).or_default().extend(answers);
    }

    /// How targets of this name stand there from now on.
    pub(crate) fn now(&self, target: &str, status: TargetStatus) {
        self.now_since(target, status, None);
    }

    pub(crate) fn now_since(&self, target: &str, status: TargetStatus, reason: Option<&str>) {
        self.stands.lock().unwrap().insert(target.to_owned(), (status, reason.map(str::to_owned)));
    }

    /// It has these targets no more; or does not say what it has.
    pub(crate) fn has_no_more(&self, targets: Option<&[TargetId]>) {
        *self.gone.lock().unwrap() = targets.map(|targets| targets.iter().copied().collect());
    }

    /// It does its work while it is sent, which may take so long.
    pub(crate) fn works_while_it_is_sent(&self, longest: Duration) {
        *self.longest.lock().unwrap() = Some(longest);
    }

    /// How often it was called so.
    pub(crate) fn called(&self, call: &str) -> usize {
        self.calls.lock().unwrap().iter().filter(|(name, _)| *name == call).count()
    }

    /// The calls, in order, `submit srpm fedora-42-x86_64`.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().iter().map(|(name, targets)| format!("{name} {targets}")).collect()
    }

    /// How many calls there were at once, at most.
    pub(crate) fn most_calling(&self) -> usize {
        self.most_calling.load(Ordering::SeqCst)
    }

    /// How many calls there are just now.
    pub(crate) fn calling(&self) -> usize {
        self.calling.load(Ordering::SeqCst)
    }

    /// How many calls for one project there were at once, at most.
    pub(crate) fn most_calling_of_a_project(&self) -> usize {
        self.calling_of.lock().unwrap().values().map(|(_, most)| *most).max().unwrap_or(0)
    }

    /// How many submissions it has.
    pub(crate) fn begun(&self) -> usize {
        self.begun.lock().unwrap().len()
    }

    /// The external id of its only submission, and the callback's token.
    pub(crate) fn only(&self) -> (String, Option<String>) {
        let begun = self.begun.lock().unwrap();
        assert_eq!(begun.len(), 1);
        let begun = begun.values().next().unwrap();
        (begun.external_id.clone(), begun.token.clone())
    }

    async fn is_called(&self, call: &'static str, work: &Work) -> Option<Answer> {
        let targets: Vec<&str> = work.targets.iter().map(|target| target.name.as_str()).collect();
        let what = format!("{} {}", work.project.name, targets.join(" "));
        self.calls.lock().unwrap().push((call, what));
        // Counted down even if the caller gives up while it waits.
        let _here = Here::new(self, &work.project.name);
        self.gate.acquire().await.unwrap().forget();
        let answer = self.answers.lock().unwrap().get_mut(call).and_then(VecDeque::pop_front);
        if matches!(answer, Some(Answer::Hangs | Answer::SilentlyDone)) && call == "submit" {
            self.begin(work);
        }
        if matches!(answer, Some(Answer::Hangs | Answer::HangsBefore)) {
            std::future::pending::<()>().await;
        }
        answer
    }

    /// Copr counts its builds; the others have ids of other kinds.
    fn id_of(&self, submission: SubmissionId) -> String {
        match self.system {
            BuildSystem::Copr => (1000 + submission.0).to_string(),
            system => format!("{system}-{submission}"),
        }
    }

    /// The id that the first submission of a workflow will have here.
    pub(crate) fn next_id(&self, view: &WorkflowView) -> String {
        self.id_of(SubmissionId(view.submissions[0].id))
    }

    fn begin(&self, work: &Work) -> Submitted {
        use secrecy::ExposeSecret;
        let external_id = self.id_of(work.submission);
        let token = work.callback.as_ref().map(|callback| callback.token.expose_secret().to_owned());
        let begun = Begun { external_id: external_id.clone(), token };
        let before = self.begun.lock().unwrap().insert(work.submission, begun);
        assert!(before.is_none(), "submission {} was begun twice", work.submission);
        Submitted { external_id, observations: Vec::new() }
    }
}

struct Here<'a> {
    builder: &'a TestBuilder,
    project: String,
}

impl<'a> Here<'a> {
    fn new(builder: &'a TestBuilder, project: &str) -> Self {
        let calling = builder.calling.fetch_add(1, Ordering::SeqCst) + 1;
        builder.most_calling.fetch_max(calling, Ordering::SeqCst);
        let mut of = builder.calling_of.lock().unwrap();
        let (now, most) = of.entry(project.to_owned()).or_default();
        *now += 1;
        *most = (*most).max(*now);
        Self { builder, project: project.to_owned() }
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.builder.calling.fetch_sub(1, Ordering::SeqCst);
        if let Some((now, _)) = self.builder.calling_of.lock().unwrap().get_mut(&self.project) {
            *now -= 1;
        }
    }
}

fn error(answer: &Answer) -> BuilderError {
    match answer {
        Answer::Refuses(reason) => BuilderError::Refused((*reason).to_owned()),
        Answer::IsAway(retry_after) => {
            BuilderError::Unavailable { reason: "it is away".to_owned(), retry_after: *retry_after }
        }
        Answer::SilentlyDone | Answer::NeverHeard | Answer::Hangs | Answer::HangsBefore => {
            BuilderError::Unknown("the connection broke".to_owned())
        }
    }
}

#[async_trait]
impl Builder for TestBuilder {
    fn system(&self) -> BuildSystem {
        self.system
    }

    async fn submit(&self, work: &Work) -> Result<Submitted, BuilderError> {
        match self.is_called("submit", work).await {
            Some(answer) => Err(error(&answer)),
            None => Ok(self.begin(work)),
        }
    }

    async fn look_up(&self, work: &Work) -> Result<Option<Submitted>, BuilderError> {
        if let Some(answer) = self.is_called("look_up", work).await {
            return Err(error(&answer));
        }
        let begun = self.begun.lock().unwrap().get(&work.submission).cloned();
        Ok(begun.map(|begun| Submitted { external_id: begun.external_id, observations: Vec::new() }))
    }

    async fn poll(&self, work: &Work) -> Result<Vec<Observation>, BuilderError> {
        // What it answers is how it stood when it was asked, however long the answer takes.
        let stands = self.stands.lock().unwrap().clone();
        if let Some(answer) = self.is_called("poll", work).await {
            return Err(error(&answer));
        }
        let seen = work.targets.iter().filter_map(|target| {
            let (status, reason) = stands.get(&target.name)?;
            Some(Observation {
                target: target.id,
                status: *status,
                reason: reason.clone(),
                url: None,
                logs_url: None,
                peer_started_at: None,
                peer_finished_at: None,
                details: None,
            })
        });
        Ok(seen.collect())
    }

    async fn cancel(&self, work: &Work) -> Result<(), BuilderError> {
        match self.is_called("cancel", work).await {
            Some(answer) => Err(error(&answer)),
            None => Ok(()),
        }
    }

    async fn gone(&self, made: &[Made]) -> Result<BTreeSet<TargetId>, BuilderError> {
        let asked: Vec<&str> = made.iter().map(|one| one.external_id.as_str()).collect();
        self.calls.lock().unwrap().push(("gone", asked.join(" ")));
        let gone = self.gone.lock().unwrap();
        let gone = gone.as_ref().ok_or_else(|| BuilderError::Unavailable {
            reason: "it does not say what it has".to_owned(),
            retry_after: None,
        })?;
        Ok(made.iter().map(|one| one.target).filter(|target| gone.contains(target)).collect())
    }

    fn repository(&self, job: &JobDetails) -> Option<String> {
        let JobDetails::CoprBuild(job) = job else { return None };
        Some(format!("packit/{}", job.project))
    }

    fn longest_submit(&self) -> Option<Duration> {
        *self.longest.lock().unwrap()
    }

    async fn check(&self) -> Result<String, BuilderError> {
        Ok("it is there".to_owned())
    }
}
