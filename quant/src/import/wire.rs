//! Checks the structure of a protobuf message before it is decoded.
//!
//! The decoder recurses and allocates as the file tells it to. This walk is iterative and makes sure that every
//! field lies inside its message and that messages do not nest absurdly, so that damaged files end in an error.

/// The message types whose fields may be messages; field numbers from `onnx.proto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    SequenceType,
    Shape,
    Leaf,
}

/// How a length-delimited field is filled.
enum Content {
    Message(Message),
    /// Packed varints, or packed values of so many bytes.
    Varints,
    Fixed(usize),
    Opaque,
}

/// No real model nests deeper: model, graph, node, attribute, graph, ... of control flow.
const MAX_DEPTH: usize = 40;

/// What is wrong with the structure; `offset` in bytes from the start of the file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum WireError {
    #[error("a field at byte {offset} reaches beyond its message")]
    Truncated { offset: usize },
    #[error("a field at byte {offset} has an invalid type")]
    WireType { offset: usize },
    #[error("messages at byte {offset} nest deeper than {MAX_DEPTH}")]
    Depth { offset: usize },
    #[error("a packed list at byte {offset} ends inside an element")]
    Packed { offset: usize },
}

impl Message {
    fn content(self, field: u64) -> Content {
        use Message::*;
        Content::Message(match (self, field) {
            (Model, 7) | (Attribute, 6) => Graph,
            (Model, 8 | 14) | (Tensor, 13) => Leaf,
            (Graph, 1) => Node,
            (Graph, 5) | (Attribute, 5) => Tensor,
            (Graph, 11..=13) => ValueInfo,
            (Node, 5) => Attribute,
            (ValueInfo, 2) | (SequenceType, 1) => Type,
            (Type, 1) => TensorType,
            (Type, 4) => SequenceType,
            (TensorType, 2) => Shape,
            (Shape, 1) => Leaf,
            (Tensor, 5 | 7) => return Content::Varints,
            (Tensor, 4) => return Content::Fixed(4),
            (Tensor, 10) => return Content::Fixed(8),
            _ => return Content::Opaque,
        })
    }
}

/// Walks a message and all messages inside it.
pub(super) fn check(bytes: &[u8], root: Message) -> Result<(), WireError> {
    let mut pending = vec![(root, 0, bytes.len(), 0)];
    while let Some((message, mut position, end, depth)) = pending.pop() {
        if depth > MAX_DEPTH {
            return Err(WireError::Depth { offset: position });
        }
        while position < end {
            let offset = position;
            let truncated = || WireError::Truncated { offset };
            let key = varint(bytes, &mut position, end).ok_or_else(truncated)?;
            let length = match key & 7 {
                0 => {
                    varint(bytes, &mut position, end).ok_or_else(truncated)?;
                    0
                }
                1 => 8,
                2 => varint(bytes, &mut position, end).ok_or_else(truncated)?,
                5 => 4,
                _ => return Err(WireError::WireType { offset }),
            };
            let length = usize::try_from(length).map_err(|_| truncated())?;
            let start = position;
            position = start
                .checked_add(length)
                .filter(|&next| next <= end)
                .ok_or_else(truncated)?;
            if key & 7 != 2 {
                continue;
            }
            match message.content(key >> 3) {
                Content::Message(child) => pending.push((child, start, position, depth + 1)),
                // The decoder does not return from a varint that never ends.
                Content::Varints => {
                    packed_varints(bytes, start, position).ok_or(WireError::Packed { offset })?
                }
                Content::Fixed(width) if length % width != 0 => {
                    return Err(WireError::Packed { offset });
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Checks that a packed list consists of whole varints.
fn packed_varints(bytes: &[u8], mut position: usize, end: usize) -> Option<()> {
    while position < end {
        varint(bytes, &mut position, end)?;
    }
    Some(())
}

/// Reads a varint of at most ten bytes that ends before `end`.
fn varint(bytes: &[u8], position: &mut usize, end: usize) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..70).step_by(7) {
        if *position >= end {
            return None;
        }
        let byte = *bytes.get(*position)?;
        *position += 1;
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> Vec<u8> {
        // Graph in attribute in node in graph, from the inside out.
        let mut message = Vec::new();
        for level in 0..depth {
            let field: u8 = [5, 6, 1][(depth - level) % 3];
            let mut outer = vec![field << 3 | 2];
            let mut length = message.len();
            while length >= 0x80 {
                outer.push(length as u8 | 0x80);
                length >>= 7;
            }
            outer.push(length as u8);
            outer.extend(message);
            message = outer;
        }
        message
    }

    #[test]
    fn nesting_is_bounded() {
        assert_eq!(check(&nested(12), Message::Attribute), Ok(()));
        assert!(matches!(
            check(&nested(6000), Message::Attribute),
            Err(WireError::Depth { .. })
        ));
    }

    #[test]
    fn every_cut_of_a_field_is_found() {
        let model = [0x3a, 6, 0x0a, 4, 0x0a, 2, b'x', b'y'];
        assert_eq!(check(&model, Message::Model), Ok(()));
        for length in 1..model.len() {
            assert!(check(&model[..length], Message::Model).is_err(), "{length}");
        }
    }

    #[test]
    fn a_child_may_not_reach_beyond_its_parent() {
        assert!(check(&[0x3a, 3, 0x0a, 200, 1, 0, 0, 0], Message::Model).is_err());
    }

    #[test]
    fn groups_and_ragged_packed_lists_are_refused() {
        assert_eq!(
            check(&[0x0b], Message::Model),
            Err(WireError::WireType { offset: 0 })
        );
        assert_eq!(
            check(&[0x22, 3, 0, 0, 0], Message::Tensor),
            Err(WireError::Packed { offset: 0 })
        );
        assert_eq!(
            check(&[0x3a, 1, 0x80], Message::Tensor),
            Err(WireError::Packed { offset: 0 })
        );
        let endless = [&[0x3a, 12][..], &[0xff; 11], &[0]].concat();
        assert_eq!(
            check(&endless, Message::Tensor),
            Err(WireError::Packed { offset: 0 })
        );
    }
}
