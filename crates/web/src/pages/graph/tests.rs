//! What the drawing shows of a workflow.

use domain::words::JobKind::{CoprBuild, KojiBuild, SrpmBuild, TestRun};
use domain::words::Needs;
use domain::words::TargetStatus::{Failed, Running, Skipped, Succeeded, Waiting};
use store::reads::{InputView, WorkflowView};

use super::super::workflow::fold;
use super::super::workflow::story::{self, Story};
use super::*;

fn draw(view: &WorkflowView) -> Drawing {
    let folded = fold::pipelines(view);
    Drawing::new(&folded, &fold::edges(&folded), &Unknown::new()).unwrap()
}

/// The lines in words: `current c1 c2`.
fn lines(drawing: &Drawing) -> Vec<String> {
    let shown = |line: &Line| match &line.ends {
        Some((from, to)) => format!("{} {from} {to}", line.kind),
        None => line.kind.to_owned(),
    };
    drawing.lines.iter().map(shown).collect()
}

#[test]
fn the_newest_attempts_are_on_top_with_their_trail_behind_them() {
    let drawing = draw(&story::rerun().0);
    assert_eq!(drawing.boxes.iter().map(|shown| shown.rows.len()).collect::<Vec<_>>(), [1, 2, 2]);
    assert!(drawing.boxes.windows(2).all(|pair| pair[0].x < pair[1].x));
    let row = &drawing.boxes[1].rows[0];
    assert_eq!((row.status, row.href.as_str()), (State::from(Running), "#target-6"));
    assert_eq!(row.older.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [State::from(Failed)]);
    assert_eq!(drawing.boxes[1].rows[1].took.as_deref(), Some("1m 00s"));
    assert_eq!(drawing.tally, [(Succeeded.into(), 3), (Running.into(), 1), (Waiting.into(), 1)]);
}

#[test]
fn more_attempts_than_are_drawn_are_counted() {
    let mut story = story::rerun();
    let step = story::Step { id: 5, job: story.find(6).job_id };
    let mut newest = 6;
    for _ in 0..4 {
        newest = story.again(step, newest, Failed, &[1]);
    }
    let drawing = draw(&story.0);
    let row = &drawing.boxes[1].rows[0];
    assert_eq!(row.older.len(), 3);
    let (more, right) = row.more.as_ref().unwrap();
    assert_eq!(more, "+2");
    let shown = &drawing.boxes[1];
    assert!(
        shown.x + 36 + fit::mono(&row.name.to_string()) < right - fit::sans(more) && *right < row.older[0].1
    );
    assert!(drawing.boxes[1].rows[1].more.is_none());
}

#[test]
fn where_no_table_stands_below_links_lead_to_the_pages_of_what_is_drawn() {
    let view = story::rerun().0;
    let folded = fold::pipelines(&view);
    let looks = Looks { told: Told::OfEvent(1), ..Looks::default() };
    let drawing = Drawing::with(&folded, &fold::edges(&folded), &Unknown::new(), &looks).unwrap();
    assert_eq!(drawing.boxes[1].rows[0].href, "/targets/6");
    assert_eq!(drawing.boxes[1].href, "/events/1#step-2");
}

#[test]
fn what_a_target_came_from_and_what_came_of_it_is_told_in_words_too() {
    let drawing = draw(&story::rerun().0);
    assert_eq!(
        drawing.boxes[1].rows[0].label.to_string(),
        "fedora-42-x86_64: running, attempt 2 after failed. From SRPM build srpm. Goes into Tests fedora-42-x86_64"
    );
    assert_eq!(drawing.boxes[2].label.to_string(), "Tests: 1 succeeded, 1 waiting");
}

#[test]
fn an_input_of_all_of_a_box_is_drawn_as_one_line_with_a_strand_for_each_row() {
    let drawing = draw(&story::rerun().0);
    let expected = ["current", "strand c1 c2", "strand c1 c3", "current c2 c4", "current c3 c5"];
    assert_eq!(lines(&drawing), expected);
}

#[test]
fn a_step_that_consumes_nothing_still_follows_the_one_before_it() {
    let mut story = Story::new();
    let pipeline = story.pipeline(None, None);
    let first = story.step(pipeline, SrpmBuild, None);
    let second = story.step(pipeline, CoprBuild, Some(first.id));
    story.target(first, "srpm", Failed, &[]);
    story.target(second, "fedora-43-x86_64", Skipped, &[]);
    let drawing = draw(&story.0);
    assert_eq!(lines(&drawing), ["order"]);
    assert!(drawing.boxes[0].x < drawing.boxes[1].x);
}

#[test]
fn each_package_of_a_monorepo_has_a_named_band() {
    let mut story = Story::new();
    for package in ["cli", "lib"] {
        let pipeline = story.pipeline(Some(package), None);
        let step = story.step(pipeline, SrpmBuild, None);
        story.target(step, "srpm", Running, &[]);
    }
    let drawing = draw(&story.0);
    assert_eq!(drawing.bands.iter().map(|band| band.name.to_string()).collect::<Vec<_>>(), ["cli", "lib"]);
    assert!(drawing.bands[0].y < drawing.boxes[0].y && drawing.boxes[0].y < drawing.bands[1].y);
    assert!(drawing.bands[1].y < drawing.boxes[1].y);
}

#[test]
fn what_comes_from_another_event_stands_before_what_consumes_it() {
    let mut story = story::rerun();
    story.0.targets[0].inputs.push(InputView {
        target_id: 900,
        needs: Needs::Success,
        event_id: Some(77),
        kind: KojiBuild,
        identifier: None,
        name: "rawhide".to_owned(),
        status: Succeeded,
        times: store::reads::Times::default(),
    });
    let drawing = draw(&story.0);
    let outside = &drawing.boxes[0];
    assert!(outside.is_outside && outside.x < drawing.boxes[1].x);
    assert_eq!(outside.rows[0].href, "/events/77#target-900");
    assert!(lines(&drawing).contains(&"current o900 c1".to_owned()));
    // It is no target of this event.
    assert_eq!(drawing.tally.iter().map(|(_, count)| count).sum::<usize>(), 5);
}

#[test]
fn nothing_is_drawn_of_an_event_that_started_nothing() {
    assert!(Drawing::new(&[], &[], &Unknown::new()).is_none());
}

#[test]
fn with_sixty_targets_rows_keep_inside_their_boxes_and_texts_apart() {
    let mut story = Story::new();
    let pipeline = story.pipeline(None, None);
    let srpm = story.step(pipeline, SrpmBuild, None);
    let copr = story.step(pipeline, CoprBuild, Some(srpm.id));
    let tests = story.step(pipeline, TestRun, Some(copr.id));
    let source = story.target(srpm, "srpm", Succeeded, &[]);
    for number in 0..30 {
        let name = format!("opensuse-tumbleweed-and-more-{number}-x86_64");
        let build = story.target(copr, &name, Succeeded, &[source]);
        story.target(tests, &name, Running, &[build]);
    }
    for target in &mut story.0.targets {
        target.url = Some("https://copr.example/1".to_owned());
        target.logs_url = Some("https://copr.example/1/log".to_owned());
    }
    let drawing = draw(&story.0);
    for shown in &drawing.boxes {
        let bottom = shown.y + shown.height;
        assert!(shown.x >= 0 && shown.x + shown.width <= drawing.width && bottom <= drawing.height);
        for row in &shown.rows {
            assert!(shown.y < row.y && row.y + 28 <= bottom);
            let name_ends = shown.x + 36 + fit::mono(&row.name.to_string());
            let took_begins = row.took_x - row.took.as_deref().map_or(0, fit::sans);
            assert!(name_ends < took_begins && row.took_x <= row.quick[0].x);
            assert!(row.quick[1].x + 24 <= shown.x + shown.width);
        }
        let bar: i32 = shown.bar.iter().map(|part| part.width).sum();
        assert_eq!(bar, shown.width - 24);
    }
    let drawn = lines(&drawing).into_iter().filter(|line| line.starts_with("current")).count();
    assert_eq!(drawn, 1 + 30);
}
