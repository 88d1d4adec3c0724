//! What we depend on may be given away under our own terms.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Licences that ask for no more than that they are named.
const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // The certificate authorities' list, which is data.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[test]
fn every_dependency_may_be_given_away_under_our_terms() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(workspace)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo answers JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let mut foreign = 0;
    for package in packages.iter().filter(|package| package["source"].is_string()) {
        let licence = package["license"].as_str().unwrap_or("not told");
        assert!(is_allowed(licence), "{}: {licence}", package["name"]);
        foreign += 1;
    }
    assert!(foreign > 100, "{foreign}");
}

/// One of the alternatives must be made of allowed parts alone.
fn is_allowed(licence: &str) -> bool {
    let plain = licence.replace('/', " OR ");
    if plain.contains(" AND ") {
        return plain.split(" AND ").all(|part| is_allowed(part.trim_matches(['(', ')'])));
    }
    plain.split(" OR ").any(|name| ALLOWED.contains(&name.trim()))
}

#[test]
fn what_spreads_to_others_is_not_allowed() {
    for licence in ["AGPL-3.0", "GPL-3.0-only", "MIT AND GPL-2.0", "not told", ""] {
        assert!(!is_allowed(licence), "{licence}");
    }
    for licence in ["MIT/Apache-2.0", "(MIT OR GPL-2.0) AND Unicode-3.0", "MIT OR LGPL-2.1-or-later"] {
        assert!(is_allowed(licence), "{licence}");
    }
}
