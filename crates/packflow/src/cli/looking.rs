//! Arguments of what stands beside the workflows: configurations, release aliases, tokens.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use domain::words::Scope;

use super::{Common, values};

pub(super) const ALIASES_EXAMPLES: &str = "Examples:
  packflow aliases --targets fedora-stable,epel-9
  packflow aliases --releases bodhi-releases.json --json
  packflow aliases --refresh";

const CHECK_EXAMPLES: &str = "Examples:
  packflow config check .packit.yaml
  packflow config check packit__ogr.yaml --json
  packflow config check .packit.yaml --repo hello --json";

pub(super) const TOKEN_EXAMPLES: &str = "Examples:
  packflow token create --name ci --scope rerun --scope cancel --days 90 > ci-token
  packflow token list
  packflow token revoke ci";

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Check a package configuration (.packit.yaml): every fault with line, column, key and the nearest known one.
    ///
    /// The file's folder is taken for the repository: a file that names no spec file gets the first one there, at any depth.
    ///
    /// Exit code 0: valid. 1: refused. 2: the file cannot be read.
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// No database is needed; taken since every command takes it.
        #[arg(long, value_name = "URL", hide = true)]
        database: Option<String>,
        /// The file.
        file: PathBuf,
        /// The repository's name, which is the package's by default [default: the part after `__` of the file's name, else
        /// the folder's name].
        #[arg(long, value_name = "NAME")]
        repo: Option<String>,
        /// Print JSON: the packages and the jobs with all values filled in, or the faults.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Aliases {
    #[command(flatten)]
    pub(crate) common: Common,
    /// A release list as Bodhi gives it, instead of the stored one.
    #[arg(long, value_name = "FILE")]
    pub(crate) releases: Option<PathBuf>,
    /// Also show what these targets and branches stand for, divided by commas.
    #[arg(long, value_delimiter = ',', value_name = "A,B,...", value_parser = values::name)]
    pub(crate) targets: Vec<String>,
    /// Read the release list from Bodhi now, and store it.
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token. It is printed once, and only its hash is kept.
    Create {
        /// Its name: what is done with it is done by this name.
        #[arg(long)]
        name: String,
        /// What it may be used for: read (what is public, where reading is not open), read_all (every project), rerun, cancel,
        /// admin (all of it). May be given several times; each of them lets read.
        #[arg(long = "scope", required = true, value_delimiter = ',', value_name = "SCOPE")]
        scopes: Vec<Scope>,
        /// It ends after so many days.
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: u16,
        /// It never ends by itself.
        #[arg(long, conflicts_with = "days")]
        no_expiry: bool,
    },
    /// List all tokens, also those that ended: scopes, who made them, when they were last used.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token: it is nobody's from now on.
    Revoke {
        /// Its name.
        name: String,
    },
}
