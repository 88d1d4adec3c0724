//! What can be seen to be wrong with `[dist_git]` before anything is called: addresses that would carry a token in the open,
//! folders that are none, words that stand for nothing.

use std::path::Path;

use url::Url;

use crate::configuration::{DistGit, Faults};

/// What may stand in braces among the words of a program.
const PLACES: [&str; 6] = ["branch", "tag", "version", "package", "bug", "packit"];

/// The faults of the keys that need nothing else to be judged.
pub(super) fn faults(configured: &DistGit) -> Faults {
    let mut faults = Faults::default();
    if let Some(url) = &configured.git_url {
        faults.take("dist_git.git_url", web_address(url));
    }
    if let Some(url) = &configured.lookaside {
        faults.take("dist_git.lookaside", web_address(url));
    }
    for (origin, base) in &configured.upstream {
        let key = format!("dist_git.upstream.\"{origin}\"");
        let is_origin = Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == *origin);
        if !is_origin {
            faults.add(&key, "is no origin: one is written https://HOST, without a path");
        }
        faults.take(&key, web_address(base));
    }
    if configured.work_folder.as_deref().is_some_and(|folder| !folder.is_absolute()) {
        faults.add("dist_git.work_folder", "is no absolute path");
    }
    for folder in &configured.shown {
        if !folder.is_absolute() || folder == Path::new("/") {
            faults.add("dist_git.shown", format!("`{}` is no absolute path below /", folder.display()));
        }
    }
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if configured.namespace.as_deref().is_some_and(|name| name.is_empty() || !name.chars().all(is_plain)) {
        faults.add("dist_git.namespace", "is no name of a namespace, such as rpms");
    }
    if configured.python.as_deref() == Some("") {
        faults.add("dist_git.python", "is empty");
    }
    for (key, program) in [
        ("dist_git.propose_downstream", &configured.propose_downstream),
        ("dist_git.pull_from_upstream", &configured.pull_from_upstream),
    ] {
        for word in program.iter().flat_map(|word| unknown_places(word)) {
            let known = PLACES.map(|place| format!("{{{place}}}")).join(", ");
            faults.add(key, format!("`{{{word}}}` stands for nothing; known are {known}"));
        }
    }
    faults
}

/// Names in braces that stand for nothing. Braces around anything else are a shell's.
fn unknown_places(word: &str) -> Vec<&str> {
    let inside = word.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    let is_name = |name: &&str| !name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase());
    inside.filter(is_name).filter(|name| !PLACES.contains(name)).collect()
}

/// An address that may carry a token: encrypted, or of this machine.
fn web_address(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("`{text}` is no address: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("names an account: its token is the forge's, in a file".to_owned());
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if forges::is_loopback(&url) => Ok(()),
        "http" => Err(format!("`{text}` would carry tokens in the open; use https")),
        _ => Err(format!("`{text}` is no address of the web")),
    }
}

#[cfg(test)]
mod tests {
    use super::{unknown_places, web_address};

    #[test]
    fn tokens_go_over_encrypted_ways_or_nowhere() {
        for good in
            ["https://src.fedoraproject.org", "http://127.0.0.1:8080/git", "http://[::1]", "http://localhost"]
        {
            assert_eq!(web_address(good), Ok(()), "{good}");
        }
        for bad in [
            "http://pkgs.example.org",
            "file:///etc",
            "https://user:password@pkgs.example.org",
            "x",
            "ssh://x/y",
        ] {
            assert!(web_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_place_that_stands_for_nothing_is_found() {
        assert_eq!(unknown_places("--branch={brnach}-{version}{x"), ["brnach"]);
        assert_eq!(unknown_places("awk '{ print $1 }' ${HOME} {}"), Vec::<&str>::new());
    }
}
