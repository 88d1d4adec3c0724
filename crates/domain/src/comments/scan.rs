//! Words taken apart as Python's argparse does, which Packit's commands are read with.

use std::collections::BTreeMap;

/// An option.
pub(super) struct OptionSpec {
    /// What it fills.
    pub(super) key: &'static str,
    /// Its spellings.
    pub(super) names: &'static [&'static str],
    /// Whether it takes a value.
    pub(super) takes_value: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Words that belong to no option.
    pub(super) words: Vec<String>,
    /// How many words were read.
    pub(super) read: usize,
    values: BTreeMap<&'static str, Vec<String>>,
}

impl Found {
    /// The value of an option; the last one counts.
    pub(super) fn take(&mut self, key: &str) -> Option<String> {
        self.values.remove(key).and_then(|mut values| values.pop())
    }

    /// All values of an option that may be repeated.
    pub(super) fn take_all(&mut self, key: &str) -> Option<Vec<String>> {
        self.values.remove(key)
    }
}

/// Reads options until the first word that belongs to none.
pub(super) fn until_word(words: &[String], options: &[OptionSpec]) -> Result<Found, String> {
    let mut found = Found::default();
    while let Some(word) = words.get(found.read).filter(|word| is_option(word)) {
        found.read += 1;
        found.option(word, words, options)?;
    }
    Ok(found)
}

/// Reads all words. Those that belong to no option must stand together; behind `--` none is an option.
pub(super) fn all(words: &[String], options: &[OptionSpec]) -> Result<Found, String> {
    let mut found = Found::default();
    let mut ended = false;
    let mut apart = false;
    while let Some(word) = words.get(found.read) {
        found.read += 1;
        if !ended && word == "--" {
            ended = true;
        } else if !ended && is_option(word) {
            found.option(word, words, options)?;
            apart = !found.words.is_empty();
        } else if apart {
            return Err(format!("`{word}` stands apart from the words before it"));
        } else {
            found.words.push(word.clone());
        }
    }
    Ok(found)
}

/// A dash alone and a negative number are words.
fn is_option(word: &str) -> bool {
    word.starts_with('-') && word != "-" && word.parse::<f64>().is_err()
}

impl Found {
    fn option(&mut self, word: &str, words: &[String], options: &[OptionSpec]) -> Result<(), String> {
        let (option, attached) = find(word, options)?;
        let value = match (option.takes_value, attached) {
            (false, None) => String::new(),
            (false, Some(_)) => return Err(format!("`{}` takes no value", option.names[0])),
            (true, Some(value)) => value,
            (true, None) => {
                let next = words.get(self.read).filter(|next| !is_option(next));
                let next = next.ok_or_else(|| format!("`{}` needs a value", option.names[0]))?;
                self.read += 1;
                next.clone()
            }
        };
        self.values.entry(option.key).or_default().push(value);
        Ok(())
    }
}

/// The option that a word names, and the value that is attached to it: `--name=value`, or `-nvalue` for one letter. A long
/// name may be cut where no other begins so.
fn find<'a>(word: &str, options: &'a [OptionSpec]) -> Result<(&'a OptionSpec, Option<String>), String> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (word, None),
    };
    if let Some(option) = options.iter().find(|option| option.names.contains(&name)) {
        return Ok((option, value));
    }
    if !name.starts_with("--") {
        let short = |option: &&OptionSpec| {
            option.names.iter().any(|known| known.len() == 2 && word.starts_with(known))
        };
        if let Some(option) = options.iter().find(short) {
            return Ok((option, word.get(2..).map(str::to_owned)));
        }
    }
    let mut begun = options
        .iter()
        .filter(|option| name.starts_with("--") && option.names.iter().any(|known| known.starts_with(name)));
    match (begun.next(), begun.next()) {
        (Some(option), None) => Ok((option, value)),
        (Some(one), Some(other)) => {
            Err(format!("`{name}` may be `{}` or `{}`", one.names[0], other.names[0]))
        }
        (None, _) => Err(format!("`{name}` is not known here")),
    }
}
