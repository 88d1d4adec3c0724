//! Every recorded delivery of GitHub, and what it is understood to be.

use crate::support;
use crate::table;

use forges::github::delivery::read;

#[test]
fn each_recorded_delivery_is_understood() {
    let Some(folder) = support::corpus("webhooks/github") else { return };
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let mut lines = String::new();
    for line in index.lines().skip(1) {
        let mut columns = line.split('\t');
        let (file, kind) = (columns.next().unwrap(), columns.next().unwrap());
        let body = std::fs::read(folder.join(file)).unwrap();
        let reading = read(kind, &body, "github.com");
        assert_eq!(reading, read(kind, &body, "github.com"), "{file} read twice");
        let file = file.trim_end_matches(".json");
        lines.push_str(&table::line(file, &reading));
    }
    insta::assert_snapshot!(lines, @r"
    check_run.completed.octokit-01: ignored, `check_run` with action `completed` asks for no work
    check_run.completed.octokit-03: ignored, `check_run` with action `completed` asks for no work
    check_run.created.octokit-00: ignored, `check_run` with action `created` asks for no work
    check_run.created.octokit-05: ignored, `check_run` with action `created` asks for no work
    check_run.requested_action.derived-packit-checkrun_rerequested: check_run github.com/packit/hello-world, branch main, lbarcziova, 0e5d8b51, -
    check_run.requested_action.octokit-06: check_run github.com/electron/electron, pull request 26764, codebytere, 5bd5f196, -
    check_run.rerequested.octokit-07: check_run github.com/github/hello-world, branch master, octocat, d6fde929, -
    check_run.rerequested.packit-checkrun_rerequested: check_run github.com/packit/hello-world, branch main, lbarcziova, 0e5d8b51, -
    check_run.rerequested.packit-checkrun_rerequested_with_identifier: check_run github.com/packit/hello-world, branch main, majamassarini, b8167b97, -
    check_suite.completed.octokit-02: ignored, `check_suite` with action `completed` asks for no work
    check_suite.completed.octokit-03: ignored, `check_suite` with action `completed` asks for no work
    check_suite.requested.octokit-05: ignored, `check_suite` with action `requested` asks for no work
    check_suite.requested.octokit-06: ignored, `check_suite` with action `requested` asks for no work
    check_suite.rerequested.octokit-07: check_suite github.com/Codertocat/Hello-World, pull request 2, octocoders-linter[bot], ec26c3e5, -
    commit_comment.created.octokit-00: commit_comment github.com/Codertocat/Hello-World, branch master, Codertocat, 6113728f, 2019-05-15 15:20:39
    commit_comment.created.octokit-01: commit_comment github.com/Codertocat/Hello-World, branch master, Codertocat, 6113728f, 2019-05-15 15:20:39
    commit_comment.created.octokit-02: commit_comment github.com/Codertocat/Hello-World, branch master, Codertocat, 6113728f, 2019-05-15 15:20:39
    create.na.octokit-00: ignored, `create` asks for no work
    create.na.octokit-01: ignored, `create` asks for no work
    create.na.octokit-03: ignored, `create` asks for no work
    delete.na.octokit-01: ignored, `delete` asks for no work
    delete.na.octokit-02: ignored, `delete` asks for no work
    github_app_authorization.revoked.octokit-00: ignored, `github_app_authorization` with action `revoked` asks for no work
    installation.created.octokit-01: ignored, `installation` with action `created` starts nothing; it is kept as a row of the inbox
    installation.deleted.octokit-03: ignored, `installation` with action `deleted` starts nothing; it is kept as a row of the inbox
    installation.new_permissions_accepted.octokit-04: ignored, `installation` with action `new_permissions_accepted` starts nothing; it is kept as a row of the inbox
    installation.unsuspend.octokit-06: ignored, `installation` with action `unsuspend` starts nothing; it is kept as a row of the inbox
    installation_repositories.added.octokit-01: ignored, `installation_repositories` with action `added` starts nothing; it is kept as a row of the inbox
    installation_repositories.removed.octokit-02: ignored, `installation_repositories` with action `removed` starts nothing; it is kept as a row of the inbox
    issue_comment.created.octokit-01: issue_comment github.com/Codertocat/Hello-World, issue 1, Codertocat, -, 2019-05-15 15:20:21
    issue_comment.created.octokit-02: issue_comment github.com/Codertocat/Hello-World, issue 1, Codertocat, -, 2019-05-15 15:20:21
    issue_comment.created.octokit-04: issue_comment github.com/Codertocat/Hello-World, issue 1, Codertocat, -, 2019-05-15 15:20:21
    issue_comment.created.packit-issue_comment_help_command: issue_comment github.com/packit/hello-world, issue 296, packit, -, 2026-02-16 08:59:56
    issue_comment.created.packit-issue_comment_no_handler: issue_comment github.com/packit-service/packit, issue 512, phracek, -, 2019-09-05 09:44:31
    issue_comment.created.packit-issue_comment_packit_command_without_argument: issue_comment github.com/packit-service/hello-world, pull request 9, phracek, -, 2019-07-31 14:50:26
    issue_comment.created.packit-issue_comment_wrong_packit_command: issue_comment github.com/packit-service/hello-world, pull request 9, phracek, -, 2019-07-31 14:50:26
    issue_comment.created.packit-issue_propose_downstream: issue_comment github.com/packit-service/packit, issue 512, phracek, -, 2019-09-05 09:44:31
    issue_comment.created.packit-pr_comment: issue_comment github.com/packit-service/hello-world, pull request 26, rpitonak, -, 2019-10-14 11:37:08
    issue_comment.created.packit-pr_comment_build: issue_comment github.com/packit-service/hello-world, pull request 9, phracek, -, 2019-08-08 15:22:24
    issue_comment.created.packit-pr_comment_empty: issue_comment github.com/packit-service/hello-world, pull request 9, phracek, -, 2019-07-31 14:50:26
    issue_comment.created.packit-pr_comment_monorepo_build: issue_comment github.com/packit/hello-world, pull request 1418, betulependule, -, 2025-09-16 09:16:32
    issue_comment.created.packit-pr_comment_not_collaborator: issue_comment github.com/packit-service/hello-world, pull request 26, notcollaborator, -, 2019-10-14 11:37:08
    issue_comment.created.packit-repository_issue_comment_retrigger_bodhi_update: issue_comment github.com/majamassarini/issues-repo, issue 1, majamassarini, -, 2022-12-20 12:46:34
    issue_comment.created.packit-vm_image_build_comment: issue_comment github.com/majamassarini/knx-stack, pull request 21, majamassarini, -, 2022-11-09 09:50:10
    issue_comment.deleted.octokit-06: ignored, `issue_comment` with action `deleted` asks for no work
    issue_comment.edited.octokit-08: ignored, a comment is a command when it is written, not when it is edited: write a new one
    issues.assigned.octokit-01: ignored, `issues` with action `assigned` asks for no work
    issues.assigned.octokit-02: ignored, `issues` with action `assigned` asks for no work
    issues.demilestoned.octokit-06: ignored, `issues` with action `demilestoned` asks for no work
    issues.edited.octokit-00: ignored, `issues` with action `edited` asks for no work
    label.created.octokit-02: ignored, `label` with action `created` asks for no work
    member.added.octokit-00: ignored, `member` with action `added` asks for no work
    merge_group.checks_requested.octokit-00: ignored, `merge_group` with action `checks_requested` asks for no work
    meta.deleted.octokit-00: ignored, `meta` with action `deleted` asks for no work
    organization.member_added.octokit-00: ignored, `organization` with action `member_added` asks for no work
    ping.na.octokit-00: ignored, `ping` starts nothing; it is kept as a row of the inbox
    ping.na.octokit-03: ignored, `ping` starts nothing; it is kept as a row of the inbox
    pull_request.assigned.octokit-01: ignored, `pull_request` with action `assigned` asks for no work
    pull_request.closed.octokit-04: pull_request github.com/Codertocat/Hello-World, pull request 2, Codertocat, ec26c3e5, 2019-05-15 15:21:18
    pull_request.converted_to_draft.octokit-05: ignored, `pull_request` with action `converted_to_draft` asks for no work
    pull_request.converted_to_draft.octokit-06: ignored, `pull_request` with action `converted_to_draft` asks for no work
    pull_request.labeled.octokit-08: ignored, `pull_request` with action `labeled` asks for no work
    pull_request.locked.octokit-10: ignored, `pull_request` with action `locked` asks for no work
    pull_request.opened.octokit-12: pull_request github.com/Codertocat/Hello-World, pull request 2, Codertocat, ec26c3e5, 2019-05-15 15:20:33
    pull_request.opened.octokit-14: pull_request github.com/Codertocat/Hello-World, pull request 2, Codertocat, ec26c3e5, 2019-05-15 15:20:33
    pull_request.opened.packit-pr: pull_request github.com/packit-service/packit, pull request 342, lbarcziova, 528b803b, 2019-05-21 14:30:50
    pull_request.ready_for_review.octokit-16: ignored, `pull_request` with action `ready_for_review` asks for no work
    pull_request.ready_for_review.octokit-17: ignored, `pull_request` with action `ready_for_review` asks for no work
    pull_request.reopened.octokit-18: pull_request github.com/Codertocat/Hello-World, pull request 2, Codertocat, ec26c3e5, 2019-05-15 15:20:33
    pull_request.review_requested.octokit-21: ignored, `pull_request` with action `review_requested` asks for no work
    pull_request.synchronize.octokit-22: pull_request github.com/Codertocat/Hello-World, pull request 2, Codertocat, ec26c3e5, 2019-05-15 15:20:33
    pull_request.synchronize.packit-pr_synchronize: pull_request github.com/packit-service/hello-world, pull request 26, rpitonak, 711e0faa, 2019-10-14 11:42:09
    pull_request.unassigned.octokit-23: ignored, `pull_request` with action `unassigned` asks for no work
    pull_request.unlabeled.octokit-26: ignored, `pull_request` with action `unlabeled` asks for no work
    pull_request.unlocked.octokit-28: ignored, `pull_request` with action `unlocked` asks for no work
    pull_request_review.submitted.octokit-00: ignored, `pull_request_review` with action `submitted` asks for no work
    pull_request_review.submitted.octokit-02: ignored, `pull_request_review` with action `submitted` asks for no work
    pull_request_review_comment.created.octokit-01: ignored, `pull_request_review_comment` with action `created` asks for no work
    pull_request_review_comment.created.octokit-02: ignored, `pull_request_review_comment` with action `created` asks for no work
    push.na.octokit-00: push github.com/Codertocat/Hello-World, tag simple-tag, Codertocat, 6113728f, 2019-05-15 15:20:57
    push.na.octokit-01: ignored, tag simple-tag was deleted
    push.na.octokit-04: push github.com/Codertocat/Hello-World, branch master, Codertocat, 6113728f, 2019-05-15 15:20:57
    push.na.octokit-06: ignored, tag simple-tag was deleted
    push.na.packit-push: ignored, tag simple-tag was deleted
    push.na.packit-push_branch: push github.com/packit-service/hello-world, branch build-branch, lachmanfrantisek, 04885ff8, 2020-03-04 12:39:38
    push.na.w2fm-push: push github.com/username/demo_repo, branch main, username, 443f68ce, 2024-07-22 21:16:25
    release.created.octokit-01: ignored, `release` with action `created` asks for no work
    release.created.octokit-02: ignored, `release` with action `created` asks for no work
    release.deleted.octokit-04: ignored, `release` with action `deleted` asks for no work
    release.edited.octokit-06: ignored, `release` with action `edited` asks for no work
    release.prereleased.octokit-09: ignored, `release` with action `prereleased` asks for no work
    release.published.octokit-00: release github.com/Codertocat/Hello-World, release 0.0.1, Codertocat, -, 2019-05-15 15:20:53
    release.published.octokit-10: release github.com/Codertocat/Hello-World, release 0.0.1, Codertocat, -, 2019-05-15 15:20:53
    release.released.octokit-12: ignored, `release` with action `released` asks for no work
    repository.created.octokit-01: ignored, `repository` with action `created` asks for no work
    repository.edited.octokit-04: ignored, `repository` with action `edited` asks for no work
    repository.privatized.octokit-05: github.com/Codertocat/Hello-World is private
    repository.publicized.octokit-00: github.com/Codertocat/Hello-World is public
    repository_dispatch.on-demand-test.octokit-00: ignored, `repository_dispatch` with action `on-demand-test` asks for no work
    status.na.octokit-02: ignored, `status` asks for no work
    status.na.octokit-03: ignored, `status` asks for no work
    team.added_to_repository.octokit-01: ignored, `team` with action `added_to_repository` asks for no work
    workflow_run.completed.octokit-00: ignored, `workflow_run` with action `completed` asks for no work
    workflow_run.completed.octokit-01: ignored, `workflow_run` with action `completed` asks for no work
    ");
}
