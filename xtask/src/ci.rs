//! What has to hold before a change is merged.

use anyhow::Result;

use crate::command::{cargo, run as run_command};
use crate::parts::Parts;
use crate::suites;

/// `cargo xtask ci`: formatting, lints, documentation, then all tests; ends at the first fault.
pub(crate) fn run() -> Result<()> {
    let mut parts = Parts::default();
    let result = checks(&mut parts)
        .and_then(|()| suites::run_parts(&suites::Options { interop: true, soak: true }, &mut parts));
    parts.print();
    result
}

fn checks(parts: &mut Parts) -> Result<()> {
    parts.run("formatting", || run_command(&mut cargo(&["fmt", "--all", "--check"])))?;
    parts.run("lints", || {
        let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
        run_command(&mut cargo(&arguments))
    })?;
    parts.run("documentation", || {
        let mut documentation = cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
        run_command(documentation.env("RUSTDOCFLAGS", "-D warnings"))
    })
}
