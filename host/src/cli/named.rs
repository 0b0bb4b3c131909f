//! Values that have a name and a meaning elsewhere, as choices on the command line.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// Parser of one of these values: the value, its name, and what it is, for the help.
pub(super) fn named<T, const N: usize>(
    choices: [(T, &'static str, &'static str); N],
) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let possible = choices.map(|(_, name, what)| PossibleValue::new(name).help(plain(what)));
    PossibleValuesParser::new(possible).try_map(move |name| {
        let found = choices.iter().find(|(_, known, _)| *known == name);
        found.map(|(value, ..)| *value).ok_or("not a choice")
    })
}

/// As clap shows the comments of its own choices.
fn plain(text: &str) -> String {
    text.trim_end_matches('.').to_owned()
}
