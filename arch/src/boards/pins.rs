//! Names of pins: what a package can have.

/// How pins of a package are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pins {
    /// Rows of letters and columns of numbers: so many of each.
    Balls(usize, usize),
    /// Numbers from 1.
    Numbers(usize),
}

/// Letters of rows in the order of JEDEC: no I, O, Q, S, X, Z.
const ROWS: &str = "ABCDEFGHJKLMNPRTUVWY";

impl Pins {
    /// Whether the package can have a pin of this name. A ball may still be missing from the grid or carry a supply.
    pub fn has(self, name: &str) -> bool {
        let digits = name.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let letters = &name[..name.len() - digits.len()];
        let plain = !digits.starts_with(['0', '+']) && !digits.is_empty();
        let number = digits.parse().ok().filter(|_| plain).unwrap_or(0);
        match self {
            Pins::Numbers(last) => letters.is_empty() && (1..=last).contains(&number),
            Pins::Balls(rows, columns) => {
                row(letters).is_some_and(|row| row < rows) && (1..=columns).contains(&number)
            }
        }
    }

    /// The rule, for people.
    pub fn rule(self) -> String {
        match self {
            Pins::Numbers(last) => format!("a number from 1 to {last}"),
            Pins::Balls(rows, columns) => {
                format!("one of {rows} rows (A, B, ...) and a column from 1 to {columns}, as A1")
            }
        }
    }
}

/// Index of a row by its letters.
fn row(letters: &str) -> Option<usize> {
    let last = ROWS.find(letters.chars().last()?)?;
    match letters.len() {
        1 => Some(last),
        2 if letters.starts_with('A') => Some(ROWS.len() + last),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pin_names() {
        let balls = Pins::Balls(26, 26);
        for (name, there) in [
            ("A1", true),
            ("AF26", true),
            ("AG1", false),
            ("I1", false),
            ("A27", false),
            ("A0", false),
            ("A01", false),
            ("A", false),
            ("", false),
            ("12", false),
            ("BA1", false),
            ("A1B", false),
        ] {
            assert_eq!(balls.has(name), there, "{name}");
        }
        let numbers = Pins::Numbers(48);
        for (name, there) in [
            ("1", true),
            ("48", true),
            ("49", false),
            ("0", false),
            ("A1", false),
            ("+1", false),
        ] {
            assert_eq!(numbers.has(name), there, "{name}");
        }
    }
}
