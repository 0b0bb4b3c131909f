//! Text of single operands at a wanted width: literals, widening, parentheses.

/// How an expression is going to be used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// The bits alone matter.
    Any,
    /// Every operand has to be signed for Verilog.
    Signed,
}

/// An expression at `n` bits, more than its own. The braces make every tool evaluate it at its own width
/// first (Icarus 11 widens what stands in a cast), and are unsigned whatever they enclose.
pub(super) fn widen_text(text: &str, n: u32, signed: bool, sign: Sign) -> String {
    match (signed, sign) {
        (true, _) => format!("{n}'($signed({{{text}}}))"),
        (false, Sign::Any) => format!("{n}'({{{text}}})"),
        (false, Sign::Signed) => format!("$signed({n}'({{{text}}}))"),
    }
}

/// Unsigned `text` of `width` bits, at `n >= width` bits.
pub(super) fn extend(text: String, width: u32, n: u32, sign: Sign) -> String {
    let text = match n > width {
        true => format!("{n}'({})", unwrap_parentheses(text)),
        false => text,
    };
    match sign {
        Sign::Any => text,
        Sign::Signed => format!("$signed({})", unwrap_parentheses(text)),
    }
}

/// The low `n` bits of a number, sized.
pub(super) fn literal_bits(v: i128, n: u32, signed: bool) -> String {
    literal(v, n, if signed { Sign::Signed } else { Sign::Any })
}

pub(super) fn literal(v: i128, n: u32, sign: Sign) -> String {
    let modulus = 1i128 << n;
    let bits = v.rem_euclid(modulus);
    let negative = bits >= modulus / 2 && (v < 0 || sign == Sign::Signed);
    match (negative, sign) {
        (true, _) => format!("(-{n}'sd{})", modulus - bits),
        (false, Sign::Signed) => format!("{n}'sd{bits}"),
        (false, Sign::Any) => format!("{n}'d{bits}"),
    }
}

/// An operand of a unary operator. Yosys reads `-21'(x)` as a cast to -21 bits.
pub(super) fn behind_unary(text: String) -> String {
    match text.contains("'(") && text.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("({text})"),
        false => text,
    }
}

/// Drops one pair of parentheses that encloses the whole text.
pub(super) fn unwrap_parentheses(text: String) -> String {
    let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) else {
        return text;
    };
    let mut depth = 0i32;
    let closes_early = inner.chars().any(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth < 0
    });
    if closes_early { text } else { inner.to_owned() }
}
