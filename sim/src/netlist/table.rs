//! Look-up tables as expressions.

/// A Verilog expression of one bit: bit `{.., inputs[1], inputs[0]}` of `table`. Inputs are names or constants.
pub(super) fn expression(table: u64, inputs: &[String]) -> String {
    build(table, inputs).text()
}

/// Expressions that are worth telling apart.
enum Expression {
    Constant(bool),
    /// An atom: may stand anywhere.
    Text(String),
}

impl Expression {
    fn text(self) -> String {
        match self {
            Expression::Constant(value) => format!("1'b{}", u8::from(value)),
            Expression::Text(text) => text,
        }
    }
}

/// By Shannon's expansion over the last input.
fn build(table: u64, inputs: &[String]) -> Expression {
    let Some((last, rest)) = inputs.split_last() else {
        return Expression::Constant(table & 1 == 1);
    };
    let half = 1u32 << rest.len();
    let mask = (1u64 << half) - 1;
    let (low, high) = (table & mask, (table >> half) & mask);
    match last.as_str() {
        "1'b0" => return build(low, rest),
        "1'b1" => return build(high, rest),
        _ if low == high => return build(low, rest),
        _ => {}
    }
    if low == !high & mask {
        return match build(low, rest) {
            Expression::Constant(value) => {
                Expression::Text(format!("{}{last}", if value { "~" } else { "" }))
            }
            Expression::Text(text) => Expression::Text(format!("({text} ^ {last})")),
        };
    }
    match (build(low, rest), build(high, rest)) {
        (Expression::Constant(false), high) => {
            Expression::Text(format!("({last} & {})", high.text()))
        }
        (Expression::Constant(true), high) => {
            Expression::Text(format!("(~{last} | {})", high.text()))
        }
        (low, Expression::Constant(false)) => {
            Expression::Text(format!("(~{last} & {})", low.text()))
        }
        (low, Expression::Constant(true)) => Expression::Text(format!("({last} | {})", low.text())),
        (low, high) => Expression::Text(format!("({last} ? {} : {})", high.text(), low.text())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        ["a", "b", "c", "d"][..count]
            .iter()
            .map(|name| (*name).to_owned())
            .collect()
    }

    #[test]
    fn common_gates_are_short() {
        for (table, count, text) in [
            (0b1000, 2, "(b & a)"),
            (0b0110, 2, "(a ^ b)"),
            (0b01, 1, "~a"),
            (0x0000, 4, "1'b0"),
            (0xffff, 4, "1'b1"),
            (0xaaaa, 4, "a"),
            (0xff00, 4, "d"),
        ] {
            assert_eq!(expression(table, &names(count)), text);
        }
    }

    #[test]
    fn constants_are_folded() {
        let mut inputs = names(4);
        inputs[3] = "1'b1".to_owned();
        inputs[1] = "1'b0".to_owned();
        assert_eq!(expression(0x6996, &inputs), "(~a ^ c)");
    }
}
