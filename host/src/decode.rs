//! From the numbers of an output to an answer: the best class, or the text of a sequence.

use crate::inference::arg_max;

/// How answers are read from an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoder {
    /// The best class.
    ArgMax,
    /// Greedy decoding of connectionist temporal classification (Graves et al., 2006): the best class of each step,
    /// repetitions joined, blanks left out.
    Ctc {
        /// The class that stands for nothing; `None` is the last one.
        blank: Option<usize>,
    },
}

impl Decoder {
    /// Classes that an output says: one, or those of a sequence. `values` are steps of `classes` numbers, row-major.
    #[must_use]
    pub fn classes(self, values: &[f64], classes: usize) -> Vec<usize> {
        match self {
            Decoder::ArgMax => vec![arg_max(values)],
            Decoder::Ctc { blank } => {
                let blank = blank.unwrap_or(classes.saturating_sub(1));
                let best: Vec<usize> = values.chunks_exact(classes.max(1)).map(arg_max).collect();
                let begins = |&n: &usize| best[n] != blank && (n == 0 || best[n - 1] != best[n]);
                (0..best.len()).filter(begins).map(|n| best[n]).collect()
            }
        }
    }

    /// Classes as text. `alphabet` holds a character for each class; without it classes are numbers, joined where all are
    /// digits of a sequence.
    #[must_use]
    pub fn text(self, classes: &[usize], alphabet: Option<&str>) -> String {
        let name = |class: &usize| match alphabet.and_then(|letters| letters.chars().nth(*class)) {
            Some(letter) => letter.to_string(),
            None => class.to_string(),
        };
        classes.iter().map(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(best: &[usize], classes: usize) -> Vec<f64> {
        let step = |&n: &usize| (0..classes).map(move |c| f64::from(u8::from(c == n)));
        best.iter().flat_map(step).collect()
    }

    #[test]
    fn repetitions_join_and_blanks_vanish() {
        let ctc = Decoder::Ctc { blank: None };
        let cases: [(&[usize], &[usize]); 5] = [
            (&[3, 1, 1, 3, 1, 0, 0], &[1, 1, 0]),
            (&[3, 3, 3], &[]),
            (&[2], &[2]),
            (&[0, 1, 0, 1], &[0, 1, 0, 1]),
            (&[], &[]),
        ];
        for (best, expected) in cases {
            assert_eq!(ctc.classes(&steps(best, 4), 4), expected, "{best:?}");
        }
        let first = Decoder::Ctc { blank: Some(0) };
        assert_eq!(first.classes(&steps(&[0, 1, 1, 0, 2], 3), 3), [1, 2]);
        assert!(ctc.classes(&[], 0).is_empty());
    }

    #[test]
    fn classes_as_text() {
        let ctc = Decoder::Ctc { blank: None };
        assert_eq!(ctc.text(&[6, 8, 9], None), "689");
        assert_eq!(ctc.text(&[0, 2, 7], Some("abc")), "ac7");
        assert_eq!(Decoder::ArgMax.text(&[12], None), "12");
    }
}
