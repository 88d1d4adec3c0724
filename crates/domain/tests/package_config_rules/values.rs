//! Values and the forms in which they may be written.

use super::*;

#[test]
fn targets_are_text_a_list_or_a_mapping_in_the_order_of_the_file() {
    assert_eq!(job("targets: z").targets.names().collect::<Vec<_>>(), ["z"]);
    assert_eq!(job("targets: [z, a, z]").targets.names().collect::<Vec<_>>(), ["z", "a"]);
    let mapped = job("targets: {z: {}, a: {distros: [one, two], additional_modules: m}}");
    assert_eq!(mapped.targets.names().collect::<Vec<_>>(), ["z", "a"]);
    assert_eq!(mapped.targets[1].1.distros(), ["one", "two"]);
    assert_eq!(mapped.targets[1].1.additional_modules(), Some("m"));
    assert_eq!(
        serde_json::to_value(&mapped.targets).unwrap(),
        json!({"z": {}, "a": {"distros": ["one", "two"], "additional_modules": "m"}})
    );
}

#[test]
fn only_the_first_option_of_all_targets_is_checked() {
    let unchecked = job("targets: {a: {distros: [x], later: 1}, b: {with_opts: text}}");
    assert!(unchecked.targets[1].1.with_opts().is_empty());
    let text = "specfile_path: a\njobs: [{job: tests, trigger: commit, targets: {a: {}, b: {distro: [x]}}}]";
    assert_eq!(schema_faults(text), ["2:59 jobs.0.targets.b.distro [distros]"]);
}

#[test]
fn dist_git_branches_keep_the_form_they_are_written_in() {
    let json = |keys| serde_json::to_value(job(keys).dist_git_branches).unwrap();
    assert_eq!(json("dist_git_branches: f42"), json!(["f42"]));
    assert_eq!(json("dist_git_branches: [a, a]"), json!(["a", "a"]));
    assert_eq!(json("dist_git_branches: {}"), json!([]));
    let written = job("dist_git_branches: {rawhide: {fast_forward_merge_into: [f42]}}").dist_git_branches;
    assert_eq!(written[0].1.fast_forward_merge_into(), ["f42"]);
}

#[test]
fn a_branch_is_matched_from_its_start() {
    let branch = job("branch: 'main|release-.'").branch.unwrap();
    assert!(branch.matches("main") && branch.matches("main-2") && branch.matches("release-1"));
    assert!(!branch.matches("old-main"));
    let text = "specfile_path: a\nbranch: (?!main).*\njobs: []";
    assert_eq!(schema_faults(text), ["2:9 branch"]);
    assert!(message(text).contains("look-around"), "{}", message(text));
}

#[test]
fn labels_are_required_below_require() {
    let labels = job("require: {label: {present: [a], absent: [b]}}").require_label;
    assert_eq!((labels.present, labels.absent), (vec!["a".to_owned()], vec!["b".to_owned()]));
}

#[test]
fn text_that_looks_like_a_number_must_be_quoted() {
    assert_eq!(job("fmf_ref: 627e5021").fmf_ref.as_deref(), Some("627e5021"));
    assert_eq!(job("fmf_ref: '1.10'").fmf_ref.as_deref(), Some("1.10"));
    assert_eq!(message("specfile_path: a\nfmf_ref: 1.10\njobs: []"), "text is expected, here is a number");
    assert!(message("specfile_path: a\nfmf_ref: 2024-01-01\njobs: []").contains("a date"));
}

#[test]
fn values_of_the_environment_keep_their_type() {
    let env = job("env: {A: 1, B: 1.5, C: on, D: ~, E: 0x10, F: 1e3, G: 010, H: 1:30}").env;
    let expected = json!(
        {"A": 1, "B": 1.5, "C": true, "D": null, "E": 16, "F": "1e3", "G": 8, "H": 90}
    );
    assert_eq!(serde_json::to_value(env).unwrap(), expected);
}

#[test]
fn the_packaging_tool_is_a_known_one_unless_the_dist_git_is_named() {
    let text = "specfile_path: a\npkg_tool: centpk\njobs: []";
    assert_eq!(schema_faults(text), ["2:11 pkg_tool [centpkg]"]);
    assert!(
        read("specfile_path: a\npkg_tool: own\ndist_git_base_url: https://example.org/\njobs: []").is_ok()
    );
}

#[test]
fn version_specifiers_are_those_of_python() {
    let verdict = |value: &str| {
        read(&format!("specfile_path: a\nversion_update_specifiers: '{value}'\njobs: []")).is_ok()
    };
    for taken in ["", ">=1.0, <2", "~=1.4.2", "==1.*", "!=1.0rc1", "<= 1!2.0.post1.dev3", "===any"] {
        assert!(verdict(taken), "{taken}");
    }
    for refused in ["1.0", "=>1", "~=1", ">=1.*", "latest"] {
        assert!(!verdict(refused), "{refused}");
    }
}
