//! Who may start work, rule by rule of `docs/contracts.md` 8.5.

use super::{AccessRules, Judgement};
use crate::event::{ForgeEvent, Happened, ProjectFacts, PullRequest, PullRequestAction};
use crate::words::{ProjectKey, Reference, ReferenceKind, Visibility};

/// Something that `actor` did in the public project github.com/packit/hello.
fn event(actor: Option<&str>, happened: Happened) -> ForgeEvent {
    ForgeEvent {
        project: ProjectFacts {
            key: ProjectKey::new("github.com", "packit", "hello"),
            forge_id: None,
            visibility: Visibility::Public,
            default_branch: Some("main".to_owned()),
        },
        actor: actor.map(str::to_owned),
        occurred_at: None,
        happened,
    }
}

fn pull_request_of(author: Option<&str>) -> Happened {
    Happened::PullRequest(PullRequest {
        action: PullRequestAction::Synchronized,
        number: 7,
        author: author.map(str::to_owned),
        head: "c0ffee".to_owned(),
        before: None,
        target_branch: "main".to_owned(),
        source: None,
        labels: Vec::new(),
    })
}

fn comment_on(kind: ReferenceKind, author: Option<&str>) -> Happened {
    Happened::IssueComment {
        comment: 1,
        reference: Reference::new(kind, 7),
        body: "/packit build".to_owned(),
        author: author.map(str::to_owned),
    }
}

fn push() -> Happened {
    let reference = Reference::new(ReferenceKind::Branch, "main");
    Happened::Push { reference, before: None, after: "c0ffee".to_owned(), pull_request: None }
}

fn commit_comment() -> Happened {
    Happened::CommitComment { comment: 2, hash: "c0ffee".to_owned(), body: "/packit build".to_owned() }
}

/// Each kind of thing that can happen, done by the author of the pull request or issue where there is one.
fn everything() -> Vec<Happened> {
    let hash = || "c0ffee".to_owned();
    vec![
        pull_request_of(Some("mallory")),
        push(),
        Happened::Release { tag: "1".to_owned() },
        comment_on(ReferenceKind::PullRequest, Some("mallory")),
        comment_on(ReferenceKind::Issue, Some("mallory")),
        commit_comment(),
        Happened::CheckRun {
            hash: hash(),
            reference: None,
            external_id: None,
            requested_action: None,
            app: None,
        },
        Happened::CheckSuite { hash: hash(), reference: None, app: None },
    ]
}

fn list(entries: &[&str]) -> Vec<String> {
    entries.iter().map(|entry| (*entry).to_owned()).collect()
}

/// Rules that allow and deny these.
fn rules(allow: &[&str], deny: &[&str]) -> AccessRules {
    AccessRules { allow: list(allow), deny: list(deny), ..AccessRules::default() }
}

fn denied(judgement: Judgement) -> String {
    match judgement {
        Judgement::Denied(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_rules_nothing_may_start() {
    for happened in everything() {
        let reason = denied(AccessRules::default().judge(&event(Some("mallory"), happened)));
        assert_eq!(
            reason,
            "no entry of access.allow covers github.com/packit/hello: an operator adds it, its namespace or its host"
        );
    }
}

#[test]
fn an_entry_covers_a_host_a_namespace_with_all_below_or_one_repository() {
    for (entry, namespace, covered) in [
        ("github.com", "packit", true),
        ("github.com/", "packit", true),
        ("github.com/packit", "packit", true),
        ("GitHub.com/PackIt/Hello", "packit", true),
        ("github.com/packit/hello.git", "packit", true),
        ("github.com/packit", "packit/deep/er", true),
        ("github.com/packit/deep", "packit/deep/er", true),
        ("github.com/packit/hello", "packit", true),
        ("github.com/pack", "packit", false),
        ("github.com/packit/hell", "packit", false),
        ("github.com/packit/hello/x", "packit", false),
        ("github", "packit", false),
        ("gitlab.com/packit", "packit", false),
        ("packit/hello", "packit", false),
        ("", "packit", false),
        ("/", "packit", false),
    ] {
        let mut event = event(None, push());
        event.project.key = ProjectKey::new("github.com", namespace, "hello");
        let allowed = rules(&[entry], &[]).judge(&event) == Judgement::Allowed;
        assert_eq!(allowed, covered, "{entry:?} {namespace}");
    }
}

#[test]
fn of_the_entries_that_cover_a_project_the_longest_decides_and_a_tie_denies() {
    let (host, namespace, project) = ("github.com", "github.com/packit", "github.com/packit/hello");
    for (allow, deny, allowed) in [
        (&[host][..], &[][..], true),
        (&[host], &[namespace], false),
        (&[namespace], &[host], true),
        (&[host, project], &[namespace], true),
        (&[host, namespace], &[project], false),
        (&[project], &[project], false),
        (&[project], &["GitHub.com/packit/hello.git/"], false),
        (&[project], &[namespace, host], true),
        (&[namespace], &["github.com/packit/hello-world-and-more"], true),
        (&[], &[project], false),
    ] {
        let judgement = rules(allow, deny).judge(&event(None, push()));
        assert_eq!(judgement == Judgement::Allowed, allowed, "{allow:?} {deny:?}");
    }
    let reason = denied(rules(&[host], &[namespace]).judge(&event(None, push())));
    assert_eq!(reason, "access.deny covers github.com/packit/hello");
}

#[test]
fn a_denied_account_starts_nothing_even_as_an_admin() {
    for entry in ["mallory", "Mallory", "github.com/mallory", "GitHub.com/MALLORY"] {
        let rules = AccessRules {
            deny_users: list(&[entry]),
            admins: list(&["mallory"]),
            ..rules(&["github.com"], &[])
        };
        for happened in everything() {
            let reason = denied(rules.judge(&event(Some("mallory"), happened)));
            assert_eq!(reason, "mallory may start nothing here (access.deny_users)");
        }
    }
    for entry in ["gitlab.com/mallory", "mallory2", "mal"] {
        let rules = AccessRules { deny_users: list(&[entry]), ..rules(&["github.com"], &[]) };
        assert_eq!(rules.judge(&event(Some("mallory"), push())), Judgement::Allowed, "{entry}");
    }
}

#[test]
fn admins_pass_everything_else_but_only_under_their_own_name_and_host() {
    let admin = |entry: &str| AccessRules { admins: list(&[entry]), ..rules(&[], &["github.com"]) };
    for happened in everything() {
        for entry in ["mallory", "github.com/Mallory"] {
            let judgement = admin(entry).judge(&event(Some("mallory"), happened.clone()));
            assert_eq!(judgement, Judgement::Allowed);
        }
        denied(admin("gitlab.com/mallory").judge(&event(Some("mallory"), happened.clone())));
        denied(admin("mallory").judge(&event(Some("malloryx"), happened.clone())));
        denied(admin("mallory").judge(&event(None, happened)));
    }
}

#[test]
fn a_project_that_is_not_public_needs_an_entry_in_private_as_well() {
    for visibility in [Visibility::Private, Visibility::Unknown] {
        let mut event = event(Some("alice"), push());
        event.project.visibility = visibility;
        let allowed = rules(&["github.com/packit"], &[]);
        assert_eq!(
            denied(allowed.judge(&event)),
            "github.com/packit/hello is not public, and no entry of access.private covers it"
        );
        let elsewhere = AccessRules { private: list(&["github.com/other"]), ..allowed.clone() };
        denied(elsewhere.judge(&event));
        let both = AccessRules { private: list(&["github.com/packit"]), ..allowed };
        assert_eq!(both.judge(&event), Judgement::Allowed);
        let private_only = AccessRules { private: list(&["github.com/packit"]), ..AccessRules::default() };
        assert!(denied(private_only.judge(&event)).starts_with("no entry of access.allow"));
        let admin = AccessRules { admins: list(&["alice"]), ..AccessRules::default() };
        denied(admin.judge(&event));
    }
}

#[test]
fn where_the_project_is_allowed_each_kind_asks_for_its_own_right() {
    use ReferenceKind::{Issue, PullRequest};
    let hash = || "c0ffee".to_owned();
    let check_run = Happened::CheckRun {
        hash: hash(),
        reference: None,
        external_id: Some("9".to_owned()),
        requested_action: Some("everything".to_owned()),
        app: None,
    };
    let (may, if_may_merge) = (true, false);
    for (happened, expected) in [
        (push(), may),
        (Happened::Release { tag: "1".to_owned() }, may),
        (check_run, may),
        (Happened::CheckSuite { hash: hash(), reference: None, app: None }, may),
        (pull_request_of(Some("alice")), may),
        (pull_request_of(Some("bob")), if_may_merge),
        (pull_request_of(None), if_may_merge),
        (comment_on(PullRequest, Some("alice")), may),
        (comment_on(PullRequest, Some("bob")), if_may_merge),
        (comment_on(PullRequest, None), if_may_merge),
        (comment_on(Issue, Some("alice")), if_may_merge),
        (comment_on(Issue, Some("bob")), if_may_merge),
        (commit_comment(), if_may_merge),
    ] {
        match rules(&["github.com/packit"], &[]).judge(&event(Some("alice"), happened.clone())) {
            Judgement::Allowed => assert!(expected, "{happened:?}"),
            Judgement::IfMayMerge { account, otherwise } => {
                assert!(!expected, "{happened:?}");
                assert_eq!(account, "alice");
                assert_eq!(otherwise, "alice can neither merge in github.com/packit/hello nor opened this");
            }
            Judgement::Denied(reason) => panic!("{happened:?}: {reason}"),
        }
    }
}

#[test]
fn what_does_not_say_who_acted_starts_nothing_where_the_person_matters() {
    for happened in everything() {
        let by_writers = matches!(
            happened,
            Happened::Push { .. }
                | Happened::Release { .. }
                | Happened::CheckRun { .. }
                | Happened::CheckSuite { .. }
        );
        let judgement = rules(&["github.com"], &[]).judge(&event(None, happened));
        if by_writers {
            assert_eq!(judgement, Judgement::Allowed);
        } else {
            assert_eq!(denied(judgement), "the delivery does not say who acted");
        }
    }
}

#[test]
fn a_command_needs_an_allowed_project_and_then_an_account_that_can_write() {
    let project = ProjectKey::new("github.com", "packit", "hello");
    let judge = |rules: &AccessRules, account| rules.judge_command(&project, Visibility::Public, account);
    let allowed = rules(&["github.com/packit"], &[]);
    match judge(&allowed, Some("bob")) {
        Judgement::IfMayMerge { account, otherwise } => {
            assert_eq!(account, "bob");
            assert_eq!(
                otherwise,
                "bob cannot write to github.com/packit/hello: somebody who can may ask for it, or give bob write access there"
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(denied(judge(&allowed, None)), "the delivery does not say who acted");
    assert!(denied(judge(&AccessRules::default(), Some("bob"))).starts_with("no entry of access.allow"));
    assert_eq!(
        denied(judge(&rules(&["github.com/packit"], &["github.com/packit"]), Some("bob"))),
        "access.deny covers github.com/packit/hello"
    );
    let with = |admins: &[&str], deny_users: &[&str]| AccessRules {
        admins: list(admins),
        deny_users: list(deny_users),
        ..AccessRules::default()
    };
    assert_eq!(judge(&with(&["bob"], &[]), Some("bob")), Judgement::Allowed);
    denied(judge(&with(&["bob"], &["bob"]), Some("bob")));
    denied(with(&["bob"], &[]).judge_command(&project, Visibility::Private, Some("bob")));
}

#[test]
fn an_author_who_cannot_merge_commands_only_where_that_is_configured() {
    let comment = || event(Some("alice"), comment_on(ReferenceKind::PullRequest, Some("alice")));
    let rules = rules(&["github.com"], &[]);
    assert_eq!(rules.judge(&comment()), Judgement::Allowed);
    let strict = AccessRules { authors_command: false, ..rules };
    assert!(matches!(strict.judge(&comment()), Judgement::IfMayMerge { .. }));
    // Opening the pull request is no command.
    assert_eq!(strict.judge(&event(Some("alice"), pull_request_of(Some("alice")))), Judgement::Allowed);
}

/// A repository's own configuration asks for it, and anybody's pull request brings one.
#[test]
fn the_internal_testing_farm_is_for_those_who_can_merge_in_projects_that_are_listed() {
    let rules = AccessRules {
        admins: vec!["root".to_owned()],
        internal_tests: vec!["github.com/packit".to_owned()],
        ..AccessRules::default()
    };
    let hello = ProjectKey::new("github.com", "packit", "hello");
    let judged = |account| rules.judge_internal_tests(&hello, account);
    assert_eq!(judged(Some("root")), Judgement::Allowed);
    assert!(matches!(judged(Some("mallory")), Judgement::IfMayMerge { account, .. } if account == "mallory"));
    assert!(matches!(judged(None), Judgement::Denied(_)));
    let other = ProjectKey::new("github.com", "other", "hello");
    assert!(matches!(rules.judge_internal_tests(&other, Some("root")), Judgement::Denied(_)));
}
