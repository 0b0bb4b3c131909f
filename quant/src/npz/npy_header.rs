//! The header of a NumPy array: a Python dictionary with three known keys.

/// What the header says.
pub(super) struct Header {
    /// Element type, for example `<f4`; `None` for records.
    descr: Option<String>,
    /// Whether the first axis varies fastest.
    pub(super) fortran_order: bool,
    /// Size of each axis.
    pub(super) shape: Vec<usize>,
}

impl Header {
    /// Takes the header off the front of an array file.
    pub(super) fn split(bytes: &[u8]) -> Result<(Self, &[u8]), String> {
        let cut = || "it is cut short".to_owned();
        let rest = bytes
            .strip_prefix(b"\x93NUMPY")
            .ok_or("it does not begin as NumPy arrays do")?;
        let (length, rest) = match rest {
            [1, _, a, b, rest @ ..] => (usize::from(u16::from_le_bytes([*a, *b])), rest),
            [2 | 3, _, a, b, c, d, rest @ ..] => {
                (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest)
            }
            [1..=3, ..] | [] => return Err(cut()),
            [version, ..] => return Err(format!("its format version {version} is not known")),
        };
        let (header, data) = rest.split_at_checked(length).ok_or_else(cut)?;
        let header = std::str::from_utf8(header).ok().and_then(parse);
        Ok((header.ok_or("its header cannot be read")?, data))
    }

    /// Byte order and type of an element.
    pub(super) fn element(&self) -> Option<(char, &str)> {
        let descr = self.descr.as_deref()?;
        let order = descr.chars().next()?;
        "<>|=".contains(order).then(|| (order, &descr[1..]))
    }
}

/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }`, keys in any order, each once.
fn parse(text: &str) -> Option<Header> {
    let mut rest = text.trim().strip_prefix('{')?;
    let (mut descr, mut order, mut shape) = (None, None, None);
    loop {
        rest = rest.trim_start();
        if let Some(end) = rest.strip_prefix('}') {
            end.trim().is_empty().then_some(())?;
            break;
        }
        let (key, after) = quoted(rest)?;
        let value = after.trim_start().strip_prefix(':')?.trim_start();
        rest = match key {
            "descr" if descr.is_none() => {
                let (found, rest) = description(value)?;
                descr = Some(found);
                rest
            }
            "fortran_order" if order.is_none() => {
                let (found, rest) = boolean(value)?;
                order = Some(found);
                rest
            }
            "shape" if shape.is_none() => {
                let (found, rest) = tuple(value)?;
                shape = Some(found);
                rest
            }
            _ => return None,
        };
        rest = rest.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    Some(Header {
        descr: descr?,
        fortran_order: order?,
        shape: shape?,
    })
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| ['\'', '"'].contains(c))?;
    text[1..].split_once(quote)
}

/// A text, or the list that describes records, which ends with its last bracket.
fn description(text: &str) -> Option<(Option<String>, &str)> {
    if text.starts_with('[') {
        return Some((None, &text[text.rfind(']')? + 1..]));
    }
    let (name, rest) = quoted(text)?;
    Some((Some(name.to_owned()), rest))
}

fn boolean(text: &str) -> Option<(bool, &str)> {
    let no = || Some((false, text.strip_prefix("False")?));
    text.strip_prefix("True")
        .map(|rest| (true, rest))
        .or_else(no)
}

fn tuple(text: &str) -> Option<(Vec<usize>, &str)> {
    let (inside, rest) = text.strip_prefix('(')?.split_once(')')?;
    let inside = inside.trim();
    let inside = inside.strip_suffix(',').unwrap_or(inside);
    if inside.is_empty() {
        return Some((Vec::new(), rest));
    }
    // Python 2 wrote its long integers with an L.
    let size = |part: &str| part.trim().trim_end_matches('L').parse().ok();
    let sizes: Option<Vec<usize>> = inside.split(',').map(size).collect();
    Some((sizes?, rest))
}
