//! The plan of an event: which jobs, for which targets, after which; and what was not planned and why.

mod shape;

pub use shape::{Omission, Plan, PlannedInput, PlannedJob, PlannedPipeline, PlannedStep, PlannedTarget};
