//! The pages lead where they say, and code cites pages that exist.

use std::path::{Path, PathBuf};

#[test]
fn every_link_of_a_page_leads_to_a_file() {
    let mut links = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a readable page");
        for target in link_targets(&text) {
            let file = page.parent().expect("a page lies in a folder").join(target);
            assert!(file.exists(), "{}: no {target}", page.display());
            links += 1;
        }
    }
    assert!(links > 10, "found links");
}

#[test]
fn every_page_that_a_source_cites_exists() {
    let mut citations = 0;
    for source in files(&workspace_root().join("crates"), "rs") {
        let text = std::fs::read_to_string(&source).expect("a readable source");
        for cited in cited_pages(&text) {
            assert!(workspace_root().join(cited).is_file(), "{}: no {cited}", source.display());
            citations += 1;
        }
    }
    assert!(citations > 0, "found citations");
}

fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}

/// The pages beside `Cargo.toml` and below `docs/`.
fn pages() -> Vec<PathBuf> {
    let beside = std::fs::read_dir(workspace_root()).expect("a readable folder");
    let beside = beside.map(|entry| entry.expect("an entry").path());
    let mut pages: Vec<PathBuf> = beside.filter(|path| has_extension(path, "md")).collect();
    pages.extend(files(&workspace_root().join("docs"), "md"));
    pages
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if has_extension(&path, extension) {
            found.push(path);
        }
    }
    found
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// The files that `[text](file#part)` names; other sites and parts of the same page are left out.
fn link_targets(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://") && !target.contains(' '))
}

/// What looks like `docs/PAGE.md`.
fn cited_pages(text: &str) -> impl Iterator<Item = &str> {
    let places = text.match_indices("docs/").map(|(start, _)| &text[start..]);
    places.filter_map(|rest| {
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && !"/._-".contains(letter));
        let cited = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
        cited.ends_with(".md").then_some(cited)
    })
}
