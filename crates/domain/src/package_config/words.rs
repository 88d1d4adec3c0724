//! The values of a job that are one word of a closed list.

use std::fmt;

use serde::ser::{Serialize, Serializer};

/// A closed list of words: parsed from the file, written the same.
macro_rules! words {
    ($(#[$attribute:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$note])* $variant,)+
        }

        impl $name {
            /// The word as the file writes it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The value of a word; `None` if the word is none of the list.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

words! {
    /// What a job does.
    JobType {
        /// Proposes a new version to dist-git, after an upstream release.
        ProposeDownstream = "propose_downstream",
        /// Fetches a new version into dist-git, after release monitoring found one.
        PullFromUpstream = "pull_from_upstream",
        /// Brings dist-git's changes back upstream.
        SyncFromDownstream = "sync_from_downstream",
        /// Builds at Copr.
        CoprBuild = "copr_build",
        /// Builds upstream's state at Koji, scratch only.
        UpstreamKojiBuild = "upstream_koji_build",
        /// Builds dist-git's state at Koji.
        KojiBuild = "koji_build",
        /// Tests at Testing Farm.
        Tests = "tests",
        /// Makes a Bodhi update.
        BodhiUpdate = "bodhi_update",
        /// Builds a virtual machine image.
        VmImageBuild = "vm_image_build",
        /// Stands for a build that was tagged; made up, not meant to be written.
        KojiBuildTag = "koji_build_tag",
    }
}

words! {
    /// What starts a job.
    Trigger {
        /// A release.
        Release = "release",
        /// A pull request was opened or changed.
        PullRequest = "pull_request",
        /// A push to a branch.
        Commit = "commit",
        /// A build at Koji was completed or tagged.
        KojiBuild = "koji_build",
        /// Nothing: the job is switched off.
        Ignore = "ignore",
    }
}

words! {
    /// How mock makes its buildroot.
    Bootstrap {
        /// As the chroot's own configuration says.
        Default = "default",
        /// With a bootstrap chroot.
        On = "on",
        /// Without one.
        Off = "off",
        /// With one from a container image.
        Image = "image",
    }
}

words! {
    /// A deployment of the service.
    Deployment {
        /// A developer's own.
        Dev = "dev",
        /// Staging.
        Stg = "stg",
        /// Production.
        Prod = "prod",
    }
}
