//! Running part of a workflow again, by hand: `/events/{id}/reruns/new` shows what a choice would do, a form on it has exactly
//! that done, and `/reruns/{id}` shows what came of it (`docs/design.md` section 4). All of it are links and plain forms.

mod again;
mod brief;
mod choice;
mod done;
mod new_pipeline;
mod refusal;
mod shown;
mod wanted;

use axum::extract::rejection::RawFormRejection;
use axum::extract::{RawForm, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::EventId;
use domain::rerun::{Conflict, Plan, Planned};
use domain::words::RerunVia;
use store::reads::{self, WorkflowView};
use store::reruns::{Answer, Request};

use self::choice::{Filled, Page};
use self::refusal::Refusal;
use self::wanted::Confirmed;
use super::id::Id;
use super::{ErrorPage, Frame};
use crate::api::may_rerun;
use crate::identity::{Caller, login_address};
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

pub(super) use self::again::Again;
pub(super) use self::brief::{Brief, Briefs};
pub(crate) use self::done::{of_event, rerun};
pub(super) use self::wanted::{Part, Wanted};

/// What there is to show of a choice.
enum Shown {
    /// Nothing was chosen yet.
    Nothing,
    /// What it would do.
    Plan(Plan),
    /// It would do nothing; why.
    NothingToDo(String, Plan),
    /// It cannot be done as asked.
    Conflict(Conflict),
    /// It is not any more what was shown before; what it is now.
    Changed(Plan),
}

/// The page on which one chooses, and sees what that would do.
pub(crate) async fn choose(
    State(web): State<Shared>,
    caller: Caller,
    Asker(viewer): Asker,
    frame: Frame,
    Id(id): Id,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let wanted = Wanted::read(query.unwrap_or_default().as_bytes())?;
    let view = reads::workflow_seen_by(&web.db, &viewer, EventId(id)).await?;
    let view = view.ok_or_else(|| Problem::not_found("such event"))?;
    if let Err(refusal) = may_look(&web, &caller, &view, &wanted).await {
        return Ok(refusal.answer(frame));
    }
    let shown = match wanted.selection() {
        None => Shown::Nothing,
        Some(selection) => {
            let mut planned = web.actions.preview_rerun(EventId(id), &selection).await?;
            reads::only_seen(&web.db, &viewer, planned.plan_mut()).await?;
            match planned {
                Planned::Plan(plan) => Shown::Plan(plan),
                Planned::NothingToDo(nothing) => Shown::NothingToDo(nothing.reason, nothing.plan),
                Planned::Conflict(conflict) => Shown::Conflict(conflict),
            }
        }
    };
    page(StatusCode::OK, frame, &view, &wanted, &shown, None)
}

/// Has done what was shown.
pub(crate) async fn confirm(
    State(web): State<Shared>,
    caller: Caller,
    Asker(viewer): Asker,
    frame: Frame,
    Id(id): Id,
    form: Result<RawForm, RawFormRejection>,
) -> Result<Response, ErrorPage> {
    let event = EventId(id);
    let form = form.map_err(|refused| Problem::new(refused.status(), refused.body_text()))?;
    let Confirmed { wanted, hash, key, reason } = Confirmed::read(&form.0)?;
    if caller == Caller::Anonymous {
        return Ok(unknown(&web, id, &wanted).answer(frame));
    }
    let view = reads::workflow_seen_by(&web.db, &viewer, event).await?;
    let view = view.ok_or_else(|| Problem::not_found("such event"))?;
    // Now the forge is asked, whatever it said while somebody chose.
    if let Err(refused) = may_rerun(&web, &caller, event, wanted.cancel_running).await {
        return Ok(Refusal::not_let(&view, &caller, refused).answer(frame));
    }
    let selection = wanted
        .selection()
        .ok_or_else(|| Problem::bad_parameter("target", "Nothing was chosen, so nothing is run again."))?;
    let name = caller.name();
    let request = Request {
        event,
        selection: &selection,
        requested_by: &name,
        via: RerunVia::Dashboard,
        reason: reason.as_deref(),
        idempotency_key: Some(&key),
        plan_hash: Some(&hash),
    };
    let mut answer = web.actions.rerun(&request).await?;
    reads::only_seen(&web.db, &viewer, answer.plan_mut()).await?;
    let (status, shown) = match answer {
        Answer::CarriedOut(done) => return Ok(Redirect::to(&format!("/reruns/{}", done.id)).into_response()),
        Answer::NothingToDo(nothing) => (StatusCode::OK, Shown::NothingToDo(nothing.reason, nothing.plan)),
        Answer::Conflict(conflict) => (StatusCode::CONFLICT, Shown::Conflict(conflict)),
        Answer::Changed(plan) => (StatusCode::CONFLICT, Shown::Changed(*plan)),
        Answer::KeyOfAnother(other) => {
            let detail =
                format!("This form was sent before, for something else, which became rerun {other}.");
            let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
            let refusal = Refusal::of(id, problem).way(wanted.address(id), "Plan it anew");
            return Ok(refusal.way(format!("/reruns/{other}"), "What became of it").answer(frame));
        }
    };
    page(status, frame, &view, &wanted, &shown, reason)
}

fn page(
    status: StatusCode,
    frame: Frame,
    view: &WorkflowView,
    wanted: &Wanted,
    shown: &Shown,
    reason: Option<String>,
) -> Result<Response, ErrorPage> {
    let mut response = super::show(&Page::new(frame, view, wanted, shown, Filled { key: key()?, reason }));
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    Ok(response)
}

/// Names one showing of the form: sent twice, it is one request.
fn key() -> Result<String, Problem> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "there is no randomness");
        Problem::internal()
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn unknown(web: &Shared, event: i64, wanted: &Wanted) -> Refusal {
    let back = wanted.address(event).parse().ok();
    Refusal::unknown(event, login_address(web, back.as_ref()))
}

/// Whether somebody may see plans. What the forge said holds for a moment, since each choice makes a plan.
async fn may_look(
    web: &Shared,
    caller: &Caller,
    view: &WorkflowView,
    wanted: &Wanted,
) -> Result<(), Refusal> {
    let event = EventId(view.event.id);
    if *caller == Caller::Anonymous {
        return Err(unknown(web, event.0, wanted));
    }
    // To cancel is another right.
    if !wanted.cancel_running && web.identity.may_still(caller, event) {
        return Ok(());
    }
    let asked = match web.identity.count(caller) {
        Ok(()) => may_rerun(web, caller, event, wanted.cancel_running).await,
        Err(problem) => Err(problem.into()),
    };
    asked.map_err(|refused| Refusal::not_let(view, caller, refused))?;
    web.identity.may_for_now(caller, event);
    Ok(())
}
