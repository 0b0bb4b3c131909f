//! Procedures: combinational ones, and the one per clock that all registers share.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::drive;
use super::error::EmitError;
use super::ir::{Arm, Expr, Net, NetId, Role, Stmt};
use super::module::Writer;
use super::text::part;

/// How the left-hand side of an assignment is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Blocking,
    /// Non-blocking, to the register behind the input.
    Clocked,
}

impl Writer<'_> {
    pub(super) fn procedures(&self) -> Result<String, EmitError> {
        let mut texts = Vec::new();
        for group in &self.drivers.groups {
            let code = drive::keep(self.block, &|id| group.contains(&id));
            let mut text = String::from("  always @* begin\n");
            self.statements(&code, 2, Style::Blocking, &mut text)?;
            text.push_str("  end\n");
            texts.push(text);
        }
        Ok(texts.join("\n"))
    }

    pub(super) fn registers(&self) -> Result<String, EmitError> {
        let mut clocks: Vec<(String, Vec<NetId>)> = Vec::new();
        for (id, net) in self.nets.all.iter().enumerate() {
            if net.role != Role::RegisterInput {
                continue;
            }
            let clock = self.clock_of(net)?;
            match clocks.iter_mut().find(|c| c.0 == clock) {
                Some((_, inputs)) => inputs.push(id),
                None => clocks.push((clock, vec![id])),
            }
        }
        let mut texts = Vec::new();
        for (clock, inputs) in clocks {
            let direct: BTreeSet<_> = inputs
                .iter()
                .filter(|id| self.drivers.clocked.contains(id))
                .collect();
            let code = drive::keep(self.block, &|id| direct.contains(&id));
            let code = self.without_holds(code);
            let mut text = format!("  always @(posedge {clock}) begin\n");
            self.statements(&code, 2, Style::Clocked, &mut text)?;
            for id in inputs.iter().filter(|id| !direct.contains(id)) {
                let next = self.printer.slice(*id, 0, self.nets.all[*id].width);
                let _ = writeln!(text, "    {} <= {next};", self.target(*id, Style::Clocked));
            }
            text.push_str("  end\n");
            texts.push(text);
        }
        Ok(texts.join("\n"))
    }

    fn clock_of(&self, d: &Net) -> Result<String, EmitError> {
        let clock = d.key.strip_suffix("$d").map(|r| format!("{r}$clock"));
        let driver = clock
            .as_ref()
            .and_then(|key| self.nets.find(key))
            .and_then(|id| self.drivers.single.get(&id));
        match driver {
            Some(Expr::Net(clock)) => Ok(self.printer.slice(*clock, 0, 1)),
            _ => Err(EmitError::Unsupported {
                block: self.node.path.clone(),
                what: format!("the clock of `{}`", d.key.replace('$', ".")),
                instead: "assign it once, from a clock signal".to_owned(),
            }),
        }
    }

    /// A register that is first told to hold its value needs no statement for it.
    fn without_holds(&self, code: Vec<Stmt>) -> Vec<Stmt> {
        let mut seen = BTreeSet::new();
        let mut kept = Vec::new();
        for statement in code {
            let holds = match &statement {
                Stmt::Assign(d, value) => {
                    *value == Expr::Net(self.register(*d)) && !seen.contains(d)
                }
                _ => false,
            };
            for id in drive::assigned(std::slice::from_ref(&statement)) {
                seen.insert(id);
            }
            if !holds {
                kept.push(statement);
            }
        }
        kept
    }

    /// Output of the register with input `d`.
    fn register(&self, d: NetId) -> NetId {
        let q = self.nets.all[d]
            .key
            .strip_suffix("$d")
            .map(|r| format!("{r}$q"));
        q.and_then(|key| self.nets.find(&key)).unwrap_or(d)
    }

    pub(super) fn target(&self, id: NetId, style: Style) -> String {
        let id = match style {
            Style::Blocking => id,
            Style::Clocked => self.register(id),
        };
        let net = &self.nets.all[id];
        part(&net.base, net.total, net.offset, net.width)
    }

    fn statements(
        &self,
        code: &[Stmt],
        indent: usize,
        style: Style,
        text: &mut String,
    ) -> Result<(), EmitError> {
        let pad = "  ".repeat(indent);
        let op = if style == Style::Blocking { "=" } else { "<=" };
        for statement in code {
            match statement {
                Stmt::Assign(target, value) => {
                    let value = self.printer.value_for(*target, value)?;
                    let _ = writeln!(text, "{pad}{} {op} {value};", self.target(*target, style));
                }
                Stmt::If(c, then, other) => {
                    self.conditional(c, then, other, indent, style, text)?
                }
                Stmt::Case(subject, arms) => {
                    self.case(subject, arms, indent, style, text)?;
                }
            }
        }
        Ok(())
    }

    fn case(
        &self,
        subject: &Expr,
        arms: &[Arm],
        indent: usize,
        style: Style,
        text: &mut String,
    ) -> Result<(), EmitError> {
        let pad = "  ".repeat(indent);
        let _ = writeln!(text, "{pad}case ({})", self.printer.subject(subject)?);
        // Arms without statements may stand behind a default without statements.
        let idle_default = arms
            .iter()
            .any(|(label, body)| label.is_none() && body.is_empty());
        for (label, body) in arms {
            let label = match label {
                None => "default".to_owned(),
                Some(_) if idle_default && body.is_empty() => continue,
                Some(e) => match self.printer.state(e) {
                    Some(state) => state,
                    None => self.printer.condition(e)?,
                },
            };
            if body.is_empty() {
                let _ = writeln!(text, "{pad}  {label}: ;");
                continue;
            }
            let _ = writeln!(text, "{pad}  {label}: begin");
            self.statements(body, indent + 2, style, text)?;
            let _ = writeln!(text, "{pad}  end");
        }
        let _ = writeln!(text, "{pad}endcase");
        Ok(())
    }

    fn conditional(
        &self,
        c: &Expr,
        then: &[Stmt],
        other: &[Stmt],
        indent: usize,
        style: Style,
        text: &mut String,
    ) -> Result<(), EmitError> {
        let pad = "  ".repeat(indent);
        if then.is_empty() {
            let condition = self.printer.negated(c)?;
            let _ = writeln!(text, "{pad}if ({condition}) begin");
            self.statements(other, indent + 1, style, text)?;
        } else {
            let condition = self.printer.condition(c)?;
            let _ = writeln!(text, "{pad}if ({condition}) begin");
            self.statements(then, indent + 1, style, text)?;
            if !other.is_empty() {
                let _ = writeln!(text, "{pad}end else begin");
                self.statements(other, indent + 1, style, text)?;
            }
        }
        let _ = writeln!(text, "{pad}end");
        Ok(())
    }
}
