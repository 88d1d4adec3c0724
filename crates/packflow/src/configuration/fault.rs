use std::fmt::{self, Display};

/// Something that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The key, dotted; entries of lists are counted from 0: `forge[0].path`.
    pub(crate) key: String,
    /// What is wrong, and the way out.
    pub(crate) message: String,
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

/// All that is wrong with a configuration, in the order in which it was found; shown one a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault of a key, unless one of this key, or of what holds it, is known already.
    pub(crate) fn add(&mut self, key: &str, message: impl Into<String>) {
        let holds = |known: &Fault| {
            let rest = key.strip_prefix(known.key.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if !self.0.iter().any(holds) {
            self.0.push(Fault { key: key.to_owned(), message: message.into() });
        }
    }

    /// The value, or the note that the key has this fault.
    pub(crate) fn take<T>(&mut self, key: &str, read: Result<T, impl Display>) -> Option<T> {
        read.map_err(|error| self.add(key, error.to_string())).ok()
    }

    /// Notes what is wrong with a part that was read apart.
    pub(crate) fn extend(&mut self, others: Self) {
        for fault in others.0 {
            self.add(&fault.key, fault.message);
        }
    }

    /// The value if there is no fault.
    pub(crate) fn or<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    /// Each fault.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            write!(f, "{}{fault}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

#[cfg(test)]
mod tests {
    use super::Faults;

    #[test]
    fn what_hangs_below_a_faulty_key_is_not_told_again() {
        let mut faults = Faults::default();
        faults.add("copr", "first");
        faults.add("copr.owner", "second");
        faults.add("copr_two", "third");
        assert_eq!(faults.to_string(), "copr: first\ncopr_two: third");
    }
}
