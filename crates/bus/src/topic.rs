//! What a topic says.

/// Words that name a deployment; what stands before them is the sender's prefix.
const DEPLOYMENTS: [&str; 3] = ["prod", "stg", "dev"];

/// A topic without its sender's prefix: `copr.build.end` of `org.fedoraproject.prod.copr.build.end`
/// (`docs/contracts.md` 7).
pub fn kind(topic: &str) -> &str {
    let mut rest = topic;
    // The prefix has few words; a deployment's name further back is part of what is told.
    for _ in 0..4 {
        let Some((word, after)) = rest.split_once('.') else { break };
        if DEPLOYMENTS.contains(&word) {
            return after;
        }
        rest = after;
    }
    topic
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn the_prefix_of_any_sender_and_deployment_is_taken_off() {
        for (topic, expected) in [
            ("org.fedoraproject.prod.copr.build.end", "copr.build.end"),
            ("org.fedoraproject.stg.buildsys.tag", "buildsys.tag"),
            (
                "org.release-monitoring.prod.anitya.project.version.update.v2",
                "anitya.project.version.update.v2",
            ),
            ("io.pagure.prod.pagure.git.receive", "pagure.git.receive"),
            ("copr.build.end", "copr.build.end"),
            ("buildsys.prod", "buildsys.prod"),
            ("prod", "prod"),
            ("", ""),
        ] {
            assert_eq!(kind(topic), expected, "{topic}");
        }
    }
}
