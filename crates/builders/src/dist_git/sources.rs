//! The file `sources` of a package, which names its archives in the lookaside cache: what of it is uploaded, and what people
//! are told that is still to be.

use std::collections::BTreeSet;
use std::path::Path;

use domain::details::DistGitSync;

use super::DistGit;
use super::archives::{Archive, is_file_name};
use super::git::small_file;
use super::prepare::is_packit;
use super::stop::Stop;
use crate::WorkTarget;

const SOURCES: &str = "sources";
/// The largest that is read, in bytes.
const LARGEST: u64 = 1 << 20;
/// How many archives a pull request names that are still to be uploaded.
const SHOWN: usize = 20;
/// What is said where a program that looks after no archives left the old ones.
const OLD_SOURCES: &str = "\nThe file `sources` is as it was: the archive of this version is still to be uploaded to the \
                           lookaside cache (`fedpkg new-sources`), or the build will lack it.\n";

impl DistGit {
    /// Uploads what was fetched and is new in `sources`, from one commit of a repository to another; what people are told
    /// that is still to be done.
    pub(super) async fn upload(
        &self,
        target: &WorkTarget,
        sync: &DistGitSync,
        clean: &Path,
        (from, to): (&str, &str),
        archives: &[Archive],
        log: &mut String,
    ) -> Result<Option<String>, Stop> {
        let before = small_file(clean, from, SOURCES, LARGEST).await?;
        let after = small_file(clean, to, SOURCES, LARGEST).await?;
        let known: BTreeSet<&str> = before.lines().map(str::trim).collect();
        let new: Vec<&str> =
            after.lines().map(str::trim).filter(|line| !line.is_empty() && !known.contains(line)).collect();
        if new.is_empty() {
            let looks_after_them =
                self.config.programs.get(&target.kind).is_some_and(|program| is_packit(program));
            return Ok((!before.is_empty() && !looks_after_them).then(|| OLD_SOURCES.to_owned()));
        }
        let lookaside = self.config.lookaside.as_ref().filter(|_| !sync.no_upload);
        let mut missing: Vec<String> = Vec::new();
        for line in new {
            // What is uploaded is what we fetched ourselves, whatever else is named.
            let fetched = archives.iter().find(|archive| archive.line() == line);
            match (fetched, lookaside) {
                (Some(archive), Some(lookaside)) => {
                    lookaside.keep(&sync.downstream_package, archive).await?;
                    log.push_str(&format!("{} is in the lookaside cache\n", archive.name));
                }
                _ => missing.push(told(line)),
            }
        }
        Ok((!missing.is_empty()).then(|| {
            let more = missing.len().saturating_sub(SHOWN);
            missing.truncate(SHOWN);
            if more > 0 {
                missing.push(format!("and {more} more"));
            }
            let why = if sync.no_upload { "; `upload_sources` forbids us" } else { "" };
            format!(
                "\nStill to be uploaded to the lookaside cache (`fedpkg new-sources`){why}, or the build will lack it:\n\n\
                 - {}\n",
                missing.join("\n- ")
            )
        }))
    }
}

/// The archive that a line names; who wrote it may be anybody.
fn told(line: &str) -> String {
    let parsed = line.strip_prefix("SHA512 (").and_then(|rest| rest.split_once(") = "));
    match parsed {
        Some((name, hash)) if is_file_name(name) && hash.chars().all(|digit| digit.is_ascii_hexdigit()) => {
            format!("`{name}`, SHA-512 {hash}")
        }
        _ => "a line that names no archive".to_owned(),
    }
}
