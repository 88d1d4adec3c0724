//! Whether a value is one that its key takes.

use std::rc::Rc;

use super::fault::Faults;
use super::keys::{
    ACTIONS, FAST_FORWARD, Field, Kind, Level, Presence, TARGET_OPTIONS, TRIGGERS, find, find_on, known_on,
};
use super::read;
use super::values::BranchPattern;
use super::yaml::{Entry, Node, Position, Value};

/// Notes a fault if `name` is no key of this level or its value is none that the key takes.
pub(super) fn check_entry(
    level: Level,
    name: &str,
    at: Position,
    node: &Node,
    path: &str,
    faults: &mut Faults,
) {
    let Some(key) = find_on(level, name) else {
        return unknown_key(level, name, at, path, faults);
    };
    let is_list_of_names = matches!(key.kind, Kind::Targets | Kind::Branches);
    if is_list_of_names && node.as_text().is_some() && !matches!(level, Level::Top | Level::Package) {
        return; // a single name stands for a list of one
    }
    check_value(key, at, node, path, faults);
}

fn unknown_key(level: Level, name: &str, at: Position, path: &str, faults: &mut Faults) {
    match find(name) {
        Some(key) if level != Level::Metadata => {
            let message = format!("`{}` is a key of jobs; it cannot stand here", key.name);
            faults.add(at, path, message);
        }
        Some(key) => {
            faults.add(at, path, format!("`{}` stands on the job itself, not in `metadata`", key.name));
        }
        None => {
            let message = format!("`{name}` is no known key");
            faults.add_unknown(at, path, name, message, known_on(level));
        }
    }
}

/// Notes a fault if the value of a known key is none that it takes.
fn check_value(key: &Field, at: Position, node: &Node, path: &str, faults: &mut Faults) {
    if node.is_null() {
        if key.presence != Presence::Nullable {
            faults.add(at, path, format!("`{}` needs a value", key.name));
        }
        return;
    }
    check_kind(&key.kind, node, path, faults);
}

fn check_kind(kind: &Kind, node: &Node, path: &str, faults: &mut Faults) {
    match kind {
        Kind::Text => expect(node.as_text().is_some(), "text", node, path, faults),
        Kind::RepositoryName => match node.as_text() {
            Some(name) if name.contains(['/', '\0']) => {
                faults.add(node.at, path, "the name of a package holds no slash");
            }
            name => expect(name.is_some(), "text", node, path, faults),
        },
        Kind::VersionSpecifiers => match node.as_text() {
            Some(text) if !read::are_version_specifiers(text) => {
                faults.add(node.at, path, "these are no version specifiers such as `>=1.0, <2`");
            }
            text => expect(text.is_some(), "text", node, path, faults),
        },
        Kind::BranchPattern => check_branch(node, path, faults),
        Kind::Flag => expect(read::flag(node).is_some(), "true or false", node, path, faults),
        Kind::Integer => expect(read::integer(node).is_some(), "a whole number", node, path, faults),
        Kind::TextList => check_text_list(node, path, faults),
        Kind::TextOrList => {
            if node.as_text().is_none() {
                check_text_list(node, path, faults);
            }
        }
        Kind::Mapping => expect(node.as_mapping().is_some(), "a mapping", node, path, faults),
        Kind::TextMapping => drop(text_keys(node, path, faults)),
        Kind::Word(words) => check_word(words, node, path, faults),
        Kind::Words(words) => {
            for_each_item(node, path, faults, |item, path, faults| check_word(words, item, path, faults));
        }
        Kind::Trigger => check_trigger(node, path, faults),
        Kind::Actions => check_actions(node, path, faults),
        Kind::Targets => check_targets(node, path, faults),
        Kind::Branches => check_branches(node, path, faults),
        Kind::Group(fields) => check_group(fields, node, path, faults),
        Kind::GroupList(fields) => {
            for_each_item(node, path, faults, |item, path, faults| check_group(fields, item, path, faults));
        }
        Kind::TextOrGroupList(fields) => for_each_item(node, path, faults, |item, path, faults| {
            if item.as_text().is_none() {
                check_group(fields, item, path, faults);
            }
        }),
        Kind::SourceId => {
            let is_collection = node.as_sequence().is_some() || node.as_mapping().is_some();
            let fits = !is_collection || !node.is_truthy();
            expect(fits, "text or a number", node, path, faults);
        }
        Kind::Removed => {
            let message = "this key is not read any more; it follows from `dist_git_base_url` and \
                           `downstream_package_name`";
            faults.add(node.at, path, message);
        }
        Kind::Packages | Kind::Metadata => {}
    }
}

fn expect(fits: bool, expected: &str, node: &Node, path: &str, faults: &mut Faults) {
    // What no key takes was told already.
    if !fits && !matches!(node.value, Value::Unsupported(_)) {
        faults.add(node.at, path, format!("{expected} is expected, here is {}", node.described()));
    }
}

fn for_each_item(
    node: &Node,
    path: &str,
    faults: &mut Faults,
    mut check: impl FnMut(&Node, &str, &mut Faults),
) {
    match node.as_sequence() {
        Some(items) => {
            for (index, item) in items.iter().enumerate() {
                check(item, &format!("{path}.{index}"), faults);
            }
        }
        None => expect(false, "a list", node, path, faults),
    }
}

fn check_text_list(node: &Node, path: &str, faults: &mut Faults) {
    for_each_item(node, path, faults, |item, path, faults| {
        expect(item.as_text().is_some(), "text", item, path, faults);
    });
}

/// The entries of a mapping, if it is one and its keys are all text.
fn text_keys<'a>(node: &'a Node, path: &str, faults: &mut Faults) -> Option<&'a [Entry]> {
    let Some(entries) = node.as_mapping() else {
        expect(false, "a mapping", node, path, faults);
        return None;
    };
    let mut all = true;
    for entry in entries.iter().filter(|entry| !entry.key.is_text) {
        all = false;
        faults.add(entry.at, path, format!("the key {} must be text; put it in quotes", entry.key.name));
    }
    all.then_some(entries)
}

fn check_word(words: &[&str], node: &Node, path: &str, faults: &mut Faults) {
    match node.as_text() {
        Some(word) => check_written_word(words, word, node.at, path, faults),
        None => {
            let message = format!("one of {} is expected, here is {}", words.join(", "), node.described());
            faults.add(node.at, path, message);
        }
    }
}

fn check_written_word(words: &[&str], word: &str, at: Position, path: &str, faults: &mut Faults) {
    if !words.contains(&word) {
        let message = format!("`{word}` is none of {}", words.join(", "));
        faults.add_unknown(at, path, word, message, words.iter().copied());
    }
}

fn check_trigger(node: &Node, path: &str, faults: &mut Faults) {
    match node.as_text() {
        Some(text) => {
            for trigger in read::triggers(text) {
                check_written_word(TRIGGERS, trigger, node.at, path, faults);
            }
        }
        None => check_word(TRIGGERS, node, path, faults),
    }
}

fn check_branch(node: &Node, path: &str, faults: &mut Faults) {
    match node.as_text() {
        Some(pattern) => {
            if let Err(reason) = BranchPattern::new(pattern) {
                faults.add(node.at, path, format!("this regular expression cannot be read: {reason}"));
            }
        }
        None => expect(false, "text", node, path, faults),
    }
}

fn check_actions(node: &Node, path: &str, faults: &mut Faults) {
    for entry in text_keys(node, path, faults).unwrap_or_default() {
        let name = &entry.key.name;
        let path = format!("{path}.{name}");
        if !ACTIONS.contains(&name.as_str()) {
            let message = format!("`{name}` is no known action");
            faults.add_unknown(entry.at, &path, name, message, ACTIONS.iter().copied());
        }
    }
}

/// A list of names, or a mapping of names to mappings. Of the options Packit looks at one only:
/// the first of the first target that has any.
fn check_targets(node: &Node, path: &str, faults: &mut Faults) {
    let options = names_with_options(node, path, faults);
    let Some((target, first)) = options.iter().flat_map(options_of).next() else { return };
    let name = &first.key.name;
    let path = &format!("{path}.{target}.{name}");
    let Some((_, is_list)) = TARGET_OPTIONS.iter().find(|(known, _)| known == name) else {
        let known = TARGET_OPTIONS.iter().map(|(known, _)| *known);
        let message = format!("`{name}` is no option of a target");
        return faults.add_unknown(first.at, path, name, message, known);
    };
    let value: &Node = &first.value;
    if !is_list {
        expect(value.as_text().is_some(), "text", value, path, faults);
    } else if name == "distros" {
        check_text_list(value, path, faults);
    } else {
        expect(value.as_sequence().is_some(), "a list", value, path, faults);
    }
}

fn check_branches(node: &Node, path: &str, faults: &mut Faults) {
    for (branch, option) in names_with_options(node, path, faults).iter().flat_map(options_of) {
        // Packit passes over keys that are empty.
        let name = &option.key.name;
        if name != FAST_FORWARD && !name.is_empty() {
            let path = format!("{path}.{branch}.{name}");
            let message = format!("`{name}` is no option of a branch");
            faults.add_unknown(option.at, &path, name, message, [FAST_FORWARD].into_iter());
        }
    }
}

/// The entries of a mapping of names to options; none for a plain list, and none if the shape is
/// wrong, which is noted.
fn names_with_options<'a>(node: &'a Node, path: &str, faults: &mut Faults) -> &'a [Entry] {
    if node.as_sequence().is_some() {
        check_text_list(node, path, faults);
        return &[];
    }
    if node.as_mapping().is_none() {
        expect(false, "a list of names or a mapping", node, path, faults);
        return &[];
    }
    let names = text_keys(node, path, faults).unwrap_or_default();
    for name in names.iter().filter(|name| name.value.as_mapping().is_none()) {
        let path = format!("{path}.{}", name.key.name);
        expect(false, "a mapping (`{}` if there are no options)", &name.value, &path, faults);
    }
    names
}

/// What a mapping of names to options says about one name.
fn options_of(name: &Entry) -> impl Iterator<Item = (&str, &Entry)> {
    name.value.as_mapping().unwrap_or_default().iter().map(|option| (name.key.name.as_str(), option))
}

fn check_group(fields: &'static [Field], node: &Node, path: &str, faults: &mut Faults) {
    for entry in text_keys(node, path, faults).unwrap_or_default() {
        let name = &entry.key.name;
        let path = format!("{path}.{name}");
        match fields.iter().find(|field| field.name == name) {
            Some(field) => check_value(field, entry.at, &entry.value, &path, faults),
            None => {
                let message = format!("`{name}` is no known key");
                faults.add_unknown(entry.at, &path, name, message, fields.iter().map(|field| field.name));
            }
        }
    }
    check_required(fields, node, path, faults);
}

fn check_required(fields: &[Field], node: &Node, path: &str, faults: &mut Faults) {
    for field in fields.iter().filter(|field| field.presence == Presence::Required) {
        if node.as_mapping().is_some() && node.get(field.name).is_none() {
            faults.add(node.at, path, format!("`{}` is missing", field.name));
        }
    }
}

/// Notes everything in the tree that YAML can say but no key takes.
pub(super) fn check_unsupported(node: &Rc<Node>, path: &str, faults: &mut Faults) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match &node.value {
        Value::Unsupported(what) => {
            faults.add(node.at, path, format!("here is {what}, which no key takes; put it in quotes"));
        }
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                check_unsupported(item, &below(&index.to_string()), faults);
            }
        }
        Value::Mapping(entries) => {
            for entry in entries {
                check_unsupported(&entry.value, &below(&entry.key.name), faults);
            }
        }
        _ => {}
    }
}
