//! On which distribution the packages of a chroot are tested (`docs/contracts.md`, section 4).

/// Which Testing Farm runs the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestingFarmRanch {
    /// The one that is open to everyone.
    Public,
    /// The one inside Red Hat.
    Internal,
}

/// The test targets (`distribution-architecture`) of a build chroot, each once: `distros` in the
/// order they are written, or where that is empty the usual distribution for the chroot.
pub fn test_distributions(chroot: &str, ranch: TestingFarmRanch, distros: &[&str]) -> Vec<String> {
    let (distribution, architecture) = match chroot.rsplit_once('-') {
        Some((distribution, architecture)) => (distribution, Some(architecture)),
        None => (chroot, None),
    };
    let usual = [usual_distribution(distribution, ranch)];
    let mut targets = Vec::new();
    for distribution in if distros.is_empty() { &usual } else { distros } {
        let target = match architecture {
            Some(architecture) => format!("{distribution}-{architecture}"),
            None => (*distribution).to_owned(),
        };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    targets
}

/// EPEL is tested on what it is built for; everything else on itself.
fn usual_distribution(distribution: &str, ranch: TestingFarmRanch) -> &str {
    use TestingFarmRanch::{Internal, Public};
    match (distribution, ranch) {
        ("epel-6", Public) => "centos-6",
        ("epel-7", Public) => "centos-7",
        ("epel-8", Public) => "centos-stream-8",
        ("epel-6", Internal) => "rhel-6",
        ("epel-7", Internal) => "rhel-7",
        ("epel-8", Internal) => "rhel-8",
        ("epel-9", _) => "centos-stream-9",
        ("epel-10", _) => "centos-stream-10",
        _ => distribution,
    }
}
