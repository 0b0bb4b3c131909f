//! Which statement drives what: single assignments, groups that need a procedure, registers.
//!
//! A reader of a net sees its *final* value, in Rust (the simulation runs to a fixpoint) as in Verilog.
//! Only statements that read a net between its assignments see more; such nets are computed together, in
//! program order, in one `always @*` (Icarus 11 never comes to rest over some chains of `always_comb`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::error::EmitError;
use super::ir::{Expr, Net, NetId, Role, Stmt};

/// How the nets of a block are driven.
pub(super) struct Drivers {
    /// Nets with one unconditional assignment.
    pub(super) single: BTreeMap<NetId, Expr>,
    /// Nets computed together by one procedure.
    pub(super) groups: Vec<BTreeSet<NetId>>,
    /// Inputs of registers whose assignments can be clocked directly.
    pub(super) clocked: BTreeSet<NetId>,
    /// Nets that something reads.
    pub(super) read: BTreeSet<NetId>,
}

/// Drops assignments to locals that nobody reads.
pub(super) fn without_dead_locals(mut block: Vec<Stmt>, nets: &[Net]) -> Vec<Stmt> {
    loop {
        let reads = Facts::of(&block).read;
        let dead = |id: NetId| nets[id].role == Role::Local && !reads.contains(&id);
        let kept = keep(&block, &|id| !dead(id));
        if kept == block {
            return kept;
        }
        block = kept;
    }
}

/// The statements that assign a net accepted by `wanted`.
pub(super) fn keep(block: &[Stmt], wanted: &dyn Fn(NetId) -> bool) -> Vec<Stmt> {
    let kept = block.iter().filter_map(|statement| match statement {
        Stmt::Assign(target, _) => wanted(*target).then(|| statement.clone()),
        Stmt::If(c, then, other) => {
            let (then, other) = (keep(then, wanted), keep(other, wanted));
            let any = !then.is_empty() || !other.is_empty();
            any.then(|| Stmt::If(c.clone(), then, other))
        }
        Stmt::Case(subject, arms) => {
            let arms: Vec<_> = arms
                .iter()
                .map(|(label, body)| (label.clone(), keep(body, wanted)))
                .collect();
            let any = arms.iter().any(|arm| !arm.1.is_empty());
            any.then(|| Stmt::Case(subject.clone(), arms))
        }
    });
    kept.collect()
}

/// Sorts the nets assigned in `block`.
pub(super) fn drivers(path: &str, nets: &[Net], block: &[Stmt]) -> Result<Drivers, EmitError> {
    let facts = Facts::of(block);
    let mut single = facts.single.clone();
    for (net, position, targets) in &facts.uses {
        let span = facts
            .assigned
            .get(net)
            .filter(|_| !facts.single.contains_key(net));
        if span.is_some_and(|(first, last)| (first..=last).contains(&position)) {
            targets
                .iter()
                .for_each(|target| drop(single.remove(target)));
        }
    }
    // One packed vector is driven in one manner throughout.
    let procedural: BTreeSet<&str> = facts
        .assigned
        .keys()
        .filter(|id| !single.contains_key(id))
        .map(|id| nets[*id].base.as_str())
        .collect();
    single.retain(|id, _| !procedural.contains(nets[*id].base.as_str()));

    let mut groups = Vec::new();
    let mut clocked = BTreeSet::new();
    for group in facts.groups(&single) {
        let first = group.first().copied().unwrap_or_default();
        let alone = group.len() == 1 && !facts.read.contains(&first);
        let code = keep(block, &|id| group.contains(&id));
        check_order(path, nets, &group, &code)?;
        if alone && nets[first].role == Role::RegisterInput {
            clocked.insert(first);
        } else {
            groups.push(group);
        }
    }
    let is_clocked = |id: &NetId| nets[*id].role == Role::RegisterInput && !facts.read.contains(id);
    let plain: Vec<_> = single.keys().copied().filter(is_clocked).collect();
    clocked.extend(plain);
    single.retain(|id, _| !clocked.contains(id));
    Ok(Drivers {
        single,
        groups,
        clocked,
        read: facts.read,
    })
}

/// What a block of statements does, by position.
#[derive(Default)]
struct Facts {
    /// First and last position of assignments.
    assigned: BTreeMap<NetId, (usize, usize)>,
    single: BTreeMap<NetId, Expr>,
    read: BTreeSet<NetId>,
    /// Reads: net, position, nets that depend on it.
    uses: Vec<(NetId, usize, Vec<NetId>)>,
}

impl Facts {
    fn of(block: &[Stmt]) -> Facts {
        let mut facts = Facts::default();
        let mut position = 0;
        facts.walk(block, true, &mut position);
        facts
    }

    fn walk(&mut self, block: &[Stmt], top: bool, position: &mut usize) {
        for statement in block {
            *position += 1;
            match statement {
                Stmt::Assign(target, value) => {
                    let again = self.assigned.contains_key(target);
                    let span = self
                        .assigned
                        .entry(*target)
                        .or_insert((*position, *position));
                    span.1 = *position;
                    if again || !top {
                        self.single.remove(target);
                    } else {
                        self.single.insert(*target, value.clone());
                    }
                    self.note(value, *position, vec![*target]);
                }
                Stmt::If(c, then, other) => {
                    let targets = targets([then, other]);
                    self.note(c, *position, targets);
                    self.walk(then, false, position);
                    self.walk(other, false, position);
                }
                Stmt::Case(subject, arms) => {
                    let targets = targets(arms.iter().map(|arm| &arm.1));
                    self.note(subject, *position, targets);
                    for (_, body) in arms {
                        self.walk(body, false, position);
                    }
                }
            }
        }
    }

    fn note(&mut self, e: &Expr, position: usize, targets: Vec<NetId>) {
        for net in e.nets() {
            self.read.insert(net);
            self.uses.push((net, position, targets.clone()));
        }
    }

    /// Nets without a single assignment, those that need each other's intermediate values together.
    fn groups(&self, single: &BTreeMap<NetId, Expr>) -> Vec<BTreeSet<NetId>> {
        let loose = self.assigned.keys().filter(|id| !single.contains_key(id));
        let mut group_of: HashMap<NetId, NetId> = loose.map(|id| (*id, *id)).collect();
        for (net, position, targets) in &self.uses {
            let Some((first, last)) = self.assigned.get(net) else {
                continue;
            };
            if !(first..=last).contains(&position) || !group_of.contains_key(net) {
                continue;
            }
            for target in targets.iter().filter(|t| !single.contains_key(t)) {
                let (from, to) = (group_of[target], group_of[net]);
                group_of
                    .values_mut()
                    .filter(|g| **g == from)
                    .for_each(|g| *g = to);
            }
        }
        let mut groups: BTreeMap<NetId, BTreeSet<NetId>> = BTreeMap::new();
        for (net, group) in group_of {
            groups.entry(group).or_default().insert(net);
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        groups.sort();
        groups
    }
}

fn targets<'a>(blocks: impl IntoIterator<Item = &'a Vec<Stmt>>) -> Vec<NetId> {
    let mut found: Vec<NetId> = blocks
        .into_iter()
        .flat_map(|block| assigned(block))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Every assignment in `code`, in order, with repetitions.
pub(super) fn assigned(code: &[Stmt]) -> Vec<NetId> {
    let mut found = Vec::new();
    for statement in code {
        match statement {
            Stmt::Assign(target, _) => found.push(*target),
            Stmt::If(_, then, other) => {
                found.extend(assigned(then));
                found.extend(assigned(other));
            }
            Stmt::Case(_, arms) => arms.iter().for_each(|arm| found.extend(assigned(&arm.1))),
        }
    }
    found
}

/// Every net of `group` is assigned on every path, and before the group reads it.
fn check_order(
    path: &str,
    nets: &[Net],
    group: &BTreeSet<NetId>,
    code: &[Stmt],
) -> Result<(), EmitError> {
    let mut order = Order { group, early: None };
    let done = order.walk(code, BTreeSet::new());
    let name = |id: NetId| nets[id].key.replace('$', "_");
    if let Some(id) = order.early {
        return Err(EmitError::ReadBeforeWrite {
            block: path.to_owned(),
            signal: name(id),
        });
    }
    match group.difference(&done).next() {
        None => Ok(()),
        Some(id) => Err(EmitError::Latch {
            block: path.to_owned(),
            signal: name(*id),
        }),
    }
}

struct Order<'a> {
    group: &'a BTreeSet<NetId>,
    early: Option<NetId>,
}

impl Order<'_> {
    fn walk(&mut self, code: &[Stmt], mut done: BTreeSet<NetId>) -> BTreeSet<NetId> {
        for statement in code {
            match statement {
                Stmt::Assign(target, value) => {
                    self.check(value, &done);
                    done.insert(*target);
                }
                Stmt::If(c, then, other) => {
                    self.check(c, &done);
                    let then = self.walk(then, done.clone());
                    let other = self.walk(other, done);
                    done = then.intersection(&other).copied().collect();
                }
                Stmt::Case(subject, arms) => {
                    self.check(subject, &done);
                    let ends: Vec<_> = arms
                        .iter()
                        .map(|arm| self.walk(&arm.1, done.clone()))
                        .collect();
                    let all = ends
                        .into_iter()
                        .reduce(|a, b| a.intersection(&b).copied().collect());
                    done = all.unwrap_or(done);
                }
            }
        }
        done
    }

    fn check(&mut self, e: &Expr, done: &BTreeSet<NetId>) {
        let early = e
            .nets()
            .into_iter()
            .find(|net| self.group.contains(net) && !done.contains(net));
        self.early = self.early.or(early);
    }
}
