use std::time::Duration;

use serde::Deserialize;

/// A span of time in the unit that its key names. Parts of the unit are fine: `0.5`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Deserialize)]
#[serde(try_from = "f64")]
pub(crate) struct Amount(pub(super) f64);

/// More of any unit than anybody means, and far from what a clock cannot count any more.
const LARGEST: f64 = 1_000_000.0;

impl TryFrom<f64> for Amount {
    type Error = String;

    fn try_from(amount: f64) -> Result<Self, String> {
        if amount > 0.0 && amount <= LARGEST {
            Ok(Self(amount))
        } else {
            Err(format!("{amount} is no span of time: write a number above 0, up to {LARGEST}"))
        }
    }
}

impl Amount {
    /// So much of this unit.
    pub(crate) fn of(self, unit: Duration) -> Duration {
        unit.mul_f64(self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Amount;

    #[test]
    fn whole_numbers_and_parts_of_a_unit_are_taken_and_nonsense_is_refused() {
        let read = |text: &str| toml::from_str::<std::collections::BTreeMap<String, Amount>>(text);
        for (text, milliseconds) in [("a = 2", 2_000), ("a = 0.25", 250)] {
            assert_eq!(
                read(text).unwrap()["a"].of(Duration::from_secs(1)),
                Duration::from_millis(milliseconds)
            );
        }
        for text in ["a = 0", "a = -1", "a = nan", "a = inf", "a = 1e300", "a = \"2\""] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
