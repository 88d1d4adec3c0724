//! The questions people and programs ask, each answered by one statement (`docs/design.md` section 5).

mod recent_events;
mod workflow;

pub use recent_events::{EventRow, Page, recent_events};
pub use workflow::{
    EventView, InputView, JobView, OmissionView, PipelineView, ReferenceView, StepView, SubmissionView,
    TargetView, WorkflowView, workflow, workflow_of_pipeline,
};
