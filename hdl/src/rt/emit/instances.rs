//! Instances of children and what is simple enough to stand in their port lists.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::collect::Node;
use super::error::EmitError;
use super::ir::{Expr, NetId, Role};
use super::module::Writer;
use super::text::{part, port_name};

impl Writer<'_> {
    pub(super) fn instances(
        &self,
        kinds: &[String],
        folded: &mut BTreeSet<NetId>,
    ) -> Result<String, EmitError> {
        let mut text = String::new();
        for (child, kind) in self.node.children.iter().zip(kinds) {
            if kind.is_empty() {
                continue;
            }
            let mut connections = Vec::new();
            for (port, lanes) in self.ports_of(child) {
                let direct = self.direct(&lanes)?;
                if direct.is_some() {
                    folded.extend(lanes.iter().copied());
                }
                let base = || self.nets.all[lanes[0]].base.clone();
                connections.push(format!("    .{port}({})", direct.unwrap_or_else(base)));
            }
            let name = child.name.replace('$', "_");
            let _ = writeln!(text, "  {kind} {name} (\n{}\n  );", connections.join(",\n"));
        }
        Ok(text)
    }

    /// Ports of a child with the nets of their lanes.
    fn ports_of(&self, child: &Node) -> Vec<(String, Vec<NetId>)> {
        let mut ports: Vec<(String, Vec<NetId>)> = Vec::new();
        for atom in child.atoms.iter().filter(|a| a.kind.is_parameter()) {
            let Some(id) = self.nets.find(&format!("{}${}", child.name, atom.name)) else {
                continue;
            };
            let port = port_name(&atom.name);
            match ports.last_mut() {
                Some((last, lanes)) if *last == port => lanes.push(id),
                _ => ports.push((port, vec![id])),
            }
        }
        ports
    }

    /// What drives an input of a child, if it is simple enough to stand in the port list.
    fn direct(&self, lanes: &[NetId]) -> Result<Option<String>, EmitError> {
        let mut drivers = Vec::new();
        for id in lanes {
            let is_input = self.nets.all[*id].role == Role::ChildInput;
            let driver = self.drivers.single.get(id);
            match driver.filter(|_| is_input && !self.drivers.read.contains(id)) {
                Some(driver) => drivers.push((*id, driver)),
                None => return Ok(None),
            }
        }
        if let Some(text) = self.contiguous(&drivers) {
            return Ok(Some(text));
        }
        let [(id, driver)] = drivers[..] else {
            return Ok(None);
        };
        let simple = match driver {
            Expr::Net(net) => self.nets.all[*net].width == self.nets.all[id].width,
            e => matches!(e, Expr::Number(_) | Expr::Bool(_) | Expr::Variant(..)),
        };
        match simple {
            true => self.printer.value_for(id, driver).map(Some),
            false => Ok(None),
        }
    }

    /// Lanes driven by neighbouring lanes of another vector: a part of that vector.
    fn contiguous(&self, drivers: &[(NetId, &Expr)]) -> Option<String> {
        let all = &self.nets.all;
        let sources: Option<Vec<NetId>> = drivers
            .iter()
            .map(|(target, e)| match e {
                Expr::Net(source) if all[*source].width == all[*target].width => Some(*source),
                _ => None,
            })
            .collect();
        let sources = sources.filter(|s| s.len() > 1)?;
        let follows = |a: &NetId, b: &NetId| {
            all[*a].base == all[*b].base && all[*a].offset + all[*a].width == all[*b].offset
        };
        if !sources.windows(2).all(|pair| follows(&pair[0], &pair[1])) {
            return None;
        }
        for id in &sources {
            self.printer.slice(*id, 0, all[*id].width);
        }
        let first = &all[*sources.first()?];
        let width: usize = sources.iter().map(|id| all[*id].width).sum();
        Some(part(&first.base, first.total, first.offset, width))
    }
}
