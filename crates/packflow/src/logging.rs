//! Logs go to standard error, so that what a command prints can be piped.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::cli::Logging;

/// Starts logging for the process.
pub(crate) fn start(logging: &Logging) {
    let filter = EnvFilter::try_new(&logging.log).unwrap_or_else(|error| {
        eprintln!("packflow: --log `{}` is not understood ({error}); using `warn`", logging.log);
        EnvFilter::new("warn")
    });
    // The driver logs parameters of a database's address that it does not know, values and all; a misspelt `password` is one.
    let filter = match "sqlx_postgres::options=error".parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if logging.log_json {
        builder.json().init();
    } else {
        builder.with_ansi(std::io::stderr().is_terminal()).init();
    }
}
