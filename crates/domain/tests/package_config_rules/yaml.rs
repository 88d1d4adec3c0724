//! What of YAML is taken.

use super::*;

#[test]
fn merge_keys_give_way_to_own_keys_and_to_earlier_merges() {
    let text = "
_: [&one {owner: one, project: one}, &two {owner: two, branch: two}]
specfile_path: a
jobs:
- {job: tests, trigger: commit, <<: [*one, *two], branch: own}
- <<: *two
  job: copr_build
  trigger: release
";
    let jobs = jobs(text);
    let seen =
        |job: &JobConfig| (job.owner.clone(), job.branch.as_ref().map(|branch| branch.as_str().to_owned()));
    assert_eq!(seen(&jobs[0]), (Some("one".to_owned()), Some("own".to_owned())));
    assert_eq!(seen(&jobs[1]), (Some("two".to_owned()), Some("two".to_owned())));
}

#[test]
fn a_fault_in_a_shared_value_is_told_where_it_is_written() {
    let text = "_:\n  - &common\n    scratch: perhaps\nspecfile_path: a\njobs:\n- {<<: *common, job: tests, trigger: commit}";
    assert_eq!(schema_faults(text), ["3:14 jobs.0.scratch"]);
}

#[test]
fn of_a_repeated_key_the_last_value_counts_at_the_first_place() {
    let targets = job("targets: {b: {}, a: {}, b: {distros: [x]}}").targets;
    assert_eq!(targets.names().collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(targets[0].1.distros(), ["x"]);
}

#[test]
fn what_is_no_plain_data_is_refused_at_its_place() {
    for (text, fault) in [
        ("a: [", "2:1 "),
        ("a: 1\n---\nb: 2", "2:1 "),
        ("a: !custom x", "1:12 "),
        ("a: *nowhere", "1:4 "),
        ("a: &self [*self]", "1:11 "),
        ("a: &x 1\nb: &x 2", "2:4 "),
        ("a: &x.y 1", "1:4 "),
        ("a: 1\t", "1:5 "),
        ("? [a]\n: b", "1:3 "),
        ("a: {<<: 1}", "1:5 "),
        ("a: =", "1:4 "),
        ("a: b\n: c", "2:1 "),
    ] {
        let (kind, faults) = refused(text);
        assert_eq!((kind, faults.len()), (ErrorKind::Yaml, 1), "{text:?}");
        if text != "a: [" {
            assert_eq!(faults[0], fault, "{text:?}");
        }
    }
}

#[test]
fn tabs_may_stand_in_quotes_blocks_and_comments() {
    let text = "specfile_path: a #\tnote\nactions:\n  pre-sync: |\n    if true; then\n    \techo\n    fi\n  commit-message: \"a\tb\"\njobs: []";
    assert!(read(text).is_ok());
}

#[test]
fn a_file_that_is_no_mapping_is_refused_and_an_empty_one_is_not() {
    for text in ["- a", "text", "5"] {
        assert_eq!(schema_faults(text), ["1:1 "]);
    }
    let source = Source {
        repository: "repo".to_owned(),
        spec_files: Some(vec!["a.spec".to_owned()]),
        ..Source::default()
    };
    for text in ["", "# nothing\n", "---\n", "{}", "_: {a: 2024-01-01}"] {
        assert_eq!(load(text, &source).unwrap().jobs.len(), 3, "{text:?}");
    }
}
