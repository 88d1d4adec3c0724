//! What is a command, told case by case; Packit's own answers are compared in `tests/comments_corpus.rs`.

use super::{Command, CommandName, Parsed, parse};

fn command(comment: &str) -> Command {
    match parse("/packit", comment) {
        Parsed::Command { command, .. } => *command,
        other => panic!("{comment}: {other:?}"),
    }
}

fn reason(comment: &str) -> String {
    match parse("/packit", comment) {
        Parsed::SyntaxError { reason, .. } => reason,
        other => panic!("{comment}: {other:?}"),
    }
}

#[test]
fn only_a_line_that_begins_with_the_prefix_is_a_command() {
    for talk in [
        "",
        "/packit",
        "please /packit build",
        "> /packit build",
        "/Packit build",
        "/packitbuild",
        "/packit-stg build",
        "`/packit build`",
    ] {
        assert_eq!(parse("/packit", talk), Parsed::NoCommand, "{talk}");
    }
    assert_eq!(command("Thanks!\r\n\r\n  /packit\ttest  \r\n/packit build").command, CommandName::Test);
}

#[test]
fn options_may_be_attached_shortened_and_repeated() {
    let full = command("/packit test --identifier x --labels a,b --env A=1 --env B=");
    for same in [
        "/packit test --identifier=x --labels=a,b --env=A=1 --env=B=",
        "/packit test --ident x --lab a,b --en A=1 --e B=",
        "/packit test --id x --labels a,b --env A=1 --env B=",
        "/packit test -ix --labels a,b --env A=1 --env B=",
        "/packit test -i x --labels z --labels a,b --env A=1 --env B=",
    ] {
        assert_eq!(command(same), full, "{same}");
    }
    assert_eq!(full.env, Some(vec!["A=1".to_owned(), "B=".to_owned()]));
}

#[test]
fn a_package_is_named_before_the_command() {
    assert_eq!(command("/packit --package mock build").package.as_deref(), Some("mock"));
    assert_eq!(command("/packit --pack=mock test").package.as_deref(), Some("mock"));
    assert_eq!(reason("/packit build --package mock"), "`--package` is not known here");
    assert_eq!(reason("/packit --package mock"), "it names no command");
}

#[test]
fn what_is_wrong_is_said() {
    for (comment, why) in [
        ("/packit buil", "`buil` is no command; known are: help, build, copr-build"),
        ("/packit build now", "`build` takes no `now`"),
        ("/packit build --commit", "`--commit` needs a value"),
        ("/packit build --commit --release v1", "`--commit` needs a value"),
        ("/packit koji-tag --all-branches=yes", "`--all-branches` takes no value"),
        ("/packit test a/b#1 --id x c/d#2", "`c/d#2` stands apart"),
        ("/packit build --", ""),
    ] {
        if why.is_empty() {
            assert_eq!(command(comment).command, CommandName::Build);
        } else {
            assert!(reason(comment).starts_with(why), "{}", reason(comment));
        }
    }
}

#[test]
fn fedora_ci_has_words_of_its_own() {
    let Parsed::Command { command, .. } = parse("/packit-ci", "/packit-ci test rpminspect --target eln")
    else {
        panic!()
    };
    assert_eq!(command.test_identifier.as_deref(), Some("rpminspect"));
    assert_eq!(command.check_target.as_deref(), Some("eln"));
    let build = parse("/packit-ci-stg", "/packit-ci-stg build");
    assert!(matches!(build, Parsed::SyntaxError { .. }), "{build:?}");
}
