//! The questions people and programs ask, each answered by one statement (`docs/design.md` section 5). Their texts are
//! `sql/reads/*.sql`, one for each question; `docs/queries.md` shows how PostgreSQL answers them at scale.

mod event;
mod events;
mod filters;
mod flakiness;
mod history;
#[cfg(feature = "bench")]
pub mod measured;
mod origins;
mod packed;
mod page;
mod past;
mod pipeline;
mod plans;
mod projects;
mod provenance;
mod question;
mod remembered;
mod search;
mod sections;
mod seen;
mod target;
mod viewer;
mod views;
pub mod words;
mod workflow;
mod workflows;

pub use event::{EventDetails, event};
pub use events::{EventRow, events};
pub use filters::EventFilter;
pub use flakiness::{FlakinessRow, flakiness};
pub use history::{History, Told, history};
pub use origins::{Origin, origins};
pub use page::{Page, Position};
pub use past::{PastInput, PastTarget, PastWorkflow, UNKNOWN};
pub use pipeline::{PipelineRun, StepDetails, pipeline, step};
pub use plans::{QueryPlan, Sample, query_plans};
pub use projects::{
    ProjectPosition, ProjectRow, ReferencePosition, ReferenceRow, project, projects, references,
};
pub use provenance::{
    Bounds, Direction, LinkKind, Node, NodeKind, Provenance, ProvenanceLink, TargetOfNode, provenance,
};
pub use search::{Hit, SearchFor, search};
pub use seen::only_seen;
pub use target::{TargetDetailsView, target};
pub use viewer::Viewer;
pub use views::{
    ConsumerView, EventView, InputView, JobView, OmissionView, PipelineView, ReferenceView, StepView,
    SubmissionView, TargetView, Times, WorkflowView,
};
pub use workflow::{workflow, workflow_of_pipeline, workflow_of_pipeline_seen_by, workflow_seen_by};
pub use workflows::{Parts, WorkflowJob, WorkflowParts, WorkflowRow, WorkflowTarget, workflows};

pub(crate) use remembered::Remembered;
