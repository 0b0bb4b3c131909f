//! Typed access to the attributes of a node, which also notices those nobody asked for.

use std::collections::BTreeSet;

use rten_onnx::onnx::{AttributeProto, NodeProto, TensorProto};

use super::error::ImportError;
use crate::float::ops::window::MAX_EXTENT;

/// The attributes of one node.
pub(super) struct Attributes<'a> {
    pub(super) file: &'a str,
    pub(super) node: &'a str,
    pub(super) op: &'a str,
    list: &'a [AttributeProto],
    used: BTreeSet<&'static str>,
}

type Result<T> = std::result::Result<T, ImportError>;

impl<'a> Attributes<'a> {
    pub(super) fn new(file: &'a str, node: &'a str, op: &'a str, proto: &'a NodeProto) -> Self {
        Attributes {
            file,
            node,
            op,
            list: &proto.attribute,
            used: BTreeSet::new(),
        }
    }

    /// An error about one attribute of this node.
    pub(super) fn error(
        &self,
        attribute: &str,
        found: impl ToString,
        expected: impl ToString,
    ) -> ImportError {
        ImportError::Attribute {
            file: self.file.into(),
            place: format!("'{}' ({})", self.node, self.op),
            attribute: attribute.into(),
            found: found.to_string().into(),
            expected: expected.to_string().into(),
        }
    }

    fn find(&mut self, name: &'static str) -> Option<&'a AttributeProto> {
        self.used.insert(name);
        self.list
            .iter()
            .find(|attribute| attribute.name.as_deref() == Some(name))
    }

    fn typed<T>(
        &mut self,
        name: &'static str,
        kind: &str,
        read: impl Fn(&'a AttributeProto) -> Option<T>,
    ) -> Result<Option<T>> {
        match self.find(name) {
            None => Ok(None),
            Some(attribute) => match read(attribute) {
                Some(value) => Ok(Some(value)),
                None => Err(self.error(name, "of another type", kind)),
            },
        }
    }

    pub(super) fn int(&mut self, name: &'static str) -> Result<Option<i64>> {
        self.typed(name, "an integer", |attribute| attribute.i)
    }

    pub(super) fn int_or(&mut self, name: &'static str, default: i64) -> Result<i64> {
        Ok(self.int(name)?.unwrap_or(default))
    }

    pub(super) fn flag(&mut self, name: &'static str, default: bool) -> Result<bool> {
        Ok(self.int_or(name, i64::from(default))? != 0)
    }

    pub(super) fn float(&mut self, name: &'static str) -> Result<Option<f32>> {
        let value = self.typed(name, "a real number", |attribute| attribute.f)?;
        match value {
            Some(value) if value.is_nan() => Err(self.error(name, "NaN", "a number")),
            _ => Ok(value),
        }
    }

    pub(super) fn float_or(&mut self, name: &'static str, default: f32) -> Result<f32> {
        Ok(self.float(name)?.unwrap_or(default))
    }

    pub(super) fn ints(&mut self, name: &'static str) -> Result<Option<Vec<i64>>> {
        self.typed(name, "a list of integers", |attribute| {
            let scalar = attribute.ints.is_empty() && attribute.i.is_some();
            (!scalar).then(|| attribute.ints.clone())
        })
    }

    pub(super) fn floats(&mut self, name: &'static str) -> Result<Option<Vec<f32>>> {
        self.typed(name, "a list of real numbers", |attribute| {
            Some(attribute.floats.clone())
        })
    }

    pub(super) fn string(&mut self, name: &'static str) -> Result<Option<&'a str>> {
        self.typed(name, "a string", |attribute| attribute.s.as_deref())
    }

    pub(super) fn strings(&mut self, name: &'static str) -> Result<Option<Vec<String>>> {
        self.typed(name, "a list of strings", |attribute| {
            let scalar = attribute.strings.is_empty() && attribute.s.is_some();
            (!scalar).then(|| attribute.strings.clone())
        })
    }

    pub(super) fn tensor(&mut self, name: &'static str) -> Result<Option<&'a TensorProto>> {
        self.typed(name, "a tensor", |attribute| attribute.t.as_ref())
    }

    /// A list of sizes from `least` to [`MAX_EXTENT`]; empty if the attribute is absent.
    pub(super) fn extents(&mut self, name: &'static str, least: usize) -> Result<Vec<usize>> {
        let Some(values) = self.ints(name)? else {
            return Ok(Vec::new());
        };
        let convert = |&value: &i64| {
            usize::try_from(value)
                .ok()
                .filter(|size| (least..=MAX_EXTENT).contains(size))
        };
        let sizes: Option<Vec<usize>> = values.iter().map(convert).collect();
        sizes.ok_or_else(|| {
            self.error(
                name,
                format!("{values:?}"),
                format!("values from {least} to {MAX_EXTENT}"),
            )
        })
    }

    /// A size of at least 1.
    pub(super) fn extent(&mut self, name: &'static str, default: Option<i64>) -> Result<usize> {
        let value = match (self.int(name)?, default) {
            (Some(value), _) | (None, Some(value)) => value,
            (None, None) => return Err(self.error(name, "missing", "an integer")),
        };
        let size = usize::try_from(value)
            .ok()
            .filter(|size| (1..=MAX_EXTENT).contains(size));
        size.ok_or_else(|| self.error(name, value, format!("a value from 1 to {MAX_EXTENT}")))
    }

    /// Refuses an attribute unless it has the one value that means "nothing special".
    pub(super) fn only(&mut self, name: &'static str, value: i64) -> Result<()> {
        match self.int(name)? {
            Some(found) if found != value => Err(self.error(name, found, value)),
            _ => Ok(()),
        }
    }

    /// Refuses attributes that were not asked for: ignoring one could change the result.
    pub(super) fn finish(self) -> Result<()> {
        let unknown = |attribute: &&AttributeProto| {
            !attribute
                .name
                .as_deref()
                .is_some_and(|name| self.used.contains(name))
        };
        match self.list.iter().find(unknown) {
            None => Ok(()),
            Some(attribute) => {
                let name = attribute.name.clone().unwrap_or_default();
                Err(self.error(&name, "present", "no such attribute"))
            }
        }
    }
}
