//! The script that makes an SRPM inside a Copr build, by Packit's own command line (`docs/contracts.md` 3.5).

use domain::details::SrpmBuild;

/// The line that the submission of this mark is found by again. Everybody can read a build's script, so it holds no secret.
pub(super) fn marker(mark: &str) -> String {
    format!("# packflow-submission: {mark}")
}

/// The script for one SRPM of one commit.
pub(super) fn source_script(mark: &str, srpm: &SrpmBuild, commit: &str) -> String {
    let mut call: Vec<String> = ["packit", "-d", "prepare-sources"].map(str::to_owned).to_vec();
    let mut option = |name: &str, value: &str| call.extend([name.to_owned(), quoted(value)]);
    if !srpm.configured.package.is_empty() {
        option("-p", &srpm.configured.package);
    }
    option("--ref", srpm.source.tag.as_deref().unwrap_or(commit));
    if let Some(index) = srpm.configured.index {
        option("--job-config-index", &index.to_string());
    }
    if let Some(suffix) = &srpm.release_suffix {
        option("--release-suffix", suffix);
    }
    if let Some(pull_request) = &srpm.source.pull_request {
        option("--pr-id", &pull_request.number.to_string());
        if pull_request.merge {
            option("--target-branch", &pull_request.target_branch);
            option("--merged-ref", commit);
        }
        call.push(if pull_request.merge { "--merge-pr" } else { "--no-merge-pr" }.to_owned());
    }
    if srpm.keep_release {
        call.push("--no-update-release".to_owned());
    }
    call.extend(["--result-dir".to_owned(), "\"$result_dir\"".to_owned(), quoted(&srpm.source.url)]);
    format!(
        "#!/bin/sh\n\
         {}\n\
         set -e\n\
         result_dir=$PWD\n\
         git config --global user.name Packflow\n\
         git config --global user.email packflow@localhost\n\
         {}\n",
        marker(mark),
        call.join(" ")
    )
}

/// A word of a shell command that stands for exactly this text.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use domain::details::{Configured, PullRequestSource, Source, SrpmBuild};

    use super::source_script;

    fn srpm() -> SrpmBuild {
        SrpmBuild {
            configured: Configured {
                package: "ogr".to_owned(),
                index: Some(2),
                labels: Vec::new(),
                ..Configured::default()
            },
            source: Source {
                url: "https://forge.example/packit/ogr".to_owned(),
                pull_request: None,
                tag: None,
            },
            ..SrpmBuild::default()
        }
    }

    #[test]
    fn a_pull_request_is_merged_into_its_branch_if_configured() {
        let mut srpm = srpm();
        srpm.source.pull_request = Some(PullRequestSource {
            number: 7,
            target_branch: "main".to_owned(),
            target_hash: None,
            source_url: "https://forge.example/fork/ogr".to_owned(),
            merge: true,
        });
        let script = source_script("0123456789ab/42", &srpm, "abc");
        assert!(script.starts_with("#!/bin/sh\n# packflow-submission: 0123456789ab/42\n"), "{script}");
        let call = script.lines().last().unwrap();
        assert_eq!(
            call,
            "packit -d prepare-sources -p 'ogr' --ref 'abc' --job-config-index '2' --pr-id '7' --target-branch 'main' \
             --merged-ref 'abc' --merge-pr --result-dir \"$result_dir\" 'https://forge.example/packit/ogr'"
        );
    }

    #[test]
    fn a_release_is_made_from_its_tag_and_keeps_its_release_number() {
        let mut srpm = srpm();
        srpm.source.tag = Some("1.0".to_owned());
        srpm.keep_release = true;
        let script = source_script("0123456789ab/42", &srpm, "abc");
        assert!(script.contains("--ref '1.0'") && script.contains(" --no-update-release "), "{script}");
    }

    #[test]
    fn nothing_that_a_repository_names_is_run() {
        let hostile = "x'; touch /tmp/owned; echo '$(id)`id`\n# packflow-submission: 1";
        let mut srpm = srpm();
        srpm.configured.package = hostile.to_owned();
        srpm.release_suffix = Some(hostile.to_owned());
        srpm.source.url = format!("https://forge.example/{hostile}");
        let script = source_script("0123456789ab/42", &srpm, hostile);
        // The shell itself says what the words are.
        let call = script.split("\npackit ").nth(1).unwrap();
        let output = std::process::Command::new("sh")
            .args(["-c", &format!("result_dir=/r; printf '%s\\0' {call}")])
            .output()
            .unwrap();
        let words: Vec<&str> = str::from_utf8(&output.stdout).unwrap().split('\0').collect();
        assert_eq!(words[2..5], ["-p", hostile, "--ref"], "{words:?}");
        assert_eq!(words[words.len() - 3..], ["/r", &srpm.source.url, ""], "{words:?}");
    }
}
