//! From the parser's events to the tree.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::super::fault::{ErrorKind, Refusal};
use super::mapping::{as_key, last_wins, merge_from};
use super::{Entry, MAX_BYTES, MAX_DEPTH, MAX_WEIGHT, Node, Position, Value, scalar};

const YAML_TAGS: &str = "tag:yaml.org,2002:";

/// The tree of a text with at most one document; an empty text is null.
///
/// # Errors
/// The text is no YAML, holds several documents, has a tag, merge or key that plain data cannot
/// hold, or is over a limit of this module.
pub(in super::super) fn compose(text: &str) -> Result<Rc<Node>, Refusal> {
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len());
        return Err(Refusal::single(ErrorKind::Limit, Position::START, "", message));
    }
    let options = granit_parser::options! { emit_anchor_events: true };
    let mut composer = Composer {
        parser: Parser::new_from_str_with_options(text, options),
        anchors: HashMap::new(),
        anchor_names: HashSet::new(),
        merged: 0,
        opaque: Vec::new(),
    };
    let mut root = None;
    while let Some((event, at)) = composer.next()? {
        match event {
            Event::DocumentStart(..) if root.is_some() => {
                return Err(broken(at, "a second document begins here; only one is read"));
            }
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_) => {
                root = Some(composer.node(event, at, 0)?.0);
            }
            _ => {}
        }
    }
    refuse_tabs(text, &composer.opaque)?;
    Ok(root.unwrap_or_else(|| Node::new(Value::Null, Position::START)))
}

pub(super) fn broken(at: Position, message: impl Into<String>) -> Refusal {
    Refusal::single(ErrorKind::Yaml, at, "", message)
}

fn position(span: Span) -> Position {
    Position { line: span.start.line().max(1) as u64, column: span.start.col() as u64 + 1 }
}

/// What a node is besides its value, when it stands as a key.
#[derive(PartialEq)]
enum Role {
    Ordinary,
    Merge,
}

struct Composer<'text> {
    parser: Parser<'text, StrInput<'text>>,
    /// Finished nodes by anchor: one that is missing is still being read and would hold itself.
    anchors: HashMap<usize, Rc<Node>>,
    anchor_names: HashSet<String>,
    /// How many entries merge keys brought in so far.
    merged: usize,
    /// The byte ranges of quoted and block scalars, in order: there any character may stand.
    opaque: Vec<Range<usize>>,
}

impl<'text> Composer<'text> {
    fn next(&mut self) -> Result<Option<(Event<'text>, Position)>, Refusal> {
        loop {
            let (event, span) = match self.parser.next() {
                None => return Ok(None),
                Some(Ok(next)) => next,
                Some(Err(error)) => return Err(Self::scan_error(&error)),
            };
            match event {
                Event::Anchor(_, name) => {
                    // YAML allows more characters in a name than PyYAML takes.
                    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
                    if !name.bytes().all(is_plain) {
                        return Err(broken(position(span), "an anchor's name has letters, digits, - and _"));
                    }
                    let message = format!("the anchor `{name}` is set a second time");
                    if !self.anchor_names.insert(name.into_owned()) {
                        return Err(broken(position(span), message));
                    }
                }
                // The parser writes what is not there as `~`.
                Event::Scalar(_, ScalarStyle::Plain, anchor, tag) if span.is_empty() => {
                    let nothing = Event::Scalar("".into(), ScalarStyle::Plain, anchor, tag);
                    return Ok(Some((nothing, position(span))));
                }
                event => {
                    if matches!(&event, Event::Scalar(_, style, ..) if *style != ScalarStyle::Plain) {
                        self.opaque.extend(span.byte_range());
                    }
                    return Ok(Some((event, position(span))));
                }
            }
        }
    }

    fn scan_error(error: &ScanError) -> Refusal {
        let marker = error.marker();
        let at = Position { line: marker.line().max(1) as u64, column: marker.col() as u64 + 1 };
        broken(at, error.info())
    }

    /// The event of the next node inside a collection, or `None` at the collection's end.
    fn next_inside(&mut self) -> Result<Option<(Event<'text>, Position)>, Refusal> {
        loop {
            match self.next()? {
                Some((Event::SequenceEnd | Event::MappingEnd, _)) => return Ok(None),
                Some((
                    event @ (Event::Scalar(..)
                    | Event::SequenceStart(..)
                    | Event::MappingStart(..)
                    | Event::Alias(_)),
                    at,
                )) => return Ok(Some((event, at))),
                Some(_) => {}
                None => return Err(broken(Position::START, "the text ends inside a collection")),
            }
        }
    }

    fn node(&mut self, event: Event<'text>, at: Position, depth: usize) -> Result<(Rc<Node>, Role), Refusal> {
        if depth > MAX_DEPTH {
            let message = format!("collections are nested deeper than {MAX_DEPTH} levels");
            return Err(Refusal::single(ErrorKind::Limit, at, "", message));
        }
        let (node, anchor, role) = match event {
            Event::Alias(anchor) => {
                let node = self
                    .anchors
                    .get(&anchor)
                    .cloned()
                    .ok_or_else(|| broken(at, "an anchor stands inside of itself"))?;
                (node, 0, Role::Ordinary)
            }
            Event::Scalar(text, ..) if text.contains('\0') => {
                return Err(broken(at, "the text holds a NUL character, which cannot be stored"));
            }
            Event::Scalar(text, style, anchor, tag) => {
                let (value, role) = read_scalar(&text, style, tag.as_deref(), at)?;
                (Node::new(value, at), anchor, role)
            }
            Event::SequenceStart(_, anchor, tag) => {
                let value = Value::Sequence(self.sequence(depth)?);
                (Node::new(collection(value, tag.as_deref(), "seq", at)?, at), anchor, Role::Ordinary)
            }
            Event::MappingStart(_, anchor, tag) => {
                let value = Value::Mapping(self.mapping(depth)?);
                (Node::new(collection(value, tag.as_deref(), "map", at)?, at), anchor, Role::Ordinary)
            }
            _ => return Err(broken(at, "a value is missing here")),
        };
        if node.weight() > MAX_WEIGHT {
            let message = format!("with its anchors resolved the file holds more than {MAX_WEIGHT} values");
            return Err(Refusal::single(ErrorKind::Limit, at, "", message));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        Ok((node, role))
    }

    fn sequence(&mut self, depth: usize) -> Result<Vec<Rc<Node>>, Refusal> {
        let mut items = Vec::new();
        while let Some((event, at)) = self.next_inside()? {
            let (node, role) = self.node(event, at, depth + 1)?;
            items.push(value_only(node, &role)?);
        }
        Ok(items)
    }

    fn mapping(&mut self, depth: usize) -> Result<Vec<Entry>, Refusal> {
        let mut own = Vec::new();
        let mut merged = Vec::new();
        while let Some((event, at)) = self.next_inside()? {
            // YAML 1.2 takes `: value` for a mapping with an empty key, PyYAML does not.
            if matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text.is_empty()) {
                return Err(broken(at, "a key is missing here"));
            }
            let (key, role) = self.node(event, at, depth + 1)?;
            let Some((event, value_at)) = self.next_inside()? else {
                return Err(broken(at, "a key without a value"));
            };
            let (value, value_role) = self.node(event, value_at, depth + 1)?;
            let value = value_only(value, &value_role)?;
            if role == Role::Merge {
                let before = merged.len();
                merge_from(&value, &mut merged, at)?;
                self.merged += merged.len() - before;
            } else {
                own.push(Entry { key: as_key(&key, at)?, at, value });
            }
            if self.merged > MAX_WEIGHT {
                let message = format!("merge keys bring in more than {MAX_WEIGHT} keys");
                return Err(Refusal::single(ErrorKind::Limit, at, "", message));
            }
        }
        // The mapping's own keys win over merged ones, which come first in its order.
        merged.append(&mut own);
        Ok(last_wins(merged))
    }
}

fn read_scalar(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    at: Position,
) -> Result<(Value, Role), Refusal> {
    let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix())).filter(|tag| tag != "!");
    match tag {
        None if style != ScalarStyle::Plain => Ok((Value::Text(text.to_owned()), Role::Ordinary)),
        None => match scalar::resolve(text) {
            Some(value) => Ok((value, Role::Ordinary)),
            None if text == "<<" => Ok((Value::Text(text.to_owned()), Role::Merge)),
            None => Err(broken(at, format!("`{text}` is no value; put it in quotes"))),
        },
        Some(tag) => tag
            .strip_prefix(YAML_TAGS)
            .and_then(|name| scalar::tagged(name, text))
            .map(|value| (value, Role::Ordinary))
            .ok_or_else(|| broken(at, format!("the tag {tag} is not known or does not fit"))),
    }
}

fn collection(value: Value, tag: Option<&Tag>, own: &str, at: Position) -> Result<Value, Refusal> {
    let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix())).filter(|tag| tag != "!");
    match tag {
        None => Ok(value),
        Some(tag) => match tag.strip_prefix(YAML_TAGS) {
            Some(name) if name == own => Ok(value),
            Some("set" | "omap" | "pairs") => Ok(Value::Unsupported("a set or an ordered mapping")),
            _ => Err(broken(at, format!("the tag {tag} is not known or does not fit"))),
        },
    }
}

/// PyYAML takes tabs in quotes, in blocks of text and in comments only.
fn refuse_tabs(text: &str, opaque: &[Range<usize>]) -> Result<(), Refusal> {
    let mut opaque = opaque.iter().peekable();
    let mut offset = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let mut before = ' ';
        for (column, (place, character)) in line.char_indices().enumerate() {
            while opaque.next_if(|range| range.end <= offset + place).is_some() {}
            let is_opaque = opaque.peek().is_some_and(|range| range.contains(&(offset + place)));
            if !is_opaque && character == '#' && before.is_whitespace() {
                break;
            }
            if !is_opaque && character == '\t' {
                let at = Position { line: index as u64 + 1, column: column as u64 + 1 };
                return Err(broken(at, "a tab stands here; YAML is laid out with spaces"));
            }
            before = character;
        }
        offset += line.len();
    }
    Ok(())
}

/// `<<` is a key only.
fn value_only(node: Rc<Node>, role: &Role) -> Result<Rc<Node>, Refusal> {
    match role {
        Role::Ordinary => Ok(node),
        Role::Merge => Err(broken(node.at, "`<<` is no value; put it in quotes")),
    }
}
