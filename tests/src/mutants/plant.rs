//! Replaces a piece of a program, whatever way it is laid out.

/// The text does not occur exactly once, but this often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misses(pub usize);

/// `text` with `search` replaced. White space is ignored in the search, so that a formatter changes nothing.
///
/// # Errors
/// [`Misses`] unless `search` occurs exactly once.
pub fn plant(text: &str, search: &str, replace: &str) -> Result<String, Misses> {
    let dense: Vec<(usize, char)> = text
        .char_indices()
        .filter(|(_, c)| !c.is_whitespace())
        .collect();
    let wanted: Vec<char> = search.chars().filter(|c| !c.is_whitespace()).collect();
    if wanted.is_empty() {
        return Err(Misses(0));
    }
    let matches = |place: &&[(usize, char)]| place.iter().map(|(_, c)| c).eq(&wanted);
    let found: Vec<&[(usize, char)]> = dense.windows(wanted.len()).filter(matches).collect();
    match found.as_slice() {
        [[(start, _), .., (end, last)]] => {
            Ok([&text[..*start], replace, &text[end + last.len_utf8()..]].concat())
        }
        [[(at, only)]] => Ok([&text[..*at], replace, &text[at + only.len_utf8()..]].concat()),
        other => Err(Misses(other.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_does_not_count() {
        let text = "fn f() {\n    a(\n        b, c) + 1\n}\n";
        assert_eq!(
            plant(text, "a(b,\nc) + 1", "0").unwrap(),
            "fn f() {\n    0\n}\n"
        );
        assert_eq!(plant("αβγ", "β", "x").unwrap(), "αxγ");
    }

    #[test]
    fn only_one_place_will_do() {
        assert_eq!(plant("x + x", "x", "y"), Err(Misses(2)));
        assert_eq!(plant("x + x", "z", "y"), Err(Misses(0)));
        assert_eq!(plant("x + x", " ", "y"), Err(Misses(0)));
    }
}
