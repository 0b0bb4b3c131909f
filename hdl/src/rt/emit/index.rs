//! Names with indices: `pe[(r*cols$n)+c]$a` becomes `pe$7$a`.

use std::collections::HashMap;

/// What an index may be made of.
pub(super) struct Scope<'a> {
    /// Loop variables, the innermost last.
    pub(super) loops: &'a [(String, i64)],
    /// Counts by name.
    pub(super) sizes: &'a HashMap<String, i64>,
}

impl Scope<'_> {
    /// Value of a loop variable or of a size (`rows$n`).
    pub(super) fn constant(&self, name: &str) -> Option<i64> {
        let of_loop = self.loops.iter().rev().find(|l| l.0 == name);
        if let Some(l) = of_loop {
            return Some(l.1);
        }
        let size = name.strip_suffix("$n")?;
        self.sizes.get(&self.resolve(size).ok()?).copied()
    }

    /// The name with every index evaluated.
    pub(super) fn resolve(&self, name: &str) -> Result<String, (String, String)> {
        let mut resolved = String::new();
        let mut rest = name;
        while let Some((head, tail)) = rest.split_once('[') {
            let end = closing(tail).ok_or_else(|| (name.to_owned(), "no `]`".to_owned()))?;
            let index = &tail[..end];
            let value = self
                .evaluate(index)
                .map_err(|reason| (index.to_owned(), reason))?;
            resolved.push_str(&format!("{head}${value}"));
            rest = &tail[end + 1..];
        }
        Ok(resolved + rest)
    }

    fn evaluate(&self, text: &str) -> Result<i64, String> {
        let tokens = tokens(text);
        let mut parser = Parser {
            tokens: &tokens,
            at: 0,
            scope: self,
        };
        let value = parser.sum()?;
        match parser.peek() {
            None => Ok(value),
            Some(token) => Err(format!("did not expect `{token}`")),
        }
    }
}

/// Position of the bracket that closes the one just opened.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

/// Names (with their own indices), numbers, operators.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut depth = 0;
    let mut word = false;
    for c in text.chars() {
        let in_word = depth > 0 || c.is_alphanumeric() || matches!(c, '_' | '$' | '[');
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        match tokens.last_mut() {
            Some(last) if word && in_word => last.push(c),
            _ if c.is_whitespace() => {}
            _ => tokens.push(c.to_string()),
        }
        word = in_word;
    }
    tokens
}

struct Parser<'a> {
    tokens: &'a [String],
    at: usize,
    scope: &'a Scope<'a>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    fn sum(&mut self) -> Result<i64, String> {
        let mut value = self.product()?;
        while let Some(op @ ("+" | "-")) = self.peek() {
            let add = op == "+";
            self.at += 1;
            let right = self.product()?;
            value = if add { value + right } else { value - right };
        }
        Ok(value)
    }

    fn product(&mut self) -> Result<i64, String> {
        let mut value = self.primary()?;
        while let Some(op @ ("*" | "/" | "%")) = self.peek() {
            let op = op.to_owned();
            self.at += 1;
            let right = self.primary()?;
            value = match op.as_str() {
                "*" => value * right,
                "/" => value.checked_div(right).ok_or("division by zero")?,
                _ => value.checked_rem(right).ok_or("division by zero")?,
            };
        }
        Ok(value)
    }

    fn primary(&mut self) -> Result<i64, String> {
        let token = self.peek().ok_or("it ends too early")?.to_owned();
        self.at += 1;
        if token == "(" {
            let value = self.sum()?;
            if self.peek() != Some(")") {
                return Err("no `)`".to_owned());
            }
            self.at += 1;
            return Ok(value);
        }
        if let Ok(value) = token.trim_end_matches("usize").parse() {
            return Ok(value);
        }
        self.scope
            .constant(&token)
            .ok_or_else(|| format!("`{token}` is neither a loop variable nor a `Size`"))
    }
}
