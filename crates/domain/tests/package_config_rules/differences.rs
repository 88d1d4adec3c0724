//! The rows of "Differences by rule" in `docs/package-configuration.md`.

use super::*;

#[test]
fn numbers_that_json_cannot_hold_are_refused() {
    for number in ["99999999999999999999", ".inf", ".nan", "-.INF"] {
        assert!(message(&format!("specfile_path: a\nenv: {{A: {number}}}\njobs: []")).contains("a number"));
        assert!(read(&format!("specfile_path: a\nenv: {{A: '{number}'}}\njobs: []")).is_ok());
    }
}

#[test]
fn text_with_a_nul_character_is_refused_wherever_it_stands() {
    for text in
        ["specfile_path: \"a\\0b\"\njobs: []", "jobs: [{job: tests, trigger: commit, env: {\"\\0\": x}}]"]
    {
        let refusal = read(text).unwrap_err();
        assert_eq!(refusal.error_kind, ErrorKind::Yaml);
        assert_eq!(message(text), "the text holds a NUL character, which cannot be stored");
    }
}

#[test]
fn keys_that_python_takes_as_equal_are_both_kept() {
    let parameters = job("tf_extra_params: {1: a, yes: b}").tf_extra_params;
    assert_eq!(serde_json::to_value(parameters).unwrap(), json!({"1": "a", "true": "b"}));
}

#[test]
fn metadata_without_a_value_is_taken_as_not_written() {
    assert!(!job("metadata: {skip_build: }").skip_build);
}
