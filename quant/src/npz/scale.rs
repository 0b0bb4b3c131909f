//! What a unit of the stored data means to the model.

use std::str::FromStr;

use super::error::DataError;

/// A positive factor, kept as a fraction so that `1/255` is rounded only once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InputScale {
    numerator: f64,
    denominator: f64,
}

impl InputScale {
    /// `value * scale`, rounded once to f32.
    pub fn apply(&self, value: f32) -> f32 {
        (f64::from(value) * self.numerator / self.denominator) as f32
    }

    /// The factor itself.
    pub fn factor(&self) -> f64 {
        self.numerator / self.denominator
    }
}

impl Default for InputScale {
    /// The data as it is.
    fn default() -> Self {
        InputScale {
            numerator: 1.0,
            denominator: 1.0,
        }
    }
}

impl FromStr for InputScale {
    type Err = DataError;

    /// A number (`0.0078125`) or a fraction (`1/255`).
    fn from_str(text: &str) -> Result<Self, DataError> {
        let refuse = || DataError::Scale {
            text: text.to_string(),
        };
        let number = |part: &str| match part.trim().parse::<f64>() {
            Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
            _ => Err(refuse()),
        };
        let (numerator, denominator) = match text.split_once('/') {
            Some((above, below)) => (number(above)?, number(below)?),
            None => (number(text)?, 1.0),
        };
        Ok(InputScale {
            numerator,
            denominator,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_rounded_once() {
        let scale: InputScale = "1/255".parse().unwrap();
        for value in 0..=255u16 {
            assert_eq!(scale.apply(value.into()), f32::from(value) / 255.0);
        }
        assert_eq!(" 0.5 ".parse::<InputScale>().unwrap().apply(3.0), 1.5);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "1/0", "-1", "nan", "1/255/2", "inf", "1e400", "x"] {
            assert!(text.parse::<InputScale>().is_err(), "{text}");
        }
    }
}
