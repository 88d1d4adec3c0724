use super::scan::{self, Found, OptionSpec};
use super::{Command, CommandName};

/// What a family of prefixes understands.
pub(super) struct Grammar {
    /// Before the command.
    options: &'static [OptionSpec],
    commands: &'static [CommandSpec],
}

struct CommandSpec {
    name: CommandName,
    options: &'static [OptionSpec],
    words: Words,
}

/// What stands behind a command without an option.
#[derive(Clone, Copy, PartialEq)]
enum Words {
    None,
    /// Other pull requests.
    Targets,
    /// At most one: a test of Fedora CI.
    Test,
}

const fn value(key: &'static str, names: &'static [&'static str]) -> OptionSpec {
    OptionSpec { key, names, takes_value: true }
}

const fn flag(key: &'static str, names: &'static [&'static str]) -> OptionSpec {
    OptionSpec { key, names, takes_value: false }
}

const fn plain(name: CommandName) -> CommandSpec {
    CommandSpec { name, options: &[], words: Words::None }
}

const COMMIT: OptionSpec = value("commit", &["--commit"]);
const RELEASE: OptionSpec = value("release", &["--release"]);
const CHECK_TARGET: OptionSpec = value("check_target", &["--target"]);

static PACKIT: Grammar = Grammar {
    options: &[value("package", &["--package"])],
    commands: &[
        plain(CommandName::Help),
        CommandSpec { name: CommandName::Build, options: &[COMMIT, RELEASE], words: Words::None },
        CommandSpec { name: CommandName::CoprBuild, options: &[COMMIT, RELEASE], words: Words::None },
        plain(CommandName::RebuildFailed),
        plain(CommandName::UpstreamKojiBuild),
        CommandSpec {
            name: CommandName::Test,
            options: &[
                COMMIT,
                RELEASE,
                value("identifier", &["--identifier", "--id", "-i"]),
                value("labels", &["--labels"]),
                value("env", &["--env"]),
            ],
            words: Words::Targets,
        },
        plain(CommandName::RetestFailed),
        plain(CommandName::VmImageBuild),
        plain(CommandName::ProposeDownstream),
        CommandSpec {
            name: CommandName::PullFromUpstream,
            options: &[
                value("resolve_bug", &["--resolve-bug"]),
                flag("with_pr_config", &["--with-pr-config"]),
                value("version", &["--version"]),
            ],
            words: Words::None,
        },
        plain(CommandName::KojiBuild),
        CommandSpec {
            name: CommandName::KojiTag,
            options: &[flag("all_branches", &["--all-branches"])],
            words: Words::None,
        },
        plain(CommandName::CreateUpdate),
    ],
};

static FEDORA_CI: Grammar = Grammar {
    options: &[],
    commands: &[
        plain(CommandName::Help),
        CommandSpec { name: CommandName::Test, options: &[CHECK_TARGET], words: Words::Test },
        CommandSpec { name: CommandName::ScratchBuild, options: &[CHECK_TARGET], words: Words::None },
    ],
};

/// `/packit-ci` and `/packit-ci-stg` are Fedora CI's; every other prefix is Packit's.
pub(super) fn of_prefix(prefix: &str) -> &'static Grammar {
    let name = prefix.strip_suffix("-stg").unwrap_or(prefix);
    if name.ends_with("-ci") { &FEDORA_CI } else { &PACKIT }
}

impl Grammar {
    /// Reads the words behind the prefix.
    pub(super) fn read(&self, words: &[String]) -> Result<Command, String> {
        let before = scan::until_word(words, self.options)?;
        let Some(name) = words.get(before.read) else { return Err("it names no command".to_owned()) };
        let Some(spec) = self.commands.iter().find(|spec| spec.name.as_str() == name) else {
            let known: Vec<&str> = self.commands.iter().map(|spec| spec.name.as_str()).collect();
            return Err(format!("`{name}` is no command; known are: {}", known.join(", ")));
        };
        let behind = scan::all(&words[before.read + 1..], spec.options)?;
        spec.command(before, behind)
    }
}

impl CommandSpec {
    fn command(&self, mut before: Found, mut found: Found) -> Result<Command, String> {
        let mut words = std::mem::take(&mut found.words);
        let (targets, test_identifier) = match self.words {
            Words::Targets => (Some(std::mem::take(&mut words)), None),
            Words::Test if !words.is_empty() => (None, Some(words.remove(0))),
            Words::Test | Words::None => (None, None),
        };
        if let Some(word) = words.first() {
            return Err(format!("`{}` takes no `{word}`", self.name));
        }
        let list = |text: String| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        Ok(Command {
            command: self.name,
            package: before.take("package"),
            commit: found.take("commit"),
            release: found.take("release"),
            targets,
            identifier: found.take("identifier"),
            labels: found.take("labels").map(list),
            env: found.take_all("env"),
            resolve_bug: found.take("resolve_bug").map(list),
            with_pr_config: found.take("with_pr_config").is_some(),
            version: found.take("version"),
            all_branches: found.take("all_branches").is_some(),
            test_identifier,
            check_target: found.take("check_target"),
        })
    }
}
