//! `packflow comment parse`: which command a comment is.

use std::process::ExitCode;

use anyhow::Result;
use domain::comments::{Parsed, parse};
use serde_json::json;

use crate::terminal::{self, clean};

/// Says which command a comment is.
pub(super) fn run(prefix: &str, comment: &str, as_json: bool) -> Result<ExitCode> {
    let parsed = parse(prefix, comment);
    let mut told = json!({"prefix": prefix, "comment": comment, "words": [], "result": "no-command"});
    let code = match &parsed {
        Parsed::NoCommand => ExitCode::SUCCESS,
        Parsed::Command { words, command } => {
            told["words"] = json!(words);
            told["result"] = json!("ok");
            told["args"] = serde_json::to_value(command)?;
            ExitCode::SUCCESS
        }
        Parsed::SyntaxError { words, reason } => {
            told["words"] = json!(words);
            told["result"] = json!("syntax-error");
            eprintln!("{}", clean(reason));
            ExitCode::from(1)
        }
    };
    if as_json {
        say!("{}", terminal::json(&told)?);
    } else {
        say!("{}", clean(told["result"].as_str().unwrap_or_default()));
        if let Some(arguments) = told["args"].as_object() {
            for (name, value) in arguments {
                say!("  {name}: {}", clean(&value.to_string()));
            }
        }
    }
    Ok(code)
}
